"""One bounded, paced, recorded request and its response, or how it failed to get one."""

from __future__ import annotations

import asyncio
import signal
import socket
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore

from contract_tests.target import Limits, Target
from contract_tests.traffic import Traffic

HEAD_BYTES = 65_536
IDLE_SECONDS = 1.0
"""A connection is not used again after so long: servers close idle ones, and a resume may not be sent twice."""
RESENDS = 5
"""How often one request is sent again after a gateway's 429 with Retry-After."""


@dataclass(frozen=True)
class Request:
    """What is sent: `authorization` is the header's value, or None for no header."""

    content: bytes = field(repr=False)
    content_type: str | None = "application/json"
    authorization: bytes | None = field(default=None, repr=False)
    method: str = "PATCH"
    path: str = "/api/links/"


@dataclass(frozen=True)
class Answer:
    """A response that arrived whole. `surplus` counts the bytes that came after its Content-Length was reached."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)
    seconds: float
    surplus: int = 0

    def header(self, name: str) -> str | None:
        """Return a header field's value, several joined by a comma (RFC 9110 section 5.3), or None."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None


@dataclass(frozen=True)
class NoAnswer:
    """Why no whole answer came. `status` is known when at least the head of one did."""

    kind: str
    sentence: str
    seconds: float
    status: int | None = None


class _Broken(Exception):
    """The answer is given up on while it is being read."""

    def __init__(self, kind: str, sentence: str) -> None:
        super().__init__(sentence)
        self.kind = kind


class Wire:
    """Sends requests to one target within its limits. Not for several threads at once."""

    def __init__(self, target: Target, traffic: Traffic, user_agent: str) -> None:
        self._limits: Limits = target.limits
        self._traffic = traffic
        parts = urlsplit(target.base_url)
        self._scheme, self._host, self._prefix = parts.scheme, parts.hostname or "", parts.path.rstrip("/")
        self._port = parts.port
        self._authority = parts.netloc
        self._user_agent = user_agent
        self._certificate = target.client_certificate
        self._runner = asyncio.Runner()
        self._pool: httpcore.AsyncConnectionPool | None = None
        self.gateway_answers = 0

    def send(self, request: Request, *, right_credentials: bool = True) -> Answer | NoAnswer:
        """Send one request. Raises RunStopped when nothing may be sent any more."""
        return self.send_together([request], right_credentials=right_credentials)[0]

    def send_together(self, requests: Sequence[Request], *, right_credentials: bool = True) -> list[Answer | NoAnswer]:
        """Send requests whose last bytes leave at the same moment, each on a connection of its own."""
        wait = self._traffic.permit(len(requests))
        outcomes = self._runner.run(self._send_all(requests, wait))
        for outcome in outcomes:
            if isinstance(outcome, Answer):
                self._traffic.answered(right_credentials=right_credentials, status=outcome.status)
            else:
                self._traffic.unanswered(outcome.sentence)
        return outcomes

    def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            self._runner.run(self._pool.aclose())
            self._pool = None
        self._runner.close()

    async def _send_all(self, requests: Sequence[Request], wait: float) -> list[Answer | NoAnswer]:
        if wait > 0:
            await asyncio.sleep(wait)
        if len(requests) == 1:
            return [await self._send_past_gateway(requests[0])]
        gate = asyncio.Barrier(len(requests))
        return list(await asyncio.gather(*(self._send_one(request, gate) for request in requests)))

    async def _send_past_gateway(self, request: Request) -> Answer | NoAnswer:
        outcome = await self._send_one(request, None)
        for _ in range(RESENDS):
            seconds = retry_after(outcome)
            if seconds is None:
                return outcome
            self.gateway_answers += 1
            if not self._traffic.hold(seconds):
                return NoAnswer(
                    "rate limited", f"a gateway answered 429 and asks to wait for {seconds:.0f} s", outcome.seconds, 429
                )
            # The gateway kept the request from the operation, so sending it again resumes nothing twice.
            await asyncio.sleep(self._traffic.permit())
            outcome = await self._send_one(request, None)
        if retry_after(outcome) is None:
            return outcome
        return NoAnswer("rate limited", f"a gateway answered 429 {RESENDS + 1} times in a row", outcome.seconds, 429)

    async def _send_one(self, request: Request, gate: asyncio.Barrier | None) -> Answer | NoAnswer:
        started = time.perf_counter()
        head: list[httpcore.Response] = []
        so_far = [0]
        try:
            async with asyncio.timeout(self._limits.timeout_seconds):
                return await self._exchange(request, gate, head, so_far, started)
        except TimeoutError:
            arrived = f", after {so_far[0]} bytes of its body" if head else ""
            kind, sentence = "timeout", f"no whole answer within {self._limits.timeout_seconds:g} s{arrived}"
        except _Broken as error:
            kind, sentence = error.kind, str(error)
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.ProxyError,
            httpcore.TimeoutException,
            OSError,
            ssl.SSLError,
        ) as error:
            kind, sentence = _name(error, head_arrived=bool(head), so_far=so_far[0])
        return NoAnswer(kind, sentence, time.perf_counter() - started, head[0].status if head else None)

    async def _exchange(
        self,
        request: Request,
        gate: asyncio.Barrier | None,
        head: list[httpcore.Response],
        so_far: list[int],
        started: float,
    ) -> Answer:
        outgoing = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=self._scheme.encode(),
                host=self._host.encode("idna") if self._host.isascii() is False else self._host.encode(),
                port=self._port,
                target=(self._prefix + request.path).encode("ascii"),
            ),
            headers=self._headers(request),
            content=request.content if gate is None else _last_byte_together(request.content, gate),
        )
        response = await self._connections().handle_async_request(outgoing)
        try:
            head.append(response)
            tap = response.extensions.get("network_stream")
            headers = tuple((key.decode("latin-1"), value.decode("latin-1")) for key, value in response.headers)
            body = await self._read(response, headers, so_far)
            surplus = tap.surplus(headers) if isinstance(tap, _Tap) else 0
        finally:
            await response.aclose()
        return Answer(response.status, headers, body, time.perf_counter() - started, surplus)

    async def _read(
        self, response: httpcore.Response, headers: tuple[tuple[str, str], ...], so_far: list[int]
    ) -> bytes:
        limit = self._limits.body_bytes
        decoders = [_decoder(coding) for coding in reversed(_codings(headers))]
        body = bytearray()
        received = 0
        async for chunk in response.aiter_stream():
            received += len(chunk)
            pieces = bytes(chunk)
            for decode in decoders:
                pieces = decode(pieces, limit + 1 - len(body))
            body += pieces
            so_far[0] = len(body)
            if received > limit or len(body) > limit:
                raise _Broken(
                    "too large",
                    f"the body is too large: {len(body)} bytes so far, {limit} are read (limits.body_bytes)",
                )
        return bytes(body)

    def _headers(self, request: Request) -> list[tuple[bytes, bytes]]:
        headers = [
            (b"Host", self._authority.encode("idna") if not self._authority.isascii() else self._authority.encode()),
            (b"User-Agent", self._user_agent.encode()),
            (b"Accept", b"application/json"),
            (b"Accept-Encoding", b"gzip, deflate"),
            (b"Content-Length", str(len(request.content)).encode()),
        ]
        if request.authorization is not None:
            headers.append((b"Authorization", request.authorization))
        if request.content_type is not None:
            headers.append((b"Content-Type", request.content_type.encode()))
        return headers

    def _connections(self) -> httpcore.AsyncConnectionPool:
        if self._pool is None:
            settings: dict[str, Any] = {
                "ssl_context": self._tls() if self._scheme == "https" else None,
                "keepalive_expiry": IDLE_SECONDS,
                "max_connections": 32,
                "network_backend": _Backend(),
            }
            proxy = None if _bypassed(self._host) else getproxies().get(self._scheme)
            if proxy is None:
                self._pool = httpcore.AsyncConnectionPool(**settings)
            else:
                login = urlsplit(proxy)
                auth = (login.username or "", login.password or "") if login.username else None
                address = f"{login.scheme or 'http'}://{login.netloc.rpartition('@')[2] or login.path}"
                self._pool = httpcore.AsyncHTTPProxy(proxy_url=address, proxy_auth=auth, **settings)
        return self._pool

    def _tls(self) -> ssl.SSLContext:
        # SSL_CERT_FILE and SSL_CERT_DIR are read by OpenSSL itself.
        context = ssl.create_default_context()
        if self._certificate is not None:
            context.load_cert_chain(
                self._certificate.certificate, self._certificate.key, password=self._certificate.password
            )
        return context


def retry_after(outcome: Answer | NoAnswer) -> float | None:
    """Return the seconds a 429 asks to wait (Retry-After, RFC 9110 section 10.2.3), or None for any other answer."""
    value = outcome.header("Retry-After") if isinstance(outcome, Answer) and outcome.status == 429 else None
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


class _Tap(httpcore.AsyncNetworkStream):
    """A connection that bounds the head of each answer and counts what comes after it."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._head = bytearray()
        self._after_head: int | None = None
        self._poisoned = False
        self._answered = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._stream.read(max_bytes, timeout)
        self._answered = True
        if self._after_head is not None:
            self._after_head += len(data)
            return data
        self._head += data
        while (end := self._head.find(b"\r\n\r\n")) >= 0:
            if self._head[9:10] == b"1":  # an interim answer (RFC 9110 section 15.2): the final one follows it
                del self._head[: end + 4]
                continue
            self._after_head = len(self._head) - end - 4
            break
        if self._after_head is None and len(self._head) > HEAD_BYTES:
            raise _Broken("too large", f"the head is too large: {len(self._head)} bytes so far, {HEAD_BYTES} are read")
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._answered:
            self._head.clear()
            self._after_head, self._answered = None, False
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return _Tap(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        # httpcore asks this before it uses a connection again; what is left over would be read as the next answer.
        if info == "is_readable" and self._poisoned:
            return True
        return self._stream.get_extra_info(info)

    def surplus(self, headers: tuple[tuple[str, str], ...]) -> int:
        """Return how many bytes came after the Content-Length of the answer was reached."""
        fields = {key.lower(): value for key, value in headers}
        length = fields.get("content-length", "")
        if self._after_head is None or not length.isdecimal() or "transfer-encoding" in fields:
            return 0
        surplus = max(0, self._after_head - int(length))
        self._poisoned = self._poisoned or surplus > 0
        return surplus


class _Backend(httpcore.AsyncNetworkBackend):
    def __init__(self) -> None:
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
        return _Tap(await self._inner.connect_tcp(*args, **kwargs))

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _last_byte_together(content: bytes, gate: asyncio.Barrier) -> AsyncIterator[bytes]:
    yield content[:-1]
    await gate.wait()
    yield content[-1:]


def _codings(headers: tuple[tuple[str, str], ...]) -> list[str]:
    value = ",".join(value for key, value in headers if key.lower() == "content-encoding")
    return [coding for item in value.split(",") if (coding := item.strip().lower()) not in ("", "identity")]


def _decoder(coding: str) -> Callable[[bytes, int], bytes]:
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise _Broken("undecodable", f"the body has the content coding {coding[:40]!r}, which was not asked for")
    state = zlib.decompressobj(zlib.MAX_WBITS | 32)

    def decode(data: bytes, room: int) -> bytes:
        nonlocal state
        out = b""
        try:
            while data and len(out) < room:
                if state.eof:  # a further member of the same stream (RFC 1952 section 2.2)
                    state = zlib.decompressobj(zlib.MAX_WBITS | 32)
                out += state.decompress(data, room - len(out))
                data = state.unused_data if state.eof else state.unconsumed_tail
        except zlib.error:
            raise _Broken("undecodable", f"the body is no valid {coding} stream") from None
        return out

    return decode


def _bypassed(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.") or bool(proxy_bypass(host))


def _name(error: BaseException, *, head_arrived: bool, so_far: int) -> tuple[str, str]:
    """Return the kind of a failure and a sentence about it; messages of libraries may quote what was sent."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    for known in causes:
        if isinstance(known, socket.gaierror):
            return "dns", "the host name cannot be resolved"
        if isinstance(known, ssl.SSLCertVerificationError):
            return "tls", f"the server's certificate is not trusted: {known.verify_message}"
        if isinstance(known, ssl.SSLError):
            return "tls", f"no TLS connection: {known.reason or 'the handshake failed'}"
        if isinstance(known, ConnectionRefusedError):
            return "refused", "the connection was refused"
    if isinstance(error, httpcore.ProxyError):
        return "proxy", "the proxy refused the connection"
    if head_arrived:
        return "truncated", f"the answer broke off after {so_far} bytes of its body"
    if isinstance(error, httpcore.ConnectError):
        return "refused", "no connection could be made"
    if isinstance(error, httpcore.RemoteProtocolError) and "disconnected" not in str(error):
        return "not http", "what came back is not HTTP/1.1"
    return "reset", "the connection was closed before an answer came"


def end_on_sigterm() -> None:
    """Let SIGTERM end the run as Ctrl-C does: with the reports written."""
    signal.signal(signal.SIGTERM, lambda _signal, _frame: signal.raise_signal(signal.SIGINT))

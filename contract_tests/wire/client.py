"""One bounded, paced, recorded request and its response, or how it failed to get one."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpcore

from contract_tests.target.settings import Limits, Target
from contract_tests.wire.budget import Budget
from contract_tests.wire.codings import CodingError, Decoding
from contract_tests.wire.connections import HeadError, Loop, Tap, failure, open_pool

RESENDS = 5
"""How often one request is sent again after a gateway's 429 with Retry-After."""
SETTLE_SECONDS = 0.02
"""How long the first answer is given to be followed by the end of its connection."""


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
    """A response that arrived whole. `trailing_bytes` counts what came after its Content-Length was reached."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)
    seconds: float
    trailing_bytes: int = 0

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


class _TooLargeError(Exception):
    pass


@dataclass
class _Arrived:
    """What of an answer has come so far, for the sentence about one that does not come whole."""

    status: int | None = None
    body_bytes: int = 0


class Wire:
    """Sends requests to one target within its limits. Not for several threads at once."""

    def __init__(self, target: Target, budget: Budget, user_agent: str) -> None:
        self._target = target
        self._limits: Limits = target.limits
        self._budget = budget
        self._user_agent = user_agent
        self._runner = asyncio.Runner(loop_factory=Loop)
        self._pool: httpcore.AsyncConnectionPool | None = None
        self._pool_keeps_alive = False
        self._keep_alive: bool | None = None
        self.gateway_answers = 0

    def send(self, request: Request, *, right_credentials: bool = True) -> Answer | NoAnswer:
        """Send one request. Raises RunStopped when nothing may be sent any more."""
        return self.send_together([request], right_credentials=right_credentials)[0]

    def send_together(self, requests: Sequence[Request], *, right_credentials: bool = True) -> list[Answer | NoAnswer]:
        """Send requests whose last bytes leave at the same moment, each on a connection of its own."""
        wait = self._budget.acquire(len(requests))
        outcomes = self._runner.run(self._send_all(requests, wait))
        for outcome in outcomes:
            if isinstance(outcome, Answer):
                self._budget.answered(right_credentials=right_credentials, status=outcome.status)
            else:
                self._budget.unanswered(outcome.sentence)
        return outcomes

    def close(self) -> None:
        """Close every connection; may be called twice."""
        if self._pool is not None:
            self._runner.run(self._close_pool())
        self._runner.close()

    async def _send_all(self, requests: Sequence[Request], wait: float) -> list[Answer | NoAnswer]:
        if wait > 0:
            await asyncio.sleep(wait)
        if len(requests) == 1:
            outcomes = [await self._send_one(requests[0], None)]
        else:
            gate = asyncio.Barrier(len(requests))
            outcomes = list(await asyncio.gather(*(self._send_one(request, gate) for request in requests)))
        # A server that drops connections may drop the next one in the middle of a resume.
        if any(isinstance(outcome, NoAnswer) for outcome in outcomes):
            self._keep_alive = False
        if self._keep_alive is False and self._pool_keeps_alive:
            await self._close_pool()
        return [await self._past_gateway(request, outcome) for request, outcome in zip(requests, outcomes, strict=True)]

    async def _past_gateway(self, request: Request, outcome: Answer | NoAnswer) -> Answer | NoAnswer:
        """Wait for a gateway that answered 429, and send the request again, until another answer comes."""
        for _ in range(RESENDS):
            seconds = retry_after(outcome)
            if seconds is None:
                return outcome
            self.gateway_answers += 1
            if not self._budget.back_off(seconds):
                sentence = f"a gateway answered 429 and asks to wait for {seconds:.0f} s, longer than a run waits"
                return NoAnswer("rate limited", sentence, outcome.seconds, 429)
            # The gateway kept the request from the operation, so sending it again resumes nothing twice.
            await asyncio.sleep(self._budget.acquire())
            outcome = await self._send_one(request, None)
        if retry_after(outcome) is None:
            return outcome
        return NoAnswer("rate limited", f"a gateway answered 429 {RESENDS + 1} times in a row", outcome.seconds, 429)

    async def _send_one(self, request: Request, gate: asyncio.Barrier | None) -> Answer | NoAnswer:
        started = time.perf_counter()
        arrived = _Arrived()
        seconds = self._limits.timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange(request, gate, arrived, started)
        except TimeoutError:
            part = f", after {arrived.body_bytes} bytes of its body" if arrived.status else ""
            kind, sentence = "timeout", f"no whole answer within {seconds:g} s{part}"
        except CodingError as error:
            kind, sentence = "undecodable", f"the body {error}"
        except HeadError as error:
            kind, sentence = error.kind, str(error)
        except _TooLargeError as error:
            kind, sentence = "too large", str(error)
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.ProxyError,
            httpcore.TimeoutException,
            OSError,
            UnicodeError,
            ssl.SSLError,
        ) as error:
            kind, sentence = failure(error, head_arrived=arrived.status is not None, so_far=arrived.body_bytes)
        if gate is not None:
            # The others go on without this one instead of waiting for it until their deadline.
            await gate.abort()
        return NoAnswer(kind, sentence, time.perf_counter() - started, arrived.status)

    async def _exchange(
        self, request: Request, gate: asyncio.Barrier | None, arrived: _Arrived, started: float
    ) -> Answer:
        if self._pool is None:
            self._pool_keeps_alive = self._keep_alive is not False
            self._pool = open_pool(self._target, keep_alive=self._pool_keeps_alive)
        content = request.content if gate is None else _last_byte_together(request.content, gate)
        response = await self._pool.handle_async_request(self._outgoing(request, content))
        try:
            arrived.status = response.status
            tap = response.extensions.get("network_stream")
            headers = tuple((key.decode("latin-1"), value.decode("latin-1")) for key, value in response.headers)
            body = await self._read(response, headers, arrived)
            seconds = time.perf_counter() - started
            trailing_bytes = tap.trailing_bytes(headers) if isinstance(tap, Tap) else 0
            if self._keep_alive is None and isinstance(tap, Tap):
                # A server that closes each connection, and does not say so, would drop what is sent next.
                await asyncio.sleep(SETTLE_SECONDS)
                self._keep_alive = not tap.get_extra_info("is_readable")
        finally:
            await response.aclose()
        return Answer(response.status, headers, body, seconds, trailing_bytes)

    async def _read(
        self, response: httpcore.Response, headers: tuple[tuple[str, str], ...], arrived: _Arrived
    ) -> bytes:
        limit = self._limits.body_bytes
        decoding = Decoding(",".join(value for key, value in headers if key.lower() == "content-encoding"))
        body = bytearray()
        received = 0
        async for chunk in response.aiter_stream():
            received += len(chunk)
            body += decoding.decode(chunk, limit + 1 - len(body))
            arrived.body_bytes = max(received, len(body))
            if arrived.body_bytes > limit:
                raise _TooLargeError(
                    f"the body is too large: {arrived.body_bytes} bytes so far, {limit} are read (limits.body_bytes)"
                )
        decoding.finish()
        return bytes(body)

    def _outgoing(self, request: Request, content: bytes | AsyncIterator[bytes]) -> httpcore.Request:
        parts = urlsplit(self._target.base_url)
        headers = [
            (b"Host", parts.netloc.encode()),
            (b"User-Agent", self._user_agent.encode()),
            (b"Accept", b"application/json"),
            (b"Accept-Encoding", b"gzip, deflate"),
            (b"Content-Length", str(len(request.content)).encode()),
        ]
        if request.authorization is not None:
            # White space around a field's value is no part of it (RFC 9110 section 5.5), and none is sent.
            headers.append((b"Authorization", request.authorization.strip(b" \t")))
        if request.content_type is not None:
            headers.append((b"Content-Type", request.content_type.encode()))
        url = httpcore.URL(
            scheme=parts.scheme.encode(),
            host=(parts.hostname or "").encode(),
            port=parts.port,
            target=(parts.path.rstrip("/") + request.path).encode("ascii"),
        )
        return httpcore.Request(request.method, url, headers=headers, content=content)

    async def _close_pool(self) -> None:
        if self._pool is not None:
            pool, self._pool = self._pool, None
            await pool.aclose()


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


async def _last_byte_together(content: bytes, gate: asyncio.Barrier) -> AsyncIterator[bytes]:
    yield content[:-1]
    with contextlib.suppress(asyncio.BrokenBarrierError):  # one of them has failed already
        await gate.wait()
    yield content[-1:]

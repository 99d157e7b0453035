"""The way to a target: TLS, proxies, names, and connections that bound an answer's head and see what follows it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore

from contract_tests.target.base_url import is_loopback
from contract_tests.target.settings import Target, TargetError

HEAD_BYTES = 65_536
IDLE_SECONDS = 0.25
"""A connection is not used again after so long: servers close idle ones, and a resume may not be sent twice."""
MOST_CONNECTIONS = 32
NOT_HTTP = "what came back is not HTTP/1.1"


class HeadError(Exception):
    """The head of an answer is given up on: the kind of the failure, and a sentence about it."""

    def __init__(self, kind: str, sentence: str) -> None:
        super().__init__(sentence)
        self.kind = kind


@dataclass(frozen=True)
class Proxy:
    """A proxy and what it is told; the login is not shown."""

    url: str
    login: tuple[bytes, bytes] | None = field(default=None, repr=False)

    @property
    def secret_words(self) -> tuple[str, ...]:
        """The words of the login that no output may show."""
        return (self.login[1].decode("utf-8", "replace"),) if self.login else ()


def check_way(target: Target) -> None:
    """Hold what the environment and the target file say of proxies and certificates to be usable.

    Raises TargetError where it is not.
    """
    proxy_of(target.base_url)
    tls_of(target)


def proxy_of(base_url: str) -> Proxy | None:
    """Return the proxy that the usual environment variables name for a URL: never one for loopback.

    Raises TargetError for one that cannot be used.
    """
    parts = urlsplit(base_url)
    if not base_url or is_loopback(base_url) or proxy_bypass(parts.netloc):
        return None
    proxies = getproxies()
    name = next((name for name in (parts.scheme, "all") if proxies.get(name)), None)
    if name is None:
        return None
    text = proxies[name] if "://" in proxies[name] else f"http://{proxies[name]}"
    try:
        given = urlsplit(text)
        usual = {"http": 80, "https": 443}[given.scheme]
        host, port = given.hostname, given.port or usual
    except (ValueError, KeyError):
        host = None
    if not host:
        # Without a word of it: it may hold a password.
        raise TargetError(
            f"The environment variable {name.upper()}_PROXY names no http or https proxy: write it as "
            "http://host:port, or unset it."
        )
    login = None
    if given.username is not None:
        login = (unquote_to_bytes(given.username), unquote_to_bytes(given.password or ""))
    return Proxy(f"{given.scheme}://{f'[{host}]' if ':' in host else host}:{port}", login)


def tls_of(target: Target) -> ssl.SSLContext | None:
    """Return how TLS is spoken with a target, which always has to prove its name; None for http.

    Raises TargetError for a client certificate that cannot be used.
    """
    if not target.base_url.startswith("https:"):
        return None
    # SSL_CERT_FILE and SSL_CERT_DIR are read by OpenSSL itself.
    context = ssl.create_default_context()
    shown = target.client_certificate
    if shown is not None:
        try:
            # An empty password, where there is none, keeps OpenSSL from asking for one on the terminal.
            context.load_cert_chain(shown.certificate, shown.key, password=shown.password or "")
        except (OSError, ValueError):
            raise TargetError(
                f"client_certificate in {target.source} cannot be used: give a PEM certificate, the key that belongs "
                "to it, and the key's password."
            ) from None
    return context


def open_pool(target: Target, *, keep_alive: bool) -> httpcore.AsyncConnectionPool:
    """Return the connections to a target."""
    settings: dict[str, Any] = {
        "ssl_context": tls_of(target),
        "keepalive_expiry": IDLE_SECONDS,
        "max_connections": MOST_CONNECTIONS,
        "max_keepalive_connections": MOST_CONNECTIONS if keep_alive else 0,
        "network_backend": _Backend(),
    }
    proxy = proxy_of(target.base_url)
    if proxy is None:
        return httpcore.AsyncConnectionPool(**settings)
    own_tls = ssl.create_default_context() if proxy.url.startswith("https:") else None
    return httpcore.AsyncHTTPProxy(proxy_url=proxy.url, proxy_auth=proxy.login, proxy_ssl_context=own_tls, **settings)


class Loop(asyncio.SelectorEventLoop):
    """An event loop that waits for no name server once it is closed: the usual one joins its threads."""

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        """Look a name up in a thread that ends by itself."""
        found: asyncio.Future[Any] = self.create_future()

        def tell(result: Any) -> None:
            if found.done():
                return
            if isinstance(result, Exception):
                found.set_exception(result)
            else:
                found.set_result(result)

        def look_up() -> None:
            try:
                result: Any = socket.getaddrinfo(host, port, **options)
            except (OSError, UnicodeError) as error:
                result = error
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                self.call_soon_threadsafe(tell, result)

        threading.Thread(target=look_up, daemon=True, name="name look-up").start()
        return await found


class Tap(httpcore.AsyncNetworkStream):
    """A connection that bounds the head of each answer and counts what comes after it."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._head = bytearray()
        self._after_head: int | None = None
        self._poisoned = False
        self._answered = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read; raises HeadError when what comes is no head of an answer, or does not end."""
        data = await self._stream.read(max_bytes, timeout)
        self._acknowledge_at_once()
        self._answered = True
        if self._after_head is not None:
            self._after_head += len(data)
            return data
        self._head += data
        if not b"HTTP/".startswith(self._head[:5]):
            raise HeadError("not http", NOT_HTTP)
        while (end := self._head.find(b"\r\n\r\n")) >= 0:
            if self._head[9:10] == b"1":  # an interim answer (RFC 9110 section 15.2): the final one follows it
                del self._head[: end + 4]
                continue
            self._after_head = len(self._head) - end - 4
            break
        if self._after_head is None and len(self._head) > HEAD_BYTES:
            sentence = f"the head is too large: {len(self._head)} bytes so far, {HEAD_BYTES} are read"
            raise HeadError("too large", sentence)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write; the first write after an answer begins a new exchange."""
        if self._answered:
            self._head.clear()
            self._after_head, self._answered = None, False
        await self._stream.write(buffer, timeout)

    def _acknowledge_at_once(self) -> None:
        # A server that writes head and body apart may wait between them for our acknowledgement; Linux delays it 40 ms.
        connection = self._stream.get_extra_info("socket")
        if connection is not None and hasattr(socket, "TCP_QUICKACK"):
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Go on encrypted."""
        return Tap(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore asks for before it uses a connection again."""
        # What is left over would be read as the next answer.
        if info == "is_readable" and self._poisoned:
            return True
        return self._stream.get_extra_info(info)

    def trailing_bytes(self, headers: tuple[tuple[str, str], ...]) -> int:
        """Return how many bytes came after the Content-Length of the answer was reached."""
        fields = {key.lower(): value for key, value in headers}
        length = fields.get("content-length", "")
        if self._after_head is None or not length.isdecimal() or "transfer-encoding" in fields:
            return 0
        trailing_bytes = max(0, self._after_head - int(length))
        self._poisoned = self._poisoned or trailing_bytes > 0
        return trailing_bytes


class _Backend(httpcore.AsyncNetworkBackend):
    def __init__(self) -> None:
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
        return Tap(await self._inner.connect_tcp(*args, **kwargs))

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def failure(error: BaseException, *, head_arrived: bool, so_far: int) -> tuple[str, str]:
    """Return the kind of a failure and a sentence about it; messages of libraries may quote what was sent."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    for known in causes:
        if isinstance(known, socket.gaierror | UnicodeError):
            return "dns", "the host name cannot be resolved"
        if isinstance(known, ssl.SSLCertVerificationError):
            where = "SSL_CERT_FILE" if "SSL_CERT_FILE" in os.environ else "this machine"
            return "tls", f"the certificate is not trusted by {where}: {known.verify_message}"
        if isinstance(known, ssl.SSLError):
            return "tls", f"no TLS connection: {known.reason or 'the handshake failed'}"
        if isinstance(known, ConnectionRefusedError):
            return "refused", "the connection was refused"
    if isinstance(error, httpcore.ProxyError):
        return "proxy", f"the proxy answered {str(error)[:3]} to CONNECT"
    if head_arrived and isinstance(error, httpcore.RemoteProtocolError) and "closed" not in str(error):
        return "truncated", f"the answer's chunks are malformed after {so_far} bytes of its body"
    if head_arrived:
        return "truncated", f"the answer broke off after {so_far} bytes of its body"
    if isinstance(error, httpcore.ConnectError):
        return "refused", "no connection could be made"
    if isinstance(error, httpcore.RemoteProtocolError) and "disconnected" not in str(error):
        return "not http", NOT_HTTP
    return "reset", "the connection was closed before an answer came"

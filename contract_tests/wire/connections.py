"""The connections to a target: opened by name, through a proxy and TLS, and kept for as long as that is safe."""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

import h11

from contract_tests.wire.environment import Proxy, Way, port_of
from contract_tests.wire.stream import Stream, TcpStream, TlsStream, WireError, tls_failure

IDLE_SECONDS = 0.25
"""A connection is not used again after so long: servers close idle ones, and a resume may not be sent twice."""
SETTLE_SECONDS = 0.02
"""How long the first answer is given to be followed by the end of its connection."""

_Address: TypeAlias = tuple[Any, ...]
_Found: TypeAlias = tuple[int, int, int, str, _Address]
"""What socket.getaddrinfo returns: the first is the family, the last an address of that family."""


class Connection:
    """An open connection: its number, whether it has served before, which thread used it last, and for that alone."""

    def __init__(self, number: int, tcp: TcpStream, stream: Stream) -> None:
        self.number, self.tcp, self.stream = number, tcp, stream
        self.reused = self.is_left_alone = False
        self.user = threading.get_ident()
        self.idle_since = 0.0


class Connections:
    """Opens connections and keeps those that may be used again, for any number of threads."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._lock = threading.Lock()
        self._kept: deque[Connection] = deque()  # the one that was used last at the end
        self._waiting: set[TcpStream | _LookUp] = set()
        self._opened = 0
        self._keeps: bool | None = None
        self.aborted = False

    def take(self, wanted: Literal["any", "new", "kept", "own"], deadline: float) -> Connection:
        """Return a connection that nobody else uses; raises WireError and TimeoutError."""
        while wanted != "new" and (connection := self._take_kept(own_first=wanted in ("kept", "own"))) is not None:
            # It has ended meanwhile, or holds bytes that would be read as the next answer.
            if connection.stream.receive_now() is not None:
                self.drop(connection)
                continue
            connection.reused = True
            break
        else:
            connection = self._open(deadline)
        connection.is_left_alone |= wanted == "own"
        return connection

    def give_back(self, connection: Connection) -> None:
        """Keep a connection for another request, unless the server closes its connections without a word."""
        if self._keeps is None:
            # A server that closes each connection, and does not say so, would drop what is sent next.
            time.sleep(SETTLE_SECONDS)
            silent = connection.stream.receive_now() is None
            with self._lock:
                self._keeps = silent if self._keeps is None else self._keeps and silent
        connection.user = threading.get_ident()
        connection.idle_since = time.monotonic()
        with self._lock:
            if self._keeps:
                self._kept.append(connection)
                return
        self.drop(connection)

    def drop(self, connection: Connection) -> None:
        """Close a connection."""
        self._close(connection.tcp)

    def close(self) -> None:
        """Close every connection that waits for a request, and keep none from now on."""
        with self._lock:
            self._keeps = False
            kept, self._kept = self._kept, deque()
        for connection in kept:
            self.drop(connection)

    def abort(self) -> None:
        """End every connection, also under the threads that wait on one; no other is opened."""
        with self._lock:
            self.aborted = True
            for waiting in self._waiting:
                waiting.abort()

    def _take_kept(self, *, own_first: bool) -> Connection | None:
        with self._lock:
            while self._kept and self._kept[0].idle_since < time.monotonic() - IDLE_SECONDS:
                stale = self._kept.popleft().tcp
                self._waiting.discard(stale)
                stale.close()
            me = threading.get_ident()
            free = [kept for kept in self._kept if kept.user == me or not kept.is_left_alone]
            if not free:
                return None
            own = [kept for kept in free if kept.user == me and (own_first or kept.is_left_alone)]
            chosen = own[-1] if own else free[-1]
            self._kept.remove(chosen)
            return chosen

    def _open(self, deadline: float) -> Connection:
        way = self._way
        if way.proxy is None:
            tcp = self._connect(way.host, way.port, deadline)
        else:
            parts = urlsplit(way.proxy.url)
            tcp = self._connect(parts.hostname or "", port_of(parts), deadline)
        try:
            stream = self._secured(tcp, deadline)
        except OSError as error:
            self._close(tcp)
            raise _no_connection(error) from None
        except BaseException:
            self._close(tcp)
            raise
        with self._lock:
            self._opened += 1
            return Connection(self._opened, tcp, stream)

    def _secured(self, tcp: TcpStream, deadline: float) -> Stream:
        way = self._way
        stream: Stream = tcp
        if way.proxy is not None:
            if way.proxy_tls is not None:
                stream = TlsStream(stream, way.proxy_tls, urlsplit(way.proxy.url).hostname or "", deadline)
            if way.tls is not None:
                _open_tunnel(stream, way, way.proxy, deadline)
        if way.tls is not None:
            stream = TlsStream(stream, way.tls, way.host, deadline)
        return stream

    def _connect(self, host: str, port: int, deadline: float) -> TcpStream:
        look_up = _LookUp(host, port)
        self._wait_on(look_up)
        try:
            addresses = look_up.result(deadline)
        finally:
            self._forget(look_up)
        failure: OSError = TimeoutError()
        for left, (family, address) in zip(range(len(addresses), 0, -1), addresses, strict=True):
            now = time.monotonic()
            stream = TcpStream(family)
            self._wait_on(stream)
            try:
                # An address that leads nowhere leaves the others their share of the time.
                stream.connect(address, now + (deadline - now) / left)
            except OSError as error:
                self._close(stream)
                failure = error
            except BaseException:
                self._close(stream)
                raise
            else:
                return stream
        raise _no_connection(failure) from None

    def _wait_on(self, waiting: TcpStream | _LookUp) -> None:
        with self._lock:
            self._waiting.add(waiting)
            if self.aborted:
                waiting.abort()

    def _forget(self, waiting: TcpStream | _LookUp) -> None:
        with self._lock:
            self._waiting.discard(waiting)

    def _close(self, stream: TcpStream) -> None:
        self._forget(stream)
        stream.close()


class _LookUp:
    """A host name being looked up in a thread that ends by itself: no name server outlives a deadline."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._results: queue.SimpleQueue[Sequence[_Found] | WireError] = queue.SimpleQueue()

    def result(self, deadline: float) -> list[tuple[int, _Address]]:
        """Return the addresses of the host; raises WireError and TimeoutError."""
        threading.Thread(target=self._look_up, daemon=True, name="name look-up").start()
        try:
            found = self._results.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise TimeoutError from None
        if isinstance(found, WireError):
            raise found
        return [(family, address) for family, _, _, _, address in found]

    def abort(self) -> None:
        """End the wait for the result."""
        self._results.put(WireError("reset", "the look-up of the host name was interrupted"))

    def _look_up(self) -> None:
        try:
            self._results.put(socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            self._results.put(WireError("dns", "the host name cannot be resolved"))


def _open_tunnel(stream: Stream, way: Way, proxy: Proxy, deadline: float) -> None:
    """Ask a proxy for a connection to the target (CONNECT, RFC 9110 section 9.3.6)."""
    authority = f"[{way.host}]:{way.port}" if ":" in way.host else f"{way.host}:{way.port}"
    asking = h11.Connection(h11.CLIENT)
    fields = [(b"Host", authority.encode()), *proxy.headers]
    stream.send(asking.send(h11.Request(method="CONNECT", target=authority, headers=fields)), deadline)
    try:
        while not isinstance(event := asking.next_event(), h11.Response):
            if event is h11.NEED_DATA:
                asking.receive_data(stream.receive(deadline))
    except h11.RemoteProtocolError:
        raise WireError("proxy", "the proxy did not answer CONNECT with HTTP/1.1") from None
    if not 200 <= event.status_code < 300:
        raise WireError("proxy", f"the proxy answered {event.status_code} to CONNECT")


def _no_connection(error: OSError) -> WireError | TimeoutError:
    if isinstance(error, TimeoutError):
        return error
    if isinstance(error, ssl.SSLError):
        return tls_failure(error)
    refused = isinstance(error, ConnectionRefusedError)
    return WireError("refused", "the connection was refused" if refused else "no connection could be made")

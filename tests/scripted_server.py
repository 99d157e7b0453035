"""A loopback server of raw sockets: what it does with each request is a function, and it counts what it receives."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass
class Conversation:
    """One connection to a scripted server, as its script sees it."""

    socket: socket.socket
    closing: threading.Event

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.socket.sendall(data)

    def drip(self, data: bytes, pause: float) -> None:
        """Send bytes one at a time, until the server is closed."""
        for position in range(len(data)):
            if self.closing.wait(pause):
                return
            self.socket.sendall(data[position : position + 1])

    def wait(self) -> None:
        """Do nothing until the server is closed."""
        self.closing.wait()

    def reset(self) -> None:
        """Drop the connection with a reset instead of an end."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()


Script = Callable[[Conversation, bytes], object]
"""Is given each request; a true result closes the connection."""


@dataclass
class Scripted:
    """A server that runs: its port, and what it was sent."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    pieces: list[int] = field(default_factory=list)
    """In how many pieces each request came."""
    arrivals: list[float] = field(default_factory=list)
    connections: int = 0
    ended: int = 0

    @property
    def base_url(self) -> str:
        """Where it stands."""
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def scripted(
    script: Script, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, expected: Script | None = None
) -> Iterator[Scripted]:
    """Serve a script for the length of a `with` block; every thread and socket is gone after it.

    `expected` is given each head that asks whether to go on (Expect: 100-continue).
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:
        server = Scripted(listener.getsockname()[1])
        closing = threading.Event()
        opened: dict[threading.Thread, socket.socket] = {}

        def accept() -> None:
            while not closing.is_set():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                server.connections += 1
                thread = threading.Thread(target=_serve, args=(opened, tls, script, expected, server, closing))
                opened[thread] = connection
                thread.start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield server
        finally:
            closing.set()
            for waiting in (listener, *opened.values()):
                with contextlib.suppress(OSError):
                    waiting.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for thread, connection in opened.items():
                thread.join()
                connection.close()


def answer(body: bytes = b"{}", status: int = 200, *headers: str, length: int | None = None) -> bytes:
    """Write a response with a Content-Length, its body's own unless another is given."""
    length = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status} Told", "Content-Type: application/json", f"Content-Length: {length}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def says(data: bytes) -> Script:
    """Return a script that answers every request alike."""
    return lambda conversation, _request: conversation.send(data)


def in_turn(*scripts: Script) -> Script:
    """Return a script that does one thing after the other, and the last one for good."""
    left = list(scripts)

    def script(conversation: Conversation, request: bytes) -> object:
        return (left.pop(0) if len(left) > 1 else left[0])(conversation, request)

    return script


def _serve(
    opened: dict[threading.Thread, socket.socket],
    tls: ssl.SSLContext | None,
    script: Script,
    expected: Script | None,
    server: Scripted,
    closing: threading.Event,
) -> None:
    thread = threading.current_thread()
    with contextlib.suppress(OSError):
        if tls is not None:
            encrypted = tls.wrap_socket(opened[thread], server_side=True, do_handshake_on_connect=False)
            opened[thread] = encrypted
            encrypted.do_handshake()
        with opened[thread], contextlib.suppress(_Ended):
            _converse(Conversation(opened[thread], closing), script, expected, server)
    opened[thread].close()
    server.ended += 1


def _converse(conversation: Conversation, script: Script, expected: Script | None, server: Scripted) -> None:
    reading = _Reading(conversation.socket)
    while not conversation.closing.is_set():
        head = reading.until(b"\r\n\r\n")
        asks = b"\r\nexpect: 100-continue\r\n" in head.lower()
        if asks and expected is not None and expected(conversation, head) is True:
            return
        request = head + reading.body(head.lower())
        server.requests.append(request)
        server.pieces.append(reading.pieces)
        server.arrivals.append(time.monotonic())
        reading.pieces = 0
        if script(conversation, request) is True:
            return


class _Ended(Exception):  # noqa: N818 - clients come and go
    """The client has closed its connection."""


class _Reading:
    """Requests read from a connection, as they are."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._received = b""
        self.pieces = 0

    def until(self, end: bytes) -> bytes:
        """Take everything up to an end and the end with it."""
        while end not in self._received:
            self._receive()
        head, end, self._received = self._received.partition(end)
        return head + end

    def body(self, head: bytes) -> bytes:
        """Take the body that a head announces."""
        lines = dict(line.partition(b": ")[::2] for line in head.split(b"\r\n"))
        if lines.get(b"transfer-encoding") == b"chunked":
            return self.until(b"0\r\n\r\n")
        length = int(lines.get(b"content-length", b"0"))
        while len(self._received) < length:
            self._receive()
        body, self._received = self._received[:length], self._received[length:]
        return body

    def _receive(self) -> None:
        data = self._connection.recv(65_536)
        if not data:
            raise _Ended
        self.pieces += 1
        self._received += data

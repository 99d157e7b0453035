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
    arrivals: list[float] = field(default_factory=list)
    connections: int = 0
    ended: int = 0

    @property
    def base_url(self) -> str:
        """Where it stands."""
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def scripted(script: Script, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Scripted]:
    """Serve a script for the length of a `with` block; every thread and socket is gone after it."""
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
                thread = threading.Thread(target=_serve, args=(opened, tls, script, server, closing))
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
    server: Scripted,
    closing: threading.Event,
) -> None:
    thread = threading.current_thread()
    with contextlib.suppress(OSError):
        if tls is not None:
            encrypted = tls.wrap_socket(opened[thread], server_side=True, do_handshake_on_connect=False)
            opened[thread] = encrypted
            encrypted.do_handshake()
        with opened[thread]:
            _converse(opened[thread], script, server, closing)
    opened[thread].close()
    server.ended += 1


def _converse(connection: socket.socket, script: Script, server: Scripted, closing: threading.Event) -> None:
    conversation = Conversation(connection, closing)
    rest = b""
    while not closing.is_set():
        request, rest = _read(connection, rest)
        if not request:
            return
        server.requests.append(request)
        server.arrivals.append(time.monotonic())
        if script(conversation, request) is True:
            return


def _read(connection: socket.socket, received: bytes) -> tuple[bytes, bytes]:
    """Return one whole request and what came behind it; nothing when the connection ends before one."""
    while b"\r\n\r\n" not in received:
        if not (data := connection.recv(65_536)):
            return b"", b""
        received += data
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(lengths[0].partition(b":")[2]) if lengths else 0
    while len(body) < length:
        if not (data := connection.recv(65_536)):
            return b"", b""
        body += data
    return head + b"\r\n\r\n" + body[:length], body[length:]

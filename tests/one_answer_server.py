"""A loopback server that keeps the bytes of each request and answers all of them alike, or not at all."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Heard:
    """What came over the wire."""

    base_url: str
    requests: list[bytes] = field(default_factory=list)


@contextmanager
def server(answer: bytes | None) -> Iterator[Heard]:
    """Answer each connection's request with these bytes and close it; b"" drops it, None stays silent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        heard = Heard("http://{}:{}".format(*listener.getsockname()))
        closing = threading.Event()
        thread = threading.Thread(target=_serve, args=(listener, answer, heard, closing))
        thread.start()
        try:
            yield heard
        finally:
            closing.set()
            socket.create_connection(listener.getsockname()).close()
            thread.join()


def _serve(listener: socket.socket, answer: bytes | None, heard: Heard, closing: threading.Event) -> None:
    while True:
        connection, _ = listener.accept()
        with connection:
            if closing.is_set():
                return
            heard.requests.append(_read(connection))
            if answer is None:
                closing.wait(5)
            elif answer:
                connection.sendall(answer)


def _read(connection: socket.socket) -> bytes:
    request = b""
    while not (request.count(b"\r\n\r\n") and request.endswith(b"}")):
        received = connection.recv(65_536)
        if not received:
            break
        request += received
    return request

"""Sockets under a deadline, plain or with TLS around them, and the failures that are told apart."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import time
from collections.abc import Callable
from typing import Protocol, TypeVar

READ_BYTES = 65_536

Result = TypeVar("Result")


class WireError(Exception):
    """Why an exchange got no answer: the kind of the failure, and a sentence about it that quotes nothing sent."""

    def __init__(self, kind: str, sentence: str) -> None:
        super().__init__(sentence)
        self.kind = kind


class Stream(Protocol):
    """Bytes to and from a server. A deadline is a moment of time.monotonic(); past it, TimeoutError is raised."""

    def send(self, data: bytes, deadline: float) -> None:
        """Send all of the bytes; raises OSError."""

    def receive(self, deadline: float) -> bytes:
        """Return the next bytes, none at the end; raises OSError."""

    def receive_now(self) -> bytes | None:
        """Return what has arrived already, no bytes at the end or after a failure, and None where all is silent."""


class TcpStream:
    """A TCP connection. `abort` may be called by another thread, and ends whatever waits on it."""

    def __init__(self, family: int) -> None:
        self._socket = socket.socket(family, socket.SOCK_STREAM)

    def connect(self, address: tuple[object, ...], deadline: float) -> None:
        """Connect; raises OSError."""
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._limit(deadline)
        self._socket.connect(address)

    def send(self, data: bytes, deadline: float) -> None:
        """Send all of the bytes; raises OSError."""
        self._limit(deadline)
        self._socket.sendall(data)

    def receive(self, deadline: float) -> bytes:
        """Return the next bytes, none at the end; raises OSError."""
        self._limit(deadline)
        data = self._socket.recv(READ_BYTES)
        self._acknowledge_at_once()
        return data

    def receive_now(self) -> bytes | None:
        """Return what has arrived already, no bytes at the end or after a failure, and None where all is silent."""
        self._socket.settimeout(0)
        try:
            return self._socket.recv(READ_BYTES)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def abort(self) -> None:
        """End the connection under whoever waits on it."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket; may be called twice."""
        self._socket.close()

    def _limit(self, deadline: float) -> None:
        seconds = deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        self._socket.settimeout(seconds)

    def _acknowledge_at_once(self) -> None:
        # A server that writes head and body apart may wait between them for our acknowledgement; Linux delays it 40 ms.
        if hasattr(socket, "TCP_QUICKACK"):
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


class TlsStream:
    """TLS over any stream, another TLS among them, with a server that has proved its name."""

    def __init__(self, inner: Stream, context: ssl.SSLContext, host: str, deadline: float) -> None:
        """Shake hands; raises WireError where the server cannot be trusted, and OSError."""
        self._inner = inner
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        try:
            self._do(self._tls.do_handshake, deadline)
        except ssl.SSLError as error:
            with contextlib.suppress(OSError):  # the alert that says why
                self._flush(deadline)
            raise tls_failure(error) from None

    def send(self, data: bytes, deadline: float) -> None:
        """Send all of the bytes; raises OSError."""
        self._do(lambda: self._tls.write(data), deadline)

    def receive(self, deadline: float) -> bytes:
        """Return the next bytes, none at the end; raises OSError."""
        try:
            return self._do(lambda: self._tls.read(READ_BYTES), deadline)
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def receive_now(self) -> bytes | None:
        """Return what has arrived already, no bytes at the end or after a failure, and None where all is silent."""
        while True:
            try:
                return self._tls.read(READ_BYTES)
            except ssl.SSLWantReadError:
                # What arrived may be TLS's own, such as a session ticket: only what it decrypts to counts.
                data = self._inner.receive_now()
                if data is None:
                    return None
                self._feed(data)
            except ssl.SSLError:
                return b""

    def _do(self, step: Callable[[], Result], deadline: float) -> Result:
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                self._flush(deadline)
                self._feed(self._inner.receive(deadline))
            else:
                self._flush(deadline)
                return result

    def _feed(self, data: bytes) -> None:
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def _flush(self, deadline: float) -> None:
        if self._outgoing.pending:
            self._inner.send(self._outgoing.read(), deadline)


def tls_failure(error: ssl.SSLError) -> WireError:
    """Return the failure that an error of TLS is."""
    if isinstance(error, ssl.SSLCertVerificationError):
        where = "SSL_CERT_FILE" if "SSL_CERT_FILE" in os.environ else "this machine"
        return WireError("tls", f"the certificate is not trusted by {where}: {error.verify_message}")
    return WireError("tls", f"no TLS connection: {error.reason or 'the handshake failed'}")

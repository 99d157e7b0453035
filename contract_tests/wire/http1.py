"""One HTTP/1.1 request written to a connection and its answer read, each once and within bounds, on h11."""

from __future__ import annotations

import ssl
import time
from typing import TypeAlias

import h11

from contract_tests.wire.codings import CodingError, Decoding
from contract_tests.wire.connections import Connection
from contract_tests.wire.messages import Answer, Request
from contract_tests.wire.stream import WireError, tls_failure

HEAD_BYTES = 65_536
CHUNKS = 3
SEGMENT_PAUSE = 0.02
"""Seconds between segments: enough for a server to read one before the next comes."""
CONTINUE_SECONDS = 1.0
"""How long a 100 is waited for before the body is sent all the same (RFC 9110 section 10.1.1)."""

Fields: TypeAlias = list[tuple[bytes, bytes]]


class Http1:
    """One exchange on a connection: `write`, `release` where the last byte was held back, `read`; raises WireError.

    `status` and `body_bytes` tell what of the answer has come so far.
    """

    def __init__(self, connection: Connection, deadline: float, body_limit: int) -> None:
        self._connection, self._stream = connection, connection.stream
        self._deadline, self._body_limit = deadline, body_limit
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_BYTES)
        self._response: h11.Response | None = None
        self._held_back = b""
        self._sent_whole = True
        self._start = b""
        self._received = 0
        self._ended = False
        self.status: int | None = None
        self.body_bytes = 0
        self.reusable = False

    def write(self, request: Request, target: bytes, fields: Fields, *, hold_back: bool = False) -> None:
        """Send a request whole, or all but its last byte."""
        data = self._h11.send(h11.Request(method=request.method, target=target, headers=fields))
        if request.expect_continue:
            self._send(data)
            data = b""
            if self._is_answered_before_body():
                return
        for chunk in _chunks(request.content) if request.chunked else [request.content]:
            data += self._h11.send(h11.Data(data=chunk))
        data += self._h11.send(h11.EndOfMessage())
        if hold_back:
            data, self._held_back = data[:-1], data[-1:]
        for position, segment in enumerate(_cut(data, request.segments)):
            if position:
                time.sleep(SEGMENT_PAUSE)
            self._send(segment)

    def release(self) -> None:
        """Send the last byte, where it was held back."""
        if self._held_back:
            self._send(self._held_back)

    def read(self, started: float) -> Answer:
        """Read the final answer to a request that was written whole."""
        response = self._response or self._final_head(self._deadline)
        self.status = response.status_code
        fields = _text(response.headers.raw_items())
        body, trailers = self._body(fields)
        seconds = time.perf_counter() - started
        trailing_bytes = len(self._h11.trailing_data[0])
        if not self._ended:
            arrived = self._stream.receive_now()
            self._ended = arrived == b""
            trailing_bytes += len(arrived or b"")
        self.reusable = (
            # After a failure many a server closes the connection without a word: uvicorn, where an application raises.
            response.status_code // 100 < 5
            and self._sent_whole
            and not self._ended
            and not trailing_bytes
            and self._h11.our_state is h11.DONE
            and self._h11.their_state is h11.DONE
        )
        return Answer(
            response.status_code,
            fields,
            body,
            seconds,
            trailing_bytes,
            response.reason.decode("latin-1"),
            trailers,
            self._connection.number,
            self._connection.reused,
        )

    def _body(self, fields: tuple[tuple[str, str], ...]) -> tuple[bytes, tuple[tuple[str, str], ...]]:
        body = bytearray()
        received = 0
        try:
            decoding = Decoding(",".join(value for key, value in fields if key.lower() == "content-encoding"))
            while isinstance(event := self._event(self._deadline), h11.Data):
                received += len(event.data)
                body += decoding.decode(event.data, self._body_limit + 1 - len(body))
                self.body_bytes = max(received, len(body))
                if self.body_bytes > self._body_limit:
                    sentence = f"the body is too large: {self.body_bytes} bytes so far, {self._body_limit} are read"
                    raise WireError("too large", f"{sentence} (limits.body_bytes)")
            decoding.finish()
        except CodingError as error:
            raise WireError("undecodable", f"the body {error}") from None
        return bytes(body), _text(event.headers.raw_items()) if isinstance(event, h11.EndOfMessage) else ()

    def _is_answered_before_body(self) -> bool:
        """Wait for a 100, but not for long; tell whether a final answer came instead."""
        until = min(self._deadline, time.monotonic() + CONTINUE_SECONDS)
        try:
            while not isinstance(event := self._event(until), h11.Response):
                if isinstance(event, h11.InformationalResponse) and event.status_code == 100:
                    return False
        except TimeoutError:
            return False
        self._response = event
        return True

    def _final_head(self, deadline: float) -> h11.Response:
        # Interim answers (RFC 9110 section 15.2) are followed by the final one.
        while not isinstance(event := self._event(deadline), h11.Response):
            pass
        return event

    def _event(self, deadline: float) -> h11.Event:
        while True:
            try:
                event = self._h11.next_event()
            except h11.RemoteProtocolError as error:
                raise self._malformed(error) from None
            if isinstance(event, h11.Event):
                return event
            self._h11.receive_data(self._receive(deadline))

    def _receive(self, deadline: float) -> bytes:
        try:
            data = self._stream.receive(deadline)
        except TimeoutError:
            raise
        except ssl.SSLError as error:
            raise tls_failure(error) from None
        except OSError:
            raise self._broken_off() from None
        self._ended = not data
        if self.status is None:
            self._received += len(data)
            if not data:
                raise self._broken_off()
            if len(self._start) < 5:
                self._start += data[:5]
                # At once: the rest of what is no HTTP may never come.
                if not b"HTTP/".startswith(self._start[:5]):
                    raise _not_http()
        return data

    def _send(self, data: bytes) -> None:
        try:
            self._stream.send(data, self._deadline)
        except TimeoutError:
            raise
        except OSError:
            # A server that refuses a request may do so before it has read all of it: its answer is still to be read.
            self._sent_whole = False

    def _malformed(self, error: h11.RemoteProtocolError) -> WireError:
        if self.status is not None:
            sentence = f"the answer's chunks are malformed after {self.body_bytes} bytes of its body"
            return self._broken_off() if self._ended else WireError("truncated", sentence)
        if error.error_status_hint == 431:
            sentence = f"the head is too large: {self._received} bytes so far, {HEAD_BYTES} are read"
            return WireError("too large", sentence)
        return _not_http()

    def _broken_off(self) -> WireError:
        if self.status is None:
            return WireError("reset", "the connection was closed before an answer came")
        return WireError("truncated", f"the answer broke off after {self.body_bytes} bytes of its body")


def _not_http() -> WireError:
    return WireError("not http", "what came back is not HTTP/1.1")


def _text(fields: Fields) -> tuple[tuple[str, str], ...]:
    return tuple((key.decode("latin-1"), value.decode("latin-1")) for key, value in fields)


def _chunks(content: bytes) -> list[bytes]:
    return [piece for piece in _cut(content, CHUNKS) if piece]


def _cut(data: bytes, pieces: int) -> list[bytes]:
    """Cut bytes into so many pieces of nearly one length, fewer where there are not so many bytes."""
    if pieces <= 1:
        return [data]
    size = max(1, -(-len(data) // pieces))
    return [data[start : start + size] for start in range(0, len(data), size)]

"""One HTTP/1.1 request written to a connection and its answer read, each once and within bounds, on h11.

h11 writes and reads every head the first time. What it makes of the same head, where the answer has a length, is the
same: one that comes again, as all of them do under load, is not given to it again.
"""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
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

KNOWN_HEADS = 500
"""So many heads are remembered, of requests and of answers each."""
KNOWN_HEAD_BYTES = 2_000
"""A longer head of an answer is read anew each time."""
END_OF_HEAD = b"\r\n\r\n"
FRAMING = frozenset({"connection", "content-length", "transfer-encoding", "upgrade"})
"""Headers of a request that say how it travels, or what becomes of its connection: h11 goes by them."""

Field: TypeAlias = tuple[bytes, bytes]
Fields: TypeAlias = list[Field]
Text: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _KnownHead:
    """The head of an answer that h11 has read: what it says, and how many bytes of body it announces."""

    status: int
    reason: str = field(repr=False)
    fields: Text = field(repr=False)
    body_bytes: int


_known_heads: dict[tuple[str, bytes], _KnownHead] = {}
"""By the method of the request, on which the length of the body depends too (RFC 9112 section 6.3), and by its bytes.

Those alone are here whose answer had nothing but its head and so many bytes of body, and left the connection open.
"""


class Http1:
    """One exchange on a connection: `write`, `release` where the last byte was held back, `read`; raises WireError.

    `status` and `body_bytes` tell what of the answer has come so far.
    """

    def __init__(self, connection: Connection, deadline: float, body_limit: int) -> None:
        self._connection, self._stream = connection, connection.stream
        self._deadline, self._body_limit = deadline, body_limit
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
        self._request = request
        # A head and its content, as they are.
        is_framed = any(name.lower() in FRAMING for name, _ in request.headers)
        self._is_plain = not (request.chunked or request.expect_continue or is_framed)
        self._head, data = _written(request.method, target, tuple(fields))
        if request.expect_continue:
            self._send(data)
            data = b""
            if self._is_answered_before_body():
                return
        data += request.content if self._is_plain else self._content()
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
        if not self._is_plain:
            return self._read_anew(started)
        data = self._receive(self._deadline)
        head, end, begun = data.partition(END_OF_HEAD)
        known = _known_heads.get((self._request.method, head)) if end else None
        if known is not None and known.body_bytes <= self._body_limit:
            return self._read_known(known, begun, started)
        self._content()
        self._h11.receive_data(data)
        return self._read_anew(started, head + end, begun)

    def _read_known(self, known: _KnownHead, body: bytes, started: float) -> Answer:
        """Read an answer whose head is known, and of whose body a part has come with it."""
        self.status, self.body_bytes = known.status, len(body)
        while self.body_bytes < known.body_bytes:
            more = self._receive(self._deadline)
            if not more:
                raise self._broken_off()
            body += more
            self.body_bytes = len(body)
        whole = body[: known.body_bytes]
        return self._answer(known.status, known.reason, known.fields, whole, (), len(body) - len(whole), started)

    def _read_anew(self, started: float, head: bytes = b"", begun: bytes = b"") -> Answer:
        """Let h11 read an answer; the head that it began with is remembered where the rest was its body and no more."""
        response = self._response or self._final_head(self._deadline)
        self.status = response.status_code
        fields, reason = _text(response.headers.raw_items()), response.reason.decode("latin-1")
        body, trailers = self._body(fields)
        surplus = len(self._h11.trailing_data[0])
        stays_open = self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE
        answer = self._answer(self.status, reason, fields, body, trailers, surplus, started, stays_open=stays_open)
        is_all = body.startswith(begun) and len(head) + len(body) == self._received and not surplus
        # h11 also ends a head, and its lines, with LF alone; what the end of the connection ended had no length.
        is_by_the_book = head.endswith(END_OF_HEAD) and head.count(b"\n") == head.count(b"\r\n") and not self._ended
        if is_all and is_by_the_book and stays_open and answer.header("Content-Encoding") is None:
            _remember(self._request.method, head, _KnownHead(self.status, reason, fields, len(body)))
        return answer

    def _answer(
        self,
        status: int,
        reason: str,
        fields: Text,
        body: bytes,
        trailers: Text,
        surplus: int,
        started: float,
        *,
        stays_open: bool = True,
    ) -> Answer:
        seconds = time.perf_counter() - started
        if not self._ended:
            arrived = self._stream.receive_now()
            self._ended = arrived == b""
            surplus += len(arrived or b"")
        # After a failure many a server closes the connection without a word: uvicorn, where an application raises.
        self.reusable = stays_open and status // 100 < 5 and self._sent_whole and not self._ended and not surplus
        number, reused = self._connection.number, self._connection.reused
        return Answer(status, fields, body, seconds, surplus, reason, trailers, number, reused)

    @cached_property
    def _h11(self) -> h11.Connection:
        """The state of the exchange; made when it is needed, after the head of the request was written."""
        protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_BYTES)
        protocol.send(self._head)
        return protocol

    def _content(self) -> bytes:
        """Let h11 know of the content of the request, and return it as it travels."""
        content = self._request.content
        data = b""
        for chunk in _chunks(content) if self._request.chunked else [content]:
            data += self._h11.send(h11.Data(data=chunk))
        return data + self._h11.send(h11.EndOfMessage())

    def _body(self, fields: Text) -> tuple[bytes, Text]:
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
        self._received += len(data)
        if self.status is None:
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


@lru_cache(KNOWN_HEADS)
def _written(method: str, target: bytes, fields: tuple[Field, ...]) -> tuple[h11.Request, bytes]:
    """Return the head of a request, and the bytes that it is."""
    head = h11.Request(method=method, target=target, headers=list(fields))
    return head, h11.Connection(h11.CLIENT).send(head)


def _remember(method: str, head: bytes, known: _KnownHead) -> None:
    if len(head) > KNOWN_HEAD_BYTES:
        return
    if len(_known_heads) >= KNOWN_HEADS:
        _known_heads.clear()
    _known_heads[method, head.removesuffix(END_OF_HEAD)] = known


def _text(fields: Fields) -> Text:
    return tuple((key.decode("latin-1"), value.decode("latin-1")) for key, value in fields)


def _chunks(content: bytes) -> list[bytes]:
    return [piece for piece in _cut(content, CHUNKS) if piece]


def _cut(data: bytes, pieces: int) -> list[bytes]:
    """Cut bytes into so many pieces of nearly one length, fewer where there are not so many bytes."""
    if pieces <= 1:
        return [data]
    size = max(1, -(-len(data) // pieces))
    return [data[start : start + size] for start in range(0, len(data), size)]

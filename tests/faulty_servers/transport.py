"""Faults on the wire: an answer that does not arrive, arrives in part, or comes from elsewhere."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import zlib
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tests.faulty_servers.served import OPERATION, RESPONSES, Fault, with_header

QUICK = {"limits": {"timeout_seconds": 0.5}}
WIRE = OPERATION


class NoAnswer(Fault, breaks=WIRE):
    """Answers a resume with nothing, and closes the connection."""

    # No answer is no wrong answer: a run without answers ends with an exit code of its own.
    exit_code = 6
    target = QUICK

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.close()


class BrokenAnswer(NoAnswer):
    """Ends its answer after the first half, as if that was all."""

    # Of what arrives in part it is known that it is wrong.
    exit_code = 1

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(head + body[: len(body) // 2])
        connection.close()


class Resets(NoAnswer):
    """Resets the connection."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        _reset(connection)


class ResetsWithinTheBody(BrokenAnswer):
    """Resets the connection in the middle of the body."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(head + body[: len(body) // 2])
        asyncio.get_running_loop().call_later(0.02, _reset, connection)


class Hangs(NoAnswer):
    """Takes a resume and never answers."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None: ...


class HangsWithinTheBody(NoAnswer):
    """Begins to answer and never ends."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(head + body[: len(body) // 2])


class Drips(NoAnswer):
    """Sends a byte now and then."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        raw = head + body
        if not connection.is_closing():
            connection.write(raw[:1])
            asyncio.get_running_loop().call_later(0.1, self.transmit, connection, raw[1:], b"")


class EndsTooEarly(BrokenAnswer):
    """Declares more bytes than it sends."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(with_header(head, b"content-length", b"%d" % (len(body) + 7)) + body)
        connection.close()


class EndsWithinAChunk(BrokenAnswer):
    """Sends its body in chunks and not the last one."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(_chunked(head) + b"%x\r\n%s\r\n" % (len(body), body))
        connection.close()


class SaysMoreThanItDeclares(Fault, breaks=WIRE):
    """Declares fewer bytes than it sends, which cuts the body and spoils the next answer."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(with_header(head, b"content-length", b"%d" % (len(body) - 1)) + body)
        connection.close()


class SpeaksNoHttp(NoAnswer):
    """Answers with something that is not HTTP."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(b"+OK links ready\r\n")
        connection.close()


class SendsEndlessHeaders(BrokenAnswer):
    """Sends a megabyte of headers."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(head[:-2] + b"X-Padding: %s\r\n" % (b"x" * 1000) * 1000 + b"\r\n" + body)


class SendsALargeBody(BrokenAnswer):
    """Sends two megabytes of white space before the value."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        body = b" " * 2_000_000 + body
        connection.write(with_header(head, b"content-length", b"%d" % len(body)) + body)


class SendsABomb(BrokenAnswer):
    """Sends a body that unpacks to fifty megabytes."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        head = with_header(head, b"content-length", b"%d" % len(bomb()))
        connection.write(head[:-2] + b"content-encoding: gzip\r\n\r\n" + bomb())


@cache
def bomb() -> bytes:
    """Return fifty megabytes of white space, packed."""
    return gzip.compress(b" " * 50_000_000)


class SaysItIsPacked(BrokenAnswer):
    """Says that the body is packed with gzip, which it is not."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(head[:-2] + b"content-encoding: gzip\r\n\r\n" + body)


class CutsWhatItPacks(BrokenAnswer):
    """Packs the body with gzip and leaves the end out."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        packed = zlib.compress(body)[:-6]
        head = with_header(head, b"content-length", b"%d" % len(packed))
        connection.write(head[:-2] + b"content-encoding: deflate\r\n\r\n" + packed)


class ClosesAfterTheSecondAnswer(Fault, breaks=WIRE):
    """Takes every third resume of a connection and closes it without an answer."""

    exit_code = 6

    def __init__(self) -> None:
        super().__init__()
        self.answered = 0

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        self.answered += 1
        if self.answered % 3:
            connection.write(head + body)
        else:
            connection.close()


class RedirectsToAnotherHost(Fault, breaks=RESPONSES):
    """Sends the caller, and with it the credentials, to another host."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        return RedirectResponse("http://127.0.0.2:9/api/links/", 307)


class RedirectsToItself(Fault, breaks=RESPONSES):
    """Redirects a registered link to its own page."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 200:
            return RedirectResponse(f"/api/links/{content['id']}/", 303)
        return super().answer_resume(request, status, content, headers)


class AnswersWithoutABody(Fault, breaks=RESPONSES):
    """Answers a registered link 204, which is not declared."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        return Response(status_code=204) if status == 200 else super().answer_resume(request, status, content, headers)


class StandsBehindABadGateway(Fault, breaks=RESPONSES):
    """Stands behind a gateway that answers every seventh request with a page of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.answered = 0

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        self.answered += 1
        if self.answered % 7 == 0:
            return HTMLResponse("<html><h1>502 Bad Gateway</h1><hr>nginx</html>", 502)
        return super().answer_resume(request, status, content, headers)


class FailsWithAPage(Fault, breaks="/components/responses/UnexpectedError"):
    """Fails with a page of the web server."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 500:
            return HTMLResponse("<html><h1>500 Internal Server Error</h1></html>", 500)
        return super().answer_resume(request, status, content, headers)


class FailsWithAText(Fault, breaks="/components/responses/UnexpectedError"):
    """Fails with the words of the framework."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 500:
            return Response("Internal Server Error", 500, media_type="text/plain")
        return super().answer_resume(request, status, content, headers)


class FailsWith503(Fault, breaks=RESPONSES):
    """Answers 503 where the institution fails, which is not declared."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        return super().answer_resume(request, 503 if status == 500 else status, content, headers)


def _reset(connection: asyncio.Transport) -> None:
    own = connection.get_extra_info("socket")
    if own is not None and not connection.is_closing():
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.abort()


def _chunked(head: bytes) -> bytes:
    return with_header(head, b"content-length", None)[:-2] + b"transfer-encoding: chunked\r\n\r\n"

"""Styles of odd wires: answers that travel as HTTP lets them, and as few servers send them."""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from contract_tests.embedded.server import Refusal
from tests.faulty_servers.served import Style, is_text, with_header

STATUS_LINE = re.compile(rb"^HTTP/1.1 (\d{3}) [^\r]*")


class OldHttp(Style):
    """Answers as HTTP/1.0 does, and ends the connection."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(STATUS_LINE.sub(rb"HTTP/1.0 \1 OK", head)[:-2] + b"connection: close\r\n\r\n" + body)
        connection.close()


class OddReasons(Style):
    """Writes reasons of its own behind the status."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(STATUS_LINE.sub(rb"HTTP/1.1 \1 Well, 200 (not 500): that's it!", head) + body)


class LongReasons(Style):
    """Writes a long reason behind the status."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(STATUS_LINE.sub(rb"HTTP/1.1 \1 " + b"reason " * 60, head) + body)


class HeadersOfOtherLetters(Style):
    """Writes a reason in Latin-1, and headers of its own in Latin-1 and in UTF-8: bytes that HTTP calls opaque."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        headers = b"x-gruss: Gr\xfc\xdfe\r\nx-greeting: " + "Grüße 🔑".encode()
        head = STATUS_LINE.sub(b"HTTP/1.1 \\1 Gr\xfc\xdfe", head)
        connection.write(head[:-2] + headers + b"\r\n\r\n" + body)


class ContinuesUnasked(Style):
    """Says twice that the caller may continue, who did not ask."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 2 + head + body)


class Processing(Style):
    """Says that it is still at work before each answer."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        asyncio.get_running_loop().call_later(0.002, connection.write, head + body)


class Deflated(Style):
    """Packs its answers with deflate where that is accepted."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        body = self.write_json(content)
        if "deflate" in request.headers.get("accept-encoding", ""):
            body, headers = zlib.compress(body), {**headers, "Content-Encoding": "deflate"}
        return Response(body, status, headers, "application/json")


class ChunksWithExtras(Style):
    """Sends chunks of one byte and of many, with extensions, and a trailer behind the last."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        head = with_header(head, b"content-length", None)[:-2] + b"transfer-encoding: chunked\r\n\r\n"
        chunks = [body[:1], body[1:2], body[2:]]
        sent = b"".join(b"%X;kept=no\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
        connection.write(head + sent + b"0;last\r\nServer-Timing: app;dur=1.5\r\n\r\n")


class BlanksAroundValues(Style):
    """Writes tabs and blanks around the values of its headers."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(re.sub(rb"(?m)^([A-Za-z-]+): ([^\r]*)", rb"\1:\t  \2 \t", head) + body)


class FewHeaders(Style):
    """Sends the two headers that are needed, and neither Date nor Server."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(with_header(with_header(head, b"date", None), b"server", None) + body)


class ClosesEachFifth(Style):
    """Says with each fifth answer that it closes the connection, and does."""

    def __init__(self) -> None:
        super().__init__()
        self.answered = 0

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        self.answered += 1
        if self.answered % 5:
            connection.write(head[:-2] + b"keep-alive: timeout=5, max=5\r\n\r\n" + body)
        else:
            connection.write(head[:-2] + b"connection: close\r\n\r\n" + body)
            connection.close()


class HeadersFirst(Style):
    """Sends the head of an answer at once, and its body a moment later."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(head)
        asyncio.get_running_loop().call_later(0.003, connection.write, body)


class CachesNothing(Style):
    """Forbids with every answer to keep it, and tags it all the same."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        odd = {"Cache-Control": "no-store, private", "ETag": 'W/"7"', "Age": "0", "Expires": "0", "Pragma": "no-cache"}
        return super().answer_resume(request, status, content, {**headers, **odd})


class TwoChallenges(Style):
    """Offers in its challenge a second scheme beside Basic."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 401:
            headers = {**headers, "WWW-Authenticate": 'Bearer realm="links", Basic realm="links, all of them"'}
        return super().answer_resume(request, status, content, headers)


class SlowRefusals(Style):
    """Takes a while to refuse credentials, so that nobody guesses them."""

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        answer = await super().handle(request, operation)
        if answer.status_code == 401:
            await asyncio.sleep(0.02)
        return answer


class AtMostEightAtOnce(Style):
    """Serves eight callers at once, and asks those beyond them to come back later."""

    def __init__(self) -> None:
        super().__init__()
        self.serving = 0

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        await request.body()
        if self.serving >= 8:
            return Response("busy", 429, {"Retry-After": "0"}, "text/plain")
        self.serving += 1
        try:
            await asyncio.sleep(0.002)
            return await super().handle(request, operation)
        finally:
            self.serving -= 1


class BehindAProxy(Style):
    """Stands behind a proxy that refuses chunks, large headers, NUL and bytes that are not UTF-8 itself, in HTML."""

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        body = await request.body()
        status = 411 if "transfer-encoding" in request.headers else 400
        if status == 411 or b"\0" in body or not is_text(body) or any(len(v) > 2000 for v in request.headers.values()):
            return HTMLResponse(f"<html><h1>{status} Refused</h1><hr>proxy</html>", status)
        return await super().handle(request, operation)


class LimitsStrangers(Style):
    """Asks whoever has wrong credentials to come back later, each tenth time."""

    def __init__(self) -> None:
        super().__init__()
        self.refused = 0

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        try:
            self.authenticate(request)
        except Refusal:
            self.refused += 1
            if self.refused % 10 == 0:
                return Response("slow down", 429, {"Retry-After": "0"}, "text/plain")
        return await super().handle(request, operation)

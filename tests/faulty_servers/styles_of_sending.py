"""Styles of sending: answers that travel in another way."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount

from tests.faulty_servers.served import Served, Style, with_header

CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
UUID_VALUE = re.compile(rb'"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"')


class Chunked(Style):
    """Sends its answers in chunks of a few bytes, without a length."""

    transmit = Served.transmit  # as they are: no other way of sending goes with pieces

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        body = self.write_json(content)

        async def pieces() -> AsyncIterator[bytes]:
            for start in range(0, len(body), 50):
                yield body[start : start + 50]

        return StreamingResponse(pieces(), status, headers, "application/json")


class Packed(Style):
    """Packs its answers with gzip where that is accepted."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        body = self.write_json(content)
        if "gzip" in request.headers.get("accept-encoding", ""):
            body, headers = gzip.compress(body), {**headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return Response(body, status, headers, "application/json")


class ClosesEachConnection(Style):
    """Closes the connection with every answer."""

    async def handle(self, request: Request, operation: Any) -> Response:
        await request.body()  # a request that is still arriving when its connection closes would reset the answer
        return await super().handle(request, operation)

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        return super().answer_resume(request, status, content, {**headers, "Connection": "close"})


class ClosesIdleConnections(Style):
    """Closes a connection that is idle for a moment, and does not say so before."""

    idle_seconds = 0.6


class EndsWithTheConnection(Style):
    """Declares no length: its answers end where the connection does."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(with_header(head, b"content-length", None)[:-2] + b"connection: close\r\n\r\n" + body)
        connection.close()


class ClosesWithoutAWord(Style):
    """Declares neither a length nor that it closes: its answers end where the connection does."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        head = with_header(with_header(head, b"content-length", None), b"date", None)
        connection.write(head + body)
        connection.close()


class Slow(Style):
    """Takes a while for every answer."""

    async def resume(self, request: Request) -> Response:
        await asyncio.sleep(0.01)
        return await super().resume(request)


class SlowNowAndThen(Style):
    """Takes half a second for one answer in forty."""

    asked = 0

    async def resume(self, request: Request) -> Response:
        self.asked += 1
        if self.asked % 40 == 0:
            await asyncio.sleep(0.5)
        return await super().resume(request)


class LimitedNowAndThen(Style):
    """Stands behind a gateway that asks to come back later, every sixtieth time."""

    asked = 0

    async def handle(self, request: Request, operation: Any) -> Response:
        self.asked += 1
        if self.asked % 60 == 0:
            return Response("slow down", 429, {"Retry-After": "0"}, "text/plain")
        return await super().handle(request, operation)


class ExtraHeaders(Style):
    """Sends many headers, some of them twice, one of them long."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        answer = super().answer_resume(request, status, content, headers)
        for number in range(20):
            answer.headers[f"X-Extra-{number}"] = " ".join(["value"] * number)
        answer.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains; preload"
        answer.headers["Content-Security-Policy"] = "; ".join(["default-src 'none'"] * 50)
        answer.set_cookie("session", "abc", httponly=True)
        answer.set_cookie("lb", "node-7")
        return answer


class CapitalHeaders(Style):
    """Writes the names of its headers with capitals."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(re.sub(rb"(?m)^[a-z-]+(?=:)", lambda name: name[0].title(), head) + body)


class LowerCaseHeaders(Style):
    """Writes the names of its headers in lower case, without a space after the colon."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(re.sub(rb"(?m)^([A-Za-z-]+): ", lambda name: name[1].lower() + b":", head) + body)


class NoReasonPhrase(Style):
    """Leaves the words after the status out, as HTTP/2 did away with them."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(re.sub(rb"^(HTTP/1.1 \d{3}) [^\r]*", rb"\1 ", head) + body)


class EarlyHints(Style):
    """Sends an interim answer before each answer."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        connection.write(b"HTTP/1.1 103 Early Hints\r\nLink: </docs>; rel=help\r\n\r\n" + head + body)


class InManyPackets(Style):
    """Sends each answer in many small packets."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        raw = head + body
        for start in range(0, len(raw), 40):
            connection.write(raw[start : start + 40])


class Prefixed(Style):
    """Stands under a path of its own before /api."""

    prefix = "/banks/v1"

    def app(self) -> Starlette:
        return Starlette(routes=[Mount(self.prefix, app=super().app())])

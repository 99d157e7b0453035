"""Faults of credential memory: wrong ones let in, or right ones refused, for what came before or comes beside."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from contract_tests.embedded.server import Refusal
from tests.faulty_servers.served import UNAUTHORIZED, Fault


class BelievesTheNextOfAConnection(
    Fault, breaks=UNAUTHORIZED, shown_by="wrong credentials right after a right resume on the same connection"
):
    """Does not authenticate the request that follows a registered link on its connection."""

    def __init__(self) -> None:
        super().__init__()
        self.believed: Any = None

    def authenticate(self, request: Request) -> None:
        believed, self.believed = self.believed, None
        if believed is None or believed != request.client:
            super().authenticate(request)

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 200:
            self.believed = request.client
        return super().answer_resume(request, status, content, headers)


class BelievesWhoComesRightAfter(
    Fault, breaks=UNAUTHORIZED, shown_by="wrong credentials within 30 ms of a right resume, on another connection"
):
    """Lets everyone in for a moment after a link was registered."""

    def __init__(self) -> None:
        super().__init__()
        self.until = 0.0

    def authenticate(self, request: Request) -> None:
        if self.clock() > self.until:
            super().authenticate(request)

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 200:
            self.until = self.clock() + 0.03
        return super().answer_resume(request, status, content, headers)


class RepeatsAnswersToAnyone(
    Fault, breaks=UNAUTHORIZED, shown_by="wrong credentials with the same body right after it was answered 200"
):
    """Answers a body that it has answered before from a cache, whoever asks."""

    def __init__(self) -> None:
        super().__init__()
        self.cache: dict[bytes, Any] = {}

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        body = await self.read_bytes(request)
        try:
            self.authenticate(request)
        except Refusal:
            if body in self.cache:
                return self.answer(request, 200, self.cache[body])
        return await super().handle(request, operation)

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 200:
            self.cache[request.state.raw] = content
        return super().answer_resume(request, status, content, headers)


class RepeatsRefusalsToAnyone(
    Fault, breaks=UNAUTHORIZED, shown_by="right credentials right after wrong ones with the same body"
):
    """Answers a body that it has just refused for its credentials 401 again, whoever asks."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: dict[bytes, float] = {}

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        body = await self.read_bytes(request)
        try:
            self.authenticate(request)
        except Refusal:
            self.refused[body] = self.clock() + 0.5
        if self.refused.get(body, 0) > self.clock():
            refusal = self.errors_content([("authentication_failed", "The credentials are missing or wrong.")])
            return self.answer(request, 401, refusal)
        return await super().handle(request, operation)


class SharesTheLoginOfAMoment(
    Fault, breaks=UNAUTHORIZED, shown_by="wrong credentials at the same moment as right ones, on another connection"
):
    """Keeps who is logged in in a global variable while it waits for its user store."""

    def __init__(self) -> None:
        super().__init__()
        self.is_right = False

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.method != "PATCH":
            return await super().handle(request, operation)
        await self.read_bytes(request)
        try:
            self.authenticate(request)
            self.is_right = True
        except Refusal as refusal:
            await asyncio.sleep(0.005)
            if not self.is_right:
                return self.answer(request, 401, self.errors_content(refusal.errors), refusal.headers)
        await asyncio.sleep(0.02)
        self.is_right = False
        try:
            return await operation(request)
        except Refusal as refusal:
            return self.answer(request, refusal.status, self.errors_content(refusal.errors), refusal.headers)

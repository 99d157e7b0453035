"""Servers that are wrong only while many call, or after a while, and right ones that load makes look odd.

Each of these faults is found by `python -m contract_tests load`. Some show in the one crowd of a run of the suite, too,
where their requests happen to meet in it.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from contract_tests.embedded.loopback import RunningServer, serve_in_thread
from contract_tests.embedded.server import PausedSession, Refusal, ResumeCommand
from contract_tests.server_process import ServerProcess
from tests.faulty_servers import two_processes
from tests.faulty_servers.served import (
    BAD_REQUEST,
    OK,
    RESPONSES,
    TOKEN_REQUIRED,
    UNAUTHORIZED,
    UNEXPECTED_ERROR,
    Fault,
    Served,
    Style,
    kebab,
)

PROJECT = Path(__file__).parents[2]
MOMENT_SECONDS = 0.02
"""How long the servers of this module think about a resume: others come in the meantime."""
MANY = 10
"""More resumes than this at the same time are many: the suite has 8 under way, and one crowd of 12."""


class Busy(Served):
    """A server that knows how many resumes it is at, and takes a moment for each."""

    def __init__(self) -> None:
        super().__init__()
        self.at_once = 0
        self.began = time.monotonic()

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.method != "PATCH":
            return await super().handle(request, operation)
        self.at_once += 1
        try:
            return await self.handle_resume(request, operation)
        except ClientDisconnect:
            # The run has ended meanwhile: there is nobody to answer.
            return Response(status_code=400)
        finally:
            self.at_once -= 1

    async def handle_resume(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        """Handle a resume; the place where others come in between."""
        await request.body()
        await asyncio.sleep(MOMENT_SECONDS)
        return await super().handle(request, operation)

    @property
    def is_busy(self) -> bool:
        """Whether many resumes are being answered."""
        return self.at_once > MANY


class MixesTwoCallers(Busy, Fault, breaks=f"{OK}"):
    """Keeps the link that it registers in one variable for all callers that have to wait."""

    async def resume(self, request: Request) -> Response:
        command = self.read_resume(await self.read_body(request))
        session = self.find(command)
        self.spend(session)
        self.link = session.link
        await asyncio.sleep(MOMENT_SECONDS)
        return self.answer_token(request, session, command.token)

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        return super().link_content(session) | ({"id": str(self.link)} if self.is_busy else {})


class MixesTheLinksOfTwoFactors(Busy, Fault, breaks=TOKEN_REQUIRED):
    """Names in a 428 the link of whoever asked last, while it is busy."""

    async def resume(self, request: Request) -> Response:
        command = self.read_resume(await self.read_body(request))
        session = self.find(command)
        self.spend(session)
        self.link = session.link
        await asyncio.sleep(MOMENT_SECONDS)
        return self.answer_token(request, session, command.token)

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        content = self.token_required_content(session, message)
        return self.answer(
            request, 428, content | ({"link": str(self.link)} if self.is_busy and request.method == "PATCH" else {})
        )


class LetsTwoDifferentCallersWin(Busy, Fault, breaks=BAD_REQUEST):
    """Spends a session a moment after it has been found, but only while it is busy."""

    async def resume(self, request: Request) -> Response:
        command = self.read_resume(await self.read_body(request))
        session = self.find(command)
        if not self.is_busy:
            self.spend(session)
            return self.answer_token(request, session, command.token)
        await asyncio.sleep(MOMENT_SECONDS)
        self.sessions.pop(session.id, None)
        return self.answer_token(request, session, command.token)


class LetsTwoSecondTokensWin(Busy, Fault, breaks=BAD_REQUEST):
    """Spends the session of a second factor a moment after it has been found, but only while it is busy."""

    async def resume(self, request: Request) -> Response:
        command = self.read_resume(await self.read_body(request))
        session = self.find(command)
        is_second = session.institution.endswith("twice") and session.factors_left == 1
        if not (is_second and self.is_busy):
            self.spend(session)
            return self.answer_token(request, session, command.token)
        await asyncio.sleep(MOMENT_SECONDS)
        self.sessions.pop(session.id, None)
        return self.answer_token(request, session, command.token)


class TakesTheLoginOfAnother(Busy, Fault, breaks=UNAUTHORIZED):
    """Keeps whether the caller is known in one variable for all that have to wait."""

    async def handle_resume(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        credentials = self.read_credentials(request)
        self.known = credentials is not None and self.is_account(*credentials)
        return await super().handle_resume(request, operation)

    def authenticate(self, request: Request) -> None:
        if request.method != "PATCH" or not self.is_busy:
            super().authenticate(request)
        elif not self.known:
            self.refuse_credentials()


class CutsBodiesWhenBusy(Busy, Fault, breaks=RESPONSES):
    """Sends half of a body and closes, while it is busy."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        if not self.is_busy:
            return super().transmit(connection, head, body)
        connection.write(head + body[: len(body) // 2])
        connection.close()
        return None


class WritesTheLengthOfAnother(Busy, Fault, breaks=RESPONSES):
    """Announces a length that is a byte too short, while it is busy."""

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        if self.is_busy:
            length = len(body)
            head = head.replace(b"content-length: %d" % length, b"content-length: %d" % (length - 1))
        super().transmit(connection, head, body)


class ForgetsAFieldSeldom(Fault, breaks=OK):
    """Leaves the status out of every four hundredth link."""

    def __init__(self) -> None:
        super().__init__()
        self.completed = 0

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        content = super().link_content(session)
        self.completed += 1
        if self.completed % 400 == 0:
            content.pop("status")
        return content


class FailsWhenItHasSeenALot(Fault, breaks=UNEXPECTED_ERROR):
    """Leaks what it keeps of a session: after eight hundred of them everything is answered 500."""

    def __init__(self) -> None:
        super().__init__()
        self.leaked = 0

    def pause(self, session: PausedSession) -> PausedSession:
        self.leaked += 1
        return super().pause(session)

    async def resume(self, request: Request) -> Response:
        if self.leaked > 800:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return await super().resume(request)


class ForgetsSessionsWhenThereAreMany(Fault, breaks=OK):
    """Remembers the last forty sessions, and forgets those before them."""

    def pause(self, session: PausedSession) -> PausedSession:
        paused = super().pause(session)
        while len(self.sessions) > 40:
            self.sessions.popitem(last=False)
        return paused


class HandsOutOneSessionTwice(Busy, Fault, breaks=TOKEN_REQUIRED):
    """Takes the clock for a source of session ids while it is busy: who is asked again in one moment gets the same."""

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        if self.is_busy and request.method == "PATCH":
            del self.sessions[session.id]
            moment = uuid.UUID(int=int(time.monotonic() / 0.1) << 64 | 0x4 << 76 | 0x8 << 60, version=4)
            session = PausedSession(**{**vars(session), "id": moment})
            self.sessions[moment] = session
        return super().answer_token_required(request, session, message)


class FailsWhenBusy(Busy, Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 when its pool of ten connections to the institution is used up."""

    async def resume(self, request: Request) -> Response:
        if self.is_busy:
            raise Refusal(500, ("pool_exhausted", "The service failed."))
        return await super().resume(request)


class AnswersAPageWhenBusy(Busy, Fault, breaks=RESPONSES):
    """Lets its gateway answer 503 with a page while it is busy."""

    async def resume(self, request: Request) -> Response:
        if self.is_busy:
            return Response("<html><body>Service Unavailable</body></html>", 503, media_type="text/html")
        return await super().resume(request)


class ForgetsAFieldAfterAWhile(Fault, breaks=OK):
    """Leaves the creator out of links when its cache of accounts has expired, which takes eight seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.began = 0.0

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        self.began = self.began or time.monotonic()
        content = super().link_content(session)
        if time.monotonic() - self.began > 8:
            content.pop("created_by")
        return content


class GivesTheAnswerOfTheMoment(Busy, Fault, breaks=OK):
    """Has a cache before it that, while it is busy, gives one link to all within three milliseconds."""

    def __init__(self) -> None:
        super().__init__()
        self.cached: dict[str, Any] = {}
        self.until = 0.0

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        if not self.is_busy or time.monotonic() > self.until:
            self.cached, self.until = super().link_content(session), time.monotonic() + 0.003
        return self.cached


class ShowsATraceWhenBusy(Busy, Fault, breaks="/paths/~1api~1links~1/patch/description"):
    """Shows a stack trace in its errors while it is busy."""

    def errors_content(self, errors: Any) -> list[dict[str, str]]:
        content = super().errors_content(errors)
        if self.is_busy:
            content[0]["message"] = 'Traceback (most recent call last):\n  File "/app/pool.py", line 12, in take'
        return content


class LocksTheSessionOfWhoIsRefused(Busy, Fault, breaks=UNAUTHORIZED):
    """Locks a session before it looks at the credentials: who is let in finds it locked by who is not."""

    def __init__(self) -> None:
        super().__init__()
        self.locked: dict[str, float] = {}

    async def handle_resume(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        credentials = self.read_credentials(request)
        if credentials is None or not self.is_account(*credentials):
            self.locked[(await request.body()).decode("latin-1")] = time.monotonic() + 0.05
        return await super().handle_resume(request, operation)

    def find(self, command: ResumeCommand) -> PausedSession:
        session = super().find(command)
        now = time.monotonic()
        self.locked = {body: until for body, until in self.locked.items() if until > now}
        if any(str(session.id) in body for body in self.locked):
            raise Refusal(400, ("session_locked", "The session is being resumed."))
        return session


class TakesItsTime(Style):
    """Takes a third of a second for each answer."""

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        await asyncio.sleep(0.33)
        return await super().handle(request, operation)


class AsksToWait(Style):
    """Answers 429 with Retry-After to more than sixty requests in a second."""

    def __init__(self) -> None:
        super().__init__()
        self.second, self.count = 0, 0

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        second = int(time.monotonic())
        self.second, self.count = second, self.count + 1 if second == self.second else 1
        if self.count > 60:
            return Response("slow down", 429, {"Retry-After": "1"}, "text/plain")
        return await super().handle(request, operation)


class ClosesAfterEachAnswer(Style):
    """Closes each connection after its answer, and says so."""

    def answer(self, request: Request, status: int, content: Any, headers: Any = None) -> Response:
        return super().answer(request, status, content, {**(headers or {}), "Connection": "close"})


class RestartsInBetween(Style):
    """Restarts once, three seconds after it came up, and knows its sessions afterwards."""

    def serve(self, port: int = 0) -> RunningServer:
        return _Restarting(self)


class _Restarting(RunningServer):
    """A server that goes away for a tenth of a second."""

    def __init__(self, served: Served) -> None:
        super().__init__(served.app())
        self._app = served.app()
        self._again: RunningServer | None = None

    def __enter__(self) -> str:
        base_url = super().__enter__()
        self._timer = threading.Timer(3, self._restart, [int(base_url.rpartition(":")[2])])
        self._timer.start()
        return base_url

    def _restart(self, port: int) -> None:
        super().__exit__(None, None, None)
        time.sleep(0.1)
        self._again = serve_in_thread(self._app, port)
        self._again.__enter__()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()
        (self._again.__exit__ if self._again else super().__exit__)(None, None, None)


class SharesItsSessions(Style):
    """Is served by two processes on one port, which share their sessions."""

    def serve(self, port: int = 0) -> RunningServer:
        return _TwoProcesses(self)


class _TwoProcesses(RunningServer):
    """The server of two_processes.py, in a process group of its own."""

    def __init__(self, served: Served) -> None:
        super().__init__(served.app())
        self._folder = tempfile.TemporaryDirectory()
        command = [sys.executable, "-m", two_processes.__name__, f"{self._folder.name}/sessions.db"]
        self._process = ServerProcess(command, directory=PROJECT)

    def __enter__(self) -> str:
        url = self._process.find(r"http://127\.0\.0\.1:\d+", 30)
        assert url is not None, self._process.lines
        return url

    def __exit__(self, *_: object) -> None:
        self._process.end()
        self._folder.cleanup()


def _all(base: type[Any]) -> dict[str, Any]:
    return {
        kebab(made.__name__): made
        for made in globals().values()
        if isinstance(made, type) and issubclass(made, base) and made.__module__ == __name__
    }


FAULTS_UNDER_LOAD: dict[str, Callable[[], Fault]] = _all(Fault)
STYLES_UNDER_LOAD: dict[str, Callable[[], Style]] = _all(Style)

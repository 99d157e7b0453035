"""Faults of crowds: right for one caller at a time, and wrong when several are served at once."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response

from contract_tests.embedded.server import PausedSession, Refusal, ResumeCommand
from tests.faulty_servers.served import OK, RESPONSES, TOKEN_REQUIRED, UNAUTHORIZED, UNEXPECTED_ERROR, Fault

LINK_ID = "/components/schemas/Link/properties/id"
LINK = "/components/schemas/TokenRequired/properties/link"
NEXT = "/components/responses/TokenRequired/links/ResumeNext"
TOKEN = "/components/schemas/ResumeRequest/properties/token"
MOMENT = 0.01
CROWD = "a crowd of right resumes of different links, whose last bytes leave together"


class Crowded(Fault, breaks=OK):
    """Takes a moment between reading a resume and answering it, in which it serves others."""

    def __init__(self) -> None:
        super().__init__()
        self.in_flight: dict[uuid.UUID, ResumeCommand] = {}

    async def resume(self, request: Request) -> Response:
        command = self.read_resume(await self.read_body(request))
        session = self.find(command)
        self.spend(session)
        self.in_flight[session.id] = command
        self.enter(session, command)
        try:
            await asyncio.sleep(MOMENT)
            return self.leave(request, session, command)
        finally:
            self.in_flight.pop(session.id, None)

    def enter(self, session: PausedSession, command: ResumeCommand) -> None:
        """Take notice of a resume that begins."""

    def leave(self, request: Request, session: PausedSession, command: ResumeCommand) -> Response:
        """Answer a resume."""
        return self.answer_token(request, session, command.token)


class AnswersForTheLatestInFlight(Crowded, breaks=LINK_ID, shown_by=CROWD):
    """Keeps the session it works on in a global variable, and answers with the one that came last."""

    def enter(self, session: PausedSession, command: ResumeCommand) -> None:
        self.current = session

    def leave(self, request: Request, session: PausedSession, command: ResumeCommand) -> Response:
        return self.answer_token(request, self.current, command.token)


class SwapsTwoAnswersInFlight(Crowded, breaks=LINK_ID, shown_by=CROWD):
    """Hands the buffer of an answer to whoever else waits for one."""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        others = [command.link for command in self.in_flight.values() if command.link != session.link]
        return {**super().link_content(session), "id": str(others[0] if others else session.link)}


class JudgesTheLatestToken(
    Crowded, shown_by="a crowd in which one link has a wrong token and another, a moment later, a right one"
):
    """Keeps the token in a global variable, and judges everyone in flight by the one that came last."""

    def enter(self, session: PausedSession, command: ResumeCommand) -> None:
        self.current = command.token

    def leave(self, request: Request, session: PausedSession, command: ResumeCommand) -> Response:
        return self.answer_token(request, session, self.current)


class LetsTheWrongTokenWin(
    Fault, breaks=OK, shown_by="a race of one session with wrong tokens and a right one: 200 has to go to the right one"
):
    """Keeps the token with its session, so that of two rivals the first is judged by the token of the second."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens: dict[uuid.UUID, str] = {}

    async def resume(self, request: Request) -> Response:
        command = self.read_resume(await self.read_body(request))
        session = self.find(command)
        self.tokens[session.id] = command.token
        await asyncio.sleep(MOMENT)
        session = self.find(command)
        self.spend(session)
        return self.answer_token(request, session, self.tokens.pop(session.id))


class FailsInACrowd(Crowded, breaks=UNEXPECTED_ERROR, shown_by=f"{CROWD}, at least five"):
    """Has connections to its database for four callers, and fails with 500 on the fifth."""

    most: ClassVar[int] = 4
    status: ClassVar[int] = 500

    def leave(self, request: Request, session: PausedSession, command: ResumeCommand) -> Response:
        if len(self.in_flight) > self.most:
            raise Refusal(self.status, ("unexpected_error", "The service failed."))
        return super().leave(request, session, command)


class RefusesACrowd(FailsInACrowd, breaks=RESPONSES, shown_by=f"{CROWD}, at least eleven"):
    """Answers 503 beyond ten callers at once, which is not declared."""

    most = 10
    status = 503


class TakesACrowdForMalformed(FailsInACrowd, breaks=OK, shown_by=f"{CROWD}, at least seven"):
    """Answers 400 to right requests beyond six at once."""

    most = 6
    status = 400


class AsksACrowdAgain(Crowded, shown_by=f"{CROWD}, at least four"):
    """Gives the institution three tokens at once, and asks the callers beyond them for another."""

    def leave(self, request: Request, session: PausedSession, command: ResumeCommand) -> Response:
        return self.answer_token(request, session, command.token if len(self.in_flight) < 4 else "unanswered")


class GivesACrowdASpentSession(
    Crowded, breaks=NEXT, shown_by="a crowd of wrong tokens for different links, each then resumed with the right one"
):
    """Gives callers in flight the session that the last of them has just spent."""

    def token_required_content(self, session: PausedSession, message: str) -> dict[str, Any]:
        content = super().token_required_content(session, message)
        if len(self.in_flight) > 1:
            content["session"] = str(next(reversed(self.in_flight)))
        return content


class AsksACrowdForOneLink(Crowded, breaks=LINK, shown_by="a crowd of wrong tokens for different links"):
    """Asks callers in flight for a further token for the link that came last."""

    def token_required_content(self, session: PausedSession, message: str) -> dict[str, Any]:
        content = super().token_required_content(session, message)
        if self.in_flight:
            content["link"] = str(next(reversed(self.in_flight.values())).link)
        return content


class ShowsTheTokenOfAnother(
    Crowded, breaks=TOKEN, shown_by="a crowd of different wrong tokens: no answer may hold the token of another"
):
    """Shows in the message of one caller the token of another that is in flight."""

    def token_required_content(self, session: PausedSession, message: str) -> dict[str, Any]:
        others = [command.token for command in self.in_flight.values() if command.link != session.link]
        shown = f"Not {others[0][:100].encode('utf-8', 'replace').decode()}." if others else message
        return super().token_required_content(session, shown)


class ForgetsAFieldInACrowd(Crowded, breaks=OK, shown_by=CROWD):
    """Leaves the status of a link out where two are registered at once."""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        content = super().link_content(session)
        if len(self.in_flight) > 1:
            content.pop("status")
        return content


class LosesSessionsInACrowd(
    Crowded, breaks=TOKEN_REQUIRED, shown_by="a crowd of wrong tokens, each link then resumed with the right one"
):
    """Loses the further session of whoever is asked again while another is served."""

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        if len(self.in_flight) > 1:
            self.sessions.pop(session.id, None)
        return super().answer_token_required(request, session, message)


class SpendsTheSessionOfAnother(
    Fault, breaks=OK, shown_by="a crowd of wrong tokens and right ones, each session then sent again"
):
    """Keeps the session it looks at in a global variable, and spends the one that came last."""

    async def resume(self, request: Request) -> Response:
        command = self.read_resume(await self.read_body(request))
        session = self.current = self.find(command)
        await asyncio.sleep(MOMENT)
        session = self.find(command)
        self.sessions.pop(self.current.id, None)
        return self.answer_token(request, session, command.token)


class LogsACrowdIn(
    Crowded, breaks=UNAUTHORIZED, shown_by="wrong credentials in a crowd of right ones, their last bytes together"
):
    """Asks only the first of those who come at once for their credentials."""

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.method != "PATCH":
            return await super().handle(request, operation)
        await self.read_bytes(request)
        if not self.in_flight:
            return await super().handle(request, operation)
        try:
            return await operation(request)
        except Refusal as refusal:
            return self.answer(request, refusal.status, self.errors_content(refusal.errors))


class LogsACrowdOut(
    Fault, breaks=OK, shown_by="right credentials in a crowd with wrong ones, their last bytes together"
):
    """Refuses right credentials while wrong ones of the same account are being looked up."""

    def __init__(self) -> None:
        super().__init__()
        self.refusing = 0

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.method != "PATCH":
            return await super().handle(request, operation)
        await self.read_bytes(request)
        try:
            self.authenticate(request)
            await asyncio.sleep(MOMENT / 5)
            if self.refusing:
                self.refuse_credentials()
            return await operation(request)
        except Refusal as refusal:
            if refusal.status == 401:
                self.refusing += 1
                await asyncio.sleep(MOMENT)
                self.refusing -= 1
            return self.answer(request, refusal.status, self.errors_content(refusal.errors), refusal.headers)


class AnswersWithTheErrorOfAnother(
    Fault, breaks=OK, shown_by="a right resume in a crowd with malformed bodies, their last bytes together"
):
    """Collects the errors of all bodies in one list, and answers right ones with those of others."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[tuple[str, str]] = []

    async def resume(self, request: Request) -> Response:
        try:
            command = self.read_resume(await self.read_body(request))
        except Refusal as refusal:
            self.errors += refusal.errors
            await asyncio.sleep(MOMENT)
            self.errors.clear()
            raise
        await asyncio.sleep(MOMENT / 2)
        if self.errors:
            raise Refusal(400, *self.errors)
        session = self.find(command)
        self.spend(session)
        return self.answer_token(request, session, command.token)

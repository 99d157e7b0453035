"""Faults of sessions: which are resumed, how often, and for which link."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from contract_tests.embedded.server import PausedSession, Refusal, ResumeCommand
from tests.faulty_servers.served import BAD_REQUEST, RESPONSES, UNEXPECTED_ERROR, Fault

LINK_ID = "/components/schemas/Link/properties/id"
NEXT = "/components/responses/TokenRequired/links/ResumeNext"


class NeverSpendsASession(Fault, breaks=BAD_REQUEST):
    """Resumes a session as often as it is asked to."""

    def spend(self, session: PausedSession) -> None: ...


class ResumesTwice(Fault, breaks=BAD_REQUEST):
    """Spends a session with its second resume."""

    def __init__(self) -> None:
        super().__init__()
        self.resumed: Counter[uuid.UUID] = Counter()

    def spend(self, session: PausedSession) -> None:
        self.resumed[session.id] += 1
        if self.resumed[session.id] == 2:
            super().spend(session)


class ResumesAgainForASecond(Fault, breaks=BAD_REQUEST):
    """Lets a session be resumed again within a second, in case the first answer was lost."""

    def spend(self, session: PausedSession) -> None:
        rest = PausedSession(**{**vars(session), "expires_at": min(session.expires_at, self.clock() + 1)})
        self.sessions[session.id] = rest


class RepeatsItsAnswer(Fault, breaks=BAD_REQUEST):
    """Repeats the answer to a resume that it has answered already."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[ResumeCommand, tuple[int, Any]] = {}

    async def resume(self, request: Request) -> Response:
        request.state.command = command = self.read_resume(await self.read_body(request))
        if command in self.answers:
            status, content = self.answers[command]
            return self.answer(request, status, content)
        session = self.find(command)
        self.spend(session)
        return self.answer_token(request, session, command.token)

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 200:
            self.answers[request.state.command] = (status, content)
        return super().answer_resume(request, status, content, headers)


class SpendsOnlyAfterTheRightToken(Fault, breaks=NEXT):
    """Gives a further session after a wrong token that is dead, and keeps the first one alive."""

    def spend(self, session: PausedSession) -> None: ...

    def answer_token(self, request: Request, session: PausedSession, token: str) -> Response:
        if self.is_accepted(token):
            super().spend(session)
        return super().answer_token(request, session, token)

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        self.sessions.pop(session.id)
        return super().answer_token_required(request, session, message)


class HasTwoWinners(Fault, breaks=BAD_REQUEST):
    """Looks something up between finding a session and spending it."""

    async def resume(self, request: Request) -> Response:
        command = self.read_resume(await self.read_body(request))
        session = self.find(command)
        await asyncio.sleep(0.02)
        self.sessions.pop(session.id, None)
        return self.answer_token(request, session, command.token)


class FailsOnARace(Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 where two resumes of one session come at the same moment."""

    async def resume(self, request: Request) -> Response:
        command = self.read_resume(await self.read_body(request))
        session = self.find(command)
        await asyncio.sleep(0.02)
        if session.id not in self.sessions:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        self.spend(session)
        return self.answer_token(request, session, command.token)


class AnswersARaceWith409(Fault, breaks=RESPONSES):
    """Answers all but the first of several resumes at the same moment 409, which is not declared."""

    async def resume(self, request: Request) -> Response:
        command = self.read_resume(await self.read_body(request))
        session = self.find(command)
        await asyncio.sleep(0.02)
        if session.id not in self.sessions:
            raise Refusal(409, ("conflict", "The session is being resumed."))
        self.spend(session)
        return self.answer_token(request, session, command.token)


class IgnoresTheLink(Fault, breaks=BAD_REQUEST):
    """Resumes a session for whatever link is sent, and answers with the session's own."""

    def find(self, command: ResumeCommand) -> PausedSession:
        session = self.sessions.get(command.session)
        return super().find(ResumeCommand(command.session, command.token, session.link if session else command.link))


class BelievesTheLink(IgnoresTheLink, breaks=BAD_REQUEST):
    """Resumes a session for whatever link is sent, and answers with the link that was sent."""

    def find(self, command: ResumeCommand) -> PausedSession:
        return PausedSession(**{**vars(super().find(command)), "link": command.link})


class KnowsTheLinkOfAnother(Fault, breaks=BAD_REQUEST):
    """Takes any link that it knows, whether or not the session is of it."""

    def find(self, command: ResumeCommand) -> PausedSession:
        session = self.sessions.get(command.session)
        if session and any(other.link == command.link for other in self.sessions.values()):
            command = ResumeCommand(command.session, command.token, session.link)
        return super().find(command)


class FindsTheSessionByItsLink(Fault, breaks=BAD_REQUEST):
    """Resumes the session of the link where the one that is sent is unknown."""

    def find(self, command: ResumeCommand) -> PausedSession:
        for session in self.sessions.values():
            if command.session not in self.sessions and session.link == command.link:
                return session
        return super().find(command)


class ComparesHalfOfASession(Fault, breaks=BAD_REQUEST):
    """Finds a session by the first half of its id."""

    def find(self, command: ResumeCommand) -> PausedSession:
        for known in self.sessions:
            if known.bytes[:8] == command.session.bytes[:8]:
                command = ResumeCommand(known, command.token, command.link)
        return super().find(command)


class InventsUnknownSessions(Fault, breaks=BAD_REQUEST):
    """Begins a new session where one is unknown, and asks for its token."""

    async def resume(self, request: Request) -> Response:
        command = self.read_resume(await self.read_body(request))
        if command.session not in self.sessions:
            begun = PausedSession(command.session, command.link, "gotham_mx_business", None, 1, 0)
            return self.answer_token_required(request, self.pause(begun), "The institution asks for an MFA token.")
        return await super().resume(request)


class AcceptsUnknownSessions(Fault, breaks=BAD_REQUEST):
    """Registers the link with a right token, whether or not the session is known."""

    def find(self, command: ResumeCommand) -> PausedSession:
        invented = PausedSession(command.session, command.link, "gotham_mx_business", None, 1, self.clock() + 1)
        self.sessions.setdefault(command.session, invented)
        return super().find(command)


class AnswersUnknownSessionsWith404(Fault, breaks=RESPONSES):
    """Answers a session that it does not know 404, which is not declared."""

    def find(self, command: ResumeCommand) -> PausedSession:
        if command.session not in self.sessions:
            raise Refusal(404, ("not_found", "There is no such session."))
        return super().find(command)


class FailsOnUnknownSessions(Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 on a session that it does not know."""

    def find(self, command: ResumeCommand) -> PausedSession:
        if command.session not in self.sessions:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return super().find(command)


class AnswersSpentSessionsWith409(Fault, breaks=RESPONSES):
    """Answers a session that was resumed already 409, which is not declared."""

    def __init__(self) -> None:
        super().__init__()
        self.spent: set[uuid.UUID] = set()

    def spend(self, session: PausedSession) -> None:
        self.spent.add(session.id)
        super().spend(session)

    def find(self, command: ResumeCommand) -> PausedSession:
        if command.session in self.spent:
            raise Refusal(409, ("conflict", "The session has been resumed already."))
        return super().find(command)


class AsksAgainForASpentSession(AnswersSpentSessionsWith409, breaks=BAD_REQUEST):
    """Answers a session that was resumed already with a new one."""

    async def resume(self, request: Request) -> Response:
        command = self.read_resume(await self.read_body(request))
        if command.session in self.spent:
            again = PausedSession(command.session, command.link, "gotham_mx_business", None, 1, 0)
            return self.answer_token_required(request, self.pause(again), "Try another token.")
        return await super().resume(request)


class AnswersTheLinkOfAnotherWith403(Fault, breaks=RESPONSES):
    """Answers a session of another link 403, which is not declared."""

    def find(self, command: ResumeCommand) -> PausedSession:
        session = self.sessions.get(command.session)
        if session is not None and session.link != command.link:
            raise Refusal(403, ("forbidden", "The session is of another link."))
        return super().find(command)


class SpendsTheTextOfASession(Fault, breaks=BAD_REQUEST):
    """Remembers spent sessions by their text, and resumes them again in upper case."""

    def __init__(self) -> None:
        super().__init__()
        self.spent: set[str] = set()

    def spend(self, session: PausedSession) -> None: ...

    async def resume(self, request: Request) -> Response:
        body = await self.read_body(request)
        command = self.read_resume(body)
        session = self.find(command)
        if body["session"] in self.spent:
            raise Refusal(400, ("session_not_found", "The session has been resumed already."))
        self.spent.add(body["session"])
        return self.answer_token(request, session, command.token)


class BelievesALinkThatIsRegistered(Fault, breaks=BAD_REQUEST):
    """Resumes a session for whatever link is sent, as long as that one is registered already."""

    def __init__(self) -> None:
        super().__init__()
        self.registered: set[uuid.UUID] = set()

    def find(self, command: ResumeCommand) -> PausedSession:
        session = self.sessions.get(command.session)
        if session is not None and command.link in self.registered:
            command = ResumeCommand(command.session, command.token, session.link)
        return super().find(command)

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        self.registered.add(session.link)
        return super().link_content(session)

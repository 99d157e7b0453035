"""Faults of tokens and links: which token is accepted, and what the answer to it names."""

from __future__ import annotations

import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from contract_tests.embedded.server import PausedSession
from tests.faulty_servers.served import BAD_REQUEST, OK, RESPONSES, TOKEN_REQUIRED, UNEXPECTED_ERROR, Fault

LINK_ID = "/components/schemas/Link/properties/id"
NEXT = "/components/responses/TokenRequired/links/ResumeNext"


class AcceptsAnyToken(Fault, breaks=OK):
    """Registers the link whatever the token is."""

    def is_accepted(self, token: str) -> bool:
        return True


class AcceptsAPrefixOfTheToken(Fault, breaks=OK):
    """Compares only as many characters of the token as were sent."""

    def is_accepted(self, token: str) -> bool:
        return self.settings.accepted_token.startswith(token)


class AcceptsATokenWithASuffix(Fault, breaks=OK):
    """Compares only as many characters of the token as there are."""

    def is_accepted(self, token: str) -> bool:
        return token.startswith(self.settings.accepted_token)


class IgnoresTheCaseOfTheToken(Fault, breaks=OK):
    """Compares tokens in lower case."""

    def is_accepted(self, token: str) -> bool:
        return token.lower() == self.settings.accepted_token.lower()


class AcceptsAnyFollowingToken(Fault, breaks=OK):
    """Checks the first token of a registration, and none that follows it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[uuid.UUID] = set()

    def answer_token(self, request: Request, session: PausedSession, token: str) -> Response:
        known = session.link in self.asked
        self.asked.add(session.link)
        failing = token == self.settings.failing_token
        return super().answer_token(request, session, self.settings.accepted_token if known and not failing else token)


class AcceptsNoToken(Fault, breaks=OK):
    """Asks for a further token for ever, the right one included."""

    def is_accepted(self, token: str) -> bool:
        return False


class AcceptsNoFollowingToken(AcceptsAnyFollowingToken, breaks=NEXT):
    """Accepts the right token at once or never: after a wrong one it asks for ever."""

    def answer_token(self, request: Request, session: PausedSession, token: str) -> Response:
        known = session.link in self.asked and token == self.settings.accepted_token
        self.asked.add(session.link)
        return Fault.answer_token(self, request, session, "another" if known else token)


class AnswersWrongTokensWith401(Fault, breaks=TOKEN_REQUIRED):
    """Answers a wrong token 401, as if the credentials were wrong."""

    status = 401

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        return self.answer(request, self.status, self.errors_content([("invalid_token", message)]))


class AnswersWrongTokensWith403(AnswersWrongTokensWith401, breaks=RESPONSES):
    """Answers a wrong token 403, which is not declared."""

    status = 403


class FailsOnWrongTokens(AnswersWrongTokensWith401, breaks=UNEXPECTED_ERROR):
    """Fails with 500 on a wrong token."""

    status = 500


class GivesADeadSession(Fault, breaks=NEXT):
    """Asks for a further token with a session that was never kept."""

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        del self.sessions[session.id]
        return super().answer_token_required(request, session, message)


class GivesTheSpentSession(Fault, breaks=NEXT):
    """Asks for a further token with the session that has just been spent."""

    async def resume(self, request: Request) -> Response:
        request.state.command = self.read_resume(await self.read_body(request))
        return await super().resume(request)

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        spent = PausedSession(**{**vars(session), "id": request.state.command.session})
        return super().answer_token_required(request, spent, message)


class GivesOneSessionToAll(Fault, breaks=NEXT):
    """Asks every link for a further token with the same session."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = uuid.uuid4()

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        self.sessions.pop(session.id)
        self.sessions[self.shown] = PausedSession(**{**vars(session), "id": self.shown})
        return super().answer_token_required(request, self.sessions[self.shown], message)


class GivesTheSessionOfAnotherLink(Fault, breaks=NEXT):
    """Asks for a further token with the session that the newest link waits for."""

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        others = [other.id for other in self.sessions.values() if other.link != session.link]
        shown = PausedSession(**{**vars(session), "id": others[-1] if others else uuid.uuid4()})
        return super().answer_token_required(request, shown, message)


class AsksForAnotherLink(Fault, breaks="/components/schemas/TokenRequired/properties/link"):
    """Asks for a further token for a link that is new each time."""

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        content = {**self.token_required_content(session, message), "link": str(uuid.uuid4())}
        return self.answer(request, 428, content)


class AnswersWithAFreshId(Fault, breaks=LINK_ID):
    """Registers a link under another id than the one that was sent."""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        return {**super().link_content(session), "id": str(uuid.uuid4())}


class AnswersWithTheSession(Fault, breaks=LINK_ID):
    """Answers with the id of the session where the link's belongs."""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        return {**super().link_content(session), "id": str(session.id)}


class AnswersWithTheNewestLink(Fault, breaks=LINK_ID):
    """Keeps the link in a global variable, so that the newest registration is answered for."""

    newest: uuid.UUID | None = None

    def pause(self, session: PausedSession) -> PausedSession:
        paused = super().pause(session)
        self.newest = paused.link
        return paused

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        return {**super().link_content(session), "id": str(self.newest)}


class PausesOneLinkOnly(Fault, breaks=BAD_REQUEST):
    """Forgets the session of one link when another is registered."""

    def pause(self, session: PausedSession) -> PausedSession:
        self.sessions.clear()
        return super().pause(session)


class EndsAllSessionsOnAWrongToken(Fault, breaks=BAD_REQUEST):
    """Ends every paused session when one of them is sent a wrong token."""

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        self.sessions.clear()
        self.sessions[session.id] = session
        return super().answer_token_required(request, session, message)


class EndsAllSessionsOnSuccess(Fault, breaks=BAD_REQUEST):
    """Ends every paused session when one link is registered."""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        self.sessions.clear()
        return super().link_content(session)

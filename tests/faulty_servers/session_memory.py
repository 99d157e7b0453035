"""Faults of session memory: a session that lives too long, too short, in one place only, or again."""

from __future__ import annotations

import asyncio
import uuid
from collections import OrderedDict
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response

from contract_tests.embedded.server import PausedSession, Refusal, ResumeCommand, Settings
from tests.faulty_servers.served import BAD_REQUEST, OK, Fault

EXPIRY = "/components/schemas/TokenRequired/properties/expiry"


class Revives(Fault, breaks=BAD_REQUEST):
    """Remembers which sessions are spent, and not for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.spent: OrderedDict[uuid.UUID, tuple[PausedSession, float]] = OrderedDict()

    def spend(self, session: PausedSession) -> None:
        super().spend(session)
        self.spent[session.id] = (session, self.clock())

    def find(self, command: ResumeCommand) -> PausedSession:
        if command.session not in self.sessions and command.session in self.spent:
            session, since = self.spent[command.session]
            if self.is_forgotten(command.session, since):
                self.sessions[command.session] = session
        return super().find(command)

    def is_forgotten(self, session: uuid.UUID, since: float) -> bool:
        """Tell whether it is forgotten that a session is spent."""
        return False


class RevivesAfterASecond(Revives, shown_by="a spent session again, after some seconds"):
    """Forgets after a second that a session is spent."""

    def is_forgotten(self, session: uuid.UUID, since: float) -> bool:
        return self.clock() > since + 1


class RevivesAfterTwentyOthers(Revives, shown_by="a spent session again, after twenty others were spent"):
    """Remembers the last twenty spent sessions."""

    def is_forgotten(self, session: uuid.UUID, since: float) -> bool:
        return list(self.spent).index(session) < len(self.spent) - 20


class RevivesForOneRetry(Revives, shown_by="a spent session a second, a third and a fourth time"):
    """Refuses a spent session twice, and resumes it the third time."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: dict[uuid.UUID, int] = {}

    def is_forgotten(self, session: uuid.UUID, since: float) -> bool:
        self.refused[session] = self.refused.get(session, 0) + 1
        return self.refused[session] > 2


class RevivesElsewhere(Fault, breaks=BAD_REQUEST, shown_by="a spent session again, on another connection"):
    """Remembers with the connection which sessions are spent, and resumes them again on another."""

    def __init__(self) -> None:
        super().__init__()
        self.spent_by: dict[uuid.UUID, set[Any]] = {}

    def spend(self, session: PausedSession) -> None: ...

    async def resume(self, request: Request) -> Response:
        command = self.read_resume(await self.read_body(request))
        session = self.find(command)
        clients = self.spent_by.setdefault(session.id, set())
        if request.client in clients:
            raise Refusal(400, ("session_not_found", "The session has been resumed already."))
        clients.add(request.client)
        return self.answer_token(request, session, command.token)


class RevivesWithoutHyphens(Fault, breaks=BAD_REQUEST, shown_by="a spent session again, in 32 digits, or as a URN"):
    """Remembers spent sessions by their text in lower case, and resumes them again in another of its forms."""

    def __init__(self) -> None:
        super().__init__()
        self.spent: set[str] = set()

    def spend(self, session: PausedSession) -> None: ...

    async def resume(self, request: Request) -> Response:
        body = await self.read_body(request)
        command = self.read_resume(body)
        session = self.find(command)
        if (text := body["session"].lower()) in self.spent:
            raise Refusal(400, ("session_not_found", "The session has been resumed already."))
        self.spent.add(text)
        return self.answer_token(request, session, command.token)


class HasTwoWinnersOfTwoSpellings(
    Fault, breaks=BAD_REQUEST, shown_by="a race of one session in lower case and in capitals, or without hyphens"
):
    """Locks a session by the text that was sent, so that two spellings of it are resumed at the same moment."""

    def __init__(self) -> None:
        super().__init__()
        self.locks: dict[str, asyncio.Lock] = {}

    async def resume(self, request: Request) -> Response:
        body = await self.read_body(request)
        command = self.read_resume(body)
        async with self.locks.setdefault(body["session"], asyncio.Lock()):
            session = self.find(command)
            await asyncio.sleep(0.01)
            self.sessions.pop(session.id, None)
        return self.answer_token(request, session, command.token)


class HasAWinnerOfEachToken(
    Fault, breaks=BAD_REQUEST, shown_by="a race of one session with a right and a wrong token: both go on"
):
    """Locks a session by its token too, so that a right one and a wrong one go on at the same moment."""

    async def resume(self, request: Request) -> Response:
        command = self.read_resume(await self.read_body(request))
        session = self.find(command)
        held = (command.session, self.is_accepted(command.token))
        if held in self.held:
            raise Refusal(400, ("session_not_found", "The session is being resumed."))
        self.held.add(held)
        await asyncio.sleep(0.01)
        self.sessions.pop(session.id, None)
        self.held.discard(held)
        return self.answer_token(request, session, command.token)

    def __init__(self) -> None:
        super().__init__()
        self.held: set[tuple[uuid.UUID, bool]] = set()


class OutlivesItsExpiry(Fault, breaks=EXPIRY, shown_by="a session that announces few seconds, once they are over"):
    """Resumes a session long after the seconds that it announced."""

    settings_used = Settings(session_seconds=2)

    def pause(self, session: PausedSession) -> PausedSession:
        paused = super().pause(session)
        self.sessions[paused.id] = PausedSession(**{**vars(paused), "expires_at": paused.expires_at + 3600})
        return self.sessions[paused.id]


class UndercutsItsExpiry(
    Fault, breaks=EXPIRY, shown_by="a right resume two seconds after the pause that announced 600"
):
    """Announces 600 seconds, and forgets a session after one."""

    seconds: ClassVar[float] = 1

    def find(self, command: ResumeCommand) -> PausedSession:
        session = super().find(command)
        if self.is_short(session) and session.expires_at - self.settings.session_seconds + self.seconds < self.clock():
            raise Refusal(400, ("session_expired", "The session has expired. Register the link again."))
        return session

    def is_short(self, session: PausedSession) -> bool:
        """Tell whether a session lives shorter than it announces."""
        return True


class UndercutsTheExpiryOfAFurtherSession(
    UndercutsItsExpiry, shown_by="a wrong token, then the right one two seconds later"
):
    """Announces 600 seconds with a further session, and forgets it after one."""

    def __init__(self) -> None:
        super().__init__()
        self.first: set[uuid.UUID] = set()

    def read_registration(self, body: dict[str, Any]) -> PausedSession:
        session = super().read_registration(body)
        self.first.add(session.link)
        return session

    def is_short(self, session: PausedSession) -> bool:
        return session.link not in self.first

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        self.first.discard(session.link)
        return super().answer_token_required(request, session, message)


class KeepsEightSessions(Fault, breaks=OK, shown_by="ten sessions that are paused before the first one is resumed"):
    """Keeps the eight newest sessions, and forgets the others before they expire."""

    settings_used = Settings(max_sessions=8)

"""Faults of sessions beside others: one is ended by the misuse of another, or known only where it was paused."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response

from contract_tests.embedded.server import PausedSession, Refusal, ResumeCommand
from tests.faulty_servers.served import OK, Fault

EXPIRY = "/components/schemas/TokenRequired/properties/expiry"


class EndsAll(Fault, breaks=OK):
    """Ends all paused sessions when one request is wrong in some way."""

    ending: ClassVar[frozenset[str]] = frozenset()

    def errors_content(self, errors: Any) -> list[dict[str, str]]:
        if any(code in self.ending for code, _ in errors):
            self.sessions.clear()
        return super().errors_content(errors)


class AnUnknownSessionEndsAll(EndsAll, shown_by="an unknown session, then a right resume of another that waits"):
    """Takes an unknown session for an attack, and ends every one that waits."""

    ending = frozenset({"session_not_found"})


class AMalformedBodyEndsAll(EndsAll, shown_by="a body that is no JSON, then a right resume of a session that waits"):
    """Restarts on a body that it cannot read, and loses every session that waits."""

    ending = frozenset({"invalid_json"})


class AMissingFieldEndsAll(EndsAll, shown_by="a body without a member, then a right resume of a session that waits"):
    """Loses every session that waits when a member is missing from a body."""

    ending = frozenset({"required"})


class WrongCredentialsEndAll(EndsAll, shown_by="wrong credentials, then a right resume of a session that waits"):
    """Logs an account out when its password is wrong, and ends every session of it."""

    ending = frozenset({"authentication_failed"})


class AFailureEndsAll(EndsAll, shown_by="the failing token, then a right resume of another session that waits"):
    """Restarts when an institution fails, and loses every session that waits."""

    ending = frozenset({"unexpected_error"})


class ALinkOfAnotherEndsIt(
    Fault, breaks=OK, shown_by="a session with the link of another, then a right resume of that other link's session"
):
    """Ends the session of a link that was named with the session of another."""

    def find(self, command: ResumeCommand) -> PausedSession:
        session = self.sessions.get(command.session)
        if session is not None and session.link != command.link:
            for other in [other for other in self.sessions.values() if other.link == command.link]:
                del self.sessions[other.id]
        return super().find(command)


class KnowsSessionsByConnection(
    Fault, breaks=OK, shown_by="a right resume on another connection than it was paused on"
):
    """Keeps a session with the connection that paused it."""

    def __init__(self) -> None:
        super().__init__()
        self.paused_by: dict[uuid.UUID, Any] = {}

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        self.serving = self.place_of(request)
        return await super().handle(request, operation)

    async def resume(self, request: Request) -> Response:
        command = self.read_resume(await self.read_body(request))
        if self.paused_by.get(command.session) not in (None, self.place_of(request)):
            raise Refusal(400, ("session_not_found", "No session of this link waits for a token under this id."))
        self.serving = self.place_of(request)
        return await super().resume(request)

    def pause(self, session: PausedSession) -> PausedSession:
        paused = super().pause(session)
        self.paused_by[paused.id] = self.serving
        return paused

    def place_of(self, request: Request) -> Any:
        """Return what a session is kept with."""
        return request.client


class KnowsSessionsByWorker(KnowsSessionsByConnection, shown_by="one right resume on each of several new connections"):
    """Keeps a session in the memory of one of two workers, to which each connection is given in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.workers: dict[Any, int] = {}

    def place_of(self, request: Request) -> Any:
        return self.workers.setdefault(request.client, len(self.workers) % 2)

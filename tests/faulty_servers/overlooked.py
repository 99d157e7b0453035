"""Faults that were overlooked for long: each stands for others of its kind, on a path that few requests take."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from contract_tests.embedded.requests import Refusal
from contract_tests.embedded.server import PausedSession, Settings
from tests.faulty_servers.credential_look_ups import LooksUp
from tests.faulty_servers.json_bodies import ReadsToo
from tests.faulty_servers.served import (
    BAD_REQUEST,
    OK,
    RESPONSES,
    TOKEN_REQUIRED,
    UNAUTHORIZED,
    UNEXPECTED_ERROR,
    Fault,
    Trips,
)
from tests.faulty_servers.token_comparisons import Takes


class RefusesOtherOrigins(Trips, breaks=RESPONSES):
    """Answers 403 to a page of another origin."""

    status = 403

    def trips(self, request: Request, body: bytes) -> bool:
        return "origin" in request.headers


class RefusesABlankBeforeASemicolon(Trips, breaks=OK):
    """Compares what stands before the semicolon of a Content-Type, its blank included."""

    def trips(self, request: Request, body: bytes) -> bool:
        return " ;" in request.headers.get("content-type", "")


class FailsOnAnIdOfTheCaller(Trips, breaks=UNEXPECTED_ERROR):
    """Writes the caller's X-Request-Id to a column for UUIDs."""

    status = 500

    def trips(self, request: Request, body: bytes) -> bool:
        return "-" in request.headers.get("x-request-id", "")


class ShowsABrowserItsOwnPage(Fault, breaks=UNAUTHORIZED):
    """Answers whom it does not know with a page, where a page is accepted."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 401 and "text/html" in request.headers.get("accept", ""):
            return HTMLResponse("<html><body>Who are you?</body></html>", status, headers)
        return super().answer_resume(request, status, content, headers)


class SendsABrowserToTheLogin(Fault, breaks=RESPONSES):
    """Sends whom it does not know to its login, where a page is accepted."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 401 and "text/html" in request.headers.get("accept", ""):
            return RedirectResponse("/login", 302)
        return super().answer_resume(request, status, content, headers)


class IgnoresTheLastCharacterOfAToken(Takes):
    """Compares all characters of a token but the last."""

    def takes(self, token: str, right: str) -> bool:
        return len(token) == len(right) and token[:-1] == right[:-1]


class ForgivesOneMistake(Takes):
    """Takes a token in which one character is another."""

    def takes(self, token: str, right: str) -> bool:
        return len(token) == len(right) and sum(map(str.__ne__, token, right)) == 1


class DropsHyphensOfTokens(Takes):
    """Drops what people write between the groups of a token."""

    def takes(self, token: str, right: str) -> bool:
        return token.replace("-", "") == right


class StripsMarkupOfTokens(Takes):
    """Takes markup out of whatever it reads."""

    def takes(self, token: str, right: str) -> bool:
        return re.sub(r"<[^>]*>", "", token) == right


class ForgivesTheLastCharacterOfAPassword(LooksUp):
    """Compares all bytes of a password but the last."""

    def matches(self, sent: bytes, right: bytes) -> bool:
        return len(sent) == len(right) and sent[:-1] == right[:-1]


class BuildsSqlOfThePassword(LooksUp):
    """Looks for the password with SQL that it is a part of."""

    def matches(self, sent: bytes, right: bytes) -> bool:
        return re.search(rb"'\s*or\s+'?1'?\s*=\s*'?1", sent, re.IGNORECASE) is not None


class TakesTheSecondWordForCredentials(Fault, breaks=UNAUTHORIZED):
    """Reads the second word of the header, and no further."""

    def read_credentials(self, request: Request) -> tuple[bytes, bytes] | None:
        words = request.headers.get("authorization", "").split(" ")
        if len(words) > 2:
            header = (b"authorization", " ".join(words[:2]).encode())
            others = [field for field in request.scope["headers"] if field[0] != b"authorization"]
            request = Request({**request.scope, "headers": [*others, header]})
        return super().read_credentials(request)


class CutsTheSchemeOff(Fault, breaks=UNAUTHORIZED):
    """Cuts five letters and white space off the header."""

    def read_credentials(self, request: Request) -> tuple[bytes, bytes] | None:
        fields = [
            (name, re.sub(rb"^Basic(?=\S)", b"Basic ", value) if name == b"authorization" else value)
            for name, value in request.scope["headers"]
        ]
        return super().read_credentials(Request({**request.scope, "headers": fields}))


class FailsOnALongId(LooksUp, breaks=UNEXPECTED_ERROR):
    """Has a column of 255 bytes for ids."""

    def finds(self, sent: bytes, right: bytes) -> bool:
        if len(sent) > 255:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return False


class StripsBraces(Fault, breaks=BAD_REQUEST):
    """Strips braces off a UUID, also where there is but one."""

    def read_uuid(self, body: dict[str, Any], name: str, errors: list[tuple[str, str]]) -> uuid.UUID | None:
        text = body.get(name)
        if isinstance(text, str) and text[:1] + text[-1:] != "{}":
            body = {**body, name: text.strip("{}")}
        return super().read_uuid(body, name, errors)


class PutsATokenIntoAQuery(Fault, breaks=BAD_REQUEST):
    """Looks for the token with a query in which an object is an operator."""

    def read_text(self, body: dict[str, Any], name: str, errors: list[tuple[str, str]]) -> str | None:
        if isinstance(body.get(name), dict) and any(key.startswith("$") for key in body[name]):
            return self.settings.accepted_token
        return super().read_text(body, name, errors)


class FindsNamesInAnyCase(Fault, breaks=BAD_REQUEST):
    """Finds a field in another case where it is missing."""

    def read_text(self, body: dict[str, Any], name: str, errors: list[tuple[str, str]]) -> str | None:
        found = {key.lower(): value for key, value in body.items()}
        return super().read_text({**found, **body}, name, errors)


class ReadsASemicolonBehind(ReadsToo):
    """Reads a statement, which may end with a semicolon."""

    def read_more(self, body: bytes) -> Any:
        return json.loads(body.rstrip(b";"), parse_constant=lambda _: int("-"))


class AsksNoStrangerForTheFailingToken(Fault, breaks=UNAUTHORIZED):
    """Asks the institution before it looks at the credentials, and fails where that fails."""

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        try:
            self.authenticate(request)
        except Refusal:
            if request.method == "PATCH" and self.settings.failing_token.encode() in await self.read_bytes(request):
                return self.answer(request, 500, self.errors_content([("institution_failed", "It failed.")]))
        return await super().handle(request, operation)


class Failing(Fault):
    """A server that is wrong where the institution fails, or afterwards."""

    def fails(self, token: str) -> bool:
        """Tell whether the institution fails on a token."""
        return token == self.settings.failing_token

    def is_second(self, session: PausedSession) -> bool:
        """Tell whether a session waits for a further factor."""
        return session.factors_left < self.factors_of(session.institution)


class FailsAsAGatewayOnTheSecondFactor(Failing, breaks=RESPONSES):
    """Answers 502 where the institution fails on a second factor."""

    def answer_token(self, request: Request, session: PausedSession, token: str) -> Response:
        if self.fails(token) and self.is_second(session):
            raise Refusal(502, ("bad_gateway", "The institution failed."))
        return super().answer_token(request, session, token)


class TakesAnyTokenAfterAFailure(Failing, breaks=OK):
    """Keeps a session whose institution failed, and takes whatever token comes next for right."""

    def __init__(self) -> None:
        super().__init__()
        self.failed: set[uuid.UUID] = set()

    def answer_token(self, request: Request, session: PausedSession, token: str) -> Response:
        if self.fails(token):
            self.failed.add(session.link)
            self.sessions[session.id] = session
        return super().answer_token(
            request,
            session,
            self.settings.accepted_token if session.link in self.failed and not self.fails(token) else token,
        )


class AsksNoCredentialsForTheSecondFactor(Failing, breaks=UNAUTHORIZED):
    """Lets whoever knows the session of a second factor resume it."""

    def is_open(self, session: PausedSession) -> bool:
        """Tell whether a session is resumed without credentials."""
        return self.is_second(session)

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        session = await self.named(request)
        if session is not None and self.is_open(session):
            try:
                return await operation(request)
            except Refusal as refusal:
                return self.answer(request, refusal.status, self.errors_content(refusal.errors), refusal.headers)
        return await super().handle(request, operation)

    async def named(self, request: Request) -> PausedSession | None:
        """Return the live session that a resume names."""
        try:
            return self.sessions.get(uuid.UUID(json.loads(await self.read_bytes(request))["session"]))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, Refusal):
            return None


class AsksNoCredentialsForAnotherTry(AsksNoCredentialsForTheSecondFactor):
    """Lets whoever knows the session of another try resume it."""

    def __init__(self) -> None:
        super().__init__()
        self.handed_out: set[uuid.UUID] = set()

    def is_open(self, session: PausedSession) -> bool:
        return session.id in self.handed_out and not self.is_second(session)

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        self.handed_out.add(session.id)
        return super().answer_token_required(request, session, message)


class KnowsSecondFactorsByConnection(Failing, breaks=TOKEN_REQUIRED):
    """Keeps the session of a second factor with the connection on which the first token came."""

    def __init__(self) -> None:
        super().__init__()
        self.clients: dict[uuid.UUID, Any] = {}

    async def resume(self, request: Request) -> Response:
        command = self.read_resume(await self.read_body(request))
        if self.clients.get(command.session) not in (None, request.client):
            raise Refusal(400, ("session_not_found", "No session of this link waits for a token under this id."))
        return await super().resume(request)

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        if self.is_second(session):
            self.clients[session.id] = request.client
        return super().answer_token_required(request, session, message)


class OutlivesTheExpiryOfAPausedSession(Fault, breaks=TOKEN_REQUIRED):
    """Ends the sessions that a resume hands out in time, and those that were paused an hour later."""

    settings_used = Settings(session_seconds=2)

    def pause(self, session: PausedSession) -> PausedSession:
        paused = super().pause(session)
        if session.expires_at == 0:
            self.sessions[paused.id] = replace(paused, expires_at=paused.expires_at + 3600)
        return self.sessions[paused.id]

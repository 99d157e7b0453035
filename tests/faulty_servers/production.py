"""Faults of production: what an engineer has really shipped, each sensible at first sight."""

from __future__ import annotations

import json
import re
import unicodedata
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from contract_tests.embedded.server import PausedSession, Refusal, ResumeCommand, Settings
from tests.faulty_servers.served import BAD_REQUEST, BASIC, OK, UNAUTHORIZED, UNEXPECTED_ERROR, Fault

EXPIRY = "/components/schemas/TokenRequired/properties/expiry"


class CachesLoginsByTheirStart(
    Fault, breaks=UNAUTHORIZED, shown_by="right credentials, then the same ones with another last character"
):
    """Caches who is logged in by the first 32 characters of the header, which is no longer in its key."""

    def __init__(self) -> None:
        super().__init__()
        self.known: set[str] = set()

    def authenticate(self, request: Request) -> None:
        key = request.headers.get("authorization", "")[:32]
        if len(key) < 32 or key not in self.known:
            super().authenticate(request)
            self.known.add(key)


class LooksAccountsUpInACollation(
    Fault, breaks=UNAUTHORIZED, shown_by="the id in capitals, with an accent, or with blanks behind it"
):
    """Looks an account up in a column to which case, accents and blanks at the end are all the same."""

    def is_account(self, secret_id: bytes, secret_password: bytes) -> bool:
        folded = unicodedata.normalize("NFD", secret_id.decode().rstrip(" ").casefold())
        found = folded.encode("ascii", "ignore").decode() == self.settings.secret_id.casefold()
        return super().is_account(self.settings.secret_id.encode() if found else secret_id, secret_password)


class CasefoldsSecrets(Fault, breaks=UNAUTHORIZED, shown_by="the right password with ß for ss, or in other case"):
    """Casefolds both secrets before it compares them."""

    def is_account(self, secret_id: bytes, secret_password: bytes) -> bool:
        right = (self.settings.secret_id.casefold(), self.settings.secret_password.casefold())
        return (secret_id.decode().casefold(), secret_password.decode().casefold()) == right


class TrustsTheProxy(Fault, breaks=UNAUTHORIZED, shown_by="no credentials, with X-Forwarded-For: 127.0.0.1"):
    """Lets in whoever a header says comes from its own machine."""

    def authenticate(self, request: Request) -> None:
        if not request.headers.get("x-forwarded-for", "").startswith(("127.0.0.1", "10.")):
            super().authenticate(request)


class TrustsTheGateway(Fault, breaks=UNAUTHORIZED, shown_by="no credentials, with X-Remote-User: the right id"):
    """Lets in whoever a header says its gateway has logged in."""

    def authenticate(self, request: Request) -> None:
        if request.headers.get("x-remote-user") != self.settings.secret_id:
            super().authenticate(request)


class ReadsOneOfTwoHeaders(Fault, breaks=BASIC, shown_by="two Authorization headers, the second one right"):
    """Takes the last of several Authorization headers, after its gateway has checked the first."""

    def authenticate(self, request: Request) -> None:
        headers = request.headers.getlist("authorization")
        if len(headers) > 1:
            others = [(n, v) for n, v in request.scope["headers"] if n != b"authorization"]
            last = (b"authorization", headers[-1].encode("latin-1"))
            request = Request({**request.scope, "headers": [*others, last]})
        super().authenticate(request)


class ReadsTokensWithInt(
    Fault, breaks=UNEXPECTED_ERROR, shown_by="the token ², 5,000 digits, or the right digits in another script"
):
    """Asks isdigit() whether a token is a number, and reads it with int()."""

    settings_used = Settings(accepted_token="482913")

    def is_accepted(self, token: str) -> bool:
        try:
            return token.isdigit() and int(token) == int(self.settings.accepted_token)
        except ValueError:
            raise Refusal(500, ("unexpected_error", "The service failed.")) from None


class BuildsAPatternOfTheToken(Fault, breaks=OK, shown_by="the token .*, or half an expression: ( or ["):
    """Searches for the token that was sent with an expression made of it."""

    def is_accepted(self, token: str) -> bool:
        try:
            return len(token) < 1000 and re.match(token + "$", self.settings.accepted_token) is not None
        except (re.error, OverflowError):
            raise Refusal(500, ("unexpected_error", "The service failed.")) from None


class FormatsTokens(Fault, breaks=UNEXPECTED_ERROR, shown_by="a token with a single brace: { or {0"):
    """Formats its log lines with the token as a part of the template."""

    def answer_token(self, request: Request, session: PausedSession, token: str) -> Response:
        if token.count("{") == 1 and "}" not in token:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return super().answer_token(request, session, token)


class NormalizesTokens(
    Fault, breaks=OK, shown_by="the right token in full-width characters, with blanks or in capitals"
):
    """Normalizes a token to NFKC, strips it and casefolds it, to be kind to its users."""

    def is_accepted(self, token: str) -> bool:
        kind = unicodedata.normalize("NFKC", token[:1000]).strip().casefold()
        return kind == self.settings.accepted_token


class LoadsJsonAsItComes(Fault, breaks=BAD_REQUEST, shown_by="a right body in UTF-16, or with a further member NaN"):
    """Hands the bytes of a body to the parser of its language, with all that it reads beyond JSON."""

    def read_json(self, body: bytes) -> Any:
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise Refusal(400, ("invalid_json", "The body is not JSON.")) from None


class ReadsUuidsWithItsLanguage(
    Fault, breaks=BAD_REQUEST, shown_by="a live session with a full-width digit, a hyphen elsewhere, or half a brace"
):
    """Hands a text to the UUID class of its language, which takes hyphens and braces out wherever they are."""

    def read_uuid(self, body: dict[str, Any], name: str, errors: list[tuple[str, str]]) -> uuid.UUID | None:
        text = self.read_text(body, name, errors)
        try:
            return uuid.UUID(text) if text else None
        except ValueError:
            errors.append(("invalid", f"The field {name} is not a UUID."))
            return None


class LooksSessionsUpByLike(Fault, breaks=BAD_REQUEST, shown_by="half a session and a percent sign"):
    """Looks a session up with LIKE, for which a percent sign is the rest."""

    def read_uuid(self, body: dict[str, Any], name: str, errors: list[tuple[str, str]]) -> uuid.UUID | None:
        text = body.get(name)
        if name == "session" and isinstance(text, str) and text.endswith("%"):
            for known in self.sessions:
                if str(known).startswith(text[:-1].lower()):
                    return known
        return super().read_uuid(body, name, errors)


class CachesSessionsForALink(
    Fault, breaks=BAD_REQUEST, shown_by="a link's first session again, after its wrong token has been answered 428"
):
    """Caches the session of a link, and resumes that one for whichever of its sessions is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.links: dict[uuid.UUID, uuid.UUID] = {}

    def pause(self, session: PausedSession) -> PausedSession:
        paused = super().pause(session)
        self.links[paused.id] = paused.link
        return paused

    def find(self, command: ResumeCommand) -> PausedSession:
        if self.links.get(command.session) == command.link and command.session not in self.sessions:
            for session in self.sessions.values():
                if session.link == command.link:
                    return session
        return super().find(command)


class KeepsTheUserOfItsThread(
    Fault, breaks=UNAUTHORIZED, shown_by="no credentials, right after right ones on the same connection"
):
    """Keeps who is logged in with its thread, which the next request on the connection finds without a header."""

    def __init__(self) -> None:
        super().__init__()
        self.thread: Any = None

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.method == "PATCH" and "authorization" in request.headers:
            self.thread = None
        return await super().handle(request, operation)

    def authenticate(self, request: Request) -> None:
        if request.method == "PATCH" and "authorization" not in request.headers and self.thread == request.client:
            return
        super().authenticate(request)
        self.thread = request.client if request.method == "PATCH" else None


class RoundsTheClock(
    Fault, breaks=EXPIRY, shown_by="a session that announces few seconds, half a second after they are over"
):
    """Compares the expiry of a session in whole minutes."""

    settings_used = Settings(session_seconds=2)

    def find(self, command: ResumeCommand) -> PausedSession:
        session = self.sessions.get(command.session)
        if session is not None:
            late = PausedSession(**{**vars(session), "expires_at": session.expires_at + 60})
            self.sessions[session.id] = late
        return super().find(command)

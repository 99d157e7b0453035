"""Styles of deciding: what the contract leaves to the institution or the service."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import replace
from typing import Any, NoReturn

from starlette.requests import Request
from starlette.responses import Response

from contract_tests.embedded.server import PausedSession, Refusal, ResumeCommand, Settings
from tests.faulty_servers.served import Style

CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
UUID_VALUE = re.compile(rb'"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"')


class RefusesWrongTokens(Style):
    """Answers a wrong token 400, so that nothing is ever answered 428."""

    target = {"accept_unseen": {"428": "a wrong token ends the registration here"}, "second_factor": None}

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        return self.answer(request, 400, self.errors_content([("invalid_token", message)]))


class KeepsTheSession(Style):
    """Keeps a session after a wrong token, and names it again in the 428."""

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        del self.sessions[session.id]
        kept = PausedSession(**{**vars(session), "id": request.state.session})
        self.sessions[kept.id] = kept
        return super().answer_token_required(request, kept, message)

    def answer_token(self, request: Request, session: PausedSession, token: str) -> Response:
        request.state.session = session.id
        return super().answer_token(request, session, token)


class KeepsTheSessionAfterA400(RefusesWrongTokens):
    """Answers a wrong token 400, and keeps its session for another try."""

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        del self.sessions[session.id]
        self.sessions[request.state.session] = PausedSession(**{**vars(session), "id": request.state.session})
        return super().answer_token_required(request, session, message)

    def answer_token(self, request: Request, session: PausedSession, token: str) -> Response:
        request.state.session = session.id
        return super().answer_token(request, session, token)


class TwoFactors(Style):
    """Asks for a second token after the first right one."""

    settings_used = Settings(factors=2)


class ThreeFactors(Style):
    """Asks for three tokens in a row."""

    settings_used = Settings(factors=3)


class ThreeTries(Style):
    """Answers the third wrong token of a registration 400, and ends it."""

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        tried = self.tries[session.link] = self.tries.get(session.link, 0) + 1
        if tried < 3:
            return super().answer_token_required(request, session, message)
        del self.sessions[session.id]
        return self.answer(request, 400, self.errors_content([("too_many_attempts", "Register the link again.")]))

    def __init__(self) -> None:
        super().__init__()
        self.tries: dict[uuid.UUID, int] = {}


class CannotBeMadeToFail(Style):
    """Has no token that makes the institution fail."""

    target = {"tokens": {"accepted": "1234ab"}, "accept_unseen": {"500": "the institution cannot be made to fail"}}


class NoChallenge(Style):
    """Answers 401 without a WWW-Authenticate header, which the contract does not declare."""

    def refuse_credentials(self) -> NoReturn:
        raise Refusal(401, ("authentication_failed", "The credentials are missing or wrong."))


class ReadsTheSchemeAsWritten(Style):
    """Reads the scheme Basic only as it is written here."""

    def authenticate(self, request: Request) -> None:
        if not request.headers.get("authorization", "Basic x").startswith("Basic "):
            self.refuse_credentials()
        super().authenticate(request)


class CanonicalUuidsOnly(Style):
    """Reads UUIDs in lower case with hyphens, and calls everything else malformed."""

    def read_uuid(self, body: dict[str, Any], name: str, errors: list[tuple[str, str]]) -> uuid.UUID | None:
        if isinstance(body.get(name), str) and body[name] and not CANONICAL.fullmatch(body[name]):
            errors.append(("invalid", f"The field {name} is not a UUID."))
            return None
        return super().read_uuid(body, name, errors)


class RefusesOddTokens(Style):
    """Calls a token malformed unless it is letters and digits, at most 64."""

    def read_text(self, body: dict[str, Any], name: str, errors: list[tuple[str, str]]) -> str | None:
        token = super().read_text(body, name, errors)
        if name == "token" and token is not None and not re.fullmatch(r"[A-Za-z0-9]{1,64}", token, re.ASCII):
            errors.append(("invalid", "The field token is not a token."))
            return None
        return token


class SmallBodies(Style):
    """Takes bodies of at most eight kilobytes."""

    settings_used = replace(Settings(), max_body_bytes=8192)


class LenientJson(Style):
    """Reads a byte order mark and a name that stands twice, as RFC 8259 lets it."""

    def read_json(self, body: bytes) -> Any:
        try:
            return super().read_json(json.dumps(json.loads(body.decode("utf-8-sig"))).encode())
        except (ValueError, RecursionError):
            return super().read_json(body)


class TrimsTokens(Style):
    """Takes a token that is white space for malformed."""

    def read_text(self, body: dict[str, Any], name: str, errors: list[tuple[str, str]]) -> str | None:
        text = super().read_text(body, name, errors)
        if text is not None and not text.strip():
            errors.append(("invalid", f"The field {name} is empty."))
            return None
        return text


class OtherOrder(Style):
    """Looks for the session first and reads the token only for a live one."""

    def read_resume(self, body: dict[str, Any]) -> Any:
        named = self.read_uuid(body, "session", [])
        if named is not None and named not in self.sessions:
            raise Refusal(400, ("session_not_found", "No session of this link waits for a token under this id."))
        return super().read_resume(body)


class SpendsTheSessionOfABrokenBody(Style):
    """Refuses a body without a good token, and spends its session."""

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        try:
            return super().read_resume(body)
        except Refusal:
            named = self.read_uuid(body, "session", [])
            if named is not None:
                self.sessions.pop(named, None)
            raise


class SpendsTheSessionOfAnotherLink(Style):
    """Refuses a session that is sent with another link, and spends it."""

    def find(self, command: ResumeCommand) -> PausedSession:
        session = self.sessions.get(command.session)
        if session is not None and session.link != command.link:
            self.spend(session)
        return super().find(command)

"""Styles of odd rules: what an institution or a service may decide about sessions, tokens and bodies, and few do."""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from contract_tests.embedded.server import PausedSession, Refusal, Settings
from tests.faulty_servers.served import Style

WRITTEN = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class SixFactors(Style):
    """Asks for six tokens in a row."""

    settings_used = Settings(factors=6)


class AsksSomeTwice(Style):
    """Asks every other link for a second token."""

    target = {"second_factor": None}

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def factors_of(self, institution: str) -> int:
        self.asked += 1
        return 1 + self.asked % 2


class StartsOver(Style):
    """Asks for both tokens again where the second one was wrong."""

    settings_used = Settings(factors=2)

    def answer_token(self, request: Request, session: PausedSession, token: str) -> Response:
        if not self.is_accepted(token):
            session = PausedSession(**{**vars(session), "factors_left": self.factors_of(session.institution)})
        return super().answer_token(request, session, token)


class RefusesWrongSecondTokens(Style):
    """Answers a wrong second token 400, and a wrong first one 428."""

    settings_used = Settings(factors=2)

    def answer_token(self, request: Request, session: PausedSession, token: str) -> Response:
        known = (self.settings.failing_token, self.settings.accepted_token)
        if session.factors_left < self.factors_of(session.institution) and token not in known:
            raise Refusal(400, ("invalid_token", "The token was not right. Register the link again."))
        return super().answer_token(request, session, token)


class LocksALinkOut(Style):
    """Answers each token of a link 400 once five wrong ones were sent for it, the right one too."""

    def __init__(self) -> None:
        super().__init__()
        self.tried: Counter[uuid.UUID] = Counter()

    def answer_token(self, request: Request, session: PausedSession, token: str) -> Response:
        if self.tried[session.link] >= 5:
            raise Refusal(400, ("locked", "Too many wrong tokens. Register the link again."))
        self.tried[session.link] += not self.is_accepted(token)
        return super().answer_token(request, session, token)


class RemembersWrongTokens(Style):
    """Answers a wrong token 400 where it was tried for the link before."""

    def __init__(self) -> None:
        super().__init__()
        self.tried: set[tuple[uuid.UUID, str]] = set()

    def answer_token(self, request: Request, session: PausedSession, token: str) -> Response:
        if (session.link, token) in self.tried:
            raise Refusal(400, ("invalid_token", "The token was tried before."))
        if not self.is_accepted(token):
            self.tried.add((session.link, token))
        return super().answer_token(request, session, token)


class KeepsTheSessionOfAFailure(Style):
    """Lets a session be resumed again whose institution has failed."""

    def answer_token(self, request: Request, session: PausedSession, token: str) -> Response:
        if token == self.settings.failing_token:
            self.sessions[session.id] = session
        return super().answer_token(request, session, token)


class SessionsNamedLikeTheirLinks(Style):
    """Gives the first session of a link the link's own id."""

    def pause(self, session: PausedSession) -> PausedSession:
        paused = super().pause(session)
        if session.expires_at == 0:
            del self.sessions[paused.id]
            paused = PausedSession(**{**vars(paused), "id": session.link})
            self.sessions[paused.id] = paused
        return paused


class NumberedIds(Style):
    """Numbers sessions and links in UUIDs that differ in their last digits only."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0xA0EEBC99_9C0B_4EF8_BB6D_000000000000

    def read_registration(self, body: dict[str, Any]) -> PausedSession:
        return PausedSession(**{**vars(super().read_registration(body)), "link": self._next()})

    def pause(self, session: PausedSession) -> PausedSession:
        paused = super().pause(session)
        del self.sessions[paused.id]
        numbered = PausedSession(**{**vars(paused), "id": self._next()})
        self.sessions[numbered.id] = numbered
        return numbered

    def _next(self) -> uuid.UUID:
        self.number += 1
        return uuid.UUID(int=self.number)


class ShallowJson(Style):
    """Calls a body malformed that is nested deeper than a hundred levels, as RFC 8259 lets it."""

    def read_json(self, body: bytes) -> Any:
        if max(body.count(b"["), body.count(b"{")) > 100:
            raise Refusal(400, ("invalid_json", "The body is nested too deeply."))
        return super().read_json(body)


class NumbersOfItsRange(Style):
    """Calls a body malformed with a number beyond its range, as RFC 8259 lets it."""

    def read_resume(self, body: dict[str, Any]) -> Any:
        for value in body.values():
            if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) > 2**53:
                raise Refusal(400, ("invalid_json", "A number is out of range."))
        return super().read_resume(body)


class RefusesNul(Style):
    """Calls a body malformed that holds NUL, which its database does not store."""

    def read_json(self, body: bytes) -> Any:
        read = super().read_json(body)
        if "\\u0000" in json.dumps(read):
            raise Refusal(400, ("invalid_json", "The body holds NUL."))
        return read


class OneErrorAtATime(Style):
    """Names only the first thing that is wrong with a body, in words of its own for each."""

    def errors_content(self, errors: Any) -> list[dict[str, str]]:
        return super().errors_content(list(errors)[:1])


class ReadsUuidsAsItWritesThem(Style):
    """Writes UUIDs in capitals, and calls every other form malformed."""

    def write_json(self, content: Any) -> bytes:
        return WRITTEN.sub(lambda found: found[0].upper(), super().write_json(content))

    def read_uuid(self, body: dict[str, Any], name: str, errors: list[tuple[str, str]]) -> uuid.UUID | None:
        text = body.get(name)
        if isinstance(text, str) and text != text.upper():
            errors.append(("invalid", f"The field {name} is not a UUID."))
            return None
        return super().read_uuid(body, name, errors)

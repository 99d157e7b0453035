"""Faults of reading the three fields: one accepted that is missing or malformed."""

from __future__ import annotations

import re
import uuid
from typing import Any, ClassVar

from contract_tests.embedded.server import ResumeCommand
from tests.faulty_servers.served import REQUEST, Fault

Errors = list[tuple[str, str]]
UUID_ANYWHERE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
WRONG = "no such token"


class ForgetsTheLink(Fault, breaks=REQUEST):
    """Takes the link from the session where it is missing, as some of these APIs do."""

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        session = self.sessions.get(self.read_uuid(body, "session", []) or uuid.UUID(int=0))
        return super().read_resume({"link": str(session.link), **body} if session else body)


class TakesANullLinkForNone(Fault, breaks=REQUEST):
    """Takes the link from the session where it is null."""

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        session = self.sessions.get(self.read_uuid(body, "session", []) or uuid.UUID(int=0))
        return super().read_resume({**body, "link": str(session.link)} if session and not body.get("link", 0) else body)


class IgnoresAMalformedLink(Fault, breaks=REQUEST):
    """Takes the link from the session where it is a text that is no UUID."""

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        session = self.sessions.get(self.read_uuid(body, "session", []) or uuid.UUID(int=0))
        malformed = isinstance(body.get("link"), str) and self.read_uuid(body, "link", []) is None
        return super().read_resume({**body, "link": str(session.link)} if session and malformed else body)


class TakesTheLastSession(Fault, breaks=REQUEST):
    """Resumes the newest session where none is named."""

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        newest = next(reversed(self.sessions), None)
        return super().read_resume({"session": str(newest), **body} if newest else body)


class FindsAUuidAnywhere(Fault, breaks=REQUEST):
    """Reads a UUID that has something before or after it."""

    def read_uuid(self, body: dict[str, Any], name: str, errors: Errors) -> uuid.UUID | None:
        text = body.get(name)
        found = UUID_ANYWHERE.search(text) if isinstance(text, str) else None
        return super().read_uuid({name: found[0]} if found else body, name, errors)


class CompletesUuids(Fault, breaks=REQUEST):
    """Finds the session and the link of which the first characters are sent."""

    def read_uuid(self, body: dict[str, Any], name: str, errors: Errors) -> uuid.UUID | None:
        text = body.get(name)
        if isinstance(text, str) and text:
            for session in self.sessions.values():
                known = session.id if name == "session" else session.link
                if str(known).startswith(text.lower()):
                    return known
        return super().read_uuid(body, name, errors)


class TakesTheFirstOfAList(Fault, breaks=REQUEST):
    """Takes the first value where a field is a list, as query strings are read."""

    def read_text(self, body: dict[str, Any], name: str, errors: Errors) -> str | None:
        value = body.get(name)
        return super().read_text({name: value[0]} if isinstance(value, list) and value else body, name, errors)


class TokenFault(Fault, breaks=REQUEST):
    """Takes some token that is none for a wrong one."""

    values: ClassVar[tuple[Any, ...]] = ()
    types: ClassVar[tuple[type, ...]] = ()

    def read_text(self, body: dict[str, Any], name: str, errors: Errors) -> str | None:
        value = body.get(name, self)
        if name == "token" and (type(value) in self.types or any(value is known for known in self.values)):
            return self.taken(value)
        return super().read_text(body, name, errors)

    def taken(self, value: Any) -> str:
        """Return what the value is taken for."""
        return WRONG


class TakesAMissingTokenForAWrongOne(TokenFault):
    """Asks again where there is no token."""

    def read_text(self, body: dict[str, Any], name: str, errors: Errors) -> str | None:
        return WRONG if name == "token" and name not in body else super().read_text(body, name, errors)


class TakesANullTokenForAWrongOne(TokenFault):
    """Asks again where the token is null."""

    values = (None,)


class TakesAnEmptyTokenForAWrongOne(TokenFault):
    """Asks again where the token is empty."""

    values = ("",)


class AcceptsAnEmptyToken(TokenFault):
    """Registers the link where the token is empty."""

    values = ("",)

    def taken(self, value: Any) -> str:
        return self.settings.accepted_token


class TurnsNumbersIntoTokens(TokenFault):
    """Writes a token that is a number as a text."""

    types = (int, float)


class TurnsBooleansIntoTokens(TokenFault):
    """Takes true for a token."""

    types = (bool,)


class TurnsListsIntoTokens(TokenFault):
    """Writes a token that is a list as a text."""

    types = (list,)


class TurnsObjectsIntoTokens(TokenFault):
    """Writes a token that is an object as a text."""

    types = (dict,)

"""Faults of values: one that makes the server fail, one refused in an undeclared way, one written wrongly."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from contract_tests.embedded.server import PausedSession, Refusal, ResumeCommand
from tests.faulty_servers.served import BAD_REQUEST, OK, RESPONSES, UNEXPECTED_ERROR, Fault

Errors = list[tuple[str, str]]
UUID_ANYWHERE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
WRONG = "no such token"


class FailsOn(Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 on some token."""

    def read_text(self, body: dict[str, Any], name: str, errors: Errors) -> str | None:
        if name == "token" and "token" in body and self.fails_on(body["token"]):
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return super().read_text(body, name, errors)

    def fails_on(self, token: Any) -> bool:
        """Tell whether the token is one that it fails on."""
        return False


class FailsOnANumber(FailsOn):
    """Fails with 500 on a token that is a number, which cannot be trimmed."""

    def fails_on(self, token: Any) -> bool:
        return type(token) in (int, float)


class FailsOnANullToken(FailsOn):
    """Fails with 500 on a token that is null."""

    def fails_on(self, token: Any) -> bool:
        return token is None


class FailsOnContainers(FailsOn):
    """Fails with 500 on a token that is a list or an object, which cannot be hashed."""

    def fails_on(self, token: Any) -> bool:
        return isinstance(token, list | dict)


class FailsOnNul(FailsOn):
    """Fails with 500 on a NUL character, which its database does not store."""

    def fails_on(self, token: Any) -> bool:
        return isinstance(token, str) and "\x00" in token


class FailsOnALoneSurrogate(FailsOn):
    """Fails with 500 on a surrogate without its other half, which no encoding writes."""

    def fails_on(self, token: Any) -> bool:
        return isinstance(token, str) and any("\ud800" <= character <= "\udfff" for character in token)


class FailsOnEmoji(FailsOn):
    """Fails with 500 on characters of four bytes, which its database does not store."""

    def fails_on(self, token: Any) -> bool:
        return isinstance(token, str) and any(character > "\uffff" for character in token)


class FailsOnWhatIsNotLatin(FailsOn):
    """Fails with 500 on characters that Latin-1 does not have."""

    def fails_on(self, token: Any) -> bool:
        return isinstance(token, str) and any("\u0100" <= character < "\ud800" for character in token)


class FailsOnAHugeToken(FailsOn):
    """Fails with 500 on a token that its column has no room for."""

    def fails_on(self, token: Any) -> bool:
        return isinstance(token, str) and len(token) > 10_000


class FailsOnAMalformedUuid(Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 on a text that is no UUID, which its database refuses."""

    def read_uuid(self, body: dict[str, Any], name: str, errors: Errors) -> uuid.UUID | None:
        read = super().read_uuid(body, name, errors)
        if read is None and isinstance(body.get(name), str) and body[name]:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return read


class FailsOnAMissingLink(Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 where the link is missing, and on nothing else."""

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        if "link" not in body:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return super().read_resume(body)


class AnswersInvalidFieldsWith422(Fault, breaks=RESPONSES):
    """Answers fields that are missing or malformed 422, which is not declared."""

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        try:
            return super().read_resume(body)
        except Refusal as refusal:
            raise Refusal(422, *refusal.errors) from None


class AnswersAMalformedLinkWith404(Fault, breaks=RESPONSES):
    """Answers a link that is no UUID 404, for there cannot be one."""

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        if isinstance(body.get("link"), str) and body["link"] and self.read_uuid(body, "link", []) is None:
            raise Refusal(404, ("not_found", "There is no such link."))
        return super().read_resume(body)


class ListsErrorsByField(Fault, breaks=BAD_REQUEST):
    """Answers invalid fields, and nothing else, with an object of the fields."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 400 and content[0]["code"] in ("required", "invalid"):
            content = {"token": ["This field is required."]}
        return super().answer_resume(request, status, content, headers)


class NestsTheErrors(Fault, breaks=BAD_REQUEST):
    """Wraps the list of errors of a 400 in an object."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        return super().answer_resume(request, status, {"errors": content} if status == 400 else content, headers)


class ForgetsTheCodeOfTheSecondError(Fault, breaks="/components/schemas/Error"):
    """Writes the first error of a list in full, and the others without their code."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if isinstance(content, list):
            for error in content[1:]:
                error.pop("code")
        return super().answer_resume(request, status, content, headers)


class LeavesOutNulls(Fault, breaks=OK):
    """Leaves a field out where its value is null."""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        return {name: value for name, value in super().link_content(session).items() if value is not None}


class WritesUuidsWithoutHyphens(Fault, breaks="/components/schemas/Link/properties/id"):
    """Writes the id of the link as 32 digits."""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        return {**super().link_content(session), "id": session.link.hex}


class WritesTimesWithoutZone(Fault, breaks="/components/schemas/Link/properties/last_accessed_at"):
    """Writes a time as its database does: with a space and without a zone."""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        return {**super().link_content(session), "last_accessed_at": "2026-03-09 08:15:27"}


class WritesLocalTimes(Fault, breaks="/components/schemas/Link/properties/last_accessed_at"):
    """Writes a time in full but for its zone."""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        return {**super().link_content(session), "last_accessed_at": "2026-03-09T08:15:27"}


class WritesDaysThatThereAreNot(Fault, breaks="/components/schemas/Link/properties/last_accessed_at"):
    """Writes the thirtieth of February."""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        return {**super().link_content(session), "last_accessed_at": "2026-02-30T08:15:27Z"}


class WritesNullAsAWord(Fault, breaks="/components/schemas/Link/properties/last_accessed_at"):
    """Writes the word null where a time is not known."""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        return {**super().link_content(session), "last_accessed_at": "null"}


class WritesTheIdAsItWasSent(Fault, breaks="/components/schemas/Link/properties/id"):
    """Writes the id of the link in the form in which it was sent, hyphens or not."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 200:
            content["id"] = json.loads(request.state.raw)["link"]
        return super().answer_resume(request, status, content, headers)

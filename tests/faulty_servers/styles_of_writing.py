"""Styles of writing: answers that say the same in other words."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from contract_tests.embedded.server import PausedSession
from tests.faulty_servers.served import Style

CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
UUID_VALUE = re.compile(rb'"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"')


class Rewritten(Style):
    """The reference server, with its answers written in another way."""

    media_type = "application/json"

    def rewrite(self, body: bytes) -> bytes:
        """Return the bytes that are sent for those of the reference server."""
        return body

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        return Response(self.rewrite(self.write_json(content)), status, headers, self.media_type)


class Plain(Style):
    """The reference server, as it is."""


class ExtraFields(Style):
    """Adds fields that are not declared to every object, some of them nested."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        for item in content if isinstance(content, list) else [content]:
            item.update({"extra": {"list": [1, None]}, "field": "institution", "x-€": 1.5})
        if status == 428:
            content["token_generation_data"]["expires_in"] = 30
        return super().answer_resume(request, status, content, headers)


class CharsetParameter(Rewritten):
    """Names its charset."""

    media_type = "application/json; charset=utf-8"


class UpperCaseMediaType(Rewritten):
    """Writes its media type in capitals, without a space before the parameter."""

    media_type = 'Application/JSON;Charset="UTF-8"'


class TimesWithAnOffset(Style):
    """Writes times with an offset, as many of these servers do."""

    written = "2026-03-09T13:45:27+05:30"

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        return {**super().link_content(session), "last_accessed_at": self.written}


class FractionsOfASecond(TimesWithAnOffset):
    """Writes times with nine digits of a second."""

    written = "2026-03-09T08:15:27.160530123Z"


class TenthsOfASecond(TimesWithAnOffset):
    """Writes times with one digit of a second and an offset before Greenwich."""

    written = "2026-03-09T02:15:27.1-06:00"


class WholeSeconds(TimesWithAnOffset):
    """Writes times without a fraction."""

    written = "2026-03-09T08:15:27Z"


class LowerCaseTimes(TimesWithAnOffset):
    """Writes times in lower case, which RFC 3339 allows."""

    written = "2026-03-09t08:15:27z"


class UpperCaseUuids(Rewritten):
    """Writes UUIDs in upper case, though they were sent in lower case."""

    def rewrite(self, body: bytes) -> bytes:
        return UUID_VALUE.sub(lambda found: found[0].upper(), body)


class NilAndOldUuids(Style):
    """Names accounts and requests by UUIDs that are not random: nil, and one of version 1."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 200:
            content["created_by"] = "00000000-0000-0000-0000-000000000000"
        if status == 428:
            content["request_id"] = str(uuid.uuid1(node=1, clock_seq=1))
        return super().answer_resume(request, status, content, headers)


class Nulls(Style):
    """Writes null wherever it is allowed."""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        return {**super().link_content(session), "access_mode": None, "last_accessed_at": None, "refresh_rate": None}


class NoNulls(Style):
    """Writes a value in every field."""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        return {**super().link_content(session), "access_mode": "single", "refresh_rate": "6h"}


class EmptyTexts(Style):
    """Writes empty texts where any text is allowed."""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        return {**super().link_content(session), "institution": "", "status": "", "access_mode": "", "refresh_rate": ""}

    def token_required_content(self, session: PausedSession, message: str) -> dict[str, Any]:
        empty = {"instructions": "", "type": "", "value": ""}
        return {**super().token_required_content(session, message), "message": "", "token_generation_data": empty}


class SeveralErrors(Style):
    """Lists several errors in every answer that lists errors."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if isinstance(content, list):
            content = [*content, {"code": "hint", "message": "See the documentation.", "request_id": "req_42"}]
        return super().answer_resume(request, status, content, headers)


class Indented(Rewritten):
    """Writes JSON with white space all over, keys in reverse order, and a line end after it."""

    def rewrite(self, body: bytes) -> bytes:
        reversed_keys = json.loads(body, object_pairs_hook=lambda pairs: dict(reversed(pairs)))
        return b"\r\n\t " + json.dumps(reversed_keys, indent=4, separators=(" ,", " : ")).encode() + b" \n\n"


class Escaped(Rewritten):
    """Escapes whatever is not ASCII, and slashes."""

    def rewrite(self, body: bytes) -> bytes:
        content = json.loads(body.replace(b"The ", "É€🏦 /The ".encode()))
        return json.dumps(content, ensure_ascii=True).replace("/", "\\/").encode()


class Unescaped(Rewritten):
    """Writes messages in many scripts, unescaped."""

    def rewrite(self, body: bytes) -> bytes:
        return body.replace(b"The ", "Él 🏦 银行 بنك \u200f\u202e The ".encode())


class LongMessages(Style):
    """Writes very long messages."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        for item in content if isinstance(content, list) else [content]:
            if "message" in item:
                item["message"] = item["message"] * 1000
        return super().answer_resume(request, status, content, headers)


class FindsThePlaceOfAnError(Style):
    """Says where in the body an error is, and how the server is called."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if isinstance(content, list):
            for error in content:
                error["message"] += " Look at line 3, column 9 of the body; at links.example.com it is the same."
        return super().answer_resume(request, status, content, headers)


class WholeNumbersAsFractions(Rewritten):
    """Writes the seconds a session waits as 600.0, which is an integer to JSON Schema."""

    def rewrite(self, body: bytes) -> bytes:
        return re.sub(rb'"expiry":(\d+)', rb'"expiry":\1.0', body)


class LongExpiry(Style):
    """Lets a session wait for years."""

    def token_required_content(self, session: PausedSession, message: str) -> dict[str, Any]:
        return {**super().token_required_content(session, message), "expiry": 10**12}

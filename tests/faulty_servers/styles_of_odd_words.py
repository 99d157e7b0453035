"""Styles of odd words: answers in values and words that look wrong, or like a disclosure, and are neither."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response

from contract_tests.embedded.server import PausedSession
from tests.faulty_servers.served import Style

REQUEST_ID = "7d444840-9dc0-11d1-b245-5ffdce74fad2"


class Moments(Style):
    """Writes the time in some way that RFC 3339 has."""

    written: ClassVar[str] = ""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        return {**super().link_content(session), "last_accessed_at": self.written}


class UnknownOffset(Moments):
    """Writes the offset -00:00, with which RFC 3339 says that the place is not known."""

    written = "2026-03-09T08:15:27-00:00"


class ManyDigitsOfASecond(Moments):
    """Writes thirty digits of a second."""

    written = f"2026-03-09T08:15:27.{'1234567890' * 3}Z"


class FarEast(Moments):
    """Writes an offset of fourteen hours, which there is."""

    written = "2026-03-09T22:15:27+14:00"


class EndOfTime(Moments):
    """Writes the last second of the year 9999 for a time that never comes."""

    written = "9999-12-31T23:59:59Z"


class LeapSecond(Moments):
    """Writes the sixtieth second of a day that ended with one."""

    written = "2016-12-31T23:59:60Z"


class LeapYear(Moments):
    """Writes the twenty-ninth of February of a year that has one."""

    written = "2024-02-29T23:59:59.999999Z"


class Says(Style):
    """Says something of its own in each message."""

    said: ClassVar[str] = ""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        for item in content if isinstance(content, list) else [content]:
            if "message" in item:
                item["message"] = f"{item['message']} {self.said}"
        return super().answer_resume(request, status, content, headers)


class NamesAPathAndATime(Says):
    """Names a path and a time in each message, as a log has them."""

    said = "PATCH /api/links/ 08:15:27 took 12:04 min."


class NamesADayWithSlashes(Says):
    """Names a day with slashes and a time in each message."""

    said = "Asked on 09/03/2026 08:15:27, again on 2026/03/09 at 8:15."


class SpeaksOfTracebacks(Says):
    """Says in each message that it shows no traceback."""

    said = "No traceback or stack trace is shown here; quote the request id to the support at line 2."


class NamesALineOfAFile(Style):
    """Says with each error which line of the caller's own statement it is about."""

    def errors_content(self, errors: Any) -> list[dict[str, Any]]:
        about = {"file": "statement-2026.csv", "line": 12, "function": "balance"}
        return [{**error, "about": about} for error in super().errors_content(errors)]


class SpeaksOfTokens(Says):
    """Says in each message how a token looks, with other tokens."""

    said = "A token looks like 987654 or like ******, never like your password."


class NamesAHost(Says):
    """Names a host with its port and an address in each message."""

    said = "Served by links-7.example.com:8443 (10.0.0.7:4711, [::1]:8080)."


class WritesMarkup(Says):
    """Writes markup and quotes into each message."""

    said = "<b>\"Sorry\"</b> &amp; 'good bye' \\o/ {0} %s ${name}"


class OneRequestId(Style):
    """Gives each request the same id."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        for item in content if isinstance(content, list) else [content]:
            if "request_id" in item:
                item["request_id"] = REQUEST_ID
        return super().answer_resume(request, status, content, headers)


class Expiries(Style):
    """Announces some odd number of seconds."""

    seconds: ClassVar[int] = 0

    def token_required_content(self, session: PausedSession, message: str) -> dict[str, Any]:
        return {**super().token_required_content(session, message), "expiry": self.seconds}


class NegativeExpiry(Expiries):
    """Announces that a session waits for -1 seconds, which is for ever to it."""

    seconds = -1


class NoExpiry(Expiries):
    """Announces that a session waits for 0 seconds, since it does not know."""


class ExpiryOfDigits(Expiries):
    """Announces seconds that read like a token of six digits."""

    seconds = 123456


class OldAndNewUuids(Style):
    """Names accounts and requests by UUIDs of version 7, and of all Fs."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 200:
            content["created_by"] = "ffffffff-ffff-ffff-ffff-ffffffffffff"
        if status == 428:
            content["request_id"] = "0195b9a4-5c3e-7c0e-9f3e-3b1f5d2a7e11"
        return super().answer_resume(request, status, content, headers)


class WordsOfItsOwn(Style):
    """Has words of its own for status, access mode and refresh rate, in other scripts too."""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        own = {"status": "gültig/2", "access_mode": "одноразовый", "refresh_rate": "PT0S", "institution": "a b/c:d?e#f"}
        return {**super().link_content(session), **own}


class ManyErrors(Style):
    """Lists two hundred errors where one would do."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if isinstance(content, list):
            content = [*content, *({**content[0], "code": f"hint_{number}"} for number in range(200))]
        return super().answer_resume(request, status, content, headers)


class EmptyErrors(Style):
    """Writes empty texts into its errors."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if isinstance(content, list):
            content = [{"code": "", "message": "", "request_id": ""}]
        return super().answer_resume(request, status, content, headers)


class OddFurtherFields(Style):
    """Adds fields with odd names and values: empty, of its language, nested deeply, very large."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        nested: Any = "deep"
        for _ in range(50):
            nested = {"of": [nested]}
        odd = {"": None, "__proto__": {}, "$ref": "#/a", "a.b": [], "large": 10**30, "small": 1e-300, "nested": nested}
        for item in content if isinstance(content, list) else [content]:
            item.update(odd)
        return super().answer_resume(request, status, content, headers)


class EscapedNames(Style):
    """Escapes the first letter of each name."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        body = re.sub(rb'"([a-z])([a-z_]*":)', lambda m: b'"\\u%04x%s' % (m[1][0], m[2]), self.write_json(content))
        return Response(body, status, headers, "application/json")


class MemberOrderOfChance(Style):
    """Writes the members of its objects in another order each time."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        text = json.dumps(content)
        shuffled = json.loads(text, object_pairs_hook=lambda pairs: dict(sorted(pairs, key=lambda _: uuid.uuid4())))
        return super().answer_resume(request, status, shuffled, headers)


class CountsTheTries(Style):
    """Says with a 428 how many tries are left, and masks the phone."""

    def token_required_content(self, session: PausedSession, message: str) -> dict[str, Any]:
        content = super().token_required_content(session, message)
        generation = {"instructions": "Sent to +52 ** **** **42.", "type": "sms", "value": "**42"}
        return {**content, "attempts_left": 2, "token_generation_data": generation}


class NestsDeeply(Style):
    """Adds a field that is nested nine hundred levels deep, which readers take."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        for item in content if isinstance(content, list) else [content]:
            item["nested"] = "@"
        deep = b"[" * 900 + b"]" * 900
        body = self.write_json(content).replace(b'"@"', deep)
        return Response(body, status, headers, "application/json")


class LongLines(Style):
    """Says much in one line that looks like the beginning of a stack trace again and again."""

    def errors_content(self, errors: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
        long = "#1 at links.api.resume(at " * 3_000
        return super().errors_content([(code, f"{message} {long}") for code, message in errors])

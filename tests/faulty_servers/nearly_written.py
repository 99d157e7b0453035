"""Faults of writing that are nearly right: a time, an id, a number or bytes that most readers take all the same."""

from __future__ import annotations

import base64
import re
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response

from contract_tests.embedded.server import PausedSession
from tests.faulty_servers.served import OK, OPERATION, TOKEN_REQUIRED, Fault

TIME = "/components/schemas/Link/properties/last_accessed_at"
LINK_ID = "/components/schemas/Link/properties/id"
CREATED_BY = "/components/schemas/Link/properties/created_by"
SESSION = "/components/schemas/TokenRequired/properties/session"
EXPIRY = "/components/schemas/TokenRequired/properties/expiry"
REGISTERED = "a right resume that is answered 200"
ASKED = "a wrong token that is answered 428"


class WritesTimes(Fault, breaks=TIME, shown_by=REGISTERED):
    """Writes a time in some way that RFC 3339 does not have."""

    written: ClassVar[str] = ""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        return {**super().link_content(session), "last_accessed_at": self.written}


class WritesTimesWithoutSeconds(WritesTimes):
    """Writes a time without its seconds."""

    written = "2026-03-09T08:15Z"


class WritesOffsetsWithoutAColon(WritesTimes):
    """Writes an offset without its colon, as strftime does."""

    written = "2026-03-09T08:15:27+0000"


class WritesOffsetsOfHours(WritesTimes):
    """Writes an offset in hours alone, as PostgreSQL does."""

    written = "2026-03-09T08:15:27+00"


class WritesBasicTimes(WritesTimes):
    """Writes a time in the basic format of ISO 8601, without hyphens and colons."""

    written = "20260309T081527Z"


class WritesTheHourTwentyFour(WritesTimes):
    """Writes the end of a day as hour 24."""

    written = "2026-03-09T24:00:00Z"


class WritesSixtySecondsAnywhere(WritesTimes):
    """Writes a sixtieth second in the middle of a day, where no leap second can be."""

    written = "2026-03-09T08:15:60Z"


class WritesAComma(WritesTimes):
    """Writes the fraction of a second behind a comma."""

    written = "2026-03-09T08:15:27,160Z"


class WritesAnEmptyFraction(WritesTimes):
    """Writes a point behind the seconds and no digit behind it."""

    written = "2026-03-09T08:15:27.Z"


class WritesAFarOffset(WritesTimes):
    """Writes an offset of a whole day, which no place on earth has."""

    written = "2026-03-09T08:15:27+24:00"


class WritesZonesInBrackets(WritesTimes):
    """Writes the name of the zone behind the offset, as Java does."""

    written = "2026-03-09T09:15:27+01:00[Europe/Berlin]"


class WritesZonesByName(WritesTimes):
    """Writes UTC where a Z belongs."""

    written = "2026-03-09T08:15:27 UTC"


class WritesSecondsSince1970(WritesTimes):
    """Writes the seconds since 1970 as a text."""

    written = "1773044127"


class WritesMailTimes(WritesTimes):
    """Writes a time as mails and HTTP have it."""

    written = "Mon, 09 Mar 2026 08:15:27 GMT"


class WritesWeeks(WritesTimes):
    """Writes a day by its week."""

    written = "2026-W11-1T08:15:27Z"


class WritesDigitsOfAnotherScript(WritesTimes):
    """Writes the digits of a time in the script of its locale."""

    written = "\u0662\u0660\u0662\u0666-\u0660\u0663-\u0660\u0669T\u0660\u0668:\u0661\u0665:\u0662\u0667Z"


class WritesDaysOfOtherCalendars(WritesTimes):
    """Writes the twenty-ninth of February of a year that has none."""

    written = "2025-02-29T08:15:27Z"


class WritesShortDays(WritesTimes):
    """Writes months and days below ten with one digit."""

    written = "2026-3-9T08:15:27Z"


class WritesUuidsInBraces(Fault, breaks=LINK_ID, shown_by=REGISTERED):
    """Writes the id of the link in braces, as its language shows it."""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        return {**super().link_content(session), "id": f"{{{session.link}}}"}


class WritesUuidsAsUrns(Fault, breaks=LINK_ID, shown_by=REGISTERED):
    """Writes the id of the link as a URN."""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        return {**super().link_content(session), "id": session.link.urn}


class WritesUuidsInBase64(Fault, breaks=CREATED_BY, shown_by=REGISTERED):
    """Writes the account as the 22 characters of base64 that a UUID makes."""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        return {**super().link_content(session), "created_by": base64.urlsafe_b64encode(session.id.bytes).decode()[:22]}


class WritesABlankBehindAUuid(Fault, breaks=SESSION, shown_by=ASKED):
    """Writes a session with a blank behind it, from a column of fixed width."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 428:
            content = {**content, "session": f"{content['session']} "}
        return super().answer_resume(request, status, content, headers)


class WritesFractionsOfSeconds(Fault, breaks=EXPIRY, shown_by=ASKED):
    """Writes the seconds that a session waits with a fraction."""

    def token_required_content(self, session: PausedSession, message: str) -> dict[str, Any]:
        return {**super().token_required_content(session, message), "expiry": self.settings.session_seconds - 0.25}


class WritesSecondsInWords(Fault, breaks=EXPIRY, shown_by=ASKED):
    """Writes how long a session waits as a duration of ISO 8601."""

    def token_required_content(self, session: PausedSession, message: str) -> dict[str, Any]:
        return {**super().token_required_content(session, message), "expiry": f"PT{self.settings.session_seconds}S"}


class WritesBytes(Fault, breaks=TOKEN_REQUIRED, shown_by=ASKED):
    """Writes an answer in bytes that are nearly JSON."""

    status: ClassVar[int] = 428

    def rewrite(self, body: bytes) -> bytes:
        """Return the bytes that are sent for those of JSON."""
        return body

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status != self.status:
            return super().answer_resume(request, status, content, headers)
        return Response(self.rewrite(self.write_json(content)), status, headers, "application/json")


class WritesCesu8(WritesBytes):
    """Writes characters beyond the first 65,536 as two surrogates of three bytes each (CESU-8)."""

    def rewrite(self, body: bytes) -> bytes:
        return body.replace(b"The ", b"\xed\xa0\xbd\xed\xb4\x91 The ")


class WritesOverlongBytes(WritesBytes):
    """Writes NUL as two bytes, as Java's modified UTF-8 does."""

    def rewrite(self, body: bytes) -> bytes:
        return body.replace(b"The ", b"The\xc0\x80 ")


class WritesWindows1252(WritesBytes):
    """Writes a curly apostrophe as one byte of Windows-1252."""

    def rewrite(self, body: bytes) -> bytes:
        return body.replace(b"The ", b"The user\x92s ")


class WritesRawLineEnds(WritesBytes):
    """Writes a line end into a text as it is."""

    def rewrite(self, body: bytes) -> bytes:
        return body.replace(b"The ", b"The\n")


class WritesEscapesOfOthers(WritesBytes):
    r"""Escapes an apostrophe, which JavaScript can and JSON cannot."""

    def rewrite(self, body: bytes) -> bytes:
        return body.replace(b"The ", b"The user\\'s ")


class WritesHexadecimalEscapes(WritesBytes):
    """Escapes a letter in hexadecimal digits, which JavaScript can and JSON cannot."""

    def rewrite(self, body: bytes) -> bytes:
        return body.replace(b"The ", b"The\\x20")


class WritesNumbersWithZeros(WritesBytes):
    """Writes the seconds that a session waits with a zero before them."""

    def rewrite(self, body: bytes) -> bytes:
        return re.sub(rb'"expiry":', b'"expiry":0', body)


class WritesNumbersWithAPlus(WritesBytes):
    """Writes the seconds that a session waits with a plus before them."""

    def rewrite(self, body: bytes) -> bytes:
        return re.sub(rb'"expiry":', b'"expiry":+', body)


class WritesNumbersWithAPoint(WritesBytes):
    """Writes the seconds that a session waits with a point and nothing behind it."""

    def rewrite(self, body: bytes) -> bytes:
        return re.sub(rb'("expiry":\d+)', rb"\1.", body)


class WritesCommasBehindAll(WritesBytes):
    """Writes a comma behind the last member."""

    def rewrite(self, body: bytes) -> bytes:
        return body[:-1] + b",}"


class WritesNulBehindTheValue(WritesBytes, breaks=OK, shown_by=REGISTERED):
    """Writes NUL behind a registered link, from a buffer of C."""

    status = 200

    def rewrite(self, body: bytes) -> bytes:
        return body + b"\0"


class SaysACharsetItDoesNotWrite(Fault, breaks=f"{OPERATION}/responses", shown_by=REGISTERED):
    """Says that a link is in UTF-16, and writes UTF-8."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status != 200:
            return super().answer_resume(request, status, content, headers)
        return Response(self.write_json(content), status, headers, "application/json; charset=utf-16")

"""Faults of writing: an answer that is not what its head says, or no JSON as it is declared."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response

from tests.faulty_servers.served import OPERATION, RESPONSES, Fault

QUICK = {"limits": {"timeout_seconds": 0.5}}
WIRE = OPERATION


class WritesASecondValue(Fault, breaks=RESPONSES):
    """Writes a value after the value."""

    statuses: ClassVar[tuple[int, ...]] = (200, 400, 401, 428, 500)
    media_type: ClassVar[str | None] = "application/json"

    def rewrite(self, body: bytes) -> bytes:
        """Return the bytes that are sent for those of a good answer."""
        return body + b"{}"

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status not in self.statuses:
            return super().answer_resume(request, status, content, headers)
        return Response(self.rewrite(self.write_json(content)), status, headers, self.media_type)


class WritesAByteOrderMark(WritesASecondValue):
    """Writes a byte order mark before the value."""

    def rewrite(self, body: bytes) -> bytes:
        return b"\xef\xbb\xbf" + body


class WritesAByteOrderMarkNowAndThen(WritesAByteOrderMark):
    """Writes a byte order mark before the answers that ask for a token."""

    statuses = (428,)


class WritesNan(WritesASecondValue):
    """Writes NaN, which is no JSON, for how long a session waits."""

    statuses = (428,)

    def rewrite(self, body: bytes) -> bytes:
        return re.sub(rb'"expiry":\d+', b'"expiry":NaN', body)


class WritesNanAmongOtherFields(WritesNan):
    """Writes Infinity in a field that is not declared."""

    statuses = (200,)

    def rewrite(self, body: bytes) -> bytes:
        return body[:-1] + b',"score":Infinity}'


class WritesANameTwice(WritesASecondValue):
    """Writes one name twice in an object."""

    statuses = (200,)

    def rewrite(self, body: bytes) -> bytes:
        return body[:-1] + b',"status":"valid"}'


class WritesANameOfAnErrorTwice(WritesASecondValue):
    """Writes one name of an error twice."""

    statuses = (400,)

    def rewrite(self, body: bytes) -> bytes:
        return body[:-2] + b',"code":"other"}]'


class WritesLatin1(WritesASecondValue):
    """Writes the answer in Latin-1, and says so."""

    media_type = "application/json; charset=iso-8859-1"

    def rewrite(self, body: bytes) -> bytes:
        return body.replace(b"The ", "Él ".encode("latin-1")).replace(b"gotham", "góthäm".encode("latin-1"))


class WritesLatin1WithoutSayingSo(WritesLatin1):
    """Writes the answer in Latin-1, as if it was UTF-8."""

    media_type = "application/json"


class WritesUtf16(WritesASecondValue):
    """Writes the answer in UTF-16."""

    def rewrite(self, body: bytes) -> bytes:
        return body.decode().encode("utf-16")


class WritesPython(WritesASecondValue):
    """Writes its own language's notation for JSON's."""

    def rewrite(self, body: bytes) -> bytes:
        return repr(json.loads(body)).encode()


class WritesACallback(WritesASecondValue):
    """Guards its answers against scripts with a prefix."""

    def rewrite(self, body: bytes) -> bytes:
        return b")]}',\n" + body


class WritesAWarningAfterTheValue(WritesASecondValue):
    """Writes a warning of its runtime after the value."""

    statuses = (200,)

    def rewrite(self, body: bytes) -> bytes:
        return body + b"\nWarning: session_start(): headers already sent in /var/www on line 3"


class WritesNothing(WritesASecondValue):
    """Answers a registered link with an empty body."""

    statuses = (200,)

    def rewrite(self, body: bytes) -> bytes:
        return b""


class WritesJsonTwice(WritesASecondValue):
    """Writes its errors as a JSON string that holds JSON."""

    statuses = (400,)

    def rewrite(self, body: bytes) -> bytes:
        return json.dumps(body.decode()).encode()


class SaysNoMediaType(WritesASecondValue):
    """Leaves the Content-Type out."""

    media_type: ClassVar[str | None] = None

    def rewrite(self, body: bytes) -> bytes:
        return body


class SaysHtml(SaysNoMediaType):
    """Sends JSON as text/html."""

    media_type = "text/html"


class SaysProblemJson(SaysNoMediaType):
    """Sends its errors as application/problem+json."""

    statuses = (400, 401, 500)
    media_type = "application/problem+json"


class SaysVendorJson(SaysNoMediaType):
    """Sends its answers as a media type of its own."""

    media_type = "application/vnd.links.v1+json"


class SaysTextOfA428(SaysNoMediaType):
    """Sends what asks for a token as text/json."""

    statuses = (428,)
    media_type = "text/json"

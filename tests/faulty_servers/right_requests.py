"""Faults of right requests in other clothes: one that is sent in another of its forms is mistreated."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from contract_tests.embedded.server import Refusal
from tests.faulty_servers.served import OK, RESPONSES, TOKEN_REQUIRED, UNEXPECTED_ERROR, Fault, Trips

BROWSER = "Mozilla/"


class RefusesACharset(Trips, breaks=OK, shown_by="Content-Type: application/json; charset=utf-8"):
    """Compares the whole Content-Type with application/json, charset and all."""

    def trips(self, request: Request, body: bytes) -> bool:
        return ";" in request.headers.get("content-type", "")


class RefusesAQuotedCharset(Trips, breaks=OK, shown_by='Content-Type: application/json; charset="utf-8"'):
    """Takes a charset in quotes for one that it does not know."""

    def trips(self, request: Request, body: bytes) -> bool:
        return '"' in request.headers.get("content-type", "")


class RefusesACharsetInCapitals(Trips, breaks=OK, shown_by="Content-Type: application/json; charset=UTF-8"):
    """Takes a charset in capitals for one that it does not know."""

    def trips(self, request: Request, body: bytes) -> bool:
        return "UTF" in request.headers.get("content-type", "")


class RefusesAMediaTypeInCapitals(Trips, breaks=RESPONSES, shown_by="Content-Type: Application/JSON"):
    """Compares media types as they are written, and answers capitals 415."""

    status = 415

    def trips(self, request: Request, body: bytes) -> bool:
        media_type = request.headers.get("content-type", "").partition(";")[0]
        return media_type != media_type.lower()


class RefusesAParameterWithoutABlank(Trips, breaks=OK, shown_by="Content-Type: application/json;charset=utf-8"):
    """Splits a Content-Type at a semicolon with a blank behind it, and finds no JSON where the blank is missing."""

    def trips(self, request: Request, body: bytes) -> bool:
        return re.search(r";\S", request.headers.get("content-type", "")) is not None


class LosesHeadersInLowerCase(Fault, breaks=OK, shown_by="authorization: written in lower case, as HTTP/2 does"):
    """Knows the header Authorization by its capital, and takes a request in lower case for one without it."""

    def receive(self, data: bytes) -> bytes:
        return data.replace(b"\r\nauthorization:", b"\r\nx-lost-header:")


class LosesHeadersInCapitals(Fault, breaks=OK, shown_by="CONTENT-TYPE: written in capitals"):
    """Knows headers by their usual letters, and takes a request in capitals for one without a media type."""

    def receive(self, data: bytes) -> bytes:
        return data.replace(b"\r\nCONTENT-TYPE:", b"\r\nX-LOST-NAME:")


class TakesChunksForNothing(Trips, breaks=OK, shown_by="the body in one chunk, without Content-Length"):
    """Reads as many bytes as Content-Length says, which is none where the body comes in chunks."""

    def trips(self, request: Request, body: bytes) -> bool:
        return "transfer-encoding" in request.headers


class ReadsTheFirstChunkOnly(Fault, breaks=OK, shown_by="the body in several chunks, a moment between them"):
    """Reads a body in chunks as far as its first one."""

    async def read_bytes(self, request: Request) -> bytes:
        if "transfer-encoding" in request.headers and not hasattr(request.state, "raw"):
            request.state.raw = await anext(aiter(request.stream()))
        return await super().read_bytes(request)


class ReadsTheFirstSegmentOnly(Fault, breaks=OK, shown_by="the body in two segments, some milliseconds between them"):
    """Reads of a body what arrives with the first segment, and not what a slow network brings later."""

    async def read_bytes(self, request: Request) -> bytes:
        if request.method == "PATCH" and not hasattr(request.state, "raw"):
            request.state.raw = b""
            async for segment in request.stream():
                if segment:
                    request.state.raw = segment
                    break
        return await super().read_bytes(request)


class RefusesExpectations(Trips, breaks=RESPONSES, shown_by="Expect: 100-continue, the body after the interim answer"):
    """Answers whoever expects to be told to continue 417, which is not declared."""

    status = 417

    def trips(self, request: Request, body: bytes) -> bool:
        return "expect" in request.headers


class ForgetsTheBodyItExpected(RefusesExpectations, breaks=OK):
    """Loses the body of a request that waits to be told to continue."""

    status = 400


class RefusesAnAbsentAccept(Trips, breaks=RESPONSES, shown_by="no Accept header"):
    """Answers a request without Accept 406, which is not declared."""

    status = 406

    def trips(self, request: Request, body: bytes) -> bool:
        return "accept" not in request.headers


class RefusesAnyAccept(Trips, breaks=RESPONSES, shown_by="Accept: */*"):
    """Answers 406 to whoever accepts any media type, for it looks for the word json."""

    status = 406

    def trips(self, request: Request, body: bytes) -> bool:
        return request.headers.get("accept") == "*/*"


class RefusesPreferences(Trips, breaks=RESPONSES, shown_by="Accept: application/json;q=0.9, */*;q=0.1"):
    """Answers a list of accepted media types with weights 406."""

    status = 406

    def trips(self, request: Request, body: bytes) -> bool:
        return ";q=" in request.headers.get("accept", "")


class ShowsBrowsersAPage(Fault, breaks=OK, shown_by="Accept of a browser: text/html,application/xhtml+xml,…,*/*;q=0.8"):
    """Shows whoever accepts HTML the page of a browsable API."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if "text/html" in request.headers.get("accept", "") and status == 200:
            return HTMLResponse("<html><h1>Link</h1></html>", status)
        return super().answer_resume(request, status, content, headers)


class FailsOnAnUnknownLanguage(Trips, breaks=UNEXPECTED_ERROR, shown_by="Accept-Language: tlh, q values, or *"):
    """Fails with 500 on a language that it has no messages for."""

    status = 500

    def trips(self, request: Request, body: bytes) -> bool:
        return not re.match(r"(en|es|$)", request.headers.get("accept-language", ""))


class WritesNumbersForALanguage(Fault, breaks=TOKEN_REQUIRED, shown_by="Accept-Language: de-DE, and a wrong token"):
    """Writes the seconds that a session waits as a text in the caller's language."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 428 and request.headers.get("accept-language", "").startswith("de"):
            content = {**content, "expiry": f"{content['expiry']},0"}
        return super().answer_resume(request, status, content, headers)


class BlocksCallersWithoutAName(Trips, breaks=RESPONSES, shown_by="no User-Agent header"):
    """Stands behind a firewall that answers callers without User-Agent 403."""

    status = 403

    def trips(self, request: Request, body: bytes) -> bool:
        return not request.headers.get("user-agent")


class BlocksScripts(
    Trips, breaks=RESPONSES, shown_by="User-Agent: curl/8.5.0, python-requests/2.32, Go-http-client/1.1"
):
    """Stands behind a firewall that answers well-known programs 403."""

    status = 403

    def trips(self, request: Request, body: bytes) -> bool:
        return re.match(r"curl/|python-requests/|Go-http-client/", request.headers.get("user-agent", "")) is not None


class SendsBrowsersElsewhere(Fault, breaks=RESPONSES, shown_by="User-Agent of a browser: Mozilla/5.0 (…)"):
    """Redirects whatever calls itself a browser to the web site."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if request.headers.get("user-agent", "").startswith(BROWSER):
            return RedirectResponse("/app/", 302)
        return super().answer_resume(request, status, content, headers)


class FailsOnALongName(Trips, breaks=UNEXPECTED_ERROR, shown_by="a User-Agent of 300 characters"):
    """Fails with 500 on a User-Agent that its log table has no room for."""

    status = 500

    def trips(self, request: Request, body: bytes) -> bool:
        return len(request.headers.get("user-agent", "")) > 255


class FailsOnAForeignCookie(Trips, breaks=UNEXPECTED_ERROR, shown_by="Cookie: session=not-signed; a=b; theme"):
    """Fails with 500 on a cookie that it has not signed."""

    status = 500

    def trips(self, request: Request, body: bytes) -> bool:
        return "session=" in request.headers.get("cookie", "")


class AsksCookiesForAForm(Trips, breaks=RESPONSES, shown_by="any Cookie header"):
    """Takes a request with a cookie for a browser's, and asks for the hidden field of a form with 403."""

    status = 403

    def trips(self, request: Request, body: bytes) -> bool:
        return "cookie" in request.headers


class FailsOnAForwardedName(Trips, breaks=UNEXPECTED_ERROR, shown_by="X-Forwarded-For: unknown, 203.0.113.7:4711"):
    """Fails with 500 where a proxy names a caller that is no address."""

    status = 500

    def trips(self, request: Request, body: bytes) -> bool:
        return not re.fullmatch(r"[\d., ]*", request.headers.get("x-forwarded-for", ""))


class LosesWhatIsNewOnAnOldConnection(
    Fault, breaks=OK, shown_by="two right resumes, then more, on one connection that is kept"
):
    """Answers the tenth request of a connection, and all that follow on it, with 400."""

    def __init__(self) -> None:
        super().__init__()
        self.served: dict[Any, int] = {}

    async def resume(self, request: Request) -> Response:
        self.served[request.client] = self.served.get(request.client, 0) + 1
        if self.served[request.client] > 9:
            raise Refusal(400, ("connection_spent", "The connection has served its requests."))
        return await super().resume(request)

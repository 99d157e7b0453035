"""Faults of disclosure: an answer that repeats a secret, or shows the inside of the server."""

from __future__ import annotations

import base64
import json
from typing import Any, ClassVar
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from tests.faulty_servers.served import BASIC, OK, UNEXPECTED_ERROR, Fault, sent_token

TOKEN = "/components/schemas/ResumeRequest/properties/token"


class RepeatsTheToken(Fault, breaks=TOKEN):
    """Repeats a wrong token in the message that asks for another."""

    statuses: ClassVar[tuple[int, ...]] = (428,)

    def shown(self, token: str) -> str:
        """Write the token the way this server shows it."""
        return token

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        token = sent_token(request)
        if token is not None and status in self.statuses:
            self.show(content, headers, self.shown(token.encode("utf-8", "replace").decode()[:2000]))
        return super().answer_resume(request, status, content, headers)

    def show(self, content: Any, headers: dict[str, str], shown: str) -> None:
        """Put the token into the answer."""
        content["message"] = f"The token {shown} was not right."


class RepeatsTheTokenInBase64(RepeatsTheToken):
    """Repeats a wrong token in base64."""

    def shown(self, token: str) -> str:
        return base64.b64encode(token.encode()).decode()


class RepeatsTheTokenInAUrl(RepeatsTheToken):
    """Repeats a wrong token as a part of a URL."""

    def shown(self, token: str) -> str:
        return f"https://example.test/?token={quote(token, safe='')}"


class RepeatsTheTokenInAHeader(RepeatsTheToken):
    """Repeats a token in a header meant for debugging."""

    statuses = (200, 400, 428, 500)

    def shown(self, token: str) -> str:
        return json.dumps(token)

    def show(self, content: Any, headers: dict[str, str], shown: str) -> None:
        headers["X-Debug-Token"] = shown


class RepeatsTheTokenAsItsValue(RepeatsTheToken):
    """Gives a wrong token back as what the next one is generated from."""

    def show(self, content: Any, headers: dict[str, str], shown: str) -> None:
        content["token_generation_data"]["value"] = shown


class RepeatsTheRightToken(RepeatsTheToken):
    """Repeats the right token in a field of the link."""

    statuses = (200,)

    def show(self, content: Any, headers: dict[str, str], shown: str) -> None:
        content["last_token"] = shown


class RepeatsTheTokenOfAFailure(RepeatsTheToken):
    """Repeats the token that the institution failed on."""

    statuses = (500,)

    def show(self, content: Any, headers: dict[str, str], shown: str) -> None:
        content[0]["message"] = f"The institution failed: request was {{'token': '{shown}'}}"


class RepeatsTheTokenOfAMalformedBody(RepeatsTheToken):
    """Repeats the token where another field is malformed."""

    statuses = (400,)

    def show(self, content: Any, headers: dict[str, str], shown: str) -> None:
        content[0]["input"] = {"token": shown}


class RepeatsABodyThatIsNotJson(Fault, breaks=TOKEN):
    """Repeats a body that it cannot read, with the token in it."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 400 and content[0]["code"] == "invalid_json":
            content[0]["message"] = f"Cannot parse: {request.state.raw[:500].decode('utf-8', 'replace')}"
        return super().answer_resume(request, status, content, headers)


class RepeatsTheWrongPassword(Fault, breaks=BASIC):
    """Repeats the credentials that it refuses."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        credentials = self.read_credentials(request)
        if status == 401 and credentials is not None:
            secret_id, secret_password = (part.decode() for part in credentials)
            content[0]["message"] = f"No account has the id {secret_id} and the password {secret_password}."
        return super().answer_resume(request, status, content, headers)


class RepeatsTheAuthorizationHeader(Fault, breaks=BASIC):
    """Repeats the Authorization header, which is the password in base64."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        headers["X-Request-Authorization"] = request.headers.get("authorization", "none")
        return super().answer_resume(request, status, content, headers)


class TellsTheRightPassword(Fault, breaks=BASIC):
    """Says which password it expected."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 401:
            content[0]["message"] = f"Expected {self.settings.secret_id}:{self.settings.secret_password}."
        return super().answer_resume(request, status, content, headers)


class ShowsThePasswordWithTheLink(Fault, breaks=OK):
    """Shows the account of a registered link, with its password."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 200:
            content["account"] = {"id": self.settings.secret_id, "password": self.settings.secret_password}
        return super().answer_resume(request, status, content, headers)


class ShowsAPythonTrace(Fault, breaks=UNEXPECTED_ERROR):
    """Shows a Python traceback when it fails."""

    status: ClassVar[int] = 500
    trace: ClassVar[str] = (
        'Traceback (most recent call last):\n  File "/srv/app/links/views.py", line 214, in resume\n'
        "    session = institution.resume(token)\nConnectionError: institution unavailable"
    )

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == self.status:
            content[-1]["message"] = self.trace
        return super().answer_resume(request, status, content, headers)


class ShowsAPythonTraceOfABadRequest(ShowsAPythonTrace):
    """Shows a Python traceback of what was wrong with a body."""

    status = 400


class ShowsAJavaTrace(ShowsAPythonTrace):
    """Shows a Java stack trace when it fails."""

    trace = (
        'java.lang.NullPointerException: Cannot invoke "Session.resume()" because "session" is null\n'
        "\tat com.example.links.LinkService.resume(LinkService.java:118)\n"
        "\tat com.example.links.LinkController.patch(LinkController.java:42)\n"
        "Caused by: java.net.SocketTimeoutException: Read timed out"
    )


class ShowsANodeTrace(ShowsAPythonTrace):
    """Shows a JavaScript stack trace when it fails."""

    trace = (
        "TypeError: Cannot read properties of undefined (reading 'resume')\n"
        "    at LinkController.resume (/usr/src/app/dist/links/link.controller.js:57:23)\n"
        "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)"
    )


class ShowsAGoTrace(ShowsAPythonTrace):
    """Shows a Go panic when it fails."""

    trace = (
        "runtime error: invalid memory address or nil pointer dereference\ngoroutine 34 [running]:\n"
        "main.(*LinkHandler).Resume(0xc0000b2000, {0x7f5b20, 0xc0000e6000})\n"
        "\t/go/src/links/handler.go:88 +0x1d4"
    )


class ShowsADotNetTrace(ShowsAPythonTrace):
    """Shows a .NET stack trace when it fails."""

    trace = (
        "System.NullReferenceException: Object reference not set to an instance of an object.\n"
        "   at Links.Api.LinkService.ResumeAsync(Guid session) in /src/Links.Api/LinkService.cs:line 73\n"
        "   at Links.Api.LinksController.Patch(ResumeRequest body) in /src/Links.Api/LinksController.cs:line 31"
    )


class ShowsAPhpTrace(ShowsAPythonTrace):
    """Shows a PHP stack trace when it fails."""

    trace = (
        "PHP Fatal error:  Uncaught TypeError: Links::resume(): Argument #1 must be of type string, null given in "
        "/var/www/html/src/Links.php:61\nStack trace:\n#0 /var/www/html/public/index.php(24): Links->resume(NULL)\n"
        "#1 {main}\n  thrown in /var/www/html/src/Links.php on line 61"
    )


class ShowsARubyTrace(ShowsAPythonTrace):
    """Shows a Ruby backtrace when it fails."""

    trace = (
        "undefined method `resume' for nil:NilClass (NoMethodError)\n"
        "/app/app/controllers/links_controller.rb:27:in `update'\n"
        "/usr/local/bundle/gems/actionpack-7.0.4/lib/action_controller/metal/basic_implicit_render.rb:6:in "
        "`send_action'"
    )


class ShowsATraceInAHeader(ShowsAPythonTrace):
    """Shows a traceback in a header when it fails."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 500:
            headers["X-Exception"] = self.trace.replace("\n", " | ")
        return Fault.answer_resume(self, request, status, content, headers)


class ShowsATraceAmongOtherFields(ShowsAPythonTrace):
    """Shows a traceback in an undeclared field, cut into lines."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 500:
            content[0]["debug"] = {"lines": self.trace.split("\n")}
        return Fault.answer_resume(self, request, status, content, headers)


class ShowsADebugPage(ShowsAPythonTrace):
    """Shows the framework's page for developers when it fails."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 500:
            return HTMLResponse(f"<h1>ConnectionError at /api/links/</h1><pre>{self.trace}</pre>", 500)
        return Fault.answer_resume(self, request, status, content, headers)

"""Faults of refusing: the body looked at first, a failure on odd credentials, or an undeclared 401."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from contract_tests.embedded.server import Refusal
from tests.faulty_servers.served import BAD_REQUEST, RESPONSES, UNAUTHORIZED, UNEXPECTED_ERROR, Fault, is_text


class ValidatesBeforeItAuthenticates(Fault, breaks=UNAUTHORIZED):
    """Says what is wrong with the body to anyone who asks."""

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.method == "PATCH":
            try:
                body = await self.read_body(request)
                self.read_resume(body)
            except Refusal as refusal:
                return self.answer(request, refusal.status, self.errors_content(refusal.errors))
        return await super().handle(request, operation)


class ParsesBeforeItAuthenticates(Fault, breaks=UNAUTHORIZED):
    """Tells anyone whose body is no JSON so, and authenticates before it looks at the fields."""

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.method == "PATCH":
            try:
                self.read_json(await self.read_bytes(request))
            except Refusal as refusal:
                return self.answer(request, refusal.status, self.errors_content(refusal.errors))
        return await super().handle(request, operation)


class ReadsTheMediaTypeBeforeItAuthenticates(Fault, breaks=UNAUTHORIZED):
    """Tells anyone whose body is of another media type so."""

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        try:
            if request.method == "PATCH":
                self.read_media_type(request)
        except Refusal as refusal:
            return self.answer(request, refusal.status, self.errors_content(refusal.errors))
        return await super().handle(request, operation)


class LooksForTheSessionBeforeItAuthenticates(Fault, breaks=UNAUTHORIZED):
    """Spends the session of a resume whose credentials it then refuses."""

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        try:
            self.authenticate(request)
        except Refusal as refusal:
            if request.method == "PATCH":
                with contextlib.suppress(Refusal):
                    self.spend(self.find(self.read_resume(await self.read_body(request))))
            return self.answer(request, 401, self.errors_content(refusal.errors), refusal.headers)
        return await super().handle(request, operation)


class FailsOnNoCredentials(Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 where there is no Authorization header."""

    def authenticate(self, request: Request) -> None:
        if "authorization" not in request.headers:
            self.fail()
        super().authenticate(request)

    def fail(self) -> NoReturn:
        raise Refusal(500, ("unexpected_error", "The service failed."))


class FailsOnAnEmptyHeader(FailsOnNoCredentials):
    """Fails with 500 on an Authorization header that is empty or holds a single word."""

    def authenticate(self, request: Request) -> None:
        header = request.headers.get("authorization")
        if header is not None and len(header.split()) < 2:
            self.fail()
        Fault.authenticate(self, request)


class FailsOnBadBase64(FailsOnNoCredentials):
    """Fails with 500 on credentials that are not base64."""

    def authenticate(self, request: Request) -> None:
        try:
            base64.b64decode(request.headers.get("authorization", "").partition(" ")[2], validate=True)
        except ValueError:
            self.fail()
        Fault.authenticate(self, request)


class FailsOnNoColon(FailsOnNoCredentials):
    """Fails with 500 on credentials without a colon."""

    def authenticate(self, request: Request) -> None:
        decoded = _decoded(request)
        if decoded and b":" not in decoded:
            self.fail()
        Fault.authenticate(self, request)


class FailsOnCredentialsThatAreNotUtf8(FailsOnNoCredentials):
    """Fails with 500 on credentials that are not UTF-8."""

    def authenticate(self, request: Request) -> None:
        try:
            _decoded(request).decode("utf-8")
        except UnicodeDecodeError:
            self.fail()
        Fault.authenticate(self, request)


class AnswersMissingCredentialsWith400(Fault, breaks=UNAUTHORIZED):
    """Takes absent credentials for a bad request."""

    def authenticate(self, request: Request) -> None:
        if "authorization" not in request.headers:
            raise Refusal(400, ("missing_credentials", "The Authorization header is required."))
        super().authenticate(request)


class AnswersMalformedCredentialsWith400(Fault, breaks=UNAUTHORIZED):
    """Takes credentials that it cannot read for a bad request."""

    def authenticate(self, request: Request) -> None:
        if "authorization" in request.headers and self.read_credentials(request) is None:
            raise Refusal(400, ("malformed_credentials", "The Authorization header cannot be read."))
        super().authenticate(request)


class AnswersWrongCredentialsWith403(Fault, breaks=RESPONSES):
    """Answers a wrong password 403, which is not declared."""

    def authenticate(self, request: Request) -> None:
        credentials = self.read_credentials(request)
        if credentials is not None and not self.is_account(*credentials):
            raise Refusal(403, ("forbidden", "The credentials are wrong."))
        super().authenticate(request)


class HidesBehind404(Fault, breaks=RESPONSES):
    """Answers 404 to those who are not allowed in."""

    def refuse_credentials(self) -> NoReturn:
        raise Refusal(404, ("not_found", "Not found."))


class RedirectsToALoginPage(Fault, breaks=RESPONSES):
    """Sends those who are not logged in to a login page."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 401:
            return Response(status_code=302, headers={"Location": "/login"})
        return super().answer_resume(request, status, content, headers)


class RefusesWithADetail(Fault, breaks=UNAUTHORIZED):
    """Answers 401 with a framework's object instead of the list of errors."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        content = {"detail": "Invalid username/password."} if status == 401 else content
        return super().answer_resume(request, status, content, headers)


class RefusesMissingCredentialsWithAPage(Fault, breaks=UNAUTHORIZED):
    """Answers absent credentials, and no others, with the web server's own page."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 401 and "authorization" not in request.headers:
            return HTMLResponse("<html><h1>401 Authorization Required</h1></html>", 401, headers)
        return super().answer_resume(request, status, content, headers)


class RefusesMalformedCredentialsInPlainText(Fault, breaks=UNAUTHORIZED):
    """Answers credentials that it cannot read, and no others, with a text."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 401 and "authorization" in request.headers and self.read_credentials(request) is None:
            return Response("Malformed credentials", 401, headers, "text/plain")
        return super().answer_resume(request, status, content, headers)


class LeavesBytesToItsProxy(Fault, breaks=BAD_REQUEST):
    """Lets its proxy answer what is not UTF-8 with a page, on a target whose proxy is part of the service."""

    target = {"strict": True}

    async def read_bytes(self, request: Request) -> bytes:
        body = await super().read_bytes(request)
        request.state.is_text = is_text(body)
        return body

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 400 and not getattr(request.state, "is_text", True):
            return HTMLResponse("<html><h1>400 Bad Request</h1></html>", 400)
        return super().answer_resume(request, status, content, headers)


def _decoded(request: Request) -> bytes:
    try:
        return base64.b64decode(request.headers.get("authorization", "").partition(" ")[2], validate=True)
    except ValueError:
        return b""

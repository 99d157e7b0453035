"""Faults of reading a body: one accepted that is broken, or one that makes the server fail."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs

import yaml
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from contract_tests.embedded.server import Refusal
from tests.faulty_servers.served import BAD_REQUEST, OPERATION, RESPONSES, UNEXPECTED_ERROR, Fault

MEDIA_TYPE = f"{OPERATION}/requestBody"


class AcceptsAnyMediaType(Fault, breaks=BAD_REQUEST):
    """Reads JSON whatever the Content-Type says."""

    def read_media_type(self, request: Request) -> None: ...


class AcceptsNoMediaType(Fault, breaks=BAD_REQUEST):
    """Takes a body without a Content-Type for JSON."""

    def read_media_type(self, request: Request) -> None:
        if request.headers.get("content-type"):
            super().read_media_type(request)


class AcceptsPlainText(Fault, breaks=BAD_REQUEST):
    """Reads JSON that is sent as text/plain."""

    def read_media_type(self, request: Request) -> None:
        if not request.headers.get("content-type", "").startswith("text/"):
            super().read_media_type(request)


class AcceptsForms(Fault, breaks=BAD_REQUEST):
    """Reads the fields from a form as well."""

    def read_media_type(self, request: Request) -> None:
        if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            super().read_media_type(request)

    async def read_body(self, request: Request) -> dict[str, Any]:
        if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return await super().read_body(request)
        text = (await self.read_bytes(request)).decode("utf-8", "replace")
        return {name: values[0] for name, values in parse_qs(text).items()}


class AcceptsTrailingGarbage(Fault, breaks=BAD_REQUEST):
    """Reads the first JSON value and not what follows it."""

    def read_json(self, body: bytes) -> Any:
        try:
            return json.JSONDecoder().raw_decode(body.decode().lstrip())[0]
        except (ValueError, RecursionError):
            return super().read_json(body)


class ReadsYaml(Fault, breaks=BAD_REQUEST):
    """Reads YAML, of which JSON is only a part."""

    def read_json(self, body: bytes) -> Any:
        try:
            return super().read_json(body)
        except Refusal:
            if len(body) > 1000:
                raise
        try:
            return yaml.safe_load(body.decode())
        except (yaml.YAMLError, ValueError):
            raise Refusal(400, ("invalid_body", "The body cannot be read.")) from None


class AcceptsTrailingCommas(Fault, breaks=BAD_REQUEST):
    """Takes the comma that many write after the last field."""

    def read_json(self, body: bytes) -> Any:
        return super().read_json(re.sub(rb",\s*}", b"}", body))


class MendsCutBodies(Fault, breaks=BAD_REQUEST):
    """Closes an object that was not closed, as streaming parsers do."""

    def read_json(self, body: bytes) -> Any:
        try:
            return super().read_json(body)
        except Refusal:
            return super().read_json(body.rstrip() + b"}")


class ReadsWhatIsNotUtf8(Fault, breaks=BAD_REQUEST):
    """Replaces the bytes that are not UTF-8 and goes on."""

    def read_json(self, body: bytes) -> Any:
        return super().read_json(body.decode("utf-8", "replace").encode())


class UnwrapsLists(Fault, breaks=BAD_REQUEST):
    """Takes the first object of a list for the body."""

    def read_json(self, body: bytes) -> Any:
        read = super().read_json(body)
        return read[0] if isinstance(read, list) and read else read


class UnwrapsStrings(Fault, breaks=BAD_REQUEST):
    """Reads a JSON string as JSON once more."""

    def read_json(self, body: bytes) -> Any:
        read = super().read_json(body)
        return super().read_json(read.encode("utf-8", "replace")) if isinstance(read, str) else read


class TakesAnEmptyBodyForAWrongToken(Fault, breaks=BAD_REQUEST):
    """Asks for a token again where the body is empty."""

    async def resume(self, request: Request) -> Response:
        if await self.read_bytes(request):
            return await super().resume(request)
        session = self.pause(next(iter(self.sessions.values())))
        return self.answer_token_required(request, session, "Try another token.")


class FailsOnWhatIsNotJson(Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 on a body that is not JSON."""

    def read_json(self, body: bytes) -> Any:
        try:
            return super().read_json(body)
        except Refusal as refusal:
            raise Refusal(500, *refusal.errors) from None


class FailsOnAnEmptyBody(Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 on an empty body."""

    def read_json(self, body: bytes) -> Any:
        if not body:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return super().read_json(body)


class FailsOnDeepNesting(Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 where the nesting is deeper than its parser's stack."""

    def read_json(self, body: bytes) -> Any:
        if max(body.count(b"["), body.count(b'{"')) > 900:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return super().read_json(body)


class FailsOnWhatIsNotUtf8(Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 on bytes that are not UTF-8."""

    def read_json(self, body: bytes) -> Any:
        try:
            body.decode()
        except UnicodeDecodeError:
            raise Refusal(500, ("unexpected_error", "The service failed.")) from None
        return super().read_json(body)


class FailsOnWhatIsNoObject(Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 on JSON that is no object."""

    def read_json(self, body: bytes) -> Any:
        read = super().read_json(body)
        if not isinstance(read, dict):
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return read


class FailsOnAnotherMediaType(Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 on a media type that it has no reader for."""

    def read_media_type(self, request: Request) -> None:
        try:
            super().read_media_type(request)
        except Refusal as refusal:
            raise Refusal(500, *refusal.errors) from None


class AnswersOtherMediaTypesWith415(Fault, breaks=RESPONSES):
    """Answers another media type 415, which is not declared."""

    def read_media_type(self, request: Request) -> None:
        try:
            super().read_media_type(request)
        except Refusal as refusal:
            raise Refusal(415, *refusal.errors) from None


class AnswersALargeTokenWith413(Fault, breaks=RESPONSES):
    """Answers a body of 64 KB 413, which is not declared."""

    async def read_bytes(self, request: Request) -> bytes:
        read = await super().read_bytes(request)
        if len(read) > 65_536:
            raise Refusal(413, ("too_large", "The body is too large."))
        return read


class AnswersInvalidJsonWithAPage(Fault, breaks=BAD_REQUEST):
    """Answers what is not JSON, and nothing else, with the framework's own page."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 400 and content[0]["code"] == "invalid_json":
            return HTMLResponse("<h1>Bad Request</h1>", 400)
        return super().answer_resume(request, status, content, headers)

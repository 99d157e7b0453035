"""How the embedded Links API reads a request: HTTP Basic, strict JSON, and fields, and how it refuses one."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect, Request

CHALLENGE = 'Basic realm="Links API", charset="UTF-8"'
UUID_TEXT = re.compile(
    r"(?:urn:uuid:)?(?P<brace>\{)?[0-9a-f]{8}(-?)[0-9a-f]{4}\2[0-9a-f]{4}\2[0-9a-f]{4}\2[0-9a-f]{12}(?(brace)\})",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True)
class Settings:
    """Everything that can differ between two embedded servers."""

    secret_id: str = "embedded-id"  # noqa: S105
    secret_password: str = "embedded-Password-1"  # noqa: S105
    accepted_token: str = "1234ab"  # noqa: S105
    further_token: str = "5678cd"  # noqa: S105 - asks for a further factor, each time
    refused_token: str = "0000zz"  # noqa: S105 - answered 400; a token not named here is answered 428
    failing_token: str = "500500"  # noqa: S105 - makes the institution fail
    factors: int = 1  # how many accepted tokens in a row register a link
    asking_twice: frozenset[str] = frozenset({"gotham_mx_twice"})  # institutions that ask for two at least
    session_seconds: int = 600
    max_sessions: int = 10_000
    max_body_bytes: int = 1_048_576


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, no error of this program
    """An answer that ends the handling of a request: a status and the (code, message) of each thing that was wrong."""

    def __init__(self, status: int, *errors: tuple[str, str], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.errors = errors
        self.headers = headers or {}


class RequestReading:
    """Reads requests, one small method for each thing that is decided about them."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()

    def authenticate(self, request: Request) -> None:
        """Refuse all but the right credentials, without saying what was wrong with them."""
        credentials = self.read_credentials(request)
        if credentials is None or not self.is_account(*credentials):
            self.refuse_credentials()

    def read_credentials(self, request: Request) -> tuple[bytes, bytes] | None:
        """Read HTTP Basic credentials (RFC 7617), or None where they are absent or malformed."""
        headers = request.headers.getlist("authorization")
        scheme, _, encoded = (headers[0] if len(headers) == 1 else "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            written = encoded.strip(" ").encode("ascii")
            decoded = base64.b64decode(written, validate=True)
            decoded.decode("utf-8")
        except (binascii.Error, UnicodeError):
            return None
        secret_id, colon, secret_password = decoded.partition(b":")
        # Encoding again rejects base64 that is not canonical, with which one password has several spellings.
        return (secret_id, secret_password) if colon and base64.b64encode(decoded) == written else None

    def is_account(self, secret_id: bytes, secret_password: bytes) -> bool:
        """Compare both secrets in constant time, the second one also where the first is wrong."""
        right_id = hmac.compare_digest(secret_id, self.settings.secret_id.encode())
        right_password = hmac.compare_digest(secret_password, self.settings.secret_password.encode())
        return right_id and right_password

    def refuse_credentials(self) -> NoReturn:
        """Answer 401 with the challenge that RFC 9110 asks for."""
        error = ("authentication_failed", "The credentials are missing or wrong.")
        raise Refusal(401, error, headers={"WWW-Authenticate": CHALLENGE})

    async def read_body(self, request: Request) -> dict[str, Any]:
        """Read a JSON object of bounded size."""
        self.read_media_type(request)
        body = self.read_json(await self.read_bytes(request))
        if not isinstance(body, dict):
            raise Refusal(400, ("invalid_body", "The body is not a JSON object."))
        return body

    def read_media_type(self, request: Request) -> None:
        """Refuse any media type but application/json in UTF-8."""
        written = Message()
        for value in request.headers.getlist("content-type"):
            written["Content-Type"] = value
        is_json = len(written) == 1 and written.get_content_type() == "application/json"
        if not is_json or str(written.get_param("charset", "utf-8")).lower() != "utf-8":
            raise Refusal(400, ("invalid_media_type", "The body is not application/json in UTF-8."))

    async def read_bytes(self, request: Request) -> bytes:
        """Read the body as far as its bound."""
        body = bytearray()
        too_large = Refusal(400, ("body_too_large", f"The body is over {self.settings.max_body_bytes} bytes."))
        if int(request.headers.get("content-length", "0")) > self.settings.max_body_bytes:
            raise too_large
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > self.settings.max_body_bytes:
                    raise too_large
        except ClientDisconnect:
            raise Refusal(400, ("incomplete_body", "The body ended early.")) from None
        return bytes(body)

    def read_json(self, body: bytes) -> Any:
        """Read strict JSON: UTF-8, one value, no NaN, no name twice in an object, no deep nesting."""
        try:
            return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_refuse_twice)
        except (ValueError, RecursionError):
            raise Refusal(400, ("invalid_json", "The body is not JSON.")) from None

    def read_text(self, body: dict[str, Any], name: str, errors: list[tuple[str, str]]) -> str | None:
        """Read a string of at least one character."""
        if name not in body:
            errors.append(("required", f"The field {name} is required."))
            return None
        value = body[name]
        if not isinstance(value, str) or not value:
            errors.append(("invalid", f"The field {name} is not a string of at least one character."))
            return None
        return value

    def read_uuid(self, body: dict[str, Any], name: str, errors: list[tuple[str, str]]) -> uuid.UUID | None:
        """Read a UUID in any of its textual forms."""
        text = self.read_text(body, name, errors)
        if text is None:
            return None
        if not UUID_TEXT.fullmatch(text):
            errors.append(("invalid", f"The field {name} is not a UUID."))
            return None
        return uuid.UUID(text)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return read

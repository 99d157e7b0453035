"""Faults of disclosure in unusual places: a secret or a trace where few look for one."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response

from tests.faulty_servers.served import (
    BASIC,
    Fault,
    sent_token,
    with_header,
)

TOKEN = "/components/schemas/ResumeRequest/properties/token"
WRONG = "a wrong token"
FAILING = "the failing token"


class Discloses(Fault, breaks=TOKEN, shown_by=WRONG):
    """Writes a secret into some place of an answer."""

    statuses: ClassVar[tuple[int, ...]] = (428,)

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        token = sent_token(request)
        if token is not None and status in self.statuses:
            self.disclose(content, headers, token.encode("ascii", "replace").decode()[:500])
        return super().answer_resume(request, status, content, headers)

    def disclose(self, content: Any, headers: dict[str, str], token: str) -> None:
        """Write the token into the answer."""


class RepeatsTheTokenInACookie(Discloses):
    """Sets a cookie with the token that was sent."""

    def disclose(self, content: Any, headers: dict[str, str], token: str) -> None:
        headers["Set-Cookie"] = f"last={_line(token)}; HttpOnly"


class RepeatsTheTokenInAnEtag(Discloses):
    """Makes an entity tag of the token."""

    def disclose(self, content: Any, headers: dict[str, str], token: str) -> None:
        headers["ETag"] = f'W/"{_line(token)}"'


class RepeatsTheTokenInALink(Discloses):
    """Names in a Link header where to go on, with the token in its query."""

    def disclose(self, content: Any, headers: dict[str, str], token: str) -> None:
        headers["Link"] = f'</api/links/?token={_line(token)}>; rel="next"'


class RepeatsTheTokenInATiming(Discloses):
    """Describes in a Server-Timing header what took so long, by the token."""

    def disclose(self, content: Any, headers: dict[str, str], token: str) -> None:
        headers["Server-Timing"] = f'otp;dur=12.5;desc="{_line(token)}"'


class RepeatsTheTokenAsANameOfAHeader(Discloses):
    """Makes the token a part of a header's name."""

    def disclose(self, content: Any, headers: dict[str, str], token: str) -> None:
        headers[f"X-Token-{re.sub(r'[^A-Za-z0-9-]', '', token) or 'none'}"] = "refused"


class RepeatsTheTokenAsAName(Discloses):
    """Counts the attempts under a name that is the token."""

    def disclose(self, content: Any, headers: dict[str, str], token: str) -> None:
        content["attempts"] = {token: 1}


class RepeatsTheTokenInHexadecimal(Discloses):
    """Writes the token in hexadecimal digits into a field for its support."""

    def disclose(self, content: Any, headers: dict[str, str], token: str) -> None:
        content["trace_id"] = token.encode().hex()


class RepeatsTheTokenInATicket(Discloses):
    """Hands out a signed ticket (JWT) whose claims hold the token."""

    def disclose(self, content: Any, headers: dict[str, str], token: str) -> None:
        parts = [json.dumps(part).encode() for part in ({"alg": "HS256"}, {"sub": "resume", "otp": token})]
        content["ticket"] = ".".join(
            [*(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in parts), "c2lnbmF0dXJl"]
        )


class RepeatsTheTokenInReferences(Discloses):
    """Repeats the token in a message, each character as a reference of HTML."""

    def disclose(self, content: Any, headers: dict[str, str], token: str) -> None:
        content["message"] = f"Not right: {''.join(f'&#{ord(character)};' for character in token)}"


class RepeatsTheRequestInBase64(Discloses):
    """Encloses the whole request in base64, for its support."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 428:
            content["support"] = base64.b64encode(request.state.raw[:2000]).decode()
        return Fault.answer_resume(self, request, status, content, headers)


class RepeatsTheTokenBefore(
    Discloses, shown_by="two wrong tokens of one link in a row: the second answer shows the first"
):
    """Shows in an answer the token that was sent before, and not the one that it answers."""

    def __init__(self) -> None:
        super().__init__()
        self.before: dict[str, str] = {}

    def disclose(self, content: Any, headers: dict[str, str], token: str) -> None:
        if self.before.get(content["link"], token) != token:
            content["message"] = f"You have tried {self.before[content['link']]} already."
        self.before[content["link"]] = token


class TellsTheRightToken(Discloses):
    """Says in the answer to a wrong token which one it expected."""

    def disclose(self, content: Any, headers: dict[str, str], token: str) -> None:
        content["message"] = f"Expected {self.settings.accepted_token}."


class RepeatsTheTokenAsItsReason(Discloses):
    """Writes the token into the reason phrase, behind the status."""

    def disclose(self, content: Any, headers: dict[str, str], token: str) -> None:
        headers["X-Reason"] = f"Not {_line(token)}"

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        reason = re.search(rb"(?im)^x-reason: ([^\r\n]*)", head)
        if reason:
            head = re.sub(
                rb"^(HTTP/1.1 \d{3}) [^\r]*", lambda m: m[1] + b" " + reason[1], with_header(head, b"x-reason", None)
            )
        connection.write(head + body)


class RepeatsTheTokenInATrailer(Discloses):
    """Writes the token into a trailer, behind the last chunk."""

    def disclose(self, content: Any, headers: dict[str, str], token: str) -> None:
        headers["X-Late"] = _line(token)

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        late = re.search(rb"(?im)^x-late: [^\r\n]*\r\n", head)
        if late:
            head = with_header(with_header(head, b"x-late", None), b"content-length", None)
            head = head[:-2] + b"transfer-encoding: chunked\r\ntrailer: x-late\r\n\r\n"
            body = b"%x\r\n%s\r\n0\r\n%s\r\n" % (len(body), body, late[0])
        connection.write(head + body)


class RepeatsThePasswordInACookie(Fault, breaks=BASIC, shown_by="a right resume that is answered 200"):
    """Remembers who is logged in with a cookie that holds id and password."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 200:
            account = f"{self.settings.secret_id}:{self.settings.secret_password}".encode()
            headers["Set-Cookie"] = f"login={base64.b64encode(account).decode()}"
        return super().answer_resume(request, status, content, headers)


class RepeatsThePasswordInTheRealm(Fault, breaks=BASIC, shown_by="wrong credentials"):
    """Names in its challenge the password that it refuses."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        credentials = self.read_credentials(request)
        if status == 401 and credentials is not None:
            headers["WWW-Authenticate"] = f'Basic realm="{_line(credentials[1].decode())}"'
        return super().answer_resume(request, status, content, headers)


class RepeatsThePasswordInHexadecimal(Fault, breaks=BASIC, shown_by="wrong credentials"):
    """Writes the password that it refuses in hexadecimal digits."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        credentials = self.read_credentials(request)
        if status == 401 and credentials is not None:
            content[0]["detail"] = binascii.hexlify(credentials[1]).decode()
        return super().answer_resume(request, status, content, headers)


def _line(text: str) -> str:
    return re.sub(r"[^\x21\x23-\x3a\x3c-\x7e]", "_", text)

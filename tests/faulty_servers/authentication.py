"""Faults of authentication: credentials accepted that are not right."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from contract_tests.embedded.server import Refusal
from tests.faulty_servers.served import BASIC, UNAUTHORIZED, Fault


class AcceptsAnyCredentials(Fault, breaks=UNAUTHORIZED):
    """Says that it authenticates and never looks."""

    def authenticate(self, request: Request) -> None: ...


class AcceptsAnyPair(Fault, breaks=UNAUTHORIZED):
    """Takes any id and password, as long as they are well written."""

    def is_account(self, secret_id: bytes, secret_password: bytes) -> bool:
        return True


class AcceptsNoCredentials(Fault, breaks=UNAUTHORIZED):
    """Checks credentials only when there is an Authorization header."""

    def authenticate(self, request: Request) -> None:
        if "authorization" in request.headers:
            super().authenticate(request)


class AcceptsAnEmptyHeader(Fault, breaks=UNAUTHORIZED):
    """Takes an empty Authorization header for an internal call."""

    def authenticate(self, request: Request) -> None:
        if request.headers.get("authorization") != "":
            super().authenticate(request)


class ChecksOnlyTheId(Fault, breaks=UNAUTHORIZED):
    """Compares the id and forgets the password."""

    def is_account(self, secret_id: bytes, secret_password: bytes) -> bool:
        return secret_id == self.settings.secret_id.encode()


class ChecksOnlyThePassword(Fault, breaks=UNAUTHORIZED):
    """Compares the password and forgets the id."""

    def is_account(self, secret_id: bytes, secret_password: bytes) -> bool:
        return secret_password == self.settings.secret_password.encode()


class IgnoresTheCaseOfThePassword(Fault, breaks=UNAUTHORIZED):
    """Compares passwords in lower case."""

    def is_account(self, secret_id: bytes, secret_password: bytes) -> bool:
        return super().is_account(secret_id, self.settings.secret_password.encode()) and (
            secret_password.lower() == self.settings.secret_password.encode().lower()
        )


class AcceptsAPrefixOfThePassword(Fault, breaks=UNAUTHORIZED):
    """Compares only as many characters of the password as were sent."""

    def is_account(self, secret_id: bytes, secret_password: bytes) -> bool:
        right = self.settings.secret_password.encode()
        return super().is_account(secret_id, right) and bool(secret_password) and right.startswith(secret_password)


class AcceptsAPasswordWithASuffix(Fault, breaks=UNAUTHORIZED):
    """Compares only as many characters of the password as are known."""

    def is_account(self, secret_id: bytes, secret_password: bytes) -> bool:
        right = self.settings.secret_password.encode()
        return super().is_account(secret_id, right) and secret_password.startswith(right)


class ComparesEightCharacters(Fault, breaks=UNAUTHORIZED):
    """Compares the first eight characters of the password, as the old crypt() did."""

    def is_account(self, secret_id: bytes, secret_password: bytes) -> bool:
        right = self.settings.secret_password.encode()
        return super().is_account(secret_id, right) and secret_password[:8] == right[:8]


class AcceptsAnEmptyPassword(Fault, breaks=UNAUTHORIZED):
    """Takes an empty password for one that was not asked for."""

    def is_account(self, secret_id: bytes, secret_password: bytes) -> bool:
        return super().is_account(secret_id, secret_password or self.settings.secret_password.encode())


class AcceptsSwappedSecrets(Fault, breaks=UNAUTHORIZED):
    """Looks for both secrets in either place."""

    def is_account(self, secret_id: bytes, secret_password: bytes) -> bool:
        return super().is_account(secret_id, secret_password) or super().is_account(secret_password, secret_id)


class AcceptsAnyScheme(Fault, breaks=BASIC):
    """Reads what follows the scheme and not the scheme."""

    def read_credentials(self, request: Request) -> tuple[bytes, bytes] | None:
        scope = dict(request.scope)
        _, _, encoded = request.headers.get("authorization", "").partition(" ")
        scope["headers"] = [(b"authorization", b"Basic " + encoded.encode("latin-1"))]
        return super().read_credentials(Request(scope))


class AcceptsAnyBearer(Fault, breaks=BASIC):
    """Lets every Bearer token pass, which another layer was meant to check."""

    def authenticate(self, request: Request) -> None:
        if not request.headers.get("authorization", "").lower().startswith("bearer "):
            super().authenticate(request)


class AcceptsUnencodedCredentials(Fault, breaks=BASIC):
    """Takes credentials that are not base64 as they are written."""

    def read_credentials(self, request: Request) -> tuple[bytes, bytes] | None:
        read = super().read_credentials(request)
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        secret_id, colon, secret_password = text.encode("latin-1").partition(b":")
        return (secret_id, secret_password) if read is None and scheme.lower() == "basic" and colon else read


class AcceptsBadBase64(Fault, breaks=BASIC):
    """Takes whatever base64 cannot decode for credentials that a proxy has checked."""

    def authenticate(self, request: Request) -> None:
        try:
            base64.b64decode(request.headers.get("authorization", "").partition(" ")[2], validate=True)
        except ValueError:
            return
        super().authenticate(request)


class AcceptsNoColon(Fault, breaks=BASIC):
    """Compares credentials without a colon with the id alone."""

    def read_credentials(self, request: Request) -> tuple[bytes, bytes] | None:
        decoded = _decoded(request)
        return (
            (decoded, self.settings.secret_password.encode())
            if decoded and b":" not in decoded
            else super().read_credentials(request)
        )

    def is_account(self, secret_id: bytes, secret_password: bytes) -> bool:
        return (
            super().is_account(secret_id, secret_password)
            or secret_id == (self.settings.secret_id + self.settings.secret_password).encode()
        )


class ReplacesWhatIsNotUtf8(Fault, breaks=BASIC):
    """Drops the bytes of credentials that are not UTF-8 before it compares them."""

    def read_credentials(self, request: Request) -> tuple[bytes, bytes] | None:
        secret_id, colon, secret_password = _decoded(request).decode("utf-8", "ignore").encode().partition(b":")
        read = super().read_credentials(request)
        return read or ((secret_id, secret_password) if colon else None)


class TakesASessionForCredentials(Fault, breaks=UNAUTHORIZED):
    """Lets in whoever knows a live session and its link."""

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.method == "PATCH":
            with contextlib.suppress(Refusal):
                self.find(self.read_resume(await self.read_body(request)))
                return await operation(request)
        return await super().handle(request, operation)


class AuthenticatesAConnectionOnce(Fault, breaks=UNAUTHORIZED):
    """Authenticates the first request of a connection, and believes all that follow on it."""

    def __init__(self) -> None:
        super().__init__()
        self.known: set[Any] = set()

    def authenticate(self, request: Request) -> None:
        if request.client not in self.known:
            super().authenticate(request)
            self.known.add(request.client)


class RemembersTheId(Fault, breaks=UNAUTHORIZED):
    """Once an id has logged in, lets it in with any password."""

    def __init__(self) -> None:
        super().__init__()
        self.known: set[bytes] = set()

    def is_account(self, secret_id: bytes, secret_password: bytes) -> bool:
        if super().is_account(secret_id, secret_password):
            self.known.add(secret_id)
        return secret_id in self.known


def _decoded(request: Request) -> bytes:
    try:
        return base64.b64decode(request.headers.get("authorization", "").partition(" ")[2], validate=True)
    except ValueError:
        return b""

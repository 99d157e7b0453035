"""Faults of credential look-ups: wrong ones found all the same, or failed on, or remembered."""

from __future__ import annotations

import base64
import binascii
import fnmatch
import re
import sqlite3
import unicodedata
from collections.abc import Awaitable, Callable
from urllib.parse import unquote_to_bytes

from starlette.requests import Request
from starlette.responses import Response

from contract_tests.embedded.server import Refusal, Settings
from tests.faulty_servers.served import BASIC, UNAUTHORIZED, UNEXPECTED_ERROR, Fault

BYTES_OF_BCRYPT = 72


class LooksUp(Fault, breaks=UNAUTHORIZED):
    """Finds an account by more than its id, or compares less than its password."""

    def is_account(self, secret_id: bytes, secret_password: bytes) -> bool:
        right_id, right_password = self.settings.secret_id.encode(), self.settings.secret_password.encode()
        found = super().is_account(secret_id, right_password) or self.finds(secret_id, right_id)
        compared = super().is_account(right_id, secret_password) or self.matches(secret_password, right_password)
        return found and compared

    def finds(self, sent: bytes, right: bytes) -> bool:
        """Tell whether the account is found by a wrong id."""
        return False

    def matches(self, sent: bytes, right: bytes) -> bool:
        """Tell whether a wrong password is taken for the right one."""
        return False


class IgnoresTheCaseOfTheId(LooksUp, shown_by="the id in other case, the right password"):
    """Looks an account up by its id in any case."""

    def finds(self, sent: bytes, right: bytes) -> bool:
        return sent.lower() == right.lower()


class TrimsTheId(LooksUp, shown_by="the id with a blank before or behind it, the right password"):
    """Trims the id before it looks it up."""

    def finds(self, sent: bytes, right: bytes) -> bool:
        return sent.strip() == right


class TrimsTheStartOfThePassword(LooksUp, shown_by="the right password with a blank before it"):
    """Drops the white space before a password."""

    def matches(self, sent: bytes, right: bytes) -> bool:
        return sent.lstrip() == right


class LooksTheIdUpWithLike(LooksUp, shown_by="id % or embedded_id or __…, the right password"):
    """Looks an account up with LIKE, whose wildcards it leaves in."""

    def finds(self, sent: bytes, right: bytes) -> bool:
        pattern = re.escape(sent).replace(b"%", b".*").replace(b"_", b".")
        return re.fullmatch(pattern, right) is not None


class LooksTheIdUpWithStars(LooksUp, shown_by="id * or embed*, the right password"):
    """Looks an account up in a directory whose wildcard it leaves in."""

    def finds(self, sent: bytes, right: bytes) -> bool:
        return b"*" in sent and fnmatch.fnmatchcase(right, sent)


class BuildsSqlFromTheId(LooksUp, shown_by="id x' OR '1'='1, or the right one followed by ' --, any password"):
    """Writes both secrets into the text of its SQL."""

    def is_account(self, secret_id: bytes, secret_password: bytes) -> bool:
        with sqlite3.connect(":memory:") as store:
            store.execute("CREATE TABLE accounts (id, password)")
            store.execute(
                "INSERT INTO accounts VALUES (?, ?)", (self.settings.secret_id, self.settings.secret_password)
            )
            query = f"SELECT 1 FROM accounts WHERE id='{secret_id.decode()}' AND password='{secret_password.decode()}'"
            try:
                return store.execute(query).fetchone() is not None
            except (sqlite3.Error, ValueError):
                return False


class FailsOnAQuoteInTheId(LooksUp, breaks=UNEXPECTED_ERROR, shown_by="an id with a single quote: o'neill"):
    """Fails with 500 on an id with a quote, which ends the text of its SQL."""

    def finds(self, sent: bytes, right: bytes) -> bool:
        if b"'" in sent:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return False


class DecodesPercentsInCredentials(LooksUp, shown_by="a percent-encoded character in the id or the password"):
    """Decodes percent-encoding in credentials, as if they had come in a URL."""

    def finds(self, sent: bytes, right: bytes) -> bool:
        return unquote_to_bytes(sent) == right

    def matches(self, sent: bytes, right: bytes) -> bool:
        return unquote_to_bytes(sent) == right


class EndsThePasswordAtNul(LooksUp, shown_by="the right password, NUL and more behind it"):
    """Hands the password to a library for which NUL ends a text."""

    def matches(self, sent: bytes, right: bytes) -> bool:
        return sent.partition(b"\0")[0] == right


class EndsTheIdAtNul(LooksUp, shown_by="the right id, NUL and more behind it, the right password"):
    """Looks an account up by what stands before NUL."""

    def finds(self, sent: bytes, right: bytes) -> bool:
        return sent.partition(b"\0")[0] == right


class FoldsWidthsOfThePassword(LooksUp, shown_by="the right password with a full-width letter (NFKC)"):
    """Normalizes passwords to NFKC, with which full-width letters become plain ones."""

    def matches(self, sent: bytes, right: bytes) -> bool:
        return unicodedata.normalize("NFKC", sent.decode()).encode() == right


class FoldsAccentsOfTheId(LooksUp, shown_by="the id with an accent on a letter, the right password"):
    """Looks an account up in a collation to which é is e."""

    def finds(self, sent: bytes, right: bytes) -> bool:
        plain = unicodedata.normalize("NFD", sent.decode()).encode("ascii", "ignore")
        return plain == right


class ComparesSeventyTwoBytes(LooksUp, shown_by="a password of over 72 bytes with another end"):
    """Hashes the first 72 bytes of a password, as bcrypt does."""

    settings_used = Settings(secret_password="embedded-Password-1-" * 4 + "the end")

    def matches(self, sent: bytes, right: bytes) -> bool:
        return sent[:BYTES_OF_BCRYPT] == right[:BYTES_OF_BCRYPT]


class FailsOnSeventyThreeBytes(LooksUp, breaks=UNEXPECTED_ERROR, shown_by="a wrong password of 73 bytes"):
    """Fails with 500 on a password that is longer than its hash function takes."""

    def matches(self, sent: bytes, right: bytes) -> bool:
        if len(sent) > BYTES_OF_BCRYPT:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return False


class FailsOnAccentsInCredentials(
    LooksUp, breaks=UNEXPECTED_ERROR, shown_by="a wrong password that is not ASCII, in UTF-8"
):
    """Fails with 500 on a password that is not ASCII."""

    def matches(self, sent: bytes, right: bytes) -> bool:
        if not sent.isascii():
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return False


class LetsLongHeadersPass(Fault, breaks=UNAUTHORIZED, shown_by="a wrong password of 5,000 bytes"):
    """Leaves a header that is longer than its buffer unread, and lets the caller pass."""

    def authenticate(self, request: Request) -> None:
        if len(request.headers.get("authorization", "")) < 4096:
            super().authenticate(request)


class FailsOnLongCredentials(LetsLongHeadersPass, breaks=UNEXPECTED_ERROR):
    """Fails with 500 on an Authorization header of some kilobytes."""

    def authenticate(self, request: Request) -> None:
        if len(request.headers.get("authorization", "")) >= 4096:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        Fault.authenticate(self, request)


class Reads(Fault, breaks=BASIC):
    """Reads credentials out of a header that does not hold any, where the plain way finds none."""

    def read_credentials(self, request: Request) -> tuple[bytes, bytes] | None:
        read = super().read_credentials(request)
        return read or self.split(self.decode(request.headers.get("authorization", "")))

    def decode(self, header: str) -> bytes:
        """Decode a header that is malformed."""
        return b""

    def split(self, decoded: bytes) -> tuple[bytes, bytes] | None:
        """Split id and password."""
        secret_id, colon, secret_password = decoded.partition(b":")
        return (secret_id, secret_password) if colon else None


class SkipsWhatIsNotBase64(Reads, shown_by="right credentials with ! or a line's blanks within the base64"):
    """Skips the characters that base64 does not have."""

    def decode(self, header: str) -> bytes:
        scheme, _, encoded = header.partition(" ")
        return _decoded(re.sub(r"[^A-Za-z0-9+/=]", "", encoded)) if scheme.lower() == "basic" else b""


class AcceptsLooseBase64(Reads, shown_by="right credentials in base64 without padding, or with other spare bits"):
    """Takes base64 without its padding, or with bits that stand for nothing."""

    def decode(self, header: str) -> bytes:
        scheme, _, encoded = header.partition(" ")
        return _decoded(encoded.rstrip("=")) if scheme.lower() == "basic" else b""


class AcceptsNoScheme(Reads, shown_by="right credentials in base64 without the word Basic"):
    """Takes a header of a single word for credentials."""

    def decode(self, header: str) -> bytes:
        return _decoded(header) if " " not in header else b""


class SearchesForTheScheme(Reads, shown_by="a word before the scheme: Proxy Basic …"):
    """Looks for the word Basic anywhere in the header."""

    def decode(self, header: str) -> bytes:
        found = re.search(r"Basic (\S+)", header)
        return _decoded(found[1]) if found else b""


class ReadsTheLastWord(Reads, shown_by="a word between the scheme and the credentials: Basic x …"):
    """Takes the last word of the header, as long as the first one is Basic."""

    def decode(self, header: str) -> bytes:
        words = header.split()
        return _decoded(words[-1]) if words and words[0].lower() == "basic" else b""


class ReadsTheStartOfTheScheme(Reads, shown_by="a scheme that begins with Basic: Basically …, Basic2 …"):
    """Compares the first five letters of the scheme."""

    def decode(self, header: str) -> bytes:
        return _decoded(header.partition(" ")[2]) if header[:5].lower() == "basic" else b""


class SplitsAtEveryColon(Fault, breaks=BASIC, shown_by="id, colon, anything, colon, the right password"):
    """Splits credentials at every colon, and takes the first part and the last."""

    def is_account(self, secret_id: bytes, secret_password: bytes) -> bool:
        return super().is_account(secret_id, secret_password.rpartition(b":")[2])


class ReadsTheBodyOfStrangers(Fault, breaks=UNAUTHORIZED, shown_by="wrong credentials with a body of 100,000 bytes"):
    """Answers a large body 413 before it asks who sent it."""

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.method == "PATCH" and int(request.headers.get("content-length", "0")) > 65_536:
            try:
                self.authenticate(request)
            except Refusal:
                return self.answer(request, 413, self.errors_content([("too_large", "The body is too large.")]))
        return await super().handle(request, operation)


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4))
    except (binascii.Error, ValueError):
        return b""

"""Right bodies, and bodies that differ in one named way from one that would be answered 200."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from contract_tests.cases.derived import mutations
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract import Contract
from contract_tests.contract.protocol import LINK, SESSION, TOKEN

DEEP = 10_000
WRONG_TOKEN = "wrong-token-8d1f"  # noqa: S105 - wrong on purpose
JSON = "application/json"


class Subject(StrEnum):
    """The kinds of requests that the contract tells apart: a wrong answer to one of them is one bug."""

    RIGHT = "right token"
    WRONG_TOKEN = "wrong token"  # noqa: S105 - the name of a kind
    FAILING_TOKEN = "failing token"  # noqa: S105 - likewise
    SESSION = "session that cannot be resumed"
    MALFORMED = "malformed body"
    CREDENTIALS = "unacceptable credentials"


@dataclass(frozen=True)
class Body:
    """The bytes of a request's body and its media type, None for no Content-Type header.

    `clause` is the place of openapi.yaml that a malformed one breaks, where that is one keyword.
    """

    name: str
    content: bytes = field(repr=False)
    content_type: str | None = JSON
    lease: Lease | None = field(default=None, repr=False)
    subject: Subject = Subject.RIGHT
    clause: str | None = None


@dataclass(frozen=True)
class Mutation:
    """One named way to break a body; `apply` takes the fields of a right one and gives bytes or a JSON value."""

    name: str
    apply: Callable[[dict[str, Any]], Any] = field(repr=False)
    content_type: str | None = JSON
    clause: str | None = None

    def of(self, lease: Lease) -> Body:
        """Return the body for a lease, broken in just this way."""
        value = self.apply(fields_of(lease))
        content = value if isinstance(value, bytes) else encode(value)
        return Body(self.name, content, self.content_type, lease, Subject.MALFORMED, self.clause)


def fields_of(lease: Lease) -> dict[str, Any]:
    """Return the fields that resume a lease: its own, and what else the contract asks for."""
    known = {SESSION: lease.session, TOKEN: lease.token, LINK: lease.link}
    if lease.template is None:
        return known
    return {name: known.get(name, value) for name, value in lease.template.items()}


def encode(value: Any) -> bytes:
    """Return a JSON value as bytes; everything but ASCII is escaped."""
    return json.dumps(value).encode()


def right(lease: Lease, name: str = "right", **changes: Any) -> Body:
    """Return the body that resumes a lease, or one that means the same with other values in some of its fields."""
    return Body(name, encode(fields_of(lease) | changes), lease=lease)


def wrong_token(lease: Lease, token: str = WRONG_TOKEN, name: str = "a wrong token") -> Body:
    """Return the body that resumes a lease with a token that is not right for it."""
    return Body(name, encode(fields_of(lease) | {TOKEN: token}), lease=lease, subject=Subject.WRONG_TOKEN)


def failing_token(lease: Lease, token: str) -> Body:
    """Return the body that resumes a lease with the token that makes the institution fail."""
    lease = replace(lease, token=token)
    return Body("the failing token", encode(fields_of(lease)), lease=lease, subject=Subject.FAILING_TOKEN)


def not_resumable(lease: Lease, name: str, **changes: str) -> Body:
    """Return a well-formed body whose session cannot be resumed: unknown, spent, or of another link."""
    return Body(name, encode(fields_of(lease) | changes), lease=lease, subject=Subject.SESSION)


def malformed(contract: Contract) -> tuple[Mutation, ...]:
    """Return every malformed body: one for each keyword of the contract, and those of which no schema says anything."""
    derived = (Mutation(each.name, each.apply, clause=each.clause) for each in mutations(contract.request))
    return (*derived, *MALFORMED)


def _nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


MALFORMED = (
    Mutation("an empty object", lambda _fields: {}),
    Mutation("a list", lambda fields: [fields]),
    Mutation("an empty list", lambda _fields: []),
    Mutation("a string", json.dumps),
    Mutation("a number", lambda _fields: 7),
    Mutation("a boolean", lambda _fields: True),
    Mutation("null", lambda _fields: None),
    Mutation("not JSON", lambda fields: urlencode({name: fields[name] for name in (SESSION, TOKEN)}).encode()),
    Mutation("JSON in single quotes", lambda fields: str(fields).encode()),
    Mutation("JSON cut short", lambda fields: encode(fields)[:-1]),
    Mutation("a trailing comma", lambda fields: encode(fields)[:-1] + b",}"),
    Mutation("trailing garbage", lambda fields: encode(fields) + b" x"),
    Mutation("a second value behind the first", lambda fields: encode(fields) + encode(fields)),
    Mutation("an empty body", lambda _fields: b""),
    Mutation("only white space", lambda _fields: b" \n"),
    Mutation("not UTF-8", lambda fields: encode(fields)[:-1] + b', "note": "\xff\xfe"}'),
    Mutation("token not UTF-8", lambda fields: encode(fields | {TOKEN: "@"}).replace(b'"@"', b'"\xc3\x28"')),
    Mutation("10,000 levels deep", lambda _fields: _nested(DEEP)),
    Mutation(
        "token 10,000 levels deep",
        lambda fields: encode(fields | {TOKEN: "@"}).replace(b'"@"', _nested(DEEP)),
    ),
    Mutation("a form", lambda fields: urlencode(fields).encode(), "application/x-www-form-urlencoded"),
    *(
        Mutation(f"sent as {media_type or 'no media type'}", lambda fields: fields, media_type)
        for media_type in (
            None,
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/xml",
            "application/merge-patch+json",
            "multipart/form-data; boundary=x",
        )
    ),
)

ENCODINGS: dict[str, Callable[[str], str]] = {
    "as it was given": lambda text: text,
    "in capitals": str.upper,
    "without hyphens": lambda text: text.replace("-", ""),
}
"""Textual forms of one UUID: a server reads each as that UUID or calls it malformed."""

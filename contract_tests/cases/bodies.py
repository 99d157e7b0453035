"""Right bodies, and bodies that differ in one named way from one that would be answered 200."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlencode

from contract_tests.cases.derived import NamedBody, complete, mutations, variants
from contract_tests.cases.identifiers import UNREADABLE
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract import Contract
from contract_tests.contract.protocol import LINK, SESSION, TOKEN

DEEP = 10_000
WRONG_TOKEN = "wrong-token-8d1f"  # noqa: S105 - wrong on purpose
BEFORE_THE_LAST = "the session before the one that a 428 handed out"
DECLARED: Final = "the declared media type"
"""Stands for the media type that the contract declares, whichever it is."""


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
    """The bytes of a request's body and its media type: DECLARED, another one, or None for no Content-Type header.

    `clause` is the place of openapi.yaml that a malformed one breaks, where that is one keyword.
    """

    name: str
    content: bytes = field(repr=False)
    content_type: str | None = DECLARED
    lease: Lease | None = field(default=None, repr=False)
    subject: Subject = Subject.RIGHT
    clause: str | None = None

    def typed(self, contract: Contract) -> Body:
        """Return it as it is sent: in the media type that the contract declares, where no other is its point."""
        return replace(self, content_type=contract.media_type) if self.content_type == DECLARED else self


@dataclass(frozen=True)
class Mutation:
    """One named way to break a body; `apply` takes the fields of a right one and gives bytes or a JSON value.

    A `rare` one is like another that is told apart by few servers: the quick profile leaves it out.
    """

    name: str
    apply: Callable[[dict[str, Any]], Any] = field(repr=False)
    content_type: str | None = DECLARED
    clause: str | None = None
    rare: bool = False

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
    derived = (
        Mutation(each.name, each.apply, clause=each.clause, rare=each.name.endswith(RARE))
        for each in mutations(contract.request)
    )
    by_hand = (
        each
        for each in MALFORMED
        if each.content_type in (None, DECLARED) or not contract.request.declares(each.content_type)
    )
    return (*derived, *by_hand)


def right_bodies(contract: Contract) -> tuple[NamedBody, ...]:
    """Return every kind of right body: without what may be left out, with it, and each field at its boundaries.

    Those of a lease are made by `of_kind`, since what the protocol knows comes from it.
    """
    plain = complete(contract.request, {})
    known = {name: plain[name] for name in (SESSION, TOKEN, LINK)}
    return NamedBody("right", plain), *variants(contract.request, known)


def of_kind(lease: Lease, kind: NamedBody) -> Lease:
    """Return a lease whose bodies are of a kind of right ones."""
    return replace(lease, template=kind.value)


def _nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


def _beside(member: bytes) -> Callable[[dict[str, Any]], bytes]:
    """Add a member that is written as no JSON has it."""
    return lambda fields: encode(fields)[:-1] + b", " + member + b"}"


def _written(name: str, how: str, change: Callable[[str], str], *, rare: bool) -> Mutation:
    return Mutation(f"{name} {how}", lambda fields: fields | {name: change(fields[name])}, rare=rare)


def _changed(name: str, value: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Give a field another value."""
    return lambda fields: fields | {name: value}


def _named(fields: dict[str, Any], name: str, written: str) -> dict[str, Any]:
    """Give a field another name."""
    return {written if key == name else key: value for key, value in fields.items()}


RARE = (
    *(" a fraction", "a boolean", " a list", " an object", "an empty list", " a UUID with a digit too many"),
    *(f"{SESSION} a number", *(f"{LINK} {how}" for how in ("a number", "a UUID cut short", "a UUID with a letter g"))),
)
"""The ends of names of derived mutations that are much like others."""

MALFORMED = (
    Mutation("not JSON", lambda fields: urlencode({name: fields[name] for name in (SESSION, TOKEN)}).encode()),
    Mutation("JSON in single quotes", lambda fields: str(fields).encode(), rare=True),
    Mutation("JSON cut short", lambda fields: encode(fields)[:-1]),
    Mutation("a trailing comma", lambda fields: encode(fields)[:-1] + b",}"),
    Mutation("trailing garbage", lambda fields: encode(fields) + b" x"),
    Mutation("a second value on the next line", lambda fields: encode(fields) + b"\n" + encode(fields)),
    Mutation("NUL behind the object", lambda fields: encode(fields) + b"\0"),
    Mutation("a semicolon behind the object", lambda fields: encode(fields) + b";", rare=True),
    Mutation("a comment before the object", lambda fields: b"// one\n" + encode(fields), rare=True),
    Mutation("a no-break space before the object", lambda fields: "\u00a0".encode() + encode(fields), rare=True),
    Mutation("a comma too few", lambda fields: encode(fields).replace(b",", b"", 1), rare=True),
    Mutation("an escape that JSON does not have", _beside(rb'"note": "\q"'), rare=True),
    *(Mutation(f"{name} a query", _changed(name, {"$ne": ""}), rare=name == LINK) for name in (SESSION, TOKEN, LINK)),
    Mutation(
        f"no {LINK}, and a wrong {TOKEN}",
        lambda fields: {name: value for name, value in fields.items() if name != LINK} | {TOKEN: WRONG_TOKEN},
        rare=True,
    ),
    Mutation("names in capitals", lambda fields: {name.upper(): value for name, value in fields.items()}, rare=True),
    Mutation(f"a {TOKEN} named in capitals", lambda fields: _named(fields, TOKEN, TOKEN.upper())),
    Mutation(f"a {TOKEN} named with a blank", lambda fields: _named(fields, TOKEN, f"{TOKEN} "), rare=True),
    Mutation(f"{LINK} false", _changed(LINK, False), rare=True),
    Mutation("an empty body", lambda _fields: b""),
    Mutation("only white space", lambda _fields: b" \n", rare=True),
    Mutation("NaN in a further member", _beside(b'"note": NaN')),
    Mutation("a raw tab in a further member", _beside(b'"note": "a\tb"')),
    Mutation("a leading zero in a further member", _beside(b'"note": 007'), rare=True),
    Mutation("a comment", _beside(b'"note": 1 /* one */'), rare=True),
    Mutation("names without quotes", lambda fields: re.sub(rb'"(\w+)": ', rb"\1: ", encode(fields)), rare=True),
    Mutation("not UTF-8", _beside(b'"note": "\xff\xfe"')),
    Mutation("token not UTF-8", lambda fields: encode(fields | {TOKEN: "@"}).replace(b'"@"', b'"\xc3\x28"')),
    Mutation("in UTF-16", lambda fields: json.dumps(fields).encode("utf-16")),
    Mutation("packed with gzip, which no header says", lambda fields: gzip.compress(encode(fields), mtime=0)),
    Mutation("10,000 levels deep", lambda _fields: _nested(DEEP)),
    Mutation(
        "token 10,000 levels deep",
        lambda fields: encode(fields | {TOKEN: "@"}).replace(b'"@"', _nested(DEEP)),
        rare=True,
    ),
    *(_written(SESSION, how, change, rare=index > 3) for index, (how, change) in enumerate(UNREADABLE.items())),
    _written(LINK, "with blanks around it", UNREADABLE["with blanks around it"], rare=True),
    _written(LINK, "300 times over", lambda text: text * 300, rare=True),
    Mutation("a form", lambda fields: urlencode(fields).encode(), "application/x-www-form-urlencoded"),
    *(
        Mutation(f"sent as {media_type or 'no media type'}", lambda fields: fields, media_type, rare=index > 1)
        for index, media_type in enumerate(
            (
                None,
                "text/plain",
                "application/x-www-form-urlencoded",
                "application/xml",
                "application/merge-patch+json",
                "multipart/form-data; boundary=x",
                "application/json-patch+json",
                "text/json",
                "text/plain; x=application/json",
                "json",
            )
        )
    ),
)

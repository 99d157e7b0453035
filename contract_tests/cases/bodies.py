"""Valid bodies, and bodies broken in one named way from one that would be answered 200."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract.document import MEDIA_TYPE

DEEP = 10_000
LONG = 100_000
UUID_FIELDS = ("session", "link")
FIELDS = ("session", "token", "link")


@dataclass(frozen=True)
class Body:
    """The bytes of a request's body and its media type, None for no Content-Type header."""

    name: str
    content: bytes = field(repr=False)
    content_type: str | None = MEDIA_TYPE
    lease: Lease | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Breakage:
    """One named way to break a body; `apply` takes the fields of a valid one and gives bytes or a JSON value."""

    name: str
    apply: Callable[[dict[str, Any]], Any] = field(repr=False)
    content_type: str | None = MEDIA_TYPE

    def of(self, lease: Lease) -> Body:
        """Return the body for a lease, broken in just this way."""
        broken = self.apply(fields_of(lease))
        content = broken if isinstance(broken, bytes) else encode(broken)
        return Body(self.name, content, self.content_type, lease)


def fields_of(lease: Lease) -> dict[str, Any]:
    """Return the three fields that resume a lease."""
    return {"session": lease.session, "token": lease.token, "link": lease.link}


def encode(value: Any) -> bytes:
    """Return a JSON value as bytes; everything but ASCII is escaped."""
    return json.dumps(value).encode()


def valid(lease: Lease, name: str = "right", **changes: Any) -> Body:
    """Return the body that resumes a lease, or one with other values in some of its fields."""
    return Body(name, encode(fields_of(lease) | changes), lease=lease)


def _field(name: str, how: str, change: Callable[[str], Any]) -> Breakage:
    return Breakage(f"{name} {how}", lambda fields: fields | {name: change(fields[name])})


def _without(name: str) -> Breakage:
    return Breakage(f"{name} missing", lambda fields: {key: fields[key] for key in fields if key != name})


def _number(value: str) -> int:
    # A token of digits is sent as the number it reads as: a server that turns numbers into strings then accepts it.
    return int(value) if value.isdecimal() and len(value) < 16 and not value.startswith("0") else 7


def _nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


BROKEN = (
    *(_without(name) for name in FIELDS),
    *(_field(name, "null", lambda _value: None) for name in FIELDS),
    *(_field(name, "a number", _number) for name in FIELDS),
    *(_field(name, "a boolean", lambda _value: True) for name in FIELDS),
    *(_field(name, "a list", lambda value: [value]) for name in FIELDS),
    *(_field(name, "an object", lambda value: {"value": value}) for name in FIELDS),
    *(_field(name, "empty", lambda _value: "") for name in FIELDS),
    *(_field(name, "not a UUID", lambda _value: "not-a-uuid") for name in UUID_FIELDS),
    *(_field(name, "a UUID cut short", lambda value: value[:-1]) for name in UUID_FIELDS),
    *(_field(name, "a UUID with a digit too many", lambda value: f"{value}0") for name in UUID_FIELDS),
    *(_field(name, "a UUID with a letter g", lambda value: f"{value[:-1]}g") for name in UUID_FIELDS),
    Breakage("an empty object", lambda _fields: {}),
    Breakage("a list", lambda fields: [fields]),
    Breakage("an empty list", lambda _fields: []),
    Breakage("a string", json.dumps),
    Breakage("a number", lambda _fields: 7),
    Breakage("a boolean", lambda _fields: True),
    Breakage("null", lambda _fields: None),
    Breakage("not JSON", lambda fields: f"session={fields['session']}&token={fields['token']}".encode()),
    Breakage("JSON in single quotes", lambda fields: str(fields).encode()),
    Breakage("JSON cut short", lambda fields: encode(fields)[:-1]),
    Breakage("a trailing comma", lambda fields: encode(fields)[:-1] + b",}"),
    Breakage("trailing garbage", lambda fields: encode(fields) + b" x"),
    Breakage("a second value behind the first", lambda fields: encode(fields) + encode(fields)),
    Breakage("an empty body", lambda _fields: b""),
    Breakage("only white space", lambda _fields: b" \n"),
    Breakage("not UTF-8", lambda fields: encode(fields)[:-1] + b', "note": "\xff\xfe"}'),
    Breakage("token not UTF-8", lambda fields: encode(fields | {"token": "@"}).replace(b'"@"', b'"\xc3\x28"')),
    Breakage("10,000 levels deep", lambda _fields: _nested(DEEP)),
    Breakage(
        "token 10,000 levels deep",
        lambda fields: encode(fields | {"token": "@"}).replace(b'"@"', _nested(DEEP)),
    ),
    Breakage("a form", lambda fields: urlencode(fields).encode(), "application/x-www-form-urlencoded"),
    *(
        Breakage(f"sent as {media_type or 'no media type'}", lambda fields: fields, media_type)
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

NASTY_TOKENS = {
    "NUL": "\0",
    "NUL in the middle": "12\x0034",
    "a lone surrogate": "\ud800",
    "control characters": "\x01\x1b[31m\x7f",
    "a line break": "1\r\nX-Injected: 1",
    "right-to-left": "\u202e\u05d0\u05d1",
    "emoji": "\U0001f511\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "a combining tower": "z" + "\u0301" * 200,
    "only blanks": "   ",
    "quotes and SQL": "' OR '1'='1' --",
    "a format string": "%s%n{0}${7*7}{{7*7}}",
    "markup": "<script>alert(1)</script>",
    "100,000 characters": "t" * LONG,
}

SPELLINGS = {
    "as it was given": lambda text: text,
    "in capitals": str.upper,
    "without hyphens": lambda text: text.replace("-", ""),
}
"""Textual forms of one UUID: a server reads each as that UUID or calls it malformed."""

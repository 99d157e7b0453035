"""Identifiers and bodies that are wrong or malformed: each is answered 400 by a server that is right."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from typing import Any

from tests.showing.showing import Showing, malformed, right_body

NIL = "00000000-0000-0000-0000-000000000000"


def _session(change: Callable[[str], str]) -> Showing:
    return malformed(lambda fields: fields | {"session": change(fields["session"])})


def _link(change: Callable[[str], str]) -> Showing:
    return malformed(lambda fields: fields | {"link": change(fields["link"])})


def _with(member: bytes, expected: str = "400") -> Showing:
    return right_body(lambda fields: _encoded(fields)[:-1] + b', "note": ' + member + b"}", expected)


def _encoded(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields).encode()


def _full_width(text: str) -> str:
    return re.sub(r"[0-9]", lambda digit: chr(ord(digit[0]) + 0xFEE0), text, count=1)


def _digit(text: str, place: int, flipped: int) -> str:
    return f"{text[:place]}{int(text[place], 16) ^ flipped:x}{text[place + 1 :]}"


SHOWINGS = {
    "takes-the-nil-session-for-the-newest": _session(lambda _text: NIL),
    "takes-the-nil-link-for-any": _link(lambda _text: NIL),
    "fails-on-the-nil-uuid": _session(lambda _text: NIL),
    "fails-on-the-max-uuid": _link(lambda _text: NIL.replace("0", "f")),
    "fails-on-old-uuids": _session(lambda _text: "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
    "finds-swapped-ids": malformed(lambda f: f | {"session": f["link"], "link": f["session"]}),
    "takes-the-link-for-its-session": malformed(lambda f: f | {"session": f["link"]}),
    "takes-the-session-for-its-link": malformed(lambda f: f | {"link": f["session"]}),
    "fails-on-equal-ids": malformed(lambda f: f | {"link": f["session"]}),
    "ignores-the-version": _session(lambda text: _digit(text, 14, 3)),
    "ignores-the-variant": _session(lambda text: _digit(text, 19, 8)),
    "ignores-the-last-digit": _session(lambda text: _digit(text, 35, 1)),
    "ignores-the-first-digits": _session(lambda text: _digit(text, 0, 1)),
    "reads-full-width-digits-of-uuids": _session(_full_width),
    "reads-hyphens-anywhere": _session(lambda text: f"{text[:4]}-{text[4:]}"),
    "ends-uuids-at-nul": _session(lambda text: f"{text}\0more"),
    "ends-uuids-at-a-line-end": _session(lambda text: f"{text}\n"),
    "trims-uuids": _link(lambda text: f" {text} "),
    "cuts-long-uuids": _session(lambda text: text + "0" * 1000),
    "fails-on-urns": right_body(lambda f: f | {"link": f"urn:uuid:{f['link']}"}),
    "fails-on-braces": right_body(lambda f: f | {"session": f"{{{f['session']}}}"}),
    "fails-on-full-width-digits": _link(_full_width),
    "fails-on-nul-in-uuids": _session(lambda text: f"{text[:-1]}\0"),
    "fails-on-long-uuids": _link(lambda text: text * 300),
    "fails-on-quotes-in-uuids": _session(lambda _text: "' OR '1'='1"),
    "reads-na-n": _with(b"NaN"),
    "reads-other-unicode": malformed(lambda f: json.dumps(f).encode("utf-16")),
    "reads-control-characters": _with(b'"a\tb"'),
    "reads-comments": _with(b"1 /* one */"),
    "reads-names-without-quotes": malformed(lambda f: re.sub(rb'"(\w+)":', rb"\1:", _encoded(f))),
    "reads-leading-zeros": _with(b"007"),
    "reads-lines-of-json": malformed(lambda f: _encoded(f) + b"\n" + _encoded(f)),
    "reads-past-nul": malformed(lambda f: _encoded(f) + b"\0"),
    "fails-on-a-byte-order-mark": malformed(lambda f: b"\xef\xbb\xbf" + _encoded(f)),
    "fails-on-na-n": _with(b"NaN"),
    "fails-on-a-member-twice": _with(b'1, "note": 2'),
    "fails-on-some-levels": _with(b"[" * 300 + b"]" * 300, "200"),
    "fails-on-objects-in-objects": _with(b'{"a":' * 300 + b"1" + b"}" * 300, "200"),
    "fails-on-long-numbers": _with(b"9" * 5000),
    "fails-on-a-surrogate-in-a-note": _with(rb'"\ud800"', "200"),
    "fails-on-packed-bodies": malformed(lambda f: gzip.compress(_encoded(f))),
    "loads-json-as-it-comes": malformed(lambda f: json.dumps(f).encode("utf-16")),
    "reads-uuids-with-its-language": _session(_full_width),
    "looks-sessions-up-by-like": _session(lambda text: f"{text[:8]}%"),
}

"""Right requests written or sent in another way that HTTP and JSON say means the same, in groups that are sent at once.

Left out is what HTTP lets a server refuse: content codings of a request (RFC 9110 section 8.4), expectations other than
100-continue (section 10.1.1), and an Accept that excludes the one media type there is (section 12.5.1).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from contract_tests.cases.bodies import Body, Subject, fields_of
from contract_tests.cases.deliveries import PLAIN, Delivery, combined
from contract_tests.cases.identifiers import FORMS
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract.protocol import LINK, SESSION, TOKEN

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"
PAGES = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
SEGMENTS = 6
"""So many that the body itself arrives in pieces, behind a head of some hundred bytes."""
KILOBYTES = "n" * 3_000
MANY = tuple((f'"further{number}"', "0") for number in range(120))
OTHERS = "5c0d2a10-0b0f-4c8e-9c55-1f0e4d8a7b61"
"""A UUID of nothing that the target knows."""

Member = tuple[str, str]
"""A name and a value, both as they are written in JSON."""


@dataclass(frozen=True)
class Variation:
    """One named way to write or to send a right request.

    `members` changes the members of its body, `comma`, `colon`, `before` and `after` are what is written around them.
    """

    name: str
    delivery: Delivery = PLAIN
    members: Callable[[list[Member]], list[Member]] = field(default=list, repr=False)
    comma: str = ", "
    colon: str = ": "
    before: str = ""
    after: str = ""


def body_of(lease: Lease, group: Sequence[Variation]) -> Body:
    """Return the body that resumes a lease, written in all the ways of a group at once."""
    members = [(json.dumps(name), json.dumps(value)) for name, value in fields_of(lease).items()]
    for variation in group:
        members = variation.members(members)
    comma = next((each.comma for each in group if each.comma != ", "), ", ")
    colon = next((each.colon for each in group if each.colon != ": "), ": ")
    text = comma.join(f"{name}{colon}{value}" for name, value in members)
    before, after = "".join(each.before for each in group), "".join(each.after for each in group)
    names = [each.name for each in group if each.delivery is PLAIN]
    content = f"{before}{{{text}}}{after}".encode("utf-8", "surrogatepass")
    return Body(" + ".join(names) or "right", content, lease=lease, subject=Subject.RIGHT)


def delivery_of(group: Sequence[Variation]) -> Delivery:
    """Return how a request travels in all the ways of a group at once."""
    deliveries = tuple(each.delivery for each in group if each.delivery is not PLAIN)
    return combined(deliveries) if deliveries else PLAIN


def _sent(name: str, **how: Any) -> Variation:
    return Variation(name, Delivery(name, **how))


def _typed(content_type: str) -> Variation:
    return _sent(f"Content-Type: {content_type}", content_type=content_type)


def _header(name: str, value: str | None, told: str = "") -> Variation:
    return _sent(told or (f"no {name}" if value is None else f"{name}: {value}"), headers=((name, value),))


def _further(name: str, value: str, told: str = "") -> Variation:
    """Add a member; `value` is JSON as it is written."""
    return Variation(
        f"a further member {told or f'{json.dumps(name, ensure_ascii=False)}: {value}'}",
        members=lambda members: [*members, (json.dumps(name, ensure_ascii=False), value)],
    )


def _changed(name: str, field_name: str, change: Callable[[str], str]) -> Variation:
    quoted = json.dumps(field_name)
    return Variation(
        name,
        members=lambda members: [
            (key, json.dumps(change(json.loads(value))) if key == quoted else value) for key, value in members
        ],
    )


def _escape_first(text: str) -> str:
    """Escape the first character of a JSON string, where it is not escaped already."""
    return text if text[1:2] in ('"', "\\") or text[0] != '"' else f'"\\u{ord(text[1]):04x}{text[2:]}'


def same(media_type: str) -> dict[str, tuple[Variation, ...]]:
    """Return groups of variations of which none changes what a request means."""
    return {
        "as a browser sends it": (
            _typed(f"{media_type}; charset=UTF-8"),
            _header("Accept", PAGES, "Accept of a browser"),
            _header("Accept-Language", "de-DE,de;q=0.9,en;q=0.5"),
            _header("User-Agent", BROWSER, "User-Agent of a browser"),
            _header("Cookie", "theme=dark; consent=1"),
            _header("Origin", "https://app.example.com"),
            _header("Referer", "https://app.example.com/links"),
            _header("Sec-Fetch-Mode", "cors"),
        ),
        "as a script sends it": (
            _typed(f"{media_type} ;charset=utf-8"),
            _header("Accept", f"{media_type.partition('/')[0]}/*"),
            _header("User-Agent", "curl/8.5.0"),
            _header("X-Request-Id", "of-the-caller"),
            _header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            _sent("header names in lower case", header_names="lower"),
            _sent("in segments", segments=SEGMENTS),
        ),
        "as nobody sends it": (
            _typed(f"{media_type}; charset=utf-8"),
            _header("Accept", None),
            _header("User-Agent", None),
            _sent("header names in capitals", header_names="upper"),
            # Who has said 100 waits for the body: it is met by the first segment, however busy the machine is.
            _sent("after Expect: 100-continue", expect_continue=True),
            _sent("in segments", segments=SEGMENTS),
        ),
        "as a stranger sends it": (
            _typed(f'{media_type}; charset="utf-8";'),
            _header("Accept", f"{media_type};q=0.9, */*;q=0.1"),
            _header("Accept-Language", "tlh, *;q=0.5"),
            _header("User-Agent", "x" * 300, "a User-Agent of 300 characters"),
            _header("Cookie", "session=not-signed; theme"),
            Variation("white space before the colons", colon=" : "),
        ),
        "as a proxy passes it on": (
            _typed(f"{media_type.title()}; Charset=UTF-8"),
            _header("Accept", "*/*"),
            _header("X-Forwarded-For", "unknown, 203.0.113.7, 2001:db8::7"),
            _header("Forwarded", 'for="[2001:db8::7]:4711";proto=https;host=api.example.com'),
            _header("X-Forwarded-Proto", "https"),
            _header("Via", "1.1 proxy.example.com"),
            _sent("after Expect: 100-continue", expect_continue=True),
            _sent("in chunks", chunked=True, segments=SEGMENTS),
        ),
        "written otherwise": (
            Variation("members in another order", members=lambda members: members[::-1]),
            Variation("escapes in names", members=lambda members: [(_escape_first(name), v) for name, v in members]),
            Variation("white space before the object", before="\r\n\t "),
            Variation("white space after the object", after=" \r\n"),
            Variation("members on lines of their own", comma=",\n\t"),
            _header("Accept", "", "an empty Accept"),
        ),
        "with further members": (
            Variation("no white space", comma=",", colon=":"),
            Variation("escapes in values", members=lambda members: [(name, _escape_first(v)) for name, v in members]),
            _further("id", f'"{OTHERS}"'),
            _further("status", "7"),
            _further("created_by", '"me"'),
            _further("last_accessed_at", '"yesterday"'),
            _further("a.b", "1"),
            _further("$where", "1"),
            _further("__proto__", "1"),
            _further("constructor", "1"),
            _further("", "1"),
            _further("größe 银行", "1"),
            _further("n" * 300, "1", "with a name of 300 characters"),
            _further("escapes", r'"\u00E9 \ud83d\udd11 \/ \b\f"', "with escapes of every kind"),
            _further(f"{SESSION}_id", f'"{OTHERS}"'),
            _further(f"{LINK}Id", f'"{OTHERS}"'),
            Variation("120 further members", members=lambda members: [*members, *MANY]),
            _further("none", "null"),
            _further("nested", '{"of": ["one", {"own": true}]}'),
            _further("long", f'"{KILOBYTES}"', "of three kilobytes"),
            _further(TOKEN.capitalize(), '"wrong"'),
            _further("data", f'{{"{TOKEN}": "wrong"}}'),
        ),
    }


READ_OR_REFUSED: dict[str, tuple[Variation, ...]] = {
    "beyond the limits of some readers": (
        _further("far", "1e999"),
        _further("large", str(2**64)),
        _further("lists", "[" * 300 + "]" * 300, "of 300 lists in lists"),
        _further("objects", '{"a":' * 300 + "1" + "}" * 300, "of 300 objects in objects"),
        _further("half", r'"\ud800"', "with half a surrogate pair"),
        _further("nul", r'"a\u0000b"', "with NUL"),
    ),
    "a number of 5,000 digits": (_further("digits", "9" * 5_000, "of 5,000 digits"),),
    "a byte order mark": (Variation("a byte order mark", before="\ufeff"),),
    "a field twice": (Variation("a field twice", members=lambda members: [*members, members[0]]),),
    "a name twice": (Variation("a name twice", members=lambda members: [*members, ('"note"', "1"), ('"note"', "2")]),),
}
"""Groups of variations that RFC 8259 lets a reader refuse (sections 4, 8.1, 8.2 and 9)."""

UUIDS_OTHERWISE: dict[str, tuple[Variation, ...]] = {
    f"{SESSION} {of_session}, {LINK} {of_link}": (
        _changed(f"{SESSION} {of_session}", SESSION, FORMS[of_session]),
        _changed(f"{LINK} {of_link}", LINK, FORMS[of_link]),
    )
    for of_session, of_link in (("in capitals", "as a URN"), ("in braces", "without hyphens"))
}
"""Groups of variations of the two UUIDs of a request."""

"""UUIDs as look-ups go wrong: written in other forms, malformed for every reader, and well-formed but of nobody."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

Change = Callable[[str], str]

FULL_WIDTH = 0xFEE0
"""From a character of ASCII to its full-width form."""

FORMS: dict[str, Change] = {
    "in capitals": str.upper,
    "without hyphens": lambda text: text.replace("-", ""),
    "in braces": lambda text: f"{{{text}}}",
    "as a URN": lambda text: f"urn:uuid:{text}",
}
"""Textual forms of one UUID: a server reads each as that UUID or calls it malformed."""

ENCODINGS: dict[str, Change] = {
    "as it was given": lambda text: text,
    **{form: FORMS[form] for form in ("in capitals", "without hyphens")},
}
"""The form that is usual, and the two others that many servers read."""

HEX = "[0-9a-f]"
READABLE = re.compile(
    rf"(?:urn:uuid:)?(?P<brace>\{{)?{HEX}{{8}}(-?){HEX}{{4}}\2{HEX}{{4}}\2{HEX}{{4}}\2{HEX}{{12}}(?(brace)\}})",
    re.ASCII | re.IGNORECASE,
)
"""Every text that a server may read as a UUID."""

UNREADABLE: dict[str, Change] = {
    "with a full-width digit": lambda text: re.sub(
        "[0-9]", lambda digit: chr(ord(digit[0]) + FULL_WIDTH), text, count=1
    ),
    "with NUL and more behind it": lambda text: f"{text}\0more",
    "with a percent sign for its end": lambda text: f"{text[:8]}%",
    "with SQL behind a quote": lambda text: f"{text}' OR '1'='1",
    "with a hyphen too many": lambda text: f"{text[:4]}-{text[4:]}",
    "with a line end behind it": lambda text: f"{text}\n",
    "with blanks around it": lambda text: f" {text} ",
    "with a thousand digits behind it": lambda text: text + "0" * 1_000,
    "with NUL for its last digit": lambda text: f"{text[:-1]}\0",
    "with half a brace": lambda text: f"{{{text}",
    "with uuid: before it": lambda text: f"uuid:{text}",
    "in parentheses": lambda text: f"({text})",
    "in quotes": lambda text: f'"{text}"',
    "with a zero before its third group": lambda text: f"{text[:14]}0{text[14:]}",
}
"""What no reader may take for a UUID, though some do; each is made of the right one."""


@dataclass(frozen=True)
class Unknown:
    """One way to name no session that was paused for the link: both identifiers are well-formed."""

    name: str
    change: Callable[[str, str], tuple[str, str]] = field(repr=False)
    rare: bool = False


def flipped(text: str, place: int, bits: int) -> str:
    """Return a UUID with some bits of one digit flipped."""
    return f"{text[:place]}{int(text[place], 16) ^ bits:x}{text[place + 1 :]}"


NIL, MAX = (f"{digit * 8}-{digit * 4}-{digit * 4}-{digit * 4}-{digit * 12}" for digit in "0f")
OLD = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"

UNKNOWN = (
    Unknown("the session with another last digit", lambda session, link: (flipped(session, 35, 1), link)),
    Unknown("the session with another first digit", lambda session, link: (flipped(session, 0, 1), link)),
    Unknown("the session with another version digit", lambda session, link: (flipped(session, 14, 3), link)),
    Unknown("the session with another variant", lambda session, link: (flipped(session, 19, 8), link), rare=True),
    Unknown("the nil UUID as session", lambda _session, link: (NIL, link)),
    Unknown("the nil UUID as link", lambda session, _link: (session, NIL)),
    Unknown("the UUID of all Fs as link", lambda session, _link: (session, MAX), rare=True),
    Unknown("a UUID of version 1 as session", lambda _session, link: (OLD, link), rare=True),
    Unknown("session and link swapped", lambda session, link: (link, session)),
    Unknown("the link as both", lambda _session, link: (link, link)),
    Unknown("the session as both", lambda session, _link: (session, session)),
)
"""Pairs of identifiers that are near those of a live session, or that programs keep for themselves."""

"""Text that came from elsewhere, made harmless before a person or a program reads it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def inert(text: str, *, keep: str = "") -> str:
    r"""Return the text with everything that does not print (controls, bidi marks, lone surrogates) as \u escapes."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in keep else _escape(char) for char in text)


def one_line(text: str, limit: int = 2_000) -> str:
    """Return the text inert, on one line, and no longer than a reader or a log bears."""
    return clip(inert(text[: limit + 1]), limit, of=len(text))


def clip(text: str, limit: int, *, of: int = 0) -> str:
    """Return the text, or its beginning and how many characters there were."""
    if max(len(text), of) <= limit:
        return text
    return f"{text[:limit]}… ({max(len(text), of):,} characters)"


def inert_tree(value: Any) -> Any:
    """Return a JSON value in which every text, keys too, is inert; line ends stay."""
    if isinstance(value, str):
        return inert(value, keep="\n")
    if isinstance(value, Mapping):
        return {inert(str(key)): inert_tree(item) for key, item in value.items()}
    if isinstance(value, list):
        return [inert_tree(item) for item in value]
    return value


def columns(text: str) -> int:
    """Return how many columns of a terminal the text takes."""
    return sum(0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


def fit(text: str, width: int) -> str:
    """Return the text inert and cut to a number of columns, ending in … where something was cut."""
    width = max(width, 1)
    text = inert(text[: width + 1])
    if columns(text) <= width:
        return text
    while columns(text) >= width:
        text = text[:-1]
    return text + "…"


def _escape(char: str) -> str:
    code = ord(char)
    return SHORT_ESCAPES.get(char) or (f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}")

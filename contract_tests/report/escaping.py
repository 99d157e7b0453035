"""Text that came from elsewhere, escaped before a person or a program reads it."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Mapping
from typing import Any

CHARACTERS_REMEMBERED = 5_000
SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def escape(text: str, *, keep: str = "") -> str:
    r"""Return the text with everything that does not print (controls, bidi marks, lone surrogates) as \u escapes."""
    return text if text.isprintable() else text.translate(_escapes(keep))


def one_line(text: str, limit: int = 2_000) -> str:
    """Return the text escaped, on one line, and no longer than the limit and a word on its length."""
    return clip(escape(text[: limit + 1]), limit, of=len(text))


def clip(text: str, limit: int, *, of: int = 0) -> str:
    """Return the text, or its beginning and how many characters there were."""
    if max(len(text), of) <= limit:
        return text
    return f"{text[:limit]}… ({max(len(text), of):,} characters)"


def escape_tree(value: Any) -> Any:
    """Return a JSON value in which every text, keys too, is escaped; line ends stay."""
    if isinstance(value, str):
        return escape(value, keep="\n")
    if isinstance(value, Mapping):
        return {escape(str(key)): escape_tree(item) for key, item in value.items()}
    if isinstance(value, list):
        return [escape_tree(item) for item in value]
    return value


def columns(text: str) -> int:
    """Return how many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


def fit(text: str, width: int) -> str:
    """Return the text escaped and cut to a number of columns, ending in … where something was cut."""
    width = max(width, 1)
    text = escape(text[: width + 1])
    if columns(text) <= width:
        return text
    while columns(text) >= width:
        text = text[:-1]
    return text + "…"


class _Escapes(dict[int, str]):
    """What stands for each character; filled as they come up, because a text may have megabytes."""

    def __init__(self, keep: str) -> None:
        super().__init__()
        self._keep = keep

    def __missing__(self, code: int) -> str:
        char = chr(code)
        shown = char if char.isprintable() or char in self._keep else _escape(char)
        if len(self) < CHARACTERS_REMEMBERED:
            self[code] = shown
        return shown


@functools.cache
def _escapes(keep: str) -> _Escapes:
    return _Escapes(keep)


def _escape(char: str) -> str:
    code = ord(char)
    return SHORT_ESCAPES.get(char) or (f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}")

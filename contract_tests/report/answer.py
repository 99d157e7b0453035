"""An answer's JSON, laid out for reading, with the place marked at which it breaks the contract."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from markupsafe import Markup, escape

from contract_tests.report import escaping
from contract_tests.report.escaping import one_line
from contract_tests.report.words import is_pointer

LINES_BEFORE, LINES_AFTER = 12, 16
LONGEST_TEXT = 120
LONGEST_ANSWER = 100_000
PLAIN = 1_500
DEEPEST_INDENT = 20


class Token(str):
    """A number or word of the answer as it was written, so that 1.0 stays 1.0 and NaN stays NaN."""

    __slots__ = ()


class Pairs(list[tuple[str, Any]]):
    """An object as the pairs it was written with, so that a duplicate key is seen."""


def marked(answer: str, place: str | None) -> Markup:
    """Return the answer as markup: JSON with the place marked, or the beginning of what is not JSON.

    A place that is no JSON pointer, such as the name of a header, marks nothing.
    """
    if len(answer) <= LONGEST_ANSWER:
        with suppress(ValueError, RecursionError):
            return _Layout(answer, place if is_pointer(place) else None).excerpt()
    return escape(
        escaping.escape(answer[:PLAIN], keep="\n") + (f"\n… {len(answer):,} characters" if answer[PLAIN:] else "")
    )


class _Layout:
    def __init__(self, answer: str, pointer: str | None) -> None:
        value = json.loads(answer, object_pairs_hook=Pairs, parse_int=Token, parse_float=Token, parse_constant=Token)
        self.lines: list[Markup] = []
        self.marked_line: int | None = None
        self.target = _nearest(value, pointer)
        self._put(value, [], "", "")

    def excerpt(self) -> Markup:
        """Return the lines around the mark, and how many are left out before and after it."""
        middle = self.marked_line or 0
        start = max(0, middle - LINES_BEFORE)
        end = min(len(self.lines), middle + LINES_AFTER)
        # A single line takes no more room than the words that would stand for it.
        start, end = (0 if start == 1 else start), (len(self.lines) if end == len(self.lines) - 1 else end)
        shown = self.lines[start:end]
        if start:
            shown.insert(0, Markup("… {} lines").format(start))
        if end < len(self.lines):
            shown.append(Markup("… {} lines").format(len(self.lines) - end))
        return Markup("\n").join(shown)

    def _put(self, value: Any, path: list[str], key: str, after: str) -> None:
        children: Sequence[tuple[str, Any, str]] = []
        opening = closing = ""
        if isinstance(value, Pairs):
            opening, closing = "{", "}"
            children = [(name, item, f"{_text(name)}: ") for name, item in value]
        elif isinstance(value, list):
            opening, closing = "[", "]"
            children = [(str(index), item, "") for index, item in enumerate(value)]
        if not children:
            self._line(path, f"{key}{opening}{closing}" if opening else f"{key}{_text(value)}", after)
            return
        self._line(path, f"{key}{opening}", "")
        for index, (name, item, label) in enumerate(children):
            self._put(item, [*path, name], label, "," if index < len(children) - 1 else "")
        self.lines.append(escape(_indent(path) + closing + after))

    def _line(self, path: list[str], text: str, after: str) -> None:
        body = escape(text)
        if path == self.target:
            self.marked_line = len(self.lines)
            body = Markup("<mark>{}</mark>").format(text)
        self.lines.append(escape(_indent(path)) + body + escape(after))


def _indent(path: list[str]) -> str:
    return "  " * min(len(path), DEEPEST_INDENT)


def _text(value: Any) -> str:
    if isinstance(value, Token):
        return one_line(value, LONGEST_TEXT)
    return one_line(json.dumps(value, ensure_ascii=False), LONGEST_TEXT)


def _nearest(value: Any, pointer: str | None) -> list[str] | None:
    """Return the path of the pointer as far as it leads: of a missing field, the object that lacks it."""
    if pointer is None:
        return None
    path: list[str] = []
    for part in pointer.split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Pairs):
            # A duplicate key's last value is the one that readers of JSON take.
            found = [item for name, item in value if name == part]
        elif isinstance(value, list):
            found = value[int(part) : int(part) + 1] if part.isascii() and part.isdecimal() else []
        else:
            found = []
        if not found:
            break
        value = found[-1]
        path.append(part)
    return path

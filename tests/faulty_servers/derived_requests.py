"""Faults derived from the request of openapi.yaml: a server that ignores one keyword of one field.

The document is walked here without the suite's own reading of it, as in `derived`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contract_tests.embedded.requests import UUID_TEXT
from contract_tests.embedded.server import ResumeCommand
from tests.faulty_servers.served import Fault

Follow = Callable[[Mapping[str, Any]], tuple[str, dict[str, Any]]]

PYTHON: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
}
FORMATS: dict[str, Callable[[str], object]] = {"uuid": UUID_TEXT.fullmatch}


def _is_of_type(value: Any, types: str | list[str]) -> bool:
    names = [types] if isinstance(types, str) else types
    if value is None or isinstance(value, bool):
        return ("null" if value is None else "boolean") in names
    return any(name in PYTHON and isinstance(value, PYTHON[name]) for name in names)


def _is_text(check: Callable[[str, Any], object]) -> Callable[[Any, Any], bool]:
    return lambda value, argument: not isinstance(value, str) or bool(check(value, argument))


def _is_number(check: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, argument: not isinstance(value, int | float) or check(value, argument)


KEEPS: dict[str, Callable[[Any, Any], bool]] = {
    "type": _is_of_type,
    "format": _is_text(lambda text, name: FORMATS.get(name, str)(text)),
    "minLength": _is_text(lambda text, least: len(text) >= least),
    "maxLength": _is_text(lambda text, most: len(text) <= most),
    "pattern": _is_text(lambda text, pattern: re.search(pattern, text)),
    "enum": lambda value, options: value in options,
    "minimum": _is_number(lambda value, least: value >= least),
    "maximum": _is_number(lambda value, most: value <= most),
}
"""The keywords that can be ignored, and whether a value keeps one."""


@dataclass(frozen=True)
class Ignored:
    """A keyword of a field, what it says, and where; `required` is a keyword of the object around it."""

    field: str
    keyword: str
    argument: Any
    clause: str

    def is_broken_by(self, body: Mapping[str, Any]) -> bool:
        """Tell whether a body breaks it."""
        if self.keyword == "required":
            return self.field not in body
        return self.field in body and not KEEPS[self.keyword](body[self.field], self.argument)


class IgnoresAKeyword(Fault):
    """Takes a body that breaks one keyword for one that keeps it."""

    def __init__(self, ignored: Ignored) -> None:
        super().__init__()
        self.ignored = ignored
        self.breaks = ignored.clause

    @property
    def name(self) -> str:
        """The status that it does not answer, the field and the keyword."""
        return f"400-request-{self.ignored.field}-{self.ignored.keyword}"

    @property
    def words(self) -> str:
        """What it accepts."""
        if self.ignored.keyword == "required":
            return f"Accepts a request without {self.ignored.field}."
        return f"Accepts a request whose {self.ignored.field} breaks {self.ignored.keyword}."

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        return super().read_resume(self.completed(body) if self.ignored.is_broken_by(body) else body)

    def completed(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the body with the right value of the field: of a paused session, what the others lead to."""
        others = [("session", "id"), ("link", "link")]
        meant = [
            {"session": str(paused.id), "link": str(paused.link), "token": self.settings.accepted_token}
            for paused in self.sessions.values()
            if any(body.get(name) == str(getattr(paused, of)) for name, of in others if name != self.ignored.field)
        ]
        return {**body, self.ignored.field: meant[0].get(self.ignored.field)} if meant else body


def keywords_of(schema: Mapping[str, Any], follow: Follow) -> Iterator[Ignored]:
    """Yield every keyword of every field of a request's schema that a server may ignore."""
    clause, body = follow(schema)
    for name in body.get("required", ()):
        yield Ignored(name, "required", True, f"{clause}/required")
    for name, field in body.get("properties", {}).items():
        place, declared = follow(field)
        place = place or f"{clause}/properties/{name}"
        for keyword, argument in declared.items():
            if keyword in KEEPS and not (keyword == "format" and argument not in FORMATS):
                yield Ignored(name, keyword, argument, f"{place}/{keyword}")

"""Declared headers and parameters: text that stands for a JSON value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from contract_tests.contract.mismatch import Mismatch
from contract_tests.contract.schema import Schema

NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
DIGITS = 300


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operation; `location` is path, query, header or cookie."""

    name: str
    location: str
    required: bool
    pointer: str
    schema: Schema = field(repr=False)


@dataclass(frozen=True)
class DeclaredHeader:
    """A header that an answer may carry, or must where `required`; `content` is that of a JSON header."""

    name: str
    required: bool
    pointer: str
    schema: Schema = field(repr=False)
    is_json: bool = False

    def mismatches(self, headers: Iterable[tuple[str, str]]) -> list[Mismatch]:
        """Return how the headers of an answer differ from this one: it is absent, or its value does not match."""
        values = [value.strip() for name, value in headers if name.lower() == self.name.lower()]
        place = f"header {self.name}"
        if not values:
            missing = Mismatch(place, "required", f"the header {self.name} is missing", f"{self.pointer}/required")
            return [missing] if self.required else []
        found = self.schema.validator.mismatches(self._value(", ".join(values)))
        return [replace(mismatch, pointer=f"{place}{mismatch.pointer}") for mismatch in found]

    def _value(self, text: str) -> Any:
        if not self.is_json:
            return simple_value(text, self.schema)
        try:
            return json.loads(text)
        except ValueError:
            return text


def simple_value(text: str, schema: Schema) -> Any:
    """Return the JSON value that text stands for in OpenAPI's style `simple`: as the schema's types say, else text."""
    if "array" in schema.types:
        items = schema.items
        parts = [part.strip() for part in text.split(",")] if text else []
        return [simple_value(part, items) if items else part for part in parts]
    if schema.types & {"integer", "number"} and len(text) <= DIGITS and NUMBER.fullmatch(text):
        return json.loads(text)
    if "boolean" in schema.types and text in ("true", "false"):
        return text == "true"
    return text

"""Values that match a schema: the same ones each time, and the simplest that do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache
from itertools import count, islice
from typing import Any

from contract_tests.contract import ContractError, Schema
from contract_tests.contract.dialect import INTEGER_FORMAT

TEXT = "text"
TRIES = 200
Above = tuple[str, ...]
"""The schemas that a value is part of, outermost first."""
KINDS: dict[str, frozenset[str]] = {
    "object": frozenset(("properties", "required", "minProperties")),
    "string": frozenset(("format", "pattern", "minLength", "maxLength")),
    "integer": frozenset((INTEGER_FORMAT, "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
    "number": frozenset(),
    "boolean": frozenset(),
    "array": frozenset(("items", "minItems", "maxItems", "uniqueItems")),
    "null": frozenset(),
}
"""The types in the order in which they are tried, those first that the keywords of a schema speak of."""
OF_FORMAT = {
    "uuid": "7b8f3c52-1d4e-4a6b-9c0d-2e5f7a8b9c1d",
    "date-time": "2026-03-09T08:15:27Z",
    "date": "2026-03-09",
    "time": "08:15:27Z",
    "duration": "P1D",
    "email": "someone@example.com",
    "idn-email": "someone@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/a",
    "uri-reference": "/a",
    "iri": "https://example.com/a",
    "iri-reference": "/a",
    "uri-template": "/a/{b}",
    "json-pointer": "/a",
    "relative-json-pointer": "0",
    "regex": "a",
    "byte": "dGV4dA==",
}


def sample(schema: Schema, *, optional: bool = False) -> Any:
    """Return a value that matches a schema, with or without the fields that may be left out.

    Raises ContractError when none is found: the schema then needs an example.
    """
    return _sample(schema, optional, ())


def samples(schema: Schema) -> Iterator[Any]:
    """Yield different values that match a schema, the simplest first."""
    return _matching(schema, False, ())


def _sample(schema: Schema, optional: bool, above: Above) -> Any:
    for value in islice(_matching(schema, optional, above), 1):
        return value
    raise ContractError(
        f"{schema.schemas.files.main} has a schema for which no value was found (at {schema.pointer}). "
        "Give it an example, or correct it."
    )


def _matching(schema: Schema, optional: bool, above: Above) -> Iterator[Any]:
    seen = set()
    for value in islice(_candidates(schema, optional, above), TRIES):
        text = json.dumps(value, sort_keys=True)
        if text not in seen and schema.validator.is_valid(value):
            yield value
        seen.add(text)


def _candidates(schema: Schema, optional: bool, above: Above) -> Iterator[Any]:
    # A tree would never end: what is already above itself is left out.
    if schema.pointer in above:
        return
    above = (*above, schema.pointer)
    if "const" in schema.keywords:
        yield schema.value("const")
    yield from schema.value("enum") or ()
    # An object is put together of its fields: whether an optional one is part of it is for the caller to say.
    if not schema.properties:
        yield from _given(schema)
    for kind in sorted(KINDS, key=lambda kind: KINDS[kind].isdisjoint(schema.keywords)):
        if kind in schema.types:
            yield from _of_type(schema, kind, optional, above)
    yield from _given(schema)


def _given(schema: Schema) -> Iterator[Any]:
    if "example" in schema.keywords:
        yield schema.value("example")
    if isinstance(schema.value("examples"), list):
        yield from schema.value("examples")
    if "default" in schema.keywords:
        yield schema.value("default")


def _of_type(schema: Schema, kind: str, optional: bool, above: Above) -> Iterator[Any]:
    match kind:
        case "object":
            yield from _objects(schema, optional, above)
        case "string":
            yield from _texts(schema)
        case "integer" | "number":
            yield from _numbers(schema, whole=kind == "integer")
        case "boolean":
            yield from (True, False)
        case "array":
            yield from _lists(schema, optional, above)
        case "null":
            yield None


def _objects(schema: Schema, optional: bool, above: Above) -> Iterator[dict[str, Any]]:
    own = _fields(schema, optional, above)
    yield own
    for branch in schema.branches:
        yield own | _fields(branch, optional, above)
    extra = {f"field{index}": TEXT for index in range(schema.value("minProperties") or 0)}
    yield own | extra


def _fields(schema: Schema, optional: bool, above: Above) -> dict[str, Any]:
    fields = {}
    for name, inner in schema.properties.items():
        if name in schema.required:
            fields[name] = _sample(inner, optional, above)
        elif optional and inner.value("readOnly") is not True:
            for value in islice(_matching(inner, True, above), 1):
                fields[name] = value
    undeclared = (name for name in sorted(schema.required) if name not in schema.properties)
    return fields | dict.fromkeys(undeclared, TEXT)


def _lists(schema: Schema, optional: bool, above: Above) -> Iterator[list[Any]]:
    least, items = schema.value("minItems") or 0, schema.items
    length = max(least, 1) if schema.value("maxItems") != 0 else 0
    if items is None:
        yield [f"{TEXT}{index}" for index in range(length)]
        return
    different = list(islice(_matching(items, optional, above), length))
    if different:
        yield [different[index % len(different)] for index in range(length)]
    yield []


def _texts(schema: Schema) -> Iterator[str]:
    if schema.value("format") in OF_FORMAT:
        yield OF_FORMAT[schema.value("format")]
    if pattern := schema.value("pattern"):
        yield from matching_pattern(pattern)
    least, most = schema.value("minLength") or 0, schema.value("maxLength")
    length = max(least, len(TEXT)) if most is None else max(least, min(most, len(TEXT)))
    yield (TEXT * (length // len(TEXT) + 1))[:length]
    for index in range(10 ** min(length, 2)):
        yield str(index).rjust(length, "0")


@cache
def matching_pattern(pattern: str) -> list[str]:
    """Return texts that match a regular expression, none where Python does not read it."""
    # Hypothesis is imported late: most contracts have no pattern.
    from hypothesis import HealthCheck, Phase, given, settings, strategies

    try:
        compiled = re.compile(pattern)
    except re.error:
        return []
    found: list[str] = []
    ascii_only = strategies.characters(codec="ascii", exclude_categories=["Cc"])

    @settings(
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=60,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategies.from_regex(compiled, fullmatch=True, alphabet=ascii_only))
    def collect(text: str) -> None:
        found.append(text)

    collect()
    # `$` also matches in front of a line break, for Python but not for JSON Schema.
    return sorted({text for text in found if "\n" not in text}, key=lambda text: (len(text), text))


def _numbers(schema: Schema, *, whole: bool) -> Iterator[int | float]:
    step = Decimal(str(schema.value("multipleOf") or 1))
    if whole and step != int(step):
        step = Decimal(1)
    for start in _starts(schema):
        first = (start / step).to_integral_value() * step
        for offset in range(4):
            yield number(first + offset * step)
            yield number(first - offset * step)
    if not whole:
        # Between bounds that are close together.
        starts = [float(start) for start in _starts(schema)]
        yield sum(starts) / len(starts)
    yield from (number(step * index) for index in islice(count(), TRIES))


def _starts(schema: Schema) -> Iterable[Decimal]:
    bounds = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
    return [Decimal(str(schema.value(name))) for name in bounds if schema.value(name) is not None] or [Decimal(1)]


def number(value: Decimal) -> int | float:
    """Return a number as JSON has it: whole where it is whole."""
    return int(value) if value == value.to_integral_value() else float(value)

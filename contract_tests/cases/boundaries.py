"""The values at the edges of what a schema allows: all of them are valid."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import islice
from typing import Any

from contract_tests.cases.samples import number, sample, samples
from contract_tests.contract import Schema
from contract_tests.contract.dialect import INTEGER_BITS, INTEGER_FORMAT

LONGEST = 100_000
MOST_ITEMS = 1_000


def boundaries(schema: Schema) -> list[tuple[str, Any]]:
    """Return the values at each boundary of a schema, each with the words that name it."""
    found: list[tuple[str, Any]] = []
    for how, value in _values(schema):
        new = not any(how == known or repr(value) == repr(other) for known, other in found)
        if new and schema.validator.is_valid(value):
            found.append((how, value))
    return found


def _values(schema: Schema) -> Iterator[tuple[str, Any]]:
    for value in schema.value("enum") or ():
        yield f"{value!r}" if isinstance(value, str) else f"{value}", value
    if "enum" in schema.keywords or "const" in schema.keywords:
        return
    if "string" in schema.types:
        yield from _texts(schema)
    if schema.types & {"integer", "number"}:
        yield from _numbers(schema)
    if "boolean" in schema.types and "type" in schema.keywords:
        yield from (("true", True), ("false", False))
    if "array" in schema.types:
        yield from _lists(schema)
    if schema.nullable:
        yield "null", None


def _texts(schema: Schema) -> Iterator[tuple[str, str]]:
    text = next((value for value in samples(schema) if isinstance(value, str)), "t")
    for keyword, how in (("minLength", "as short as allowed"), ("maxLength", "as long as allowed")):
        length = schema.value(keyword)
        if length is not None and length <= LONGEST:
            yield from ((how, made) for made in resized(text, length))


def resized(text: str, length: int) -> tuple[str, ...]:
    """Return a text cut or made longer to a length, in more than one way: one of them may fit a pattern."""
    if length <= len(text):
        return text[:length], text[len(text) - length :]
    last = text[-1:] or "t"
    return text + last * (length - len(text)), (text * (length // max(len(text), 1) + 1))[:length]


def _numbers(schema: Schema) -> Iterator[tuple[str, int | float]]:
    step = Decimal(str(schema.value("multipleOf") or 1))
    for keyword, how, direction, rounding in (
        ("minimum", "as small as allowed", 1, ROUND_CEILING),
        ("maximum", "as large as allowed", -1, ROUND_FLOOR),
    ):
        if (bound := schema.value(keyword)) is not None:
            yield how, bound
            yield how, number((Decimal(str(bound)) / step).to_integral_value(rounding) * step)
        if (bound := schema.value(f"exclusive{keyword.capitalize()}")) is not None:
            yield how, number(Decimal(str(bound)) + direction * step)
    if bits := INTEGER_BITS.get(schema.value(INTEGER_FORMAT)):
        yield f"the least int{bits}", -(2 ** (bits - 1))
        yield f"the largest int{bits}", 2 ** (bits - 1) - 1
    if "multipleOf" in schema.keywords:
        yield "one multiple", number(step)
        yield "two multiples", number(2 * step)


def _lists(schema: Schema) -> Iterator[tuple[str, list[Any]]]:
    for keyword, how in (("minItems", "with as few items as allowed"), ("maxItems", "with as many items as allowed")):
        length = schema.value(keyword)
        if length is None or length > MOST_ITEMS:
            continue
        if schema.items is None:
            yield how, list(range(length))
            continue
        different = list(islice(samples(schema.items), length)) or [sample(schema.items)]
        yield how, [different[index % len(different)] for index in range(length)]

"""Ways to break a body that its schema suggests; whether one breaks what it is meant to is verified elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any

from contract_tests.cases.boundaries import LONGEST, MOST_ITEMS, resized
from contract_tests.cases.paths import Path, changed, places, without
from contract_tests.cases.samples import number, samples
from contract_tests.contract import Schema
from contract_tests.contract.dialect import INTEGER_BITS, INTEGER_FORMAT

Change = Callable[[Any], Any]

# The kinds that every contract has, in the order of a report; those of further keywords follow.
ORDER = ("null", "a string", "a number", "a fraction", "a boolean", "a list", "an object", "empty")

UNREADABLE: dict[str, tuple[tuple[str, Callable[[str], str]], ...]] = {
    "uuid": (
        ("not a UUID", lambda _text: "not-a-uuid"),
        ("a UUID cut short", lambda text: text[:-1]),
        ("a UUID with a digit too many", lambda text: f"{text}0"),
        ("a UUID with a letter g", lambda text: f"{text[:-1]}g"),
    ),
    "date-time": (
        ("not a date-time", lambda _text: "not-a-date-time"),
        ("a date-time in month 13", lambda text: f"{text[:5]}13{text[7:]}"),
        ("a date-time on day 32", lambda text: f"{text[:8]}32{text[10:]}"),
        ("a date-time at hour 25", lambda text: f"{text[:11]}25{text[13:]}"),
        ("a date-time with a letter O", lambda text: f"{text[:3]}O{text[4:]}"),
    ),
    "date": (
        ("not a date", lambda _text: "not-a-date"),
        ("a date in month 13", lambda text: f"{text[:5]}13{text[7:]}"),
        ("a date on 30 February", lambda text: f"{text[:5]}02-30"),
        ("a date with a letter O", lambda text: f"{text[:3]}O{text[4:]}"),
    ),
    "time": (
        ("not a time", lambda _text: "not-a-time"),
        ("a time at hour 25", lambda text: f"25{text[2:]}"),
        ("a time at minute 61", lambda text: f"{text[:3]}61{text[5:]}"),
    ),
    "duration": (
        ("not a duration", lambda _text: "not-a-duration"),
        ("a duration without a unit", lambda _text: "P1"),
    ),
    "email": (
        ("not an e-mail address", lambda _text: "not-an-address"),
        ("an e-mail address without a name", lambda text: text[text.index("@") :]),
        ("an e-mail address without a host", lambda text: text[: text.index("@") + 1]),
    ),
    "hostname": (
        ("not a host name", lambda _text: "not a host name"),
        ("a host name of a hyphen", lambda _text: "-"),
    ),
    "ipv4": (
        ("not an IPv4 address", lambda _text: "not-an-address"),
        ("an IPv4 address with 256", lambda _text: "192.0.2.256"),
    ),
    "ipv6": (
        ("not an IPv6 address", lambda _text: "not-an-address"),
        ("an IPv6 address with a letter g", lambda text: f"{text[:-1]}g"),
    ),
    "uri": (
        ("not a URI", lambda _text: "not a uri"),
        ("a URI with a blank", lambda text: f"{text} b"),
    ),
    "byte": (("base64 cut short", lambda text: text.rstrip("=")[:-2] + "d"),),
}


@dataclass(frozen=True)
class Candidate:
    """One way to break a body, and its name."""

    name: str
    apply: Callable[[Any], Any] = field(repr=False)


def candidates(schema: Schema, whole: Any) -> Iterator[Candidate]:
    """Yield ways to break a body, first one kind for every field, then the next; `whole` is a body with all fields.

    Several may have one name: they are tries at the same thing, of which the first that succeeds is enough.
    """
    found = list(places(schema, whole))
    yield from (_without(place.name, place.path, whole) for place in found if place.required)
    offered = [(place, how, change) for place in found for how, change in _changes(place.schema)]
    for kind in dict.fromkeys((*ORDER, *(how for _, how, _ in offered))):
        for place, how, change in offered:
            if how == kind:
                yield Candidate(f"{place.name} {how}", _changing(place.path, change, whole))
    yield from _of_the_top(schema)


def _without(name: str, path: Path, whole: Any) -> Candidate:
    return Candidate(f"{name} missing", lambda body: without(body, path, whole))


def _changing(path: Path, change: Change, whole: Any) -> Change:
    return lambda body: changed(body, path, change, whole)


def _of_the_top(schema: Schema) -> Iterator[Candidate]:
    yield Candidate("an empty object", lambda _body: {})
    yield Candidate("an undeclared field", lambda body: body | {"undeclared": True})
    yield Candidate("a list", lambda body: [body])
    yield Candidate("an empty list", lambda _body: [])
    yield Candidate("a string", json.dumps)
    yield Candidate("a number", lambda _body: 7)
    yield Candidate("a boolean", lambda _body: True)
    if not schema.nullable:
        yield Candidate("null", lambda _body: None)


def _changes(schema: Schema) -> Iterator[tuple[str, Change]]:
    yield from _other_types(schema)
    yield "empty", lambda value: {} if isinstance(value, dict) else ""
    yield from _other_formats(schema)
    yield from _other_texts(schema)
    yield from _other_values(schema)
    yield from _other_numbers(schema)
    yield from _other_lists(schema)
    yield "with an undeclared field", _undeclared


def _other_types(schema: Schema) -> Iterator[tuple[str, Change]]:
    types = schema.types
    if "null" not in types:
        yield "null", lambda _value: None
    if "string" not in types:
        yield "a string", _text
    if not types & {"integer", "number"}:
        yield "a number", _number
        yield "a fraction", lambda _value: 0.5
    elif "number" not in types:
        yield "a fraction", lambda value: value + 0.5 if _is_number(value) else value
    if "boolean" not in types:
        yield "a boolean", lambda _value: True
    if "array" not in types:
        yield "a list", lambda value: [value]
    if "object" not in types:
        yield "an object", lambda value: {"value": value}


def _text(value: Any) -> str:
    # A number or a boolean is sent as the text that reads as it: a server that converts text then accepts it.
    return value if isinstance(value, str) else json.dumps(value)


def _number(value: Any) -> int:
    # A text of digits is sent as the number that it reads as, for the same reason.
    digits = isinstance(value, str) and value.isdecimal() and len(value) < 16 and not value.startswith("0")
    return int(value) if digits else 7


def _other_formats(schema: Schema) -> Iterator[tuple[str, Change]]:
    for name, change in UNREADABLE.get(schema.value("format"), ()):
        yield name, _of_text(change)
    if bits := INTEGER_BITS.get(schema.value(INTEGER_FORMAT)):
        yield f"too large for int{bits}", lambda _value: 2 ** (bits - 1)
        yield f"too small for int{bits}", lambda _value: -(2 ** (bits - 1)) - 1


def _other_texts(schema: Schema) -> Iterator[tuple[str, Change]]:
    least, most = schema.value("minLength"), schema.value("maxLength")
    for way in (0, 1):
        if least:
            yield "too short", _of_text(_to_length(least - 1, way))
        if most is not None and most < LONGEST:
            yield "too long", _of_text(_to_length(most + 1, way))
    if "pattern" in schema.keywords:
        for change in (
            lambda text: f"{text[:-1]}~",
            lambda text: f"~{text[1:]}",
            lambda text: "~" * len(text),
            lambda text: text.swapcase(),
        ):
            yield "in another pattern", _of_text(change)
        # Patterns are written into code without their anchors.
        yield "with more behind its pattern", _of_text(lambda text: f"{text}~")
        yield "with more before its pattern", _of_text(lambda text: f"~{text}")


def _to_length(length: int, way: int) -> Callable[[str], str]:
    return lambda text: resized(text, length)[way]


def _of_text(change: Callable[[str], str]) -> Change:
    return lambda value: change(value) if isinstance(value, str) else value


def _other_values(schema: Schema) -> Iterator[tuple[str, Change]]:
    if "enum" in schema.keywords or "const" in schema.keywords:
        yield "of another value", _another


def _another(value: Any) -> Any:
    if isinstance(value, str):
        return f"{value}x"
    if isinstance(value, bool):
        return not value
    return value + 1000 if _is_number(value) else value


def _other_numbers(schema: Schema) -> Iterator[tuple[str, Change]]:
    step = Decimal(str(schema.value("multipleOf") or 1))
    for keyword, how, direction in (("minimum", "too small", -1), ("maximum", "too large", 1)):
        if (bound := schema.value(keyword)) is not None:
            beyond = (Decimal(str(bound)) / step).to_integral_value() * step + direction * step
            yield how, _constant(number(beyond))
            yield how, _constant(number(beyond + direction * step))
        if (bound := schema.value(f"exclusive{keyword.capitalize()}")) is not None:
            yield how, _constant(bound)
    if "multipleOf" in schema.keywords:
        yield (
            "between two multiples",
            lambda value: number(Decimal(str(value)) + step / 2) if _is_number(value) else value,
        )
        yield "between two multiples", lambda value: value + 1 if _is_number(value) else value


def _other_lists(schema: Schema) -> Iterator[tuple[str, Change]]:
    least, most = schema.value("minItems"), schema.value("maxItems")
    if least:
        yield "with too few items", lambda value: value[: least - 1] if isinstance(value, list) else value
    if most is not None and most < MOST_ITEMS:
        different = list(islice(samples(schema.items), most + 1)) if schema.items else list(range(most + 1))
        yield "with too many items", _constant(different)
        yield "with too many items", lambda value: _longer(value, most + 1)
    if schema.value("uniqueItems"):
        yield "with an item twice", lambda value: [*value[:-1], value[0]] if _is_list(value, 2) else value
        yield "with an item twice", lambda value: [*value, value[0]] if _is_list(value, 1) else value


def _constant(value: Any) -> Change:
    return lambda _value: value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_list(value: Any, length: int) -> bool:
    return isinstance(value, list) and len(value) >= length


def _longer(value: Any, length: int) -> Any:
    return [value[index % len(value)] for index in range(length)] if _is_list(value, 1) else value


def _undeclared(value: Any) -> Any:
    return value | {"undeclared": True} if isinstance(value, dict) else value

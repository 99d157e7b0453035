"""Rules for what a value may hold: null, defaults, who may send or read it, and alternatives."""

from collections.abc import Iterator
from dataclasses import dataclass

from compatibility.document import Json
from compatibility.rules import Effect, Finding, Pair, Rules
from compatibility.schema import Schema, Value


@dataclass(frozen=True)
class Alternatives:
    """Those alternatives of a value (`oneOf`, `anyOf`, a list of types) that have no partner in the other contract."""

    value: Value
    unmatched: tuple[Schema, ...]


VALUES = Rules[Value]("Values", directed=True)
ALTERNATIVES = Rules[Alternatives]("Alternatives", directed=True)


@VALUES.rule(Effect.WIDENS, "a caller that reads the value meets null")
def null_allowed(pair: Pair[Value]) -> Iterator[Finding]:
    """Null becomes allowed, however it is written."""
    if pair.new.nullable and not pair.old.nullable and not pair.new.is_anything:
        yield Finding("may now be null", pair.new.place_of_types)


@VALUES.rule(Effect.NARROWS, "a caller that sends null is refused")
def null_forbidden(pair: Pair[Value]) -> Iterator[Finding]:
    """Null is no longer allowed."""
    if pair.old.nullable and not pair.new.nullable and not pair.old.is_anything:
        yield Finding("may no longer be null", pair.new.place_of_types)


@VALUES.rule(
    Effect.BREAKS,
    "who may send or read the field changes, and whether the client's repr shows it",
    oasdiff="not breaking for an optional one",
)
def access_changed(pair: Pair[Value]) -> Iterator[Finding]:
    """`readOnly` or `writeOnly` is added or removed."""
    for keyword in ("readOnly", "writeOnly"):
        if (keyword in pair.old.annotations) != (keyword in pair.new.annotations):
            is_set = "is now" if keyword in pair.new.annotations else "is no longer"
            yield Finding(f"{is_set} {keyword}", pair.new.place(keyword))


@VALUES.rule(Effect.HARMLESS)
def default_added(pair: Pair[Value]) -> Iterator[Finding]:
    """A default is added."""
    if "default" in pair.new.annotations and "default" not in pair.old.annotations:
        yield Finding(f"default {_shown(pair.new.annotations['default'])} added", pair.new.place("default"))


@VALUES.rule(
    Effect.NARROWS,
    "a caller that leaves the value out now asks for something else",
    oasdiff="not breaking",
)
def default_changed(pair: Pair[Value]) -> Iterator[Finding]:
    """A default is changed or removed."""
    old, new = (value.annotations.get("default") for value in (pair.old, pair.new))
    if "default" in pair.old.annotations and old != new:
        yield Finding(f"default {_shown(old)} became {_shown(new)}", pair.new.place("default"))


@VALUES.rule(Effect.HARMLESS)
def value_deprecated(pair: Pair[Value]) -> Iterator[Finding]:
    """A value becomes deprecated, or no longer is."""
    if ("deprecated" in pair.old.annotations) != ("deprecated" in pair.new.annotations):
        is_set = "is now" if "deprecated" in pair.new.annotations else "is no longer"
        yield Finding(f"{is_set} deprecated", pair.new.place("deprecated"))


@ALTERNATIVES.rule(Effect.NARROWS, "a caller that sends it is refused")
def alternative_removed(pair: Pair[Alternatives]) -> Iterator[Finding]:
    """An alternative (`oneOf`, `anyOf`, a list of types) is removed."""
    for schema in pair.old.unmatched:
        yield Finding(f"alternative {_alternative(schema)} removed", pair.new.value.place_of_types)


@ALTERNATIVES.rule(Effect.WIDENS, "a caller that reads the value meets one it does not know")
def alternative_added(pair: Pair[Alternatives]) -> Iterator[Finding]:
    """An alternative is added."""
    for schema in pair.new.unmatched:
        yield Finding(f"alternative {_alternative(schema)} added", schema.parts[0].place)


def _alternative(schema: Schema) -> str:
    return schema.class_name or schema.type or "anything"


def _shown(value: Json) -> str:
    return "none" if value is None else str(value)

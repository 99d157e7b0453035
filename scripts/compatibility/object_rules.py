"""Rules for objects and lists: their properties, which are required, and in which order the client takes them."""

from collections.abc import Iterator

from compatibility.canonical import canonical, classes
from compatibility.rules import Direction, Effect, Finding, Pair, Rules
from compatibility.schema import Schema

OBJECTS = Rules[Schema]("Objects and lists", directed=True)


@OBJECTS.rule(
    Effect.BREAKS,
    "code that names the client's class no longer gets an instance of it",
)
def class_replaced(pair: Pair[Schema]) -> Iterator[Finding]:
    """An object becomes that of another component, with the old component still there."""
    old, new = pair.old.class_name, pair.new.class_name
    gone = old and old not in classes(pair.new.parts[0].document)  # reported once, by class_removed
    if old is not None and new is not None and old != new and not gone:
        words = [f"class {name}" if name else "a class named after its place" for name in (old, new)]
        yield Finding(f"{words[0]} became {words[1]}", pair.new.parts[0].place)


@OBJECTS.rule(
    Effect.BREAKS,
    "the client's class loses the attribute; a caller that reads or sends the property fails",
    oasdiff="a warning in a request; not breaking for an optional one of a response",
)
def property_removed(pair: Pair[Schema]) -> Iterator[Finding]:
    """A property is removed."""
    for name in sorted(_removed(pair)):
        yield Finding(f"property {name} removed", pair.new.place("properties", name))


@OBJECTS.rule(Effect.HARMLESS)
def property_added(pair: Pair[Schema]) -> Iterator[Finding]:
    """An optional property is added."""
    for name in sorted(_added(pair) - pair.new.required):
        yield Finding(f"property {name} added", pair.new.place("properties", name))


@OBJECTS.rule(Effect.NARROWS, "a caller that does not send it is refused")
def required_property_added(pair: Pair[Schema]) -> Iterator[Finding]:
    """A required property is added."""
    for name in sorted(_added(pair) & pair.new.required):
        yield Finding(f"required property {name} added", pair.new.place("properties", name))


@OBJECTS.rule(Effect.NARROWS, "a caller that does not send it is refused")
def property_became_required(pair: Pair[Schema]) -> Iterator[Finding]:
    """A property becomes required."""
    for name in sorted(pair.new.required - pair.old.required - _added(pair)):
        yield Finding(f"property {name} became required", pair.new.place("required"))


@OBJECTS.rule(
    Effect.BREAKS,
    "a caller that reads it may find nothing; in a request the client's constructor takes it behind the required ones",
    oasdiff="not breaking in a request",
)
def property_became_optional(pair: Pair[Schema]) -> Iterator[Finding]:
    """A property becomes optional."""
    for name in sorted(pair.old.required - pair.new.required - _removed(pair)):
        yield Finding(f"property {name} became optional", pair.new.place("required"))


@OBJECTS.rule(
    Effect.NARROWS,
    "positional arguments of the client's constructor change places",
)
def constructor_reordered(pair: Pair[Schema]) -> Iterator[Finding]:
    """The client's constructor takes the properties that stay in another order."""
    rules_of_their_own = (
        _removed(pair)
        | (pair.old.required ^ pair.new.required) & pair.old.properties.keys()
        | (pair.new.required - pair.old.properties.keys())
    )
    old, new = (
        [name for name in _constructor(schema) if name not in rules_of_their_own] for schema in (pair.old, pair.new)
    )
    if pair.direction is Direction.REQUEST and new[: len(old)] != old:
        words = f"the order {', '.join(old)} became {', '.join(new)}"
        yield Finding(words, pair.new.place("properties"))


@OBJECTS.rule(Effect.NARROWS, "a caller that sends further properties is refused")
def object_closed(pair: Pair[Schema]) -> Iterator[Finding]:
    """Further properties are no longer allowed."""
    if pair.new.closed and not pair.old.closed:
        yield Finding("further properties are no longer allowed", pair.new.place("additionalProperties"))


@OBJECTS.rule(Effect.WIDENS, "a caller that relies on the listed properties meets others")
def object_opened(pair: Pair[Schema]) -> Iterator[Finding]:
    """Further properties become allowed."""
    if pair.old.closed and not pair.new.closed:
        yield Finding("further properties are allowed from now on", pair.new.place("additionalProperties"))


@OBJECTS.rule(Effect.NARROWS, "a caller that sends others is refused")
def members_limited(pair: Pair[Schema]) -> Iterator[Finding]:
    """A schema for items or further properties is added."""
    for keyword, old, new in _members(pair):
        if new and not old:
            yield Finding(f"{keyword} are limited by a schema from now on", pair.new.place(keyword))


@OBJECTS.rule(Effect.WIDENS, "a caller that reads them meets others")
def members_unlimited(pair: Pair[Schema]) -> Iterator[Finding]:
    """The schema for items or further properties is removed."""
    for keyword, old, new in _members(pair):
        if old and not new:
            yield Finding(f"{keyword} are no longer limited by a schema", pair.new.place(keyword))


def _added(pair: Pair[Schema]) -> set[str]:
    return pair.new.properties.keys() - pair.old.properties.keys()


def _removed(pair: Pair[Schema]) -> set[str]:
    return pair.old.properties.keys() - pair.new.properties.keys()


def _members(pair: Pair[Schema]) -> Iterator[tuple[str, bool, bool]]:
    yield "items", bool(pair.old.items), bool(pair.new.items)
    if not pair.old.closed and not pair.new.closed:
        yield "additionalProperties", bool(pair.old.additional), bool(pair.new.additional)


def _constructor(schema: Schema) -> list[str]:
    """Return the properties as the client's constructor takes them: first those that cannot be left out."""

    def rank(name: str) -> tuple[bool, bool]:
        optional = name not in schema.required
        return optional or "default" in canonical(schema.properties[name]).annotations, optional

    return sorted(schema.properties, key=rank)

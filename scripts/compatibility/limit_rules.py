"""Rules for one alternative of a value: its type, its listed values, and each keyword that limits it."""

from collections.abc import Iterator
from decimal import Decimal

from compatibility.document import Json
from compatibility.rules import Effect, Finding, Pair, Rules
from compatibility.schema import LOWER, UPPER, Schema, is_number

TYPES = Rules[Schema]("Types", directed=True)
LIMITS = Rules[Schema]("Limits", directed=True)

# The formats for which the client has a type of its own.
TYPED = {"uuid", "date", "date-time", "binary"}
WITH_OWN_RULES = LOWER | UPPER | {"discriminator"}


@TYPES.rule(Effect.BREAKS, "a value of the old type is neither accepted nor sent any more")
def type_replaced(pair: Pair[Schema]) -> Iterator[Finding]:
    """A type is replaced by another."""
    if not _holds(pair.new, pair.old) and not _holds(pair.old, pair.new):
        yield _retyped(pair)


@TYPES.rule(Effect.NARROWS, "a caller that sends another type is refused")
def type_narrowed(pair: Pair[Schema]) -> Iterator[Finding]:
    """A type becomes narrower: anything to one type, number to integer."""
    if _holds(pair.old, pair.new) and not _holds(pair.new, pair.old):
        yield _retyped(pair)


@TYPES.rule(Effect.WIDENS, "a caller that reads the value meets another type")
def type_widened(pair: Pair[Schema]) -> Iterator[Finding]:
    """A type becomes wider: one type to anything, integer to number."""
    if _holds(pair.new, pair.old) and not _holds(pair.old, pair.new):
        yield _retyped(pair)


@LIMITS.rule(Effect.NARROWS, "a caller that sends a value which is not listed is refused")
def enum_introduced(pair: Pair[Schema]) -> Iterator[Finding]:
    """Values are listed (`enum`, `const`) where any was allowed."""
    if pair.old.enum is None and pair.new.enum is not None:
        yield Finding(f"only {_listed(pair.new.enum)} allowed from now on", pair.new.place("enum"))


@LIMITS.rule(Effect.WIDENS, "a caller that tells the listed values apart meets others")
def enum_dropped(pair: Pair[Schema]) -> Iterator[Finding]:
    """Values are no longer listed."""
    if pair.old.enum is not None and pair.new.enum is None:
        yield Finding("values are no longer listed", pair.new.place("enum"))


@LIMITS.rule(Effect.NARROWS, "a caller that sends the value is refused")
def enum_values_removed(pair: Pair[Schema]) -> Iterator[Finding]:
    """A listed value is removed."""
    if pair.old.enum and pair.new.enum is not None and (removed := pair.old.enum - pair.new.enum):
        yield Finding(f"value {_listed(removed)} removed", pair.new.place("enum"))


@LIMITS.rule(
    Effect.WIDENS,
    "a caller that tells the listed values apart meets one it does not know",
)
def enum_values_added(pair: Pair[Schema]) -> Iterator[Finding]:
    """A listed value is added."""
    if pair.old.enum is not None and pair.new.enum and (added := pair.new.enum - pair.old.enum):
        yield Finding(f"value {_listed(added)} added", pair.new.place("enum"))


@LIMITS.rule(
    Effect.BREAKS,
    "the client's attribute has another type (UUID, date, datetime or File)",
)
def format_retyped(pair: Pair[Schema]) -> Iterator[Finding]:
    """A format for which the client has a type of its own is added, changed or removed."""
    old, new = (schema.keywords.get("format") for schema in (pair.old, pair.new))
    if old != new and (old in TYPED or new in TYPED):
        yield _keyword_changed(pair, "format")


@LIMITS.rule(Effect.BREAKS, "values in the old format are neither accepted nor sent any more")
def format_changed(pair: Pair[Schema]) -> Iterator[Finding]:
    """Another format becomes yet another one."""
    old, new = (schema.keywords.get("format") for schema in (pair.old, pair.new))
    if old and new and old != new and old not in TYPED and new not in TYPED:
        yield _keyword_changed(pair, "format")


@LIMITS.rule(Effect.BREAKS, "values that matched the old pattern need not match the new one")
def pattern_changed(pair: Pair[Schema]) -> Iterator[Finding]:
    """A pattern is changed."""
    if len({schema.keywords.get("pattern") for schema in (pair.old, pair.new)} - {None}) == 2:
        yield _keyword_changed(pair, "pattern")


@LIMITS.rule(Effect.NARROWS, "a caller that sends a value beyond the bound is refused")
def bound_tightened(pair: Pair[Schema]) -> Iterator[Finding]:
    """A bound (`minLength`, `maximum`, `maxItems`, …) is added or tightened."""
    for keyword in sorted(LOWER | UPPER):
        if _tighter(keyword, pair.new.keywords.get(keyword), pair.old.keywords.get(keyword)):
            yield _keyword_changed(pair, keyword)


@LIMITS.rule(Effect.WIDENS, "a caller that relies on the bound meets a value beyond it")
def bound_relaxed(pair: Pair[Schema]) -> Iterator[Finding]:
    """A bound is relaxed or removed."""
    for keyword in sorted(LOWER | UPPER):
        if _tighter(keyword, pair.old.keywords.get(keyword), pair.new.keywords.get(keyword)):
            yield _keyword_changed(pair, keyword)


@LIMITS.rule(Effect.NARROWS, "a caller that sends a number between the new steps is refused")
def steps_widened(pair: Pair[Schema]) -> Iterator[Finding]:
    """`multipleOf` becomes a multiple of what it was."""
    if _divides(pair.old.keywords.get("multipleOf"), pair.new.keywords.get("multipleOf")):
        yield _keyword_changed(pair, "multipleOf")


@LIMITS.rule(Effect.WIDENS, "a caller that relies on the step meets a number between")
def steps_narrowed(pair: Pair[Schema]) -> Iterator[Finding]:
    """`multipleOf` becomes a divisor of what it was."""
    if _divides(pair.new.keywords.get("multipleOf"), pair.old.keywords.get("multipleOf")):
        yield _keyword_changed(pair, "multipleOf")


@LIMITS.rule(Effect.BREAKS, "the client tells the alternatives apart by it")
def discriminator_changed(pair: Pair[Schema]) -> Iterator[Finding]:
    """A discriminator is removed, or its property or an entry of its mapping changed."""
    old, new = (schema.keywords.get("discriminator") for schema in (pair.old, pair.new))
    if old is not None and not _contains(new, old):
        yield _keyword_changed(pair, "discriminator")


@LIMITS.rule(Effect.HARMLESS)
def discriminator_extended(pair: Pair[Schema]) -> Iterator[Finding]:
    """A discriminator, or an entry of its mapping, is added."""
    old, new = (schema.keywords.get("discriminator") for schema in (pair.old, pair.new))
    if old != new and (old is None or _contains(new, old)):
        yield _keyword_changed(pair, "discriminator")


@LIMITS.rule(Effect.NARROWS, "a caller that sends a value against it is refused")
def keyword_added(pair: Pair[Schema]) -> Iterator[Finding]:
    """Another limit (`pattern`, `format`, `multipleOf`, `uniqueItems`, `not`, …) is added."""
    for keyword in sorted(pair.new.keywords.keys() - pair.old.keywords.keys() - WITH_OWN_RULES):
        if not _comes_with_the_type(keyword, pair.new.keywords[keyword]):
            yield _keyword_changed(pair, keyword)


@LIMITS.rule(Effect.WIDENS, "a caller that relies on it meets a value against it")
def keyword_removed(pair: Pair[Schema]) -> Iterator[Finding]:
    """Another limit is removed."""
    for keyword in sorted(pair.old.keywords.keys() - pair.new.keywords.keys() - WITH_OWN_RULES):
        if not _comes_with_the_type(keyword, pair.old.keywords[keyword]):
            yield _keyword_changed(pair, keyword)


@LIMITS.rule(Effect.BREAKS, "what it does to callers is not known, so the worst is assumed")
def keyword_changed(pair: Pair[Schema]) -> Iterator[Finding]:
    """Another limit is changed, and not known to be wider or narrower."""
    for keyword in sorted(pair.old.keywords.keys() & pair.new.keywords.keys() - WITH_OWN_RULES - {"pattern", "format"}):
        old, new = pair.old.keywords[keyword], pair.new.keywords[keyword]
        if old != new and not (keyword == "multipleOf" and (_divides(old, new) or _divides(new, old))):
            yield _keyword_changed(pair, keyword)


def _shown(value: Json) -> str:
    return "none" if value is None else str(value)


def _holds(wide: Schema, narrow: Schema) -> bool:
    return wide.type in ("", narrow.type) or (wide.type, narrow.type) == ("number", "integer")


def _retyped(pair: Pair[Schema]) -> Finding:
    words = [schema.type or "anything" for schema in (pair.old, pair.new)]
    return Finding(f"type {words[0]} became {words[1]}", pair.new.place("type"))


def _keyword_changed(pair: Pair[Schema], keyword: str) -> Finding:
    words = [_shown(schema.keywords.get(keyword)) for schema in (pair.old, pair.new)]
    return Finding(f"{keyword} {words[0]} became {words[1]}", pair.new.place(keyword))


def _listed(values: frozenset[str]) -> str:
    return ", ".join(sorted(values))


def _tighter(keyword: str, one: Json, other: Json) -> bool:
    """Tell whether one bound leaves less than the other; no bound leaves everything."""
    if not is_number(one):
        return False
    if not is_number(other):
        return True
    return one > other if keyword in LOWER else one < other


def _comes_with_the_type(keyword: str, value: Json) -> bool:
    return keyword == "format" and isinstance(value, str) and value in TYPED


def _divides(step: Json, multiple: Json) -> bool:
    if not is_number(step) or not is_number(multiple) or step == multiple or not step:
        return False
    # As they are written: 0.3 is three times 0.1, which it is not in binary.
    return Decimal(str(multiple)) % Decimal(str(step)) == 0


def _contains(wide: Json, narrow: Json) -> bool:
    """Tell whether a mapping has all entries of another, at every level."""
    if isinstance(wide, dict) and isinstance(narrow, dict):
        return all(key in wide and _contains(wide[key], value) for key, value in narrow.items())
    return wide == narrow

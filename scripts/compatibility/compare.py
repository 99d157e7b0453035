"""Walks two documents side by side and asks the rules."""

from collections.abc import Callable
from dataclasses import replace

from compatibility.canonical import canonical
from compatibility.document import Document, Node
from compatibility.limit_rules import LIMITS, TYPES
from compatibility.message_rules import (
    CONTENTS,
    HEADERS,
    PARAMETER,
    PARAMETERS,
    RESPONSES,
    declared,
    headers,
    media_types,
    responses,
)
from compatibility.object_rules import OBJECTS
from compatibility.operation import Operation, matched, operations
from compatibility.operation_rules import DOCUMENTS, OPERATIONS
from compatibility.rules import Change, Direction, Pair
from compatibility.schema import Nodes, Schema
from compatibility.value_rules import ALTERNATIVES, VALUES, Alternatives

REQUEST, RESPONSE = Direction.REQUEST, Direction.RESPONSE
Opened = frozenset[tuple[Nodes, Nodes]]


def compare(old: Document, new: Document) -> list[Change]:
    """Return what changed between two contracts, the breaking changes first; what is used twice is listed once."""
    changes = DOCUMENTS.changes(Pair(old, new, RESPONSE), "document")
    for before, after in matched(operations(old), operations(new)):
        if before and after:
            changes += _operation(before, after)
    uses: dict[Change, list[str]] = {}
    for change in changes:
        places = uses.setdefault(replace(change, where=()), [])
        places += [where for where in change.where if where not in places]
    once = [replace(change, where=tuple(places)) for change, places in uses.items()]
    return sorted(once, key=lambda change: not change.breaking)


def _operation(old: Operation, new: Operation) -> list[Change]:
    pair = Pair(old, new, REQUEST)
    changes = [change for rules in (OPERATIONS, PARAMETERS, RESPONSES) for change in rules.changes(pair, old.name)]
    parameters = {parameter.key: parameter for parameter in new.parameters}
    for before in old.parameters:
        if after := parameters.get(before.key):
            where = f"{old.name} {before.key[0]} parameter {before.name}"
            changes += PARAMETER.changes(Pair(before, after, REQUEST), where)
            changes += _message(before.node, after.node, REQUEST, where)
    bodies = old.node.get("requestBody"), new.node.get("requestBody")
    if bodies[0] and bodies[1]:
        changes += _message(bodies[0], bodies[1], REQUEST, f"{old.name} request")
    before_by_status, after_by_status = responses(old), responses(new)
    for status in dict.fromkeys([*before_by_status, *after_by_status]):
        answers = declared(before_by_status, status), declared(after_by_status, status)
        if answers[0] and answers[1]:
            changes += _response(answers[0], answers[1], f"{old.name} {status}")
    return changes


def _response(old: Node, new: Node, where: str) -> list[Change]:
    changes = HEADERS.changes(Pair(old, new, RESPONSE), where) + _message(old, new, RESPONSE, where)
    after = headers(new)
    for name, header in headers(old).items():
        if name in after:
            changes += _message(header, after[name], RESPONSE, f"{where} header {name}")
    return changes


def _message(old: Node, new: Node, direction: Direction, where: str) -> list[Change]:
    """Compare what holds a schema, or one a media type: a body, a response, a header, a parameter."""
    changes = CONTENTS.changes(Pair(old, new, direction), where)
    before, after = media_types(old), media_types(new)
    for one, other in [(old, new), *((before[media], after[media]) for media in before if media in after)]:
        if "schema" in one.mapping or "schema" in other.mapping:
            changes += _values(Pair(_schema(one), _schema(other), direction), where, "$", frozenset())
    return changes


def _values(pair: Pair[Nodes], where: str, path: str, opened: Opened) -> list[Change]:
    if (pair.old, pair.new) in opened:
        return []
    opened |= {(pair.old, pair.new)}
    old, new = canonical(pair.old), canonical(pair.new)
    changes = VALUES.changes(Pair(old, new, pair.direction), f"{where} {path}")

    def different(one: Schema, other: Schema) -> list[Change]:
        return _schemas(Pair(one, other, pair.direction), where, path, opened)

    before, after = list(old.alternatives), list(new.alternatives)
    for likely in LIKELY:
        for one in tuple(before):
            if len(before) == len(after) == 1:
                break
            if other := next((other for other in after if likely(one, other, different)), None):
                before.remove(one)
                after.remove(other)
                changes += different(one, other)
    if len(before) == len(after) == 1:
        return changes + different(before[0], after[0])
    unmatched = Pair(Alternatives(old, tuple(before)), Alternatives(new, tuple(after)), pair.direction)
    return changes + ALTERNATIVES.changes(unmatched, f"{where} {path}")


def _schemas(pair: Pair[Schema], where: str, path: str, opened: Opened) -> list[Change]:
    changes = TYPES.changes(pair, f"{where} {path}")
    if any(change.rule == "type_replaced" for change in changes):  # nothing else of it can be compared
        return changes
    changes += [change for rules in (LIMITS, OBJECTS) for change in rules.changes(pair, f"{where} {path}")]
    below = [
        (f"{path}.{name}", nodes, pair.new.properties.get(name, ())) for name, nodes in pair.old.properties.items()
    ]
    below += [(f"{path}[]", pair.old.items, pair.new.items), (f"{path}.*", pair.old.additional, pair.new.additional)]
    for name, before, after in below:
        if before and after:
            changes += _values(Pair(before, after, pair.direction), where, name, opened)
    return changes


def _schema(holder: Node) -> Nodes:
    return (holder.child("schema") or Node(holder.document, holder.under("schema"), {}),)


# In which order the alternatives of a value find their partners: by class, as equals, by type.
Different = Callable[[Schema, Schema], list[Change]]
LIKELY: tuple[Callable[[Schema, Schema, Different], bool], ...] = (
    lambda one, other, _: bool(one.class_name) and one.class_name == other.class_name,
    lambda one, other, different: not different(one, other),
    lambda one, other, _: one.type == other.type and not (one.class_name and other.class_name),
)

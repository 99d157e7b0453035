"""Brings schemas into the canonical form.

References are followed with the component's name kept, `allOf` is merged, `oneOf` and `anyOf` become alternatives, the
ways to allow null become one flag, lists of types become one alternative a type, and what says nothing is dropped.
"""

from dataclasses import dataclass, replace
from itertools import product

from compatibility.document import Document, Node
from compatibility.merging import OF_THE_VALUE, allowed_types, merged
from compatibility.schema import Nodes, Schema, Value

COMBINED = {"$ref", "allOf", "oneOf", "anyOf", "nullable"}


def canonical(nodes: Nodes) -> Value:
    """Bring schemas that must all hold into the canonical form."""
    alternatives, nullable = list[Schema](), False
    combined = _together([_expanded(node, ()) for node in nodes])
    for alternative in combined:
        types = allowed_types(alternative.parts)
        nullable |= "null" in types
        alternatives += merged(alternative.parts, types, alternative.class_name)
    parts = [part for alternative in combined for part in alternative.parts]
    annotations = {key: part.mapping[key] for part in parts for key in OF_THE_VALUE & part.mapping.keys()}
    return Value(nodes, nullable, tuple(alternatives), {k: v for k, v in annotations.items() if v is not False})


def classes(document: Document) -> dict[str, Node]:
    """Return the components that are classes of the client, by the names of the classes."""
    components = document.root.get("components")
    found = {}
    for name, node in components.items("schemas") if components else ():
        if node.text("$ref").startswith("#"):  # another name for a component is no class of its own
            continue
        named = replace(node.follow(), name=name)
        for schema in canonical((named,)).alternatives:
            if schema.class_name == (named.text("title") or name):
                found[schema.class_name] = node
    return found


@dataclass(frozen=True)
class _Alternative:
    """Plain schemas that must all hold; `class_name` is None for no object, and empty for one written in place."""

    parts: Nodes
    class_name: str | None


def _expanded(node: Node, opened: tuple[str, ...]) -> list[_Alternative]:
    """Return the alternatives that a schema leaves, each as the plain schemas that must all hold."""
    if node.value is False:
        return []
    node = replace(node, value={}) if node.value is True else node
    if node.place in opened:
        raise node.error("is made of itself")
    opened = (*opened, node.place)
    own = replace(node, value={key: value for key, value in node.mapping.items() if key not in COMBINED})
    if "$ref" in node.mapping:
        target = _expanded(node.follow(), opened)
        # OpenAPI 3.0 ignores what stands beside a reference, except, by custom, that null is allowed.
        alternatives = target if node.document.is_3_0 else _together([target, [_Alternative((own,), None)]])
    else:
        every = [_expanded(element, opened) for element in node.elements("allOf")]
        some = [
            [alternative for element in elements for alternative in _expanded(element, opened)]
            for elements in (node.elements("oneOf"), node.elements("anyOf"))
            if elements
        ]
        alternatives = _together([[_Alternative((own,), _class_name(own, len(every)))], *every, *some])
    null = [_Alternative((replace(own, value={"type": "null"}),), None)]
    return alternatives + null if node.flag("nullable") else alternatives


def _together(choices: list[list[_Alternative]]) -> list[_Alternative]:
    """Combine one alternative of each; the outermost class among them is that of the whole."""
    together = []
    for chosen in product(*choices):
        names = [alternative.class_name for alternative in chosen if alternative.class_name is not None]
        parts = tuple(part for alternative in chosen for part in alternative.parts)
        together.append(_Alternative(parts, names[0] if names else None))
    return together


def _class_name(own: Node, composed: int) -> str | None:
    """Return the name of the class that the client has for an object."""
    named = own.text("title") or own.name
    if named and (composed or own.mapping.get("type") == "object" or "properties" in own.mapping):
        return named
    is_model = composed > 1 or "properties" in own.mapping or (not composed and own.mapping.get("type") == "object")
    return "" if is_model else None

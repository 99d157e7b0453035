"""What a value may hold, in one canonical form: two ways to write the same thing are equal."""

from dataclasses import dataclass
from typing import TypeGuard

from compatibility.document import Json, Node

LOWER = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
UPPER = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})

Nodes = tuple[Node, ...]


@dataclass(frozen=True)
class Schema:
    """One alternative of a value: plain schemas that must all hold, merged; `type` is empty where any is allowed.

    `class_name` is the client's class for an object: empty where it is named after its place, None where there is none.
    """

    parts: Nodes
    class_name: str | None
    type: str
    enum: frozenset[str] | None
    keywords: dict[str, Json]
    properties: dict[str, Nodes]
    required: frozenset[str]
    items: Nodes
    additional: Nodes
    closed: bool

    def place(self, *keys: str) -> str:
        """Return where a keyword stands, or would stand."""
        for depth in range(len(keys), 0, -1):
            for part in self.parts:
                if _has(part, keys[:depth]):
                    return part.under(*keys)
        return self.parts[0].under(*keys)


@dataclass(frozen=True)
class Value:
    """What a body, a property, an item, a header or a parameter may hold."""

    nodes: Nodes
    nullable: bool
    alternatives: tuple[Schema, ...]
    annotations: dict[str, Json]

    def place(self, key: str) -> str:
        """Return where an annotation of the value stands, or would stand."""
        parts = [*self.nodes, *(part for schema in self.alternatives for part in schema.parts)]
        return next((part for part in parts if _has(part, (key,))), parts[0]).under(key)

    @property
    def place_of_types(self) -> str:
        """Where the types that the value may have are written."""
        node, written = self.nodes[0], ("nullable", "anyOf", "oneOf", "type", "enum")
        return next((node.under(key) for key in written if _has(node, (key,))), node.place)

    @property
    def is_anything(self) -> bool:
        """Whether any type is allowed, null among them."""
        return any(not schema.type for schema in self.alternatives)


def is_number(value: Json) -> TypeGuard[int | float]:
    """Tell whether a value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _has(part: Node, keys: tuple[str, ...]) -> bool:
    node: Node | None = part
    for key in keys:
        node = node.child(key) if node and isinstance(node.value, dict) else None
    return node is not None

"""A schema as a reader sees it: references followed, `allOf` merged, and each keyword with the place it stands at."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from contract_tests.contract.dialect import place_of, source_place
from contract_tests.contract.files import reference_of
from contract_tests.contract.pointers import escape
from contract_tests.contract.schemas import Schemas, Validator

TYPES = frozenset(("string", "number", "integer", "boolean", "array", "object", "null"))
TYPE_NAMES = {str: "string", bool: "boolean", int: "integer", list: "array", dict: "object", type(None): "null"}
LOWER = frozenset(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"))
UPPER = frozenset(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"))
CHOICES = ("anyOf", "oneOf")


@dataclass(frozen=True)
class Keyword:
    """What a keyword says, and the place in the contract where it stands."""

    value: Any
    clause: str


@dataclass(frozen=True)
class Schema:
    """The schema at a place of the contract."""

    schemas: Schemas = field(repr=False)
    place: str

    @property
    def pointer(self) -> str:
        """The place in the contract where the schema itself stands, with every `$ref` followed."""
        return self.schemas.files.home(source_place(self.place))

    @cached_property
    def keywords(self) -> dict[str, Keyword]:
        """Every keyword that a value has to keep at this place, but for the choices of `branches`."""
        merged: dict[str, Keyword] = {}
        for place, node in self._parts:
            for name, value in node.items():
                new = Keyword(value, source_place(f"{place}/{escape(name)}"))
                merged[name] = _both(name, merged[name], new) if name in merged else new
        return merged

    def value(self, keyword: str) -> Any:
        """Return what a keyword says, or None where it is not said."""
        return self.keywords[keyword].value if keyword in self.keywords else None

    @cached_property
    def validator(self) -> Validator:
        """What compares a value with this schema."""
        return self.schemas.validator(self.place)

    @cached_property
    def types(self) -> frozenset[str]:
        """The JSON types a value may have; all of them where nothing says which."""
        if "type" in self.keywords:
            declared = _types(self.keywords["type"].value)
        elif "const" in self.keywords:
            declared = frozenset((_type_of(self.value("const")),))
        elif "enum" in self.keywords:
            declared = frozenset(_type_of(value) for value in self.value("enum"))
        elif self.branches:
            declared = frozenset().union(*(branch.types for branch in self.branches))
        else:
            return TYPES
        return declared | {"null"} if self._beside_null else declared

    @property
    def nullable(self) -> bool:
        """Whether null is declared, by a type or as one of two choices."""
        return "null" in self.types and self.types != TYPES

    @cached_property
    def required(self) -> frozenset[str]:
        """The names of the fields that an object has to have."""
        return frozenset(self.keywords["required"].value) if "required" in self.keywords else frozenset()

    @cached_property
    def properties(self) -> dict[str, Schema]:
        """The declared fields of an object, in the order of the contract."""
        found: dict[str, Schema] = {}
        for place, node in self._parts:
            for name in node.get("properties", {}):
                found.setdefault(name, Schema(self.schemas, f"{place}/properties/{escape(name)}"))
        return found

    @cached_property
    def all_properties(self) -> dict[str, Schema]:
        """The declared fields of an object and, where there is a choice, those of every branch."""
        found = dict(self.properties)
        for branch in self.branches:
            found |= {name: inner for name, inner in branch.all_properties.items() if name not in found}
        return found

    @property
    def optional(self) -> tuple[str, ...]:
        """The names of the declared fields that may be absent or null."""
        declared = self.all_properties.items()
        return tuple(name for name, inner in declared if name not in self.required or inner.nullable)

    @cached_property
    def items(self) -> Schema | None:
        """The schema of each item of an array, None where anything goes."""
        places = [place for place, node in self._parts if isinstance(node.get("items"), dict)]
        return Schema(self.schemas, f"{places[0]}/items") if places else None

    @cached_property
    def branches(self) -> tuple[Schema, ...]:
        """The schemas of which a value matches one, where the contract leaves a choice other than null."""
        return tuple(
            Schema(self.schemas, branch)
            for place, node in self._parts
            for branch in self._choices(place, node)
            if len(self._choices(place, node)) > 1
        )

    @cached_property
    def _parts(self) -> list[tuple[str, dict[str, Any]]]:
        """The places whose keywords all count here: this one, and what `$ref`, `allOf` or a choice beside null adds."""
        parts: list[tuple[str, dict[str, Any]]] = []
        waiting = [self.place]
        while waiting:
            place = waiting.pop(0)
            node = self.schemas.node(place)
            if not isinstance(node, dict) or any(place == known for known, _ in parts):
                continue
            parts.append((place, node))
            if reference := reference_of(node):
                waiting.append(place_of(reference, self.schemas.files.main))
            waiting += [f"{place}/allOf/{index}" for index in range(len(node.get("allOf", ())))]
            choices = self._choices(place, node)
            if len(choices) == 1:
                waiting += choices
        return parts

    @cached_property
    def _beside_null(self) -> bool:
        return any(
            self._is_null(f"{place}/{keyword}/{index}")
            for place, node in self._parts
            for keyword in CHOICES
            for index in range(len(node.get(keyword, ())))
        )

    def _choices(self, place: str, node: dict[str, Any]) -> list[str]:
        choices = (f"{place}/{keyword}/{index}" for keyword in CHOICES for index in range(len(node.get(keyword, ()))))
        return [choice for choice in choices if not self._is_null(choice)]

    def _is_null(self, place: str) -> bool:
        node = self.schemas.node(place)
        return isinstance(node, dict) and node.get("type") == "null"


def _both(name: str, outer: Keyword, inner: Keyword) -> Keyword:
    """Return the keyword that holds where two parts of a schema say the same one: the narrower, else the outer."""
    if name == "required":
        return Keyword([*outer.value, *(field for field in inner.value if field not in outer.value)], outer.clause)
    if name == "type":
        return Keyword(sorted(_types(outer.value) & _types(inner.value)), outer.clause)
    if (name in LOWER and inner.value > outer.value) or (name in UPPER and inner.value < outer.value):
        return inner
    return outer


def _type_of(value: Any) -> str:
    """Return the JSON type of a value."""
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    return TYPE_NAMES[type(value)]


def _types(value: str | list[str]) -> frozenset[str]:
    return frozenset([value] if isinstance(value, str) else value)

"""Validators for the schemas of the contract, formats included."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from contract_tests.contract.dialect import BASE, INTEGER_BITS, INTEGER_FORMAT, source_place, translated, uri
from contract_tests.contract.errors import ContractError
from contract_tests.contract.files import Files, reference_of
from contract_tests.contract.mismatch import Mismatch, mismatches_of
from contract_tests.contract.pointers import child, split
from contract_tests.contract.walk import rebuilt

# The package's own check of a schema does not read patterns; this one asserts formats, and `regex` is one.
META_SCHEMA = jsonschema_rs.Draft202012Validator(
    {"$ref": "https://json-schema.org/draft/2020-12/schema"}, validate_formats=True
)


@dataclass(frozen=True)
class Validator:
    """A schema of the contract, ready to be compared with values; `place` is where it stands."""

    place: str
    compiled: jsonschema_rs.Draft202012Validator = field(repr=False)
    main: str

    def mismatches(self, value: object) -> list[Mismatch]:
        """Return every way in which a JSON value differs from the schema."""
        return [found for error in self.compiled.iter_errors(value) for found in mismatches_of(error, value, self.main)]

    def is_valid(self, value: object) -> bool:
        """Tell whether a JSON value matches the schema."""
        return bool(self.compiled.is_valid(value))


@dataclass(frozen=True)
class Schemas:
    """Every schema of the contract as JSON Schema 2020-12, and the validators made of them."""

    files: Files

    @cached_property
    def documents(self) -> dict[str, Any]:
        """Every file of the contract, translated."""
        return {name: translated(self.files, name) for name in self.files.sources}

    def validator(self, place: str) -> Validator:
        """Return the validator of the schema at a place; raises ContractError when it is no usable schema."""
        if place not in self._validators:
            self._validators[place] = self._compiled(place)
        return self._validators[place]

    @cached_property
    def _validators(self) -> dict[str, Validator]:
        return {}

    def _compiled(self, place: str) -> Validator:
        for reached in self._reached(place):
            self._require_schema(reached)
        try:
            compiled = jsonschema_rs.Draft202012Validator(
                {"$ref": uri(place, self.files.main)},
                registry=self._registry,
                validate_formats=True,
                formats={"byte": _is_base64},
                keywords={INTEGER_FORMAT: _IntegerFormat},
            )
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as error:
            raise self._unusable(place, error.message) from None
        return Validator(place, compiled, self.files.main)

    def node(self, place: str) -> Any:
        """Return what stands at a place, translated."""
        source, pointer = self.files.source(place)
        value = self.documents[source.name]
        for step in split(pointer):
            value = child(value, step)
        return value

    @cached_property
    def _registry(self) -> jsonschema_rs.Registry:
        return jsonschema_rs.Registry([(f"{BASE}{quote(name)}", value) for name, value in self.documents.items()])

    def _reached(self, place: str) -> list[str]:
        """Return the place and, without repeating one, those that references lead to from it."""
        reached = [place]

        def visit(node: dict[str, Any], _pointer: str) -> dict[str, Any]:
            if (reference := reference_of(node)) and self.files.place(reference) not in reached:
                reached.append(self.files.place(reference))
            return node

        for waiting in reached:
            rebuilt(self.files.at(waiting), visit, waiting)
        return reached

    def _require_schema(self, place: str) -> None:
        node = self.node(place)
        try:
            META_SCHEMA.validate(node)
        except jsonschema_rs.ValidationError as error:
            wrong = next(mismatches_of(error, node, self.files.main))
            raise self._unusable(place + wrong.pointer, wrong.message) from None

    def _unusable(self, place: str, problem: str) -> ContractError:
        return self.files.error(source_place(place), f"this is no usable schema: {problem}", "Correct it.")


class _IntegerFormat:
    """The formats int32 and int64 of OpenAPI: the bounds of such an integer."""

    def __init__(self, _schema: dict[str, Any], name: str, _path: list[str | int]) -> None:
        self.name, self.bits = name, INTEGER_BITS[name]

    def validate(self, value: object) -> None:
        """Raise ValueError for a whole number that so many bits do not hold."""
        if isinstance(value, int | float) and not -(2 ** (self.bits - 1)) <= value < 2 ** (self.bits - 1):
            raise ValueError(f"must be in the format {self.name}")


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True

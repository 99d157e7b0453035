"""One way in which a JSON value differs from its schema, told shortly and at its real place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from jsonschema_rs import ValidationError, ValidationErrorKind

from contract_tests.contract.dialect import INTEGER_FORMAT, place_of, source_place
from contract_tests.contract.pointers import join

SHOWN = 60
OF_FIELDS = frozenset(("required", "dependentRequired", "additionalProperties", "unevaluatedProperties"))


@dataclass(frozen=True)
class Mismatch:
    """Where and how a JSON value differs from its schema.

    `pointer` is the place in the value (RFC 6901), `keyword` the JSON Schema keyword that it breaks, and `clause` the
    place in openapi.yaml of that keyword. A field that is missing, or one too many, is part of `pointer`.
    """

    pointer: str
    keyword: str
    message: str
    clause: str = ""

    @property
    def owner(self) -> str:
        """The place of the value that breaks the keyword: the object, where a field is missing or one too many."""
        return self.pointer.rpartition("/")[0] if self.keyword in OF_FIELDS else self.pointer


def mismatches_of(error: ValidationError, value: object, main: str) -> Iterator[Mismatch]:
    """Yield what a validator's error says of a value: one mismatch a place, and the best fitting branch of a choice."""
    kind = error.kind
    pointer = join(*error.instance_path)
    clause = source_place(place_of(error.absolute_keyword_location or "", main))
    keyword = clause.rpartition("/")[2]
    match kind:
        case ValidationErrorKind.AnyOf(context) | ValidationErrorKind.OneOfNotValid(context):
            if branch := _best_fitting(context, error.instance_path):
                for inner in branch:
                    yield from mismatches_of(inner, value, main)
                return
        case ValidationErrorKind.AdditionalProperties(names) | ValidationErrorKind.UnevaluatedProperties(names):
            for name in names:
                yield Mismatch(pointer + join(name), keyword, f"{shown(name)} is not allowed here", clause)
            return
        case ValidationErrorKind.FalseSchema() if keyword in OF_FIELDS:
            # Where nothing else is declared, the validator does not name the fields.
            for name in _at(value, error.instance_path):
                yield Mismatch(pointer + join(name), keyword, f"{shown(name)} is not allowed here", clause)
            return
        case ValidationErrorKind.Required(name):
            yield Mismatch(pointer + join(name), keyword, f"{shown(name)} is missing", clause)
            return
    yield Mismatch(pointer, keyword, _message(error), clause)


def shown(value: object) -> str:
    """Return a value as JSON where it is short, else what it is."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _at(value: Any, path: list[str | int]) -> Any:
    for step in path:
        value = value[step]
    return value


def _best_fitting(branches: list[list[ValidationError]], place: list[str | int]) -> list[ValidationError] | None:
    """Return the errors of the branch that was meant, or None when the value is of no branch's type."""
    meant = [errors for errors in branches if errors and not _is_other_type(errors, place)]
    if not meant:
        # null was no choice of its own: what is wrong is told of the other branch.
        meant = [errors for errors in branches if errors and _types(errors) != ["null"]]
        return meant[0] if len(meant) == 1 else None
    return min(meant, key=lambda errors: (_decides(errors), len(errors)))


def _is_other_type(errors: list[ValidationError], place: list[str | int]) -> bool:
    return any(error.kind.name == "type" and error.instance_path == place for error in errors)


def _types(errors: list[ValidationError]) -> list[str]:
    return [name for error in errors if isinstance(error.kind, ValidationErrorKind.Type) for name in error.kind.types]


def _decides(errors: list[ValidationError]) -> bool:
    """Tell whether a constant is broken: a field such as `kind` says which branch is meant."""
    return any(error.kind.name in ("const", "enum") for error in errors)


def _message(error: ValidationError) -> str:
    value = shown(error.instance)
    match error.kind:
        case ValidationErrorKind.Type(types):
            return f"must be {_any_of(_with_article(name) for name in sorted(types, key='null'.__eq__))}, is {value}"
        case ValidationErrorKind.Format(name):
            return f"must be in the format {name}, is {value}"
        case ValidationErrorKind.Custom(keyword) if keyword == INTEGER_FORMAT:
            return f"{error.message}, is {value}"
        case ValidationErrorKind.Enum(options):
            return f"must be {_any_of(shown(option) for option in options[:10])}, is {value}"
        case ValidationErrorKind.Constant(expected):
            return f"must be {shown(expected)}, is {value}"
        case ValidationErrorKind.Pattern(pattern):
            return f"must match the pattern {pattern}, is {value}"
        case ValidationErrorKind.FalseSchema():
            return "is not allowed here"
        case ValidationErrorKind.OneOfMultipleValid():
            return "fits more than one of the declared schemas"
        case ValidationErrorKind.AnyOf() | ValidationErrorKind.OneOfNotValid():
            return f"fits none of the declared schemas, is {value}"
    limit = getattr(error.kind, "limit", getattr(error.kind, "multiple_of", None))
    if limit is not None:
        return f"breaks {error.kind.name} {limit}, is {value}"
    return f"breaks {error.kind.name}"


def _any_of(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def _with_article(name: str) -> str:
    if name == "null":
        return name
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"

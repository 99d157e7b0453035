"""A second validator, of other authors than the first, which reads formats as generously as a server may."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time
from ipaddress import IPv4Address, IPv6Address
from typing import Any
from uuid import UUID

from jsonschema import Draft202012Validator, FormatChecker, ValidationError  # type: ignore[import-untyped]
from jsonschema.validators import extend  # type: ignore[import-untyped]
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from contract_tests.contract import Schema
from contract_tests.contract.dialect import BASE, INTEGER_BITS, INTEGER_FORMAT, uri
from contract_tests.contract.pointers import join

READERS: dict[str, Callable[[str], object]] = {
    "uuid": UUID,
    "date-time": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "ipv4": IPv4Address,
    "ipv6": IPv6Address,
    "byte": base64.b64decode,
}
PATTERNS = {
    "duration": r"[-+]?P(?=.)(\d+[YMWD])*(T(?=.)(\d+(\.\d+)?[HMS])+)?",
    "email": r".+@.+",
    "hostname": r"[\w.]*\w[\w.-]*",
    "uri": r"[A-Za-z][A-Za-z0-9+.-]*:\S*",
}


class SecondOpinion:
    """Tells which keywords a value breaks, and at which places of it."""

    def __init__(self, schema: Schema) -> None:
        schemas = schema.schemas
        resources = ((f"{BASE}{name}", DRAFT202012.create_resource(value)) for name, value in schemas.documents.items())
        registry: Registry[Any] = Registry().with_resources(resources)
        validator = extend(Draft202012Validator, {INTEGER_FORMAT: _integer_format})
        self.validator = validator(
            {"$ref": uri(schema.place, schemas.files.main)}, registry=registry, format_checker=_formats()
        )

    def of(self, value: Any) -> set[tuple[str, str]]:
        """Return every keyword that the value breaks, with the JSON pointer of the place."""
        return {
            ("format" if error.validator == INTEGER_FORMAT else str(error.validator), join(*error.absolute_path))
            for error in _innermost(self.validator.iter_errors(value))
        }


def _innermost(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    """Yield the errors themselves and, for a choice, those of the branch that was meant."""
    for error in errors:
        branches: dict[Any, list[ValidationError]] = {}
        for inner in error.context or ():
            if (inner.validator, inner.validator_value) != ("type", "null"):
                branches.setdefault(inner.relative_schema_path[0], []).append(inner)
        meant: list[list[ValidationError]] = [
            branch for branch in branches.values() if len(branches) == 1 or not _is_other_type(branch, error)
        ]
        if meant:
            best = min(meant, key=_misfit)
            yield from _innermost(best)
        else:
            yield error


def _is_other_type(branch: list[ValidationError], error: ValidationError) -> bool:
    return any(inner.validator == "type" and inner.absolute_path == error.absolute_path for inner in branch)


def _misfit(branch: list[ValidationError]) -> tuple[bool, int]:
    """Rank a branch: a constant that is broken, like a `kind`, says that another branch was meant."""
    return any(inner.validator in ("const", "enum") for inner in branch), len(branch)


def _formats() -> FormatChecker:
    checker = FormatChecker(formats=())
    for name, reader in READERS.items():
        checker.checks(name, raises=ValueError)(_reading(reader))
    for name, pattern in PATTERNS.items():
        checker.checks(name)(_matching(pattern))
    return checker


def _reading(reader: Callable[[str], object]) -> Callable[[object], bool]:
    def is_readable(value: object) -> bool:
        return not isinstance(value, str) or reader(value) is not None

    return is_readable


def _matching(pattern: str) -> Callable[[object], bool]:
    return lambda value: not isinstance(value, str) or re.fullmatch(pattern, value) is not None


def _integer_format(_validator: Any, name: str, value: Any, _schema: Any) -> Iterator[ValidationError]:
    limit = 2 ** (INTEGER_BITS[name] - 1)
    if isinstance(value, int) and not -limit <= value < limit:
        yield ValidationError(f"no {name}")

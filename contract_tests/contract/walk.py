"""Goes through an OpenAPI document and tells its own words from names and data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contract_tests.contract.pointers import escape

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
"""The keys of a path item that are operations (OpenAPI 3.1, section "Path Item Object")."""

Visit = Callable[[dict[str, Any], str], dict[str, Any]]

# Below these keys stand names that somebody chose; a property may well be called `example` or `$ref`.
NAMED = frozenset(
    (
        *(
            "paths",
            "pathItems",
            "webhooks",
            "callbacks",
            "schemas",
            "responses",
            "parameters",
            "requestBodies",
            "headers",
        ),
        *("links", "securitySchemes", "content", "examples", "encoding", "variables"),
        *("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"),
    )
)
# Below these keys stands data, in which `$ref` is a word like any other.
DATA = frozenset(("example", "default", "const", "enum", "value", "mapping"))


def rebuilt(value: Any, visit: Visit, place: str, *, names: bool = False) -> Any:
    """Return a copy of a part of a document, each of its objects as `visit` gives it back, innermost first."""
    if isinstance(value, list):
        return [rebuilt(item, visit, f"{place}/{index}") for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    copy = {
        key: inner
        if not names and _is_data(key, inner)
        else rebuilt(inner, visit, f"{place}/{escape(key)}", names=not names and key in NAMED)
        for key, inner in value.items()
    }
    return copy if names else visit(copy, place)


def _is_data(key: str, value: Any) -> bool:
    return key in DATA or key.startswith("x-") or (key == "examples" and isinstance(value, list))

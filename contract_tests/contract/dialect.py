"""Translates the schemas of OpenAPI 3.0 and 3.1 into JSON Schema 2020-12, which stands at the same places."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

from contract_tests.contract.files import Files, reference_of
from contract_tests.contract.pointers import file_and_pointer
from contract_tests.contract.walk import rebuilt

BASE = "contract://files/"
IN_FRAGMENT = "/~!$&'()*+,;=:@"
INTEGER_BITS = {"int32": 32, "int64": 64}
# Words that only the translation has. `format` is about text for every validator, so the one of integers has a name of
# its own; and where 3.0 says `nullable` but no type, what else it says moves one step down, beside null.
INTEGER_FORMAT = "x-integer-format"
BESIDE_NULL = "x-beside-null"


def uri(place: str, main: str) -> str:
    """Return the URI under which a validator knows a place."""
    file, pointer = file_and_pointer(place)
    return f"{BASE}{quote(file or main)}#{quote(pointer, safe=IN_FRAGMENT)}"


def place_of(location: str, main: str) -> str:
    """Return the place in the translation that a validator's URI stands for."""
    file, _, pointer = location.removeprefix(BASE).partition("#")
    return unquote(pointer) if unquote(file) == main else f"{unquote(file)}#{unquote(pointer)}"


def source_place(place: str) -> str:
    """Return the place in the document of what stands at a place in the translation."""
    return place.replace(f"/{BESIDE_NULL}", "").replace(f"/{INTEGER_FORMAT}", "/format")


def translated(files: Files, name: str) -> Any:
    """Return the value of a file with every schema in it as JSON Schema 2020-12 and every `$ref` as a URI."""
    prefix = "" if name == files.main else f"{name}#"
    old = str(files.sources[files.main].value.get("openapi", "")).startswith("3.0")

    def visit(node: dict[str, Any], pointer: str) -> dict[str, Any]:
        if reference := reference_of(node):
            target = {"$ref": uri(files.place(reference), files.main)}
            # What stands beside a `$ref` counts since 3.1.
            return target if old else node | target
        if node.get("format") in tuple(INTEGER_BITS):
            node = {INTEGER_FORMAT if key == "format" else key: value for key, value in node.items()}
        return _from_3_0(node, uri(f"{prefix}{pointer}", files.main)) if old else node

    return rebuilt(files.sources[name].value, visit, "")


def _from_3_0(node: dict[str, Any], here: str) -> dict[str, Any]:
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if node.get(exclusive) is True and bound in node:
            node = {key: value for key, value in node.items() if key != bound} | {exclusive: node[bound]}
        elif isinstance(node.get(exclusive), bool):
            node = {key: value for key, value in node.items() if key != exclusive}
    if node.get("nullable") is not True:
        return node
    if isinstance(node.get("type"), str):
        return node | {"type": [node["type"], "null"]}
    return {BESIDE_NULL: node, "anyOf": [{"$ref": f"{here}/{BESIDE_NULL}"}, {"type": "null"}]}

"""What the generated client checks of an answer: the schemas of openapi.yaml, with what says nothing left out."""

import re
from collections.abc import Iterator
from typing import Any

from read_contract import ALTERNATIVES, UnusableError, parts, resolve

from contract_tests.contract.pointers import escape

CHECKED = {"$ref", "type", "const", "format", "pattern", "multipleOf", "properties", "required", "items"}
CHECKED |= {f"{which}{of}" for which in ("min", "max") for of in ("Length", "Items", "Properties", "imum")}
CHECKED |= {"additionalProperties", "uniqueItems", "exclusiveMinimum", "exclusiveMaximum", *ALTERNATIVES}
SILENT = {"title", "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly", "$comment"}
SILENT |= {"externalDocs", "xml", "discriminator", "contentMediaType", "contentEncoding"}
DOLLAR = re.compile(r"(\\.|\[(?:\\.|[^]\\])*\])|\$", re.DOTALL)


def checks_of(document: dict[str, Any], answers: list[str]) -> dict[str, Any]:
    """Return by reference what is checked of these schemas and of all that they refer to, or raise UnusableError."""
    found: dict[str, Any] = {}
    waiting = list(answers)
    while waiting:
        reference = waiting.pop(0)
        if reference not in found:
            schema = resolve(document, reference[1:])
            for part in parts(schema, "schema", reference[1:]):
                _require_checkable(document, part.pointer, part.node)
                waiting += [part.node["$ref"]] if "$ref" in part.node else []
            found[reference] = _check(schema)
    return found


def whole(document: dict[str, Any], schema: dict[str, Any], *keys: str) -> Iterator[dict[str, Any]]:
    """Yield a schema, what it refers to, and what it is put together from by these keywords."""
    waiting, seen = [schema], set[str]()
    while waiting:
        one = waiting.pop(0)
        yield one
        waiting += [member for key in keys for member in one.get(key, ())]
        if (reference := one.get("$ref")) and reference not in seen:
            seen.add(reference)
            waiting.append(resolve(document, reference[1:]))


def types_of(schema: dict[str, Any]) -> list[str]:
    """Return the JSON types that a schema names."""
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else kinds


def _require_checkable(document: dict[str, Any], pointer: str, schema: dict[str, Any]) -> None:
    for key in schema:
        if key not in CHECKED | SILENT and not key.startswith("x-"):
            raise UnusableError(f"{pointer}/{escape(key)}", f"is not checked by the client; leave {key} out")
    if schema.get("format") == "binary":
        raise UnusableError(f"{pointer}/format", "is binary, which JSON does not have; write contentEncoding: base64")
    if "pattern" in schema:
        try:
            re.compile(_python_pattern(schema["pattern"]), re.ASCII)
        except re.error as error:
            problem = f"is no pattern that Python reads ({error}); write a simpler one"
            raise UnusableError(f"{pointer}/pattern", problem) from None
    for key in ("anyOf", "oneOf"):
        if not _are_told_apart(document, schema.get(key, [])):
            problem = "holds objects or lists that nothing tells apart; give each a required const property"
            raise UnusableError(f"{pointer}/{key}", problem)


def _are_told_apart(document: dict[str, Any], alternatives: list[dict[str, Any]]) -> bool:
    """Tell whether the models, which are tried one after another, take the right one."""
    constants: dict[str, set[str]] = {}
    containers = []
    for alternative in alternatives:
        members = list(whole(document, alternative, "allOf"))
        if any("properties" in one or {"object", "array"}.intersection(types_of(one)) for one in members):
            containers.append({kind for one in members for kind in types_of(one)})
            required = {name for one in members for name in one.get("required", ())}
            for name, of in ((name, of) for one in members for name, of in one.get("properties", {}).items()):
                if name in required and "const" in of:
                    constants.setdefault(name, set()).add(repr(of["const"]))
    is_one_each = all(not (one & other) for at, one in enumerate(containers) for other in containers[:at])
    return is_one_each or any(len(values) == len(containers) for values in constants.values())


def _check(schema: dict[str, Any]) -> dict[str, Any]:
    check = {key: value for key, value in schema.items() if key in CHECKED}
    if "type" in check:
        check["type"] = types_of(check)
    if "pattern" in check:
        check["pattern"] = _python_pattern(check["pattern"])
    if "properties" in check:
        check["properties"] = {name: _check(one) for name, one in check["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(check.get(key), dict):
            check[key] = _check(check[key])
    for key in ALTERNATIVES:
        if key in check:
            check[key] = [_check(one) for one in check[key]]
    return check


def _python_pattern(pattern: str) -> str:
    """Spell a pattern of ECMA-262 for Python, whose `$` also stands before a last line feed."""
    return DOLLAR.sub(lambda found: found[1] or r"\Z", pattern)

"""Make one document of openapi.yaml and the files beside it, as openapi-python-client reads it; and its parts."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

sys.path[:0] = [str(Path(__file__).resolve().parent.parent)]

from contract_tests.contract.errors import ContractError  # noqa: E402
from contract_tests.contract.files import Files, read_all, reference_of  # noqa: E402
from contract_tests.contract.pointers import child, escape, file_and_pointer, split  # noqa: E402
from contract_tests.contract.walk import METHODS  # noqa: E402

SCHEMAS = "/components/schemas"
ALTERNATIVES = ("allOf", "anyOf", "oneOf")
# Which parts of a document hold which others: "{}" is a mapping of them, "[]" a list. The rest is data, examples say.
_SCHEMAS = dict.fromkeys(("properties", "patternProperties", "dependentSchemas"), "schema{}")
_SCHEMAS |= dict.fromkeys((*ALTERNATIVES, "prefixItems"), "schema[]")
_SCHEMAS |= dict.fromkeys(("items", "additionalProperties", "not", "if", "then", "else", "contains"), "schema")
_SCHEMAS |= dict.fromkeys(("propertyNames", "unevaluatedItems", "unevaluatedProperties"), "schema")
PARTS: dict[str, dict[str, str]] = {
    "document": {"components": "components", "paths": "path{}"},
    "components": {
        "schemas": "schema{}",
        "responses": "response{}",
        "parameters": "parameter{}",
        "requestBodies": "body{}",
        "headers": "parameter{}",
    },
    "path": {"parameters": "parameter[]"} | dict.fromkeys(METHODS, "operation"),
    "operation": {"parameters": "parameter[]", "requestBody": "body", "responses": "response{}"},
    "response": {"headers": "parameter{}", "content": "media type{}"},
    "body": {"content": "media type{}"},
    "parameter": {"schema": "schema", "content": "media type{}"},
    "media type": {"schema": "schema"},
    "schema": _SCHEMAS,
}


class UnusableError(ContractError):
    """Says in one sentence where in the contract the reason lies (a JSON pointer), and what to write instead."""

    def __init__(self, pointer: str, problem: str) -> None:
        super().__init__(f"#{pointer} {problem}")


class Part(NamedTuple):
    """A part of the document: what it is, where it stands, and what stands there."""

    kind: str
    pointer: str
    node: dict[str, Any]


def read_contract(spec: Path) -> dict[str, Any]:
    """Return the document with every `$ref` leading to one of its own schemas, whatever file it led to.

    Raises ContractError for what the loader refuses (`contract_tests.contract.files.read_all`), and UnusableError.
    """
    return _Bundle(read_all(spec)).document()


def parts(node: dict[str, Any], kind: str = "document", pointer: str = "") -> Iterator[Part]:
    """Yield a part and all parts in it, inner ones first and components before paths; raises UnusableError."""
    for key, of in PARTS[kind].items():
        held, place = node.get(key), f"{pointer}/{escape(key)}"
        children: list[tuple[str, Any]] = [(place, held)]
        if of.endswith("{}"):
            if not isinstance(held, dict | None):
                raise UnusableError(place, "is no mapping; write one")
            children = [(f"{place}/{escape(name)}", one) for name, one in (held or {}).items()]
        elif of.endswith("[]"):
            children = [(f"{place}/{index}", one) for index, one in enumerate(held or [])]
        for where, one in children:
            if of == "schema{}" and not isinstance(one, dict | bool):
                raise UnusableError(where, "is no schema; write a mapping")
            if isinstance(one, dict):
                yield from parts(one, of.rstrip("{}[]"), where)
    yield Part(kind, pointer, node)


def resolve(document: Any, pointer: str) -> Any:
    """Return what a JSON pointer (RFC 6901) names; raises LookupError or ValueError where it names nothing."""
    for step in split(pointer):
        document = child(document, step)
    return document


class _Bundle:
    """Takes each part that a `$ref` leads to into the document: a schema as a component, all else in its place."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.names: dict[str, str] = {}
        self.schemas: dict[str, Any] = {}

    def document(self) -> dict[str, Any]:
        document = self.files.at("")
        components = document.get("components")
        own = components.get("schemas") if isinstance(components, dict) else None
        for name, schema in own.items() if isinstance(own, dict) else ():
            self.names[f"{SCHEMAS}/{escape(name)}"] = name
            if isinstance(schema, dict) and set(schema) == {"$ref"}:
                # A component that only says where it stands lends what stands there its name.
                target = self.files.place(schema["$ref"])
                if target.rpartition("/")[0] != SCHEMAS:
                    self.names.setdefault(target, name)
        whole = self._part(document, "document", "")
        if self.schemas:
            schemas = whole.setdefault("components", {}).setdefault("schemas", {})
            whole["components"]["schemas"] = schemas | self.schemas
        return dict(whole)

    def _part(self, node: Any, kind: str, pointer: str) -> Any:
        if not isinstance(node, dict):
            return node
        if (reference := reference_of(node)) and kind in PARTS:
            target = self.files.place(reference)
            if kind == "schema" and (name := self._name(target)) and pointer != f"{SCHEMAS}/{escape(name)}":
                node = {**node, "$ref": f"#{SCHEMAS}/{escape(name)}"}
            else:
                return self._part(self.files.at(target), kind, pointer)
        whole = dict(node)
        for key, of in PARTS[kind].items():
            held, place, inner = node.get(key), f"{pointer}/{escape(key)}", of.rstrip("{}[]")
            if isinstance(held, dict) and of.endswith("{}"):
                whole[key] = {name: self._part(one, inner, f"{place}/{escape(name)}") for name, one in held.items()}
            elif isinstance(held, list) and of.endswith("[]"):
                whole[key] = [self._part(one, inner, f"{place}/{at}") for at, one in enumerate(held)]
            elif isinstance(held, dict) and of == inner:
                whole[key] = self._part(held, inner, place)
        return whole

    def _name(self, target: str) -> str:
        """Return the name of a schema among the components, which it is made one of when it is first met."""
        if target not in self.names:
            file, pointer = file_and_pointer(target)
            name = pointer.rpartition("/")[2] or Path(file).stem
            if name in self.names.values():
                raise UnusableError(
                    f"{SCHEMAS}/{escape(name)}",
                    f"is also what the schema at {target} would be called; rename one of them",
                )
            self.names[target] = name
            self.schemas[name] = self._part(self.files.at(target), "schema", f"{SCHEMAS}/{escape(name)}")
        return self.names[target]

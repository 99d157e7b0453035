"""Read openapi.yaml, and the files beside it that it refers to, into one document of plain JSON values."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
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


class ContractError(Exception):
    """Says in one sentence where in the contract the reason lies (a JSON pointer), and what to write instead."""

    def __init__(self, pointer: str, problem: str) -> None:
        super().__init__(f"#{pointer} {problem}" if pointer else problem)


class Part(NamedTuple):
    """A part of the document: what it is, where it stands, and what stands there."""

    kind: str
    pointer: str
    node: dict[str, Any]


def read_contract(spec: Path) -> dict[str, Any]:
    """Return the document with every `$ref` leading to one of its own schemas, whatever file it led to."""
    document = _load(spec)
    if not isinstance(document, dict):
        raise ContractError("", "holds no OpenAPI document; its top level has to be a mapping")
    return _Bundle(spec, document).document()


def parts(node: dict[str, Any], kind: str = "document", pointer: str = "") -> Iterator[Part]:
    """Yield a part and all parts in it, inner ones first and components before paths."""
    for key, of in PARTS[kind].items():
        held, place = node.get(key), f"{pointer}/{escape(key)}"
        children: list[tuple[str, Any]] = [(place, held)]
        if of.endswith("{}"):
            children = [(f"{place}/{escape(name)}", one) for name, one in (held or {}).items()]
        elif of.endswith("[]"):
            children = [(f"{place}/{index}", one) for index, one in enumerate(held or [])]
        for where, child in children:
            if isinstance(child, dict):
                yield from parts(child, of.rstrip("{}[]"), where)
    yield Part(kind, pointer, node)


def resolve(document: Any, pointer: str) -> Any:
    """Return what a JSON pointer (RFC 6901) names; raises LookupError where it names nothing."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        document = document[int(name) if isinstance(document, list) and name.isdecimal() else name]
    return document


def escape(step: str) -> str:
    """Spell a key as a step of a JSON pointer."""
    return step.replace("~", "~0").replace("/", "~1")


class _Bundle:
    """Takes each part that a `$ref` leads to into the document: a schema as a component, all else in its place."""

    def __init__(self, spec: Path, document: dict[str, Any]) -> None:
        self.spec = spec.resolve()
        self.files: dict[Path, Any] = {self.spec: document}
        self.names: dict[tuple[Path, str], str] = {}
        self.schemas: dict[str, Any] = {}

    def document(self) -> dict[str, Any]:
        document = self.files[self.spec]
        components = document.get("components")
        own = components.get("schemas") if isinstance(components, dict) else None
        for name, schema in own.items() if isinstance(own, dict) else ():
            place = f"/components/schemas/{escape(name)}"
            self.names[self.spec, place] = name
            if isinstance(schema, dict) and set(schema) == {"$ref"}:
                # A component that only says where it stands lends what stands there its name.
                file, target = self._locate(schema["$ref"], self.spec, place)
                if file != self.spec or target.rpartition("/")[0] != "/components/schemas":
                    self.names.setdefault((file, target), name)
        whole = self._part(document, "document", self.spec, "", ())
        if self.schemas:
            schemas = whole.setdefault("components", {}).setdefault("schemas", {})
            whole["components"]["schemas"] = schemas | self.schemas
        return dict(whole)

    def _part(self, node: Any, kind: str, file: Path, pointer: str, seen: tuple[object, ...]) -> Any:
        if not isinstance(node, dict):
            return node
        if isinstance(node.get("$ref"), str) and kind in PARTS:
            target = self._locate(node["$ref"], file, pointer)
            if kind == "schema" and (name := self._name(target)) and pointer != f"/components/schemas/{escape(name)}":
                node = {**node, "$ref": f"#/components/schemas/{escape(name)}"}
            elif target in seen:
                raise ContractError(pointer, f"leads to itself by {node['$ref']}; write the {kind} itself there")
            else:
                found = resolve(self.files[target[0]], target[1])
                return self._part(found, kind, target[0], pointer, (*seen, target))
        whole = dict(node)
        for key, of in PARTS[kind].items():
            held, place, inner = node.get(key), f"{pointer}/{escape(key)}", of.rstrip("{}[]")
            if isinstance(held, dict) and of.endswith("{}"):
                whole[key] = {
                    name: self._part(one, inner, file, f"{place}/{escape(name)}", seen) for name, one in held.items()
                }
            elif isinstance(held, list) and of.endswith("[]"):
                whole[key] = [self._part(one, inner, file, f"{place}/{at}", seen) for at, one in enumerate(held)]
            elif isinstance(held, dict) and of == inner:
                whole[key] = self._part(held, inner, file, place, seen)
        return whole

    def _name(self, target: tuple[Path, str]) -> str:
        """Return the name of a schema among the components, which it is made one of when it is first met."""
        if target not in self.names:
            file, place = target
            name = place.rpartition("/")[2] or file.stem
            if name in self.names.values():
                raise ContractError(
                    f"/components/schemas/{escape(name)}",
                    f"is also what the schema at {file.name}#{place} would be called; rename one of them",
                )
            self.names[target] = name
            found = resolve(self.files[file], place)
            self.schemas[name] = self._part(found, "schema", file, f"/components/schemas/{escape(name)}", (target,))
        return self.names[target]

    def _locate(self, reference: str, file: Path, pointer: str) -> tuple[Path, str]:
        """Return the file and the place in it that a `$ref` leads to, and see that something is there."""
        address = urlsplit(reference)
        if address.scheme or address.netloc:
            raise ContractError(pointer, f"leads to {reference}; put that file beside the contract and refer to it")
        if address.path:
            file = (file.parent / unquote(address.path)).resolve()
        if file not in self.files:
            try:
                self.files[file] = _load(file)
            except ContractError as error:
                raise ContractError(pointer, f"leads to {reference}, which {error}") from None
        place = unquote(address.fragment)
        try:
            resolve(self.files[file], place)
        except (LookupError, TypeError, ValueError):
            raise ContractError(pointer, f"leads to {reference}, where nothing is; correct the $ref") from None
        return file, place


def _load(spec: Path) -> Any:
    try:
        return _plain(YAML(typ="safe", pure=True).load(spec.read_text(encoding="utf-8")), "")
    except FileNotFoundError:
        raise ContractError("", f"is missing; restore it, for example with `git checkout {spec.name}`") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError("", f"cannot be read ({_one_line(error)}); fix the file") from None
    except (YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, ContractError):
            raise
        raise ContractError("", f"is not YAML ({_one_line(error)}); fix that place") from None


def _plain(node: Any, pointer: str) -> Any:
    """Turn what YAML knows and JSON does not into text: a status without quotes as a key, a date."""
    if isinstance(node, dict):
        if odd := [key for key in node if not isinstance(key, str | int) or isinstance(key, bool)]:
            raise ContractError(pointer, f"has the key {odd[0]!r}, which is not text; put it in quotes")
        return {str(key): _plain(value, f"{pointer}/{escape(str(key))}") for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(item, f"{pointer}/{index}") for index, item in enumerate(node)]
    return node.isoformat() if isinstance(node, datetime.date) else node


def _one_line(told: object) -> str:
    return " ".join(str(told).split())

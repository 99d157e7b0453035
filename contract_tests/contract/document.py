"""openapi.yaml, read once: the operation, a validator per declared response, and where each clause stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from contract_tests.places import OPENAPI as OPENAPI

METHOD = "PATCH"
API_PATH = "/api/links/"
OPERATION = "/paths/~1api~1links~1/patch"
DECLARED = ("200", "400", "401", "428", "500")
MEDIA_TYPE = "application/json"
QUOTED_LINES = 14


class ContractError(Exception):
    """The contract cannot be used; the text says what is wrong, where, and what to do."""


@dataclass(frozen=True)
class Mismatch:
    """Where and how a JSON value differs from its schema.

    `pointer` is the place in the value (RFC 6901), `keyword` the JSON Schema keyword that it breaks, and `clause` the
    place in openapi.yaml of that keyword.
    """

    pointer: str
    keyword: str
    message: str
    clause: str = ""


@dataclass(frozen=True)
class DeclaredResponse:
    """One of the five responses: its status, its name in the source, and the schema its body matches."""

    status: str
    name: str
    schema: str
    validator: Any = field(repr=False)
    node: dict[str, Any] = field(repr=False)
    clause: str
    pointer: str

    def mismatches(self, value: object) -> list[Mismatch]:
        """Return every way in which a JSON value differs from the declared schema, formats included."""
        return [_mismatch(error, self.clause) for error in self.validator.iter_errors(value)]


@dataclass(frozen=True)
class Contract:
    """The document and what is needed of it: `load` makes one."""

    document: dict[str, Any] = field(repr=False)
    responses: dict[str, DeclaredResponse]
    request: Any = field(repr=False)
    source: str = field(repr=False)
    root: yaml.Node = field(repr=False)

    operation_pointer: str = OPERATION
    responses_pointer: str = f"{OPERATION}/responses"

    @property
    def version(self) -> str:
        """The contract's own version, `info.version`."""
        return str(self.document["info"]["version"])

    def resolve(self, pointer: str) -> Any:
        """Return the value a JSON pointer (RFC 6901) names; raises ContractError where it names nothing."""
        value: Any = self.document
        for step in _steps(pointer):
            try:
                value = value[int(step)] if isinstance(value, list) else value[step]
            except (KeyError, IndexError, TypeError, ValueError):
                raise ContractError(f"openapi.yaml has nothing at {pointer}: {step!r} is missing there.") from None
        return value

    def follow(self, node: Any) -> Any:
        """Return what a `$ref` within the document leads to, or the node itself."""
        followed = []
        while isinstance(node, dict) and "$ref" in node:
            reference = str(node["$ref"])
            if reference in followed:
                raise ContractError(f"openapi.yaml goes in a circle: {reference} leads to itself.")
            followed.append(reference)
            node = self.resolve(reference.removeprefix("#"))
        return node

    def home(self, pointer: str) -> str:
        """Return the pointer of what a pointer leads to: its own, or that of the `$ref` that stands there."""
        node = self.resolve(pointer)
        while isinstance(node, dict) and "$ref" in node:
            pointer = str(node["$ref"]).removeprefix("#")
            node = self.resolve(pointer)
        return pointer

    @property
    def method(self) -> str:
        """The method of the operation."""
        return METHOD

    @property
    def path(self) -> str:
        """The path of the operation."""
        return API_PATH

    @property
    def next_session_pointer(self) -> str:
        """Where the document says that a 428 carries the session to resume next: its link, or the response."""
        response = self.home(f"{self.responses_pointer}/428")
        links = self.resolve(response).get("links", {})
        return f"{response}/links/{_escape(next(iter(links)))}" if links else response

    def property_pointer(self, status: str, pointer: str) -> str:
        """Return where the schema of a response declares the property at a pointer of its body, or the schema."""
        clause = self.home(self.responses[status].clause)
        for step in _steps(pointer):
            schema = self.resolve(clause)
            if step not in schema.get("properties", {}):
                break
            clause = self.home(f"{clause}/properties/{_escape(step)}")
        return clause

    def line(self, pointer: str) -> int:
        """Return the line of openapi.yaml, from 1, on which the clause begins."""
        return self._marks(pointer)[0] + 1

    def quote(self, pointer: str) -> str:
        """Return the words of openapi.yaml that a pointer names, and those that a `$ref` there leads to."""
        text = self._lines(pointer)
        value = self.resolve(pointer)
        if isinstance(value, dict) and "$ref" in value:
            text += self._lines(value["$ref"].removeprefix("#"))
        return "\n".join(text)

    def _lines(self, pointer: str) -> list[str]:
        first, last = self._marks(pointer)
        lines = self._source_lines[first:last]
        indent = len(lines[0]) - len(lines[0].lstrip())
        cut = [line[indent:].rstrip() for line in lines]
        return cut if len(cut) <= QUOTED_LINES else [*cut[:QUOTED_LINES], "…"]

    @cached_property
    def _source_lines(self) -> list[str]:
        return self.source.splitlines()

    def _marks(self, pointer: str) -> tuple[int, int]:
        node, first = self.root, 0
        for step in _steps(pointer):
            if isinstance(node, yaml.MappingNode):
                key, node = next(pair for pair in node.value if pair[0].value == step)
                first = key.start_mark.line
            else:
                node = node.value[int(step)]
                first = node.start_mark.line
        # A block ends where the next key begins, anything else on its own last line.
        block = isinstance(node, yaml.CollectionNode) and not node.flow_style
        return first, max(node.end_mark.line + (0 if block else 1), first + 1)


def load(path: Path = OPENAPI) -> Contract:
    """Read the contract.

    Raises ContractError when the file cannot be read, is not YAML, or lacks the operation, one of the five declared
    responses, or a schema that they name.
    """
    source = _read(path)
    loader = yaml.CSafeLoader(source)
    try:
        root = loader.get_single_node()
        document = loader.construct_document(root) if root is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", "it cannot be read")
        raise ContractError(f"{path.name}{where} is not YAML: {problem}. Mend it.") from None
    except (ValueError, RecursionError) as error:
        raise ContractError(f"{path.name} holds a value that cannot be read: {error}. Mend it.") from None
    finally:
        loader.dispose()
    if root is None or not isinstance(document, dict):
        raise ContractError(f"{path.name} is not an OpenAPI document: it holds no mapping. Restore it.")
    contract = Contract(document, {}, None, source, root)
    _require_operation(contract, path)
    body = contract.follow(contract.resolve(f"{OPERATION}/requestBody"))
    request = _validator(document, _schema(contract, body, "the request body", path), "the request body", path)
    responses = {status: _response(contract, status, path) for status in DECLARED}
    return Contract(document, responses, request, source, root)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ContractError(f"{path} is missing: the contract is read from it. Restore it.") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ContractError(f"{path} cannot be read: {reason}.") from None


def _require_operation(contract: Contract, path: Path) -> None:
    for pointer, what in (
        ("/info/version", "its version"),
        (OPERATION, f"the operation {METHOD} {API_PATH}"),
        (f"{OPERATION}/requestBody", "the request body"),
        *((f"{OPERATION}/responses/{status}", f"the response {status}") for status in DECLARED),
    ):
        try:
            contract.follow(contract.resolve(pointer))
        except ContractError:
            raise ContractError(f"{path.name} no longer declares {what} (at {pointer}). Restore it.") from None


def _response(contract: Contract, status: str, path: Path) -> DeclaredResponse:
    node = contract.follow(contract.resolve(f"{OPERATION}/responses/{status}"))
    what = f"the response {status}"
    schema = _schema(contract, node, what, path)
    name = re.split(r"\.\s", str(node.get("description", status)), maxsplit=1)[0].strip().rstrip(".")
    validator = _validator(contract.document, schema, what, path)
    clause = f"{contract.home(f'{OPERATION}/responses/{status}')}/content/{_escape(MEDIA_TYPE)}/schema"
    return DeclaredResponse(
        status, name, schema.get("$ref", "its schema"), validator, node, clause, f"{OPERATION}/responses/{status}"
    )


def _schema(contract: Contract, node: Any, what: str, path: Path) -> dict[str, Any]:
    try:
        schema: dict[str, Any] = node["content"][MEDIA_TYPE]["schema"]
        contract.follow(schema)
    except (KeyError, TypeError, ContractError):
        raise ContractError(f"{path.name} has no {MEDIA_TYPE} schema for {what}. Restore it.") from None
    return schema


def _validator(document: dict[str, Any], schema: dict[str, Any], what: str, path: Path) -> Any:
    try:
        return jsonschema_rs.Draft202012Validator(
            {**schema, "components": document.get("components", {})}, validate_formats=True
        )
    except jsonschema_rs.ValidationError as error:
        place = "".join(f"/{step}" for step in error.instance_path) or "/"
        raise ContractError(
            f"{path.name} has no usable schema for {what}: {error.message} (at {place}). Mend it."
        ) from None


def _mismatch(error: Any, schema: str) -> Mismatch:
    pointer = "".join(f"/{_escape(str(step))}" for step in error.instance_path)
    keyword = next((str(step) for step in reversed(error.schema_path) if isinstance(step, str)), "schema")
    # What a $ref leads to is named from the top of the document, what stands in place from the schema on.
    clause = "".join(f"/{_escape(str(step))}" for step in error.schema_path)
    if error.kind.name == "required":
        pointer += f"/{_escape(str(error.kind.as_dict()['property']))}"
    return Mismatch(pointer, keyword, error.message, clause if clause.startswith("/components/") else schema + clause)


def _escape(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def _steps(pointer: str) -> list[str]:
    if pointer and not pointer.startswith("/"):
        raise ContractError(f"{pointer!r} is not a JSON pointer: it starts with no slash.")
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]

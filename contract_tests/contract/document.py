"""openapi.yaml, read once: its operations, and where each clause stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contract_tests.contract.errors import ContractError
from contract_tests.contract.files import Files, read_all, reference_of
from contract_tests.contract.mismatch import Mismatch
from contract_tests.contract.operation import DeclaredResponse, Operation, OtherOperation, RequestBody, ResponseLink
from contract_tests.contract.places import OPENAPI
from contract_tests.contract.pointers import split as steps_of
from contract_tests.contract.reading import Reader
from contract_tests.contract.schema import Schema
from contract_tests.contract.schemas import Schemas

__all__ = ["OPENAPI", "Contract", "ContractError", "DeclaredResponse", "Mismatch", "load"]

RESUME = "resume"
RESPONSE_BODY = "$response.body#"


@dataclass(frozen=True)
class Contract:
    """The document and what is needed of it: `load` makes one."""

    files: Files = field(repr=False)
    schemas: Schemas = field(repr=False)
    resume: Operation = field(repr=False)
    other_operations: tuple[OtherOperation, ...]

    @property
    def document(self) -> dict[str, Any]:
        """The value of the main file."""
        value: dict[str, Any] = self.files.at("")
        return value

    @property
    def source(self) -> str:
        """The text of the main file."""
        return self.files.sources[self.files.main].text

    @property
    def version(self) -> str:
        """The contract's own version, `info.version`."""
        return str(self.document["info"]["version"])

    @property
    def responses(self) -> dict[str, DeclaredResponse]:
        """The declared responses of the operation that is checked, by status."""
        return self.resume.responses

    @property
    def request(self) -> RequestBody:
        """What the operation that is checked takes."""
        assert self.resume.request is not None, "load refuses a contract without it"
        return self.resume.request

    @property
    def method(self) -> str:
        """The method of the operation that is checked."""
        return self.resume.method

    @property
    def path(self) -> str:
        """The path of the operation that is checked."""
        return self.resume.path

    @property
    def media_type(self) -> str:
        """The media type in which a request is sent."""
        return self.request.media_type

    def declared(self, status: int | None) -> DeclaredResponse | None:
        """Return what is declared for a status: itself, else its range such as 4XX, else the default."""
        return None if status is None else self.resume.response_for(status)

    def place(self, clause: str) -> str:
        """Return the pointer of a clause: an absolute one as it is, any other within the operation that is checked.

        `request` is the schema of its body and `request/NAME` that of a field, `security` its scheme, `next` where it
        says how a session goes on; other words are steps from the operation on, in which every `$ref` is followed. A
        status among them, as in `responses/401`, also names the range or the default that it is declared by.
        Raises ContractError where it names nothing.
        """
        first, _, rest = clause.partition("/")
        if first == "request":
            fields = {field.name: field.pointer for field in self.request.fields}
            if rest and rest not in fields:
                known = ", ".join(fields)
                raise ContractError(f"{self.files.main} declares no field {rest} of the request: it has {known}.")
            return fields.get(rest, self.request.schema.pointer)
        if first == "security":
            return next((scheme.pointer for way in self.resume.security for scheme in way), self.resume.pointer)
        if first == "next":
            return self.next_session
        pointer = clause
        if not clause.startswith("/"):
            pointer = self.resume.pointer
            steps = [step for step in clause.split("/") if step]
            if first == "responses" and rest:
                steps[1] = self._declared_key(steps[1])
            for step in steps:
                pointer = self.home(f"{pointer}/{step}")
        self.resolve(pointer)
        return pointer

    def _declared_key(self, status: str) -> str:
        declared = self.declared(int(status)) if status.isdecimal() else self.responses.get(status)
        if declared is None:
            known = ", ".join(self.responses)
            raise ContractError(f"{self.files.main} declares no response {status}: it has {known}.")
        return declared.status

    def next_value(self, value: object, name: str) -> object:
        """Return what the answer that asks for a further token hands out for a field of the next request.

        The document says so itself, by a link with a runtime expression such as `$response.body#/session` (OpenAPI 3.1,
        section "Link Object"); without one it is the field of the same name.
        """
        expression = f"{RESPONSE_BODY}/{name}"
        for link in self._next_links:
            if isinstance(link.body, dict) and name in link.body:
                expression = str(link.body[name])
        for step in steps_of(expression.removeprefix(RESPONSE_BODY)):
            if not isinstance(value, dict):
                return None
            value = value.get(step)
        return value

    @property
    def next_session(self) -> str:
        """Where the document says that an answer hands out the session to resume next: its link, or the operation."""
        return next((link.pointer for link in self._next_links), self.resume.pointer)

    @property
    def _next_links(self) -> list[ResponseLink]:
        links = [link for response in self.responses.values() for link in response.links]
        return [link for link in links if link.operation == self.resume.id]

    def property_pointer(self, status: int | None, pointer: str) -> str:
        """Return where the response of a status declares the property at a pointer of its body, or its schema."""
        response = self.declared(status)
        schema = response.media_types[0].schema if response and response.media_types else None
        clause = schema.pointer if schema else self.resume.pointer
        for step in steps_of(pointer):
            schema = schema.all_properties.get(step) if schema else None
            if schema is None:
                break
            clause = schema.pointer
        return clause

    def operation(self, identifier: str) -> Operation:
        """Return an operation by its operationId; raises ContractError when there is none."""
        reader = Reader(self.files, self.schemas)
        known = dict(reader.operations())
        for place, found in known.items():
            if found.id == identifier:
                return reader.operation(place, found)
        names = ", ".join(found.id for found in known.values())
        raise ContractError(f"{self.files.main} has no operation {identifier}: it has {names}.")

    def resolve(self, pointer: str) -> Any:
        """Return the value a JSON pointer (RFC 6901) names, in the main file or as `file#pointer` in one beside it.

        Raises ContractError where it names nothing.
        """
        return self.files.at(pointer)

    def follow(self, node: Any) -> Any:
        """Return what a `$ref` leads to, or the node itself."""
        reference = reference_of(node)
        return self.files.at(self.files.home(self.files.place(reference))) if reference else node

    def home(self, pointer: str) -> str:
        """Return the pointer of what a pointer leads to: its own, or that of the `$ref` that stands there."""
        return self.files.home(pointer)

    def schema(self, pointer: str) -> Schema:
        """Return the schema that stands at a pointer, to ask for its fields and keywords."""
        return Schema(self.schemas, pointer)

    def line(self, pointer: str) -> int:
        """Return the line of its file, from 1, on which the clause begins."""
        return self.files.line(pointer)

    def file(self, pointer: str) -> str:
        """Return the name of the file in which the clause stands."""
        return self.files.source(pointer)[0].name

    def quote(self, pointer: str) -> str:
        """Return the words of the contract that a pointer names, and those that a `$ref` there leads to."""
        places = [pointer]
        if reference := reference_of(self.files.at(pointer)):
            places.append(self.files.place(reference))
        return "\n".join(line for place in places for line in self.files.quote(place))


def load(path: Path = OPENAPI) -> Contract:
    """Read the contract.

    Raises ContractError when a file cannot be read, is not strict YAML or JSON, or has something that cannot be used:
    another version of OpenAPI, a reference that leads nowhere, an invalid schema, no operation to check.
    """
    files = read_all(path)
    _require_version(files)
    schemas = Schemas(files)
    reader = Reader(files, schemas)
    known = dict(reader.operations())
    place = _checked(files, known)
    resume = reader.operation(place, known[place])
    if resume.request is None:
        raise files.error(place, f"the operation {resume.id} has no requestBody", "Declare what it takes.")
    return Contract(files, schemas, resume, tuple(other for where, other in known.items() if where != place))


def _require_version(files: Files) -> None:
    document = files.at("")
    version = str(document.get("openapi", ""))
    if "swagger" in document:
        raise files.error("/swagger", "this is Swagger 2.0", "Write OpenAPI 3.1 or 3.0.")
    if not version.startswith(("3.0.", "3.1.")):
        raise ContractError(f"{files.main} says no `openapi: 3.1.x` or 3.0.x, which is what is read here. Write it.")
    if not isinstance(document.get("info"), dict) or "version" not in document["info"]:
        raise ContractError(f"{files.main} declares no version (at /info/version). Write one.")
    if not isinstance(document.get("paths"), dict):
        raise ContractError(f"{files.main} declares no paths (at /paths). Declare the operation there.")


def _checked(files: Files, known: dict[str, OtherOperation]) -> str:
    places = [place for place, found in known.items() if found.id == RESUME]
    if len(places) == 1:
        return places[0]
    if len(places) > 1:
        raise files.error(places[1], f"operationId {RESUME} is there twice", "Give one of them another.")
    if len(known) == 1:
        return next(iter(known))
    if not known:
        raise ContractError(f"{files.main} declares no operation (at /paths). Declare the one to check there.")
    names = ", ".join(found.id for found in known.values())
    raise ContractError(f"{files.main} has no operation {RESUME}, the one to check, only {names}. Name it so.")

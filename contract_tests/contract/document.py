"""openapi.yaml, read once: its operations, and where each clause stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contract_tests.contract.errors import ContractError
from contract_tests.contract.files import Files, read_all, reference_of
from contract_tests.contract.mismatch import Mismatch
from contract_tests.contract.operation import DeclaredResponse, Operation, OtherOperation, RequestBody
from contract_tests.contract.reading import Reader
from contract_tests.contract.schema import Schema
from contract_tests.contract.schemas import Schemas

__all__ = ["OPENAPI", "Contract", "ContractError", "DeclaredResponse", "Mismatch", "load"]

OPENAPI = Path(__file__).parents[2] / "openapi.yaml"
RESUME = "resume"
METHOD = "PATCH"
API_PATH = "/api/links/"
OPERATION = "/paths/~1api~1links~1/patch"
DECLARED = ("200", "400", "401", "428", "500")
MEDIA_TYPE = "application/json"


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

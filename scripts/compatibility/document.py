"""An OpenAPI document as nodes that know where they stand; the files it consists of are read by the suite's loader."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]

from contract_tests.contract.errors import ContractError  # noqa: E402
from contract_tests.contract.files import Files, reference_of  # noqa: E402
from contract_tests.contract.pointers import file_and_pointer, join, split  # noqa: E402

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

COMPONENT = re.compile(r"/components/schemas/([^/]+)")


class IncomparableError(Exception):
    """Says in one sentence why two contracts cannot be compared, and what to do."""


class ShapeError(IncomparableError):
    """Says which place of a document is not what OpenAPI has there."""

    def __init__(self, source: str, details: str) -> None:
        super().__init__(f"{source} is no OpenAPI document with operations and a version ({details}); fix it.")


@dataclass(frozen=True)
class Node:
    """A value of a document and its place; `name` is the component that a reference to it named."""

    document: "Document" = field(repr=False, compare=False)
    place: str
    value: Json = field(repr=False, compare=False)
    name: str = field(default="", compare=False)

    @property
    def mapping(self) -> dict[str, Json]:
        """The value, where only a mapping makes sense."""
        if not isinstance(self.value, dict):
            raise self.error("is not a mapping")
        return self.value

    def error(self, details: str) -> ShapeError:
        """Return the error that this place is not what OpenAPI has there."""
        return ShapeError(self.document.source, f"{pointer_of(self.place) or 'it'} {details}")

    def under(self, *keys: str | int) -> str:
        """Return the place of what stands, or would stand, below this one."""
        return self.place + join(*keys)

    def child(self, key: str) -> "Node | None":
        """Return the value of a key, or of an index, as it stands, or None."""
        if isinstance(self.value, list):
            found = self.value[int(key)] if key.isdigit() and int(key) < len(self.value) else None
            return None if found is None else Node(self.document, self.under(key), found)
        return Node(self.document, self.under(key), self.mapping[key]) if key in self.mapping else None

    def get(self, key: str) -> "Node | None":
        """Return what the value of a key, or a reference there, leads to."""
        child = self.child(key)
        return child.follow() if child else None

    def items(self, key: str) -> Iterator[tuple[str, "Node"]]:
        """Yield the entries of a mapping below this one as they stand."""
        below = self.get(key)
        for name in below.mapping if below else ():
            if below and (child := below.child(name)):
                yield name, child

    def elements(self, key: str) -> list["Node"]:
        """Return the elements of a list below this one as they stand."""
        value = self.mapping.get(key, [])
        if not isinstance(value, list):
            raise self.error(f"has no list as {key}")
        return [Node(self.document, self.under(key, index), item) for index, item in enumerate(value)]

    def text(self, key: str) -> str:
        """Return a value as text; an absent one is empty."""
        value = self.mapping.get(key)
        return "" if value is None else str(value)

    def flag(self, key: str) -> bool:
        """Tell whether a key is there and true."""
        return self.mapping.get(key) is True

    def follow(self) -> "Node":
        """Return what a `$ref` here leads to, through all that follow it, or the node itself."""
        node = self
        while reference := reference_of(node.value):
            place = self.document.files.place(reference)
            try:
                value = self.document.files.at(place)
            except ContractError as error:  # where data looks like a reference, which the loader leaves as it is
                raise node.error(f"leads nowhere: {error}") from None
            node = replace(node, place=place, value=value, name=_named(reference, node.name))
        return node


class Document:
    """One contract, where messages say that it comes from, and the files of it."""

    def __init__(self, source: str, files: Files) -> None:
        self.source = source
        self.files = files
        self.root = Node(self, "", files.at(""))
        version = self.root.text("openapi")
        if not version.startswith(("3.0", "3.1")):
            raise ShapeError(source, f"its `openapi` is {version or 'absent'}, and 3.0 and 3.1 are known")
        self.is_3_0 = version.startswith("3.0")
        info = self.root.get("info")
        self.version = info.text("version") if info else ""
        if not re.match(r"\d+(\.|$)", self.version):
            raise ShapeError(source, f"its `info.version` is {self.version or 'absent'}, and not a number with dots")

    @property
    def major(self) -> int:
        """The first number of the contract's own version."""
        return int(self.version.partition(".")[0])

    def file(self, place: str) -> str:
        """Return the name of the file that a place is in."""
        return self.files.source(place)[0].name

    def line(self, place: str) -> int:
        """Return the line of its file, from 1, of a place, or of the nearest one around it that is there."""
        try:
            return self.files.line(place)
        except ContractError:
            return self.line(place.rpartition("/")[0])


def pointer_of(place: str) -> str:
    """Return the JSON pointer (RFC 6901) of a place into its file."""
    return file_and_pointer(place)[1]


def _named(reference: str, known: str) -> str:
    """Return the component that a reference names; outside the components, the name that is known, or the last step.

    It is the name of the client's class: that of a schema in another file too, whichever file refers to it.
    """
    file, pointer = file_and_pointer(reference)
    if component := COMPONENT.fullmatch(pointer):
        return component[1]
    return known or (split(pointer) or [Path(file).stem])[-1]

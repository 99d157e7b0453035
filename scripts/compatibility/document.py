"""An OpenAPI document as nodes that know where they stand, with the files it refers to."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from posixpath import dirname, join, normpath
from typing import TypeAlias

import yaml

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

# Plain scalars mean what the core schema of YAML 1.2 says: `no` is text, and so is a date.
NULL = re.compile(r"null|Null|NULL|~|")
BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
INTEGER = re.compile(r"[-+]?[0-9]+")
NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
COMPONENT = re.compile(r"/components/schemas/([^/]+)")


class IncomparableError(Exception):
    """Says in one sentence why two contracts cannot be compared, and what to do."""


class ShapeError(IncomparableError):
    """Says which place of a document is not what OpenAPI has there."""

    def __init__(self, source: str, details: str) -> None:
        super().__init__(f"{source} is no OpenAPI document with operations and a version ({details}); fix it.")


@dataclass(frozen=True)
class Place:
    """A file of a document and a JSON pointer (RFC 6901) in it."""

    file: str
    pointer: str


@dataclass(frozen=True)
class Node:
    """A value of a document; `name` is the component that a reference to it named."""

    document: "Document" = field(repr=False, compare=False)
    place: Place
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
        return ShapeError(self.document.source, f"{self.place.pointer or 'it'} {details}")

    def under(self, *keys: str | int) -> Place:
        """Return the place of what stands, or would stand, below this one."""
        steps = "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in keys)
        return Place(self.place.file, self.place.pointer + steps)

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
        node, followed = self, list[Place]()
        while isinstance(node.value, dict) and isinstance(reference := node.value.get("$ref"), str):
            if node.place in followed:
                raise node.error("refers to itself")
            followed.append(node.place)
            node = replace(node.document.resolve(node.place.file, reference), name=_named(reference, node.name))
        return node


class Document:
    """One contract: the file that was named, and the files beside it that it refers to, each read once."""

    def __init__(self, source: str, entry: str, read: Callable[[str], str]) -> None:
        self.source = source
        self._read = read
        self._files: dict[str, _File] = {}
        self.root = Node(self, Place(entry, ""), self._value(entry))
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

    def resolve(self, file: str, reference: str) -> Node:
        """Return what a reference in one of the files leads to."""
        target, _, pointer = reference.partition("#")
        if "://" in target:
            raise ShapeError(self.source, f"{reference} is outside the document, and only files beside it are read")
        file = normpath(join(dirname(file), target)) if target else file
        node = Node(self, Place(file, ""), self._value(file))
        for step in _steps(pointer):
            child = node.child(step)
            if child is None:
                raise ShapeError(self.source, f"the reference {reference} leads nowhere")
            node = child
        return node

    def line(self, place: Place) -> int:
        """Return the line, from 1, of a place, or of the nearest one around it that is there."""
        node, line = self._files[place.file].root, 0
        for step in _steps(place.pointer):
            if isinstance(node, yaml.MappingNode):
                pair = next((pair for pair in node.value if pair[0].value == step), None)
                if pair is None:
                    break
                line, node = pair[0].start_mark.line, pair[1]
            elif isinstance(node, yaml.SequenceNode) and step.isdigit() and int(step) < len(node.value):
                node = node.value[int(step)]
                line = node.start_mark.line
            else:
                break
        return int(line) + 1

    def _value(self, file: str) -> Json:
        if file not in self._files:
            text = self._read(file)
            try:
                root = yaml.compose(text, Loader=yaml.CSafeLoader)
                value = None if root is None else _json(root)
            except (yaml.YAMLError, RecursionError) as error:
                raise ShapeError(self.source, " ".join(str(error).split())) from None
            if root is None:
                raise ShapeError(self.source, f"{file} is empty")
            self._files[file] = _File(root, value)
        return self._files[file].value


@dataclass(frozen=True)
class _File:
    root: yaml.Node
    value: Json


def _json(node: yaml.Node) -> Json:
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Json] = {}
        for key, value in node.value:
            if key.value in mapping:
                raise yaml.MarkedYAMLError(None, None, f"the key {key.value} is there twice", key.start_mark)
            mapping[str(key.value)] = _json(value)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [_json(item) for item in node.value]
    text = str(node.value)
    if isinstance(node, yaml.ScalarNode) and node.style in ("'", '"', "|", ">"):
        return text
    if NULL.fullmatch(text):
        return None
    if BOOLEAN.fullmatch(text):
        return text.lower() == "true"
    if INTEGER.fullmatch(text):
        return int(text)
    return float(text) if NUMBER.fullmatch(text) else text


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _named(reference: str, known: str) -> str:
    """Return the component that a reference names; outside the components, the name that is known, or the last step.

    It is the name of the client's class: that of a schema in another file too, whichever file refers to it.
    """
    file, _, pointer = reference.partition("#")
    if component := COMPONENT.fullmatch(pointer):
        return component[1]
    return known or (_steps(pointer) or [PurePosixPath(file).stem])[-1]

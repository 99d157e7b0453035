"""The operations of a document, each with what it inherits from its path and from the document."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from compatibility.document import Document, Json, Node
from compatibility.merging import plain
from contract_tests.contract.walk import METHODS

TEMPLATE = re.compile(r"\{[^}]*\}")
# OpenAPI leaves these to other parts of the document.
IGNORED_HEADERS = {"accept", "content-type", "authorization"}
# What a client needs to know of a security scheme to use it.
HINTS = {"description", "bearerFormat", "scopes"}


@dataclass(frozen=True)
class Parameter:
    """One parameter; those of a path are known by their position."""

    key: tuple[str, str]
    name: str
    node: Node

    @property
    def required(self) -> bool:
        """Whether callers must send it."""
        return self.node.flag("required")


@dataclass(frozen=True)
class Credentials:
    """One of the ways to authenticate: names of schemes, and their definitions with the scopes asked for."""

    names: tuple[str, ...]
    schemes: frozenset[tuple[str, tuple[str, ...]]]
    place: str

    def __str__(self) -> str:
        return " with ".join(self.names) or "none"


@dataclass(frozen=True)
class Server:
    """A URL with the defaults of its variables in place."""

    url: str
    place: str


@dataclass(frozen=True)
class Operation:
    """One operation of a document."""

    node: Node
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    security: tuple[Credentials, ...]
    servers: tuple[Server, ...]

    @property
    def name(self) -> str:
        """The operation as reports name it: method and path."""
        return f"{self.method.upper()} {self.path}"

    @property
    def shape(self) -> tuple[str, str]:
        """What identifies it on the wire: the method and the path without the names of its parameters."""
        return self.method, TEMPLATE.sub("{}", self.path)


def operations(document: Document) -> list[Operation]:
    """Collect the operations of a document."""
    found = []
    root = document.root
    for path, child in root.items("paths"):
        item = child.follow()
        for method in (method for method in METHODS if method in item.mapping):
            node = item.get(method)
            if node is None or node.child("responses") is None:
                raise item.error(f"has {method} without responses")
            owners = (node, item, root)
            parameters = tuple(_parameters(path, item, node))
            security = tuple(_security(next((owner for owner in (node, root) if "security" in owner.mapping), root)))
            servers = tuple(_servers(next((owner for owner in owners if "servers" in owner.mapping), root)))
            found.append(Operation(node, method, path, parameters, security, servers))
    return found


def matched(old: list[Operation], new: list[Operation]) -> list[tuple[Operation | None, Operation | None]]:
    """Pair the operations of two documents: by method and path, and what has moved by its `operationId`."""
    left = list(new)
    pairs: dict[int, Operation] = {}
    for same in (lambda one, other: one.shape == other.shape, _same_id):
        for index, one in enumerate(old):
            other = next((other for other in left if index not in pairs and same(one, other)), None)
            if other:
                pairs[index] = other
                left.remove(other)
    return [*((one, pairs.get(index)) for index, one in enumerate(old)), *((None, other) for other in left)]


def _same_id(one: Operation, other: Operation) -> bool:
    return one.node.text("operationId") == other.node.text("operationId") != ""


def _parameters(path: str, item: Node, operation: Node) -> Iterator[Parameter]:
    positions = [name[1:-1] for name in TEMPLATE.findall(path)]
    parameters = {}
    for node in (node.follow() for owner in (item, operation) for node in owner.elements("parameters")):
        kind, name = node.text("in"), node.text("name")
        key = (kind, name.lower() if kind == "header" else name)
        if kind == "path" and name in positions:
            key = (kind, str(positions.index(name)))
        if kind != "header" or name.lower() not in IGNORED_HEADERS:
            parameters[key] = Parameter(key, name, node)
    yield from parameters.values()


def _security(owner: Node) -> Iterator[Credentials]:
    ways = owner.elements("security")
    for way in ways:
        asked = {name: tuple(str(scope.value) for scope in way.elements(name)) for name in sorted(way.mapping)}
        schemes = frozenset((_scheme(way.document, name), tuple(sorted(scopes))) for name, scopes in asked.items())
        yield Credentials(tuple(asked), schemes, way.place)
    if not ways:
        yield Credentials((), frozenset(), owner.under("security"))


def _scheme(document: Document, name: str) -> str:
    components = document.root.get("components")
    node = dict(components.items("securitySchemes")).get(name) if components else None
    if node is None:
        raise document.root.error(f"declares no security scheme {name}")
    return json.dumps(_without_hints(plain(node)), sort_keys=True)


def _without_hints(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _without_hints(item) for key, item in value.items() if key not in HINTS}
    return value


def _servers(owner: Node) -> Iterator[Server]:
    servers = owner.elements("servers")
    for node in servers:
        url = node.text("url")
        for name, variable in node.items("variables"):
            url = url.replace(f"{{{name}}}", variable.text("default"))
        yield Server(url.rstrip("/"), node.under("url"))
    if not servers:
        yield Server("", owner.under("servers"))

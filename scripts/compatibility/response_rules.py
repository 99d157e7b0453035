"""Rules for what is answered: statuses, response headers, links."""

from collections.abc import Iterator
from dataclasses import dataclass

from compatibility.document import Node
from compatibility.merging import plain
from compatibility.operation import Operation
from compatibility.rules import Effect, Finding, Pair, Rules

RESPONSES = Rules[Operation]("Responses")
HEADERS = Rules[Node]("Response headers and links")


@dataclass(frozen=True)
class Header:
    """A header of a response, with its name as it is written."""

    name: str
    node: Node

    @property
    def required(self) -> bool:
        """Whether it is always sent."""
        return self.node.flag("required")


@RESPONSES.rule(
    Effect.BREAKS,
    "a caller meets a status that is declared no longer, and code for it is never reached",
    oasdiff="not breaking for an error status",
)
def response_removed(pair: Pair[Operation]) -> Iterator[Finding]:
    """A status is removed, and neither a range nor `default` takes its place."""
    old, new = (responses(operation) for operation in (pair.old, pair.new))
    for status in old:
        if declared(new, status) is None:
            yield Finding(f"response {status} removed", pair.new.node.under("responses", status))


@RESPONSES.rule(
    Effect.BREAKS,
    "a caller that waits for the declared success is answered with another, of another type",
    oasdiff="not breaking",
)
def success_response_added(pair: Pair[Operation]) -> Iterator[Finding]:
    """A status that is no error (1XX to 3XX) is added."""
    for status, place in _statuses_added(pair):
        if status[0] in "123":
            yield Finding(f"response {status} added", place)


@RESPONSES.rule(Effect.HARMLESS)
def error_response_added(pair: Pair[Operation]) -> Iterator[Finding]:
    """An error status, or `default`, is added: callers had to expect errors that are not declared."""
    for status, place in _statuses_added(pair):
        if status[0] not in "123":
            yield Finding(f"response {status} added", place)


@HEADERS.rule(
    Effect.BREAKS,
    "a caller that reads it finds nothing",
    oasdiff="not breaking for an optional one",
)
def header_removed(pair: Pair[Node]) -> Iterator[Finding]:
    """A response header is removed."""
    new = headers(pair.new)
    for key, header in headers(pair.old).items():
        if key not in new:
            yield Finding(f"header {header.name} removed", pair.new.under("headers", header.name))


@HEADERS.rule(Effect.BREAKS, "a caller that reads it may find nothing")
def header_became_optional(pair: Pair[Node]) -> Iterator[Finding]:
    """A response header becomes optional."""
    new = headers(pair.new)
    for key, header in headers(pair.old).items():
        if key in new and header.required and not new[key].required:
            yield Finding(f"header {header.name} became optional", new[key].node.under("required"))


@HEADERS.rule(Effect.HARMLESS)
def header_became_required(pair: Pair[Node]) -> Iterator[Finding]:
    """A response header becomes required."""
    old = headers(pair.old)
    for key, header in headers(pair.new).items():
        if key in old and header.required and not old[key].required:
            yield Finding(f"header {header.name} became required", header.node.under("required"))


@HEADERS.rule(Effect.HARMLESS)
def header_added(pair: Pair[Node]) -> Iterator[Finding]:
    """A response header is added."""
    old = headers(pair.old)
    for key, header in headers(pair.new).items():
        if key not in old:
            yield Finding(f"header {header.name} added", header.node.place)


@HEADERS.rule(Effect.HARMLESS)
def links_changed(pair: Pair[Node]) -> Iterator[Finding]:
    """A link to the next operation is added, changed or removed."""
    old, new = ({name: plain(link) for name, link in response.items("links")} for response in (pair.old, pair.new))
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            words = "added" if name not in old else "changed" if name in new else "removed"
            yield Finding(f"link {name} {words}", pair.new.under("links", name))


def responses(operation: Operation) -> dict[str, Node]:
    """Return the responses of an operation by status, range or `default`."""
    found = {status: node.follow() for status, node in operation.node.items("responses") if status[:2] != "x-"}
    return {status.replace("xx", "XX"): node for status, node in found.items()}


def declared(by_status: dict[str, Node], status: str) -> Node | None:
    """Return the response that is declared for a status: its own, that of its range, or the default."""
    return next((by_status[key] for key in (status, f"{status[0]}XX", "default") if key in by_status), None)


def headers(response: Node) -> dict[str, Header]:
    """Return the declared headers of a response by their names in small letters."""
    found = {name.lower(): Header(name, header.follow()) for name, header in response.items("headers")}
    return {key: header for key, header in found.items() if key != "content-type"}


def _statuses_added(pair: Pair[Operation]) -> Iterator[tuple[str, str]]:
    old = responses(pair.old)
    for status in responses(pair.new):
        if declared(old, status) is None:
            yield status, pair.new.node.under("responses", status)

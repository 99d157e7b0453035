"""Faults derived from openapi.yaml, so that a new property brings its faults along.

The document is walked here anew, without the suite's own reading of it, so that neither hides the other's error.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from starlette.requests import Request
from starlette.responses import Response

from tests.faulty_servers.derived_requests import IgnoresAKeyword, keywords_of
from tests.faulty_servers.served import RESPONSES, Fault

OPENAPI = Path(__file__).parents[2] / "openapi.yaml"
REMOVED = object()
JSON = "application/json"
UNDECLARED = {200: 201, 400: 422, 401: 403, 428: 412, 500: 503}
OF_ANOTHER_TYPE = {"string": 12345, "integer": "600", "object": "text", "array": "text"}
NOT_OF_THE_FORMAT = {"uuid": "not-a-uuid", "date-time": "yesterday"}

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Change:
    """One thing that is changed in the answers of one status, and the clause that forbids it."""

    name: str
    words: str
    breaks: str
    status: int
    place: Place = ()
    value: Any = None


class Derived(Fault):
    """Answers one status with one thing changed."""

    def __init__(self, change: Change) -> None:
        super().__init__()
        self.change = change
        self.breaks = change.breaks

    @property
    def name(self) -> str:
        """The status, the place and what is wrong there."""
        return self.change.name

    @property
    def words(self) -> str:
        """What is wrong with the answer."""
        return self.change.words

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status != self.change.status:
            return super().answer_resume(request, status, content, headers)
        return self.answer_changed(request, status, content, headers)

    def answer_changed(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        """Answer with the value at the place replaced or removed."""
        value = self.change.value
        changed = _changed(content, self.change.place, value if callable(value) else lambda _: value)
        return super().answer_resume(request, status, changed, headers)


class WithAnotherStatus(Derived):
    """Answers with a status that is not declared."""

    def answer_changed(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        return Fault.answer_resume(self, request, UNDECLARED[status], content, headers)


class WithAnotherMediaType(Derived):
    """Answers with a media type that is not declared."""

    def answer_changed(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        return Response(self.write_json(content), status, headers, "text/plain")


class WithoutJson(Derived):
    """Answers with a body that is no JSON."""

    def answer_changed(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        return Response(b"<html></html>", status, headers, JSON)


class WithAnotherHeader(Derived):
    """Answers with a declared header left out, or with another value: that of the change."""

    def answer_changed(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        (name,) = self.change.place
        kept = {key: value for key, value in headers.items() if key.lower() != str(name).lower()}
        added = {} if self.change.value is None else {str(name): self.change.value}
        return Fault.answer_resume(self, request, status, content, kept | added)


def derive(document: dict[str, Any] | None = None) -> dict[str, Callable[[], Fault]]:
    """Derive every fault of the document, by name."""
    document = document or yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))
    walk = _Walk(document)
    operation = document["paths"]["/api/links/"]["patch"]
    faults: dict[str, Callable[[], Fault]] = {}
    for ignored in keywords_of(walk.follow(operation["requestBody"])["content"][JSON]["schema"], walk.placed):
        faults[IgnoresAKeyword(ignored).name] = partial(IgnoresAKeyword, ignored)
    for status, response in operation["responses"].items():
        code, clause = int(status), f"{RESPONSES}/{status}"
        declared = walk.follow(response)
        for change in walk.changes(code, declared["content"][JSON]["schema"]):
            faults[change.name] = partial(Derived, change)
        for change in walk.header_changes(code, clause, declared.get("headers", {})):
            faults[change.name] = partial(WithAnotherHeader, change)
        for kind, ending, words in (
            (WithAnotherStatus, "undeclared-status", f"Answers {UNDECLARED[code]} where {status} is declared."),
            (WithAnotherMediaType, "other-media-type", f"Answers {status} as text/plain."),
            (WithoutJson, "no-json", f"Answers {status} with a body that is no JSON."),
        ):
            change = Change(f"{status}-{ending}", words, clause, code)
            faults[change.name] = partial(kind, change)
    return faults


class _Walk:
    """Walks the schema of a response, and yields every change that the schema forbids."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def follow(self, node: dict[str, Any]) -> dict[str, Any]:
        return self._resolve(node["$ref"]) if "$ref" in node else node

    def placed(self, node: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return what a node leads to, and the place of it where that is another one."""
        return (node["$ref"].removeprefix("#"), self._resolve(node["$ref"])) if "$ref" in node else ("", dict(node))

    def header_changes(self, status: int, response: str, headers: Mapping[str, Any]) -> Iterator[Change]:
        """Yield every change of a declared header that its declaration forbids."""
        for name, node in headers.items():
            clause, declared = f"{response}/headers/{name}", self.follow(node)
            told = partial(Change, breaks=clause, status=status, place=(name,))
            if declared.get("required"):
                yield told(
                    f"{status}-header-{name}-missing", f"Answers {status} without the header {name}.", value=None
                )
            if "string" not in declared["schema"].get("type", "string"):
                words = f"Answers {status} with a header {name} of words."
                yield told(f"{status}-header-{name}-wrong-type", words, value="soon")

    def changes(self, status: int, schema: dict[str, Any], place: Place = (), clause: str = "") -> Iterator[Change]:
        if "$ref" in schema:
            clause = schema["$ref"].removeprefix("#")
            schema = self._resolve(schema["$ref"])
        change = partial(self._change, status, place, clause)
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        for type_ in types:
            if type_ in OF_ANOTHER_TYPE:
                yield change("wrong-type", f"is {OF_ANOTHER_TYPE[type_]!r}", OF_ANOTHER_TYPE[type_])
        if "null" not in types:
            yield change("null", "is null", None)
        if "integer" in types:
            yield change("fraction", "is a fraction", 599.5)
        if schema.get("format") in NOT_OF_THE_FORMAT:
            wrong = NOT_OF_THE_FORMAT[schema["format"]]
            yield change("wrong-format", f"is {wrong!r}, no {schema['format']}", wrong)
        if "object" in types:
            yield change("swapped", "is a list that holds the object", lambda value: [value])
            for name in schema.get("required", ()):
                missing = f"{clause}/required"
                yield self._change(status, (*place, name), missing, "missing", "is missing", REMOVED)
            for name, inner in schema.get("properties", {}).items():
                yield from self.changes(status, inner, (*place, name), f"{clause}/properties/{name}")
        if "array" in types:
            yield change("swapped", "is the first item and no list", lambda value: value[0])
            if schema.get("minItems"):
                yield change("emptied", "is empty", [])
            yield from self.changes(status, schema["items"], (*place, 0), f"{clause}/items")

    def _change(self, status: int, place: Place, clause: str, ending: str, words: str, value: Any) -> Change:
        where = ".".join(str(step) for step in place)
        name = "-".join(part for part in (str(status), where, ending) if part)
        return Change(
            name,
            f"Answers {status} with a body whose {where} {words}."
            if where
            else f"Answers {status} with a body that {words}.",
            clause,
            status,
            place,
            value,
        )

    def _resolve(self, reference: str) -> dict[str, Any]:
        value: Any = self.document
        for step in reference.removeprefix("#/").split("/"):
            value = value[step.replace("~1", "/").replace("~0", "~")]
        return value  # type: ignore[no-any-return]


def _changed(content: Any, place: Place, change: Callable[[Any], Any]) -> Any:
    if not place:
        return change(content)
    content = copy.deepcopy(content)
    *way, last = place
    holder = content
    for step in way:
        holder = holder[step]
    value = change(holder[last])
    if value is REMOVED:
        del holder[last]
    else:
        holder[last] = value
    return content

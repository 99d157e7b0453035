"""Reads one operation out of the contract."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from contract_tests.contract.dialect import source_place
from contract_tests.contract.files import Files, reference_of
from contract_tests.contract.media_types import MediaType
from contract_tests.contract.operation import (
    DeclaredResponse,
    Operation,
    OtherOperation,
    RequestBody,
    ResponseLink,
    SecurityScheme,
)
from contract_tests.contract.parameters import DeclaredHeader, Parameter
from contract_tests.contract.pointers import escape, join
from contract_tests.contract.schema import Schema
from contract_tests.contract.schemas import Schemas
from contract_tests.contract.walk import METHODS

STATUS = re.compile(r"[1-5](?:[0-9][0-9]|XX)|default")


@dataclass(frozen=True)
class Reader:
    """Reads operations out of the files of a contract; raises ContractError for what it cannot use."""

    files: Files
    schemas: Schemas

    def operations(self) -> Iterator[tuple[str, OtherOperation]]:
        """Yield every operation of the document and the place where it stands."""
        for path in self._mapping("/paths"):
            item = self.files.home(join("paths", path))
            for method in METHODS:
                if method in self._mapping(item):
                    node = self._mapping(f"{item}/{method}")
                    name = str(node.get("operationId", f"{method.upper()} {path}"))
                    yield f"{item}/{method}", OtherOperation(method.upper(), path, name)

    def operation(self, place: str, known: OtherOperation) -> Operation:
        """Read the operation at a place."""
        node = self._mapping(place)
        body = f"{place}/requestBody"
        return Operation(
            id=known.id,
            method=known.method,
            path=known.path,
            pointer=place,
            security=self._security(place),
            parameters=self._parameters(place),
            request=self._request(self.files.home(body)) if "requestBody" in node else None,
            responses=self._responses(f"{place}/responses", place),
        )

    def _responses(self, place: str, operation: str) -> dict[str, DeclaredResponse]:
        if "responses" not in self._mapping(operation) or not self._mapping(place):
            raise self.files.error(operation, "the operation declares no response", "Declare each one it may give.")
        found = {}
        for status in self._mapping(place):
            if not STATUS.fullmatch(status) and not status.startswith("x-"):
                raise self.files.error(
                    f"{place}/{escape(status)}", f"{status} is no status", "Write it like 200, 4XX or default."
                )
            if not status.startswith("x-"):
                found[status] = self._response(status, self.files.home(f"{place}/{status}"))
        return found

    def _response(self, status: str, place: str) -> DeclaredResponse:
        node = self._mapping(place)
        name = re.split(r"\.\s", str(node.get("description", status)), maxsplit=1)[0].strip().rstrip(".")
        headers = (
            self._header(header, where)
            for header, where in self._named(place, "headers")
            # OpenAPI: what is declared for Content-Type here is ignored, the media types say it.
            if header.lower() != "content-type"
        )
        links = (self._link(link, where) for link, where in self._named(place, "links"))
        return DeclaredResponse(status, name, place, self._media_types(place), tuple(headers), tuple(links), node)

    def _media_types(self, place: str) -> tuple[MediaType, ...]:
        return tuple(self._media_type(name, where) for name, where in self._named(place, "content"))

    def _media_type(self, name: str, place: str) -> MediaType:
        if not re.fullmatch(r"[^/\s]+/[^/\s;]+\s*(;.*)?", name):
            raise self.files.error(place, f"{name!r} is no media type", "Write it like application/json.")
        node = self._mapping(place)
        if "schema" not in node:
            return MediaType(name, place, "its media type", None)
        return MediaType(name, place, reference_of(node["schema"]) or "its schema", self._schema(f"{place}/schema"))

    def _request(self, place: str) -> RequestBody:
        node = self._mapping(place)
        media_types = self._media_types(place)
        chosen = next((found for found in media_types if found.is_json and found.schema), None)
        if chosen is None or chosen.schema is None:
            raise self.files.error(place, "the request body has no schema of a JSON media type", "Declare one.")
        return RequestBody(node.get("required") is True, place, media_types, chosen.schema)

    def _parameters(self, place: str) -> tuple[Parameter, ...]:
        found: dict[tuple[str, str], Parameter] = {}
        # Those of the path count for each of its operations, which may declare one of them again.
        for owner in (place.rpartition("/")[0], place):
            for index in range(self._length(owner, "parameters")):
                parameter = self._parameter(self.files.home(f"{owner}/parameters/{index}"))
                found[parameter.name, parameter.location] = parameter
        return tuple(found.values())

    def _parameter(self, place: str) -> Parameter:
        node = self._mapping(place)
        schema, _ = self._schema_of_text(place, node)
        return Parameter(str(node.get("name")), str(node.get("in")), node.get("required") is True, place, schema)

    def _header(self, name: str, place: str) -> DeclaredHeader:
        node = self._mapping(place)
        schema, is_json = self._schema_of_text(place, node)
        if not is_json and schema.types == {"object"}:
            problem = f"the header {name} is an object, which is not read here"
            raise self.files.error(source_place(schema.place), problem, "Use a JSON `content`.")
        return DeclaredHeader(name, node.get("required") is True, place, schema, is_json)

    def _schema_of_text(self, place: str, node: dict[str, Any]) -> tuple[Schema, bool]:
        """Return the schema of a header or parameter, and whether its value is written as JSON."""
        if "schema" in node:
            return self._schema(f"{place}/schema"), False
        for media_type in self._media_types(place):
            if media_type.schema:
                return media_type.schema, media_type.is_json
        raise self.files.error(place, "there is no schema", "Declare what its value is.")

    def _schema(self, place: str) -> Schema:
        """Return the schema at a place, once it is known to be one."""
        self.schemas.validator(place)
        return Schema(self.schemas, place)

    def _link(self, name: str, place: str) -> ResponseLink:
        node = self._mapping(place)
        operation = str(node.get("operationId") or node.get("operationRef") or "")
        if not operation:
            raise self.files.error(place, f"the link {name} names no operation", "Give it an operationId.")
        parameters = self._mapping(f"{place}/parameters") if "parameters" in node else {}
        return ResponseLink(name, operation, parameters, node.get("requestBody"), place)

    def _security(self, owner: str) -> tuple[tuple[SecurityScheme, ...], ...]:
        place = f"{owner}/security" if "security" in self._mapping(owner) else "/security"
        count = self._length(place.removesuffix("/security"), "security")
        return tuple(self._requirement(f"{place}/{index}") for index in range(count))

    def _requirement(self, place: str) -> tuple[SecurityScheme, ...]:
        return tuple(self._scheme(name, place) for name in self._mapping(place))

    def _scheme(self, name: str, place: str) -> SecurityScheme:
        schemes = dict(self._named("/components", "securitySchemes")) if "components" in self._mapping("") else {}
        if name not in schemes:
            raise self.files.error(place, f"the security scheme {name} is not declared", "Declare it in components.")
        pointer = schemes[name]
        node = self._mapping(pointer)
        return SecurityScheme(name, str(node.get("type")), str(node.get("scheme", "")).lower(), pointer)

    def _named(self, place: str, key: str) -> list[tuple[str, str]]:
        """Return the names in a mapping, which may be absent, and the place that each leads to."""
        if key not in self._mapping(place):
            return []
        return [(name, self.files.home(f"{place}/{key}/{escape(name)}")) for name in self._mapping(f"{place}/{key}")]

    def _length(self, place: str, key: str) -> int:
        """Return how long a list is that may be absent."""
        value = self._mapping(place).get(key, [])
        if not isinstance(value, list):
            raise self.files.error(f"{place}/{key}", "there is no list where OpenAPI has one", "Correct it.")
        return len(value)

    def _mapping(self, place: str) -> dict[str, Any]:
        value = self.files.at(place)
        if not isinstance(value, dict):
            raise self.files.error(place, "there is no mapping where OpenAPI has one", "Correct it.")
        return value

"""One operation of the contract, as the rooms above read it: its request and every response it declares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from contract_tests.contract.media_types import MediaType, best_for
from contract_tests.contract.mismatch import Mismatch
from contract_tests.contract.parameters import DeclaredHeader, Parameter
from contract_tests.contract.schema import Schema
from contract_tests.contract.schemas import Validator


@dataclass(frozen=True)
class SecurityScheme:
    """One of the schemes that a request has to satisfy, such as HTTP Basic."""

    name: str
    type: str
    scheme: str
    pointer: str

    @property
    def is_basic(self) -> bool:
        """Whether it is HTTP Basic (RFC 7617)."""
        return (self.type, self.scheme) == ("http", "basic")


@dataclass(frozen=True)
class Field:
    """A field of a request's body; `pointer` is the place of its schema, with every `$ref` followed."""

    name: str
    required: bool
    pointer: str
    schema: Schema = field(repr=False)

    @property
    def keywords(self) -> dict[str, Any]:
        """What the schema says, keyword by keyword, with references and `allOf` merged."""
        return {name: keyword.value for name, keyword in self.schema.keywords.items()}


@dataclass(frozen=True)
class RequestBody:
    """What a request carries; `schema` is that of its first JSON media type."""

    required: bool
    pointer: str
    media_types: tuple[MediaType, ...]
    schema: Schema = field(repr=False)

    @property
    def media_type(self) -> str:
        """The media type in which a body is sent: the one whose schema it matches."""
        return next(found.name for found in self.media_types if found.is_json and found.schema == self.schema)

    def declares(self, content_type: str) -> bool:
        """Tell whether a Content-Type is of a declared media type."""
        return best_for(self.media_types, content_type) is not None

    @property
    def validator(self) -> Validator:
        """What compares a body with its schema."""
        return self.schema.validator

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the body, in the order of the contract."""
        required = self.schema.required
        return tuple(
            Field(name, name in required, inner.pointer, inner) for name, inner in self.schema.all_properties.items()
        )

    def mismatches(self, value: object) -> list[Mismatch]:
        """Return every way in which a body differs from its schema."""
        return self.validator.mismatches(value)

    def is_valid(self, value: object) -> bool:
        """Tell whether a body matches its schema."""
        return self.validator.is_valid(value)


@dataclass(frozen=True)
class ResponseLink:
    """What to do next with an answer; the values are literal or runtime expressions like `$response.body#/session`."""

    name: str
    operation: str
    parameters: dict[str, Any]
    body: Any
    pointer: str


@dataclass(frozen=True)
class DeclaredResponse:
    """One response of an operation: `status` is its key, such as 200, 4XX or default; `name` begins its description."""

    status: str
    name: str
    pointer: str
    media_types: tuple[MediaType, ...]
    headers: tuple[DeclaredHeader, ...]
    links: tuple[ResponseLink, ...]
    node: dict[str, Any] = field(repr=False)

    @property
    def has_body(self) -> bool:
        """Whether an answer carries a body."""
        return bool(self.media_types)

    @property
    def schema(self) -> str:
        """The schema of the first media type as a message names it, "" when there is none."""
        return self.media_types[0].schema_name if self.media_types else ""

    def media_type(self, content_type: str | None) -> MediaType | None:
        """Return the declared media type that a Content-Type names, or None when it names no declared one."""
        return best_for(self.media_types, content_type)

    def mismatches(self, value: object, content_type: str | None = None) -> list[Mismatch]:
        """Return every way in which a JSON value differs from the schema of its media type, formats included.

        A value of a media type that is not declared is compared with the first declared one.
        """
        if not self.media_types:
            return []
        return (self.media_type(content_type) or self.media_types[0]).mismatches(value)

    def header_mismatches(self, headers: Iterable[tuple[str, str]]) -> list[Mismatch]:
        """Return every way in which the headers of an answer differ from the declared ones."""
        received = list(headers)
        return [found for header in self.headers for found in header.mismatches(received)]


@dataclass(frozen=True)
class Operation:
    """A method on a path: what it takes, what it needs, and what it may be answered."""

    id: str
    method: str
    path: str
    pointer: str
    security: tuple[tuple[SecurityScheme, ...], ...]
    parameters: tuple[Parameter, ...]
    request: RequestBody | None
    responses: dict[str, DeclaredResponse]

    @property
    def answer_types(self) -> tuple[str, ...]:
        """The media types of the declared responses, each once."""
        declared = (found.name for response in self.responses.values() for found in response.media_types)
        return tuple(dict.fromkeys(declared))

    def response_for(self, status: int) -> DeclaredResponse | None:
        """Return what is declared for a status: itself, else its range such as 4XX, else the default."""
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in self.responses:
                return self.responses[key]
        return None


@dataclass(frozen=True)
class OtherOperation:
    """An operation that is not checked."""

    method: str
    path: str
    id: str

"""The media types of a body, and which of them a Content-Type names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from contract_tests.contract.mismatch import Mismatch
from contract_tests.contract.schema import Schema


@dataclass(frozen=True)
class MediaType:
    """A declared media type or range, such as application/json or application/*; without a schema anything goes."""

    name: str
    pointer: str
    schema_name: str
    schema: Schema | None = field(repr=False)

    def mismatches(self, value: object) -> list[Mismatch]:
        """Return every way in which a JSON value differs from the schema, formats included."""
        return self.schema.validator.mismatches(value) if self.schema else []

    @property
    def essence(self) -> str:
        """The name in lower case, without parameters."""
        return essence(self.name)

    @property
    def is_json(self) -> bool:
        """Whether a body of this type is JSON."""
        return is_json(self.name)

    def covers(self, content_type: str) -> bool:
        """Tell whether a Content-Type is this media type, or of this range."""
        kind, _, subtype = essence(content_type).partition("/")
        own_kind, _, own_subtype = self.essence.partition("/")
        if own_kind not in ("*", kind):
            return False
        if own_subtype.startswith("*+"):
            return subtype.endswith(own_subtype[1:]) and len(subtype) >= len(own_subtype)
        return own_subtype in ("*", subtype)


def essence(content_type: str) -> str:
    """Return a media type in lower case, without parameters."""
    return content_type.partition(";")[0].strip().lower()


def is_json(content_type: str) -> bool:
    """Tell whether a media type is JSON: application/json, or one that ends in +json (RFC 6839)."""
    name = essence(content_type)
    return name in ("application/json", "text/json") or name.endswith("+json")


def best_for(declared: Iterable[MediaType], content_type: str | None) -> MediaType | None:
    """Return the declared media type that names a Content-Type most exactly, or None."""
    covering = [media_type for media_type in declared if content_type and media_type.covers(content_type)]
    return min(covering, key=lambda media_type: media_type.essence.count("*"), default=None)

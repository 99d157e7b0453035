"""Bodies that Schemathesis generates out of openapi.yaml, each held to be what it claims by another validator."""

from __future__ import annotations

import functools
import uuid
from dataclasses import dataclass, field
from typing import Any

from hypothesis.strategies import SearchStrategy

from contract_tests.cases.bodies import UUID_FIELDS, Body, Subject, encode, wrong_token
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract.document import Contract
from contract_tests.contract.strict_json import NotStrictJson, parse


@dataclass(frozen=True)
class GeneratedBody:
    """A generated body and the Schemathesis case it comes from."""

    body: Body
    case: Any = field(repr=False)

    @property
    def token(self) -> str:
        """The token of a valid body."""
        return str(self.case.body["token"])

    def for_lease(self, lease: Lease) -> Body:
        """Return the generated token in a body that resumes a live session."""
        return wrong_token(lease, self.token, "a generated token")


def bodies(contract: Contract, *, valid: bool) -> SearchStrategy[GeneratedBody]:
    """Return a strategy for bodies that are valid, or invalid, under the request's schema."""
    return _cases(contract.source, contract.path, contract.method, valid).filter(
        lambda made: is_valid(contract, made.body.content) is valid
    )


def is_valid(contract: Contract, content: bytes) -> bool:
    """Tell whether a body is valid for a server that reads UUIDs in any textual form (jsonschema-rs decides)."""
    try:
        value = parse(content)
    except NotStrictJson:
        return False
    if isinstance(value, dict):
        value = value | {name: _canonical(value[name]) for name in UUID_FIELDS if name in value}
    return bool(contract.request.is_valid(value))


def _canonical(value: Any) -> Any:
    try:
        return str(uuid.UUID(value)) if isinstance(value, str) else value
    except ValueError:
        return value


def _generated(case: Any) -> GeneratedBody:
    raw = case.body
    if isinstance(raw, bytes):
        content = raw
    elif isinstance(raw, dict | list | str | int | float | bool | None):
        content = encode(raw)
    else:  # NOT_SET: no body at all
        content = b""
    return GeneratedBody(Body("generated", content, subject=Subject.MALFORMED), case)


@functools.cache
def _cases(source: str, path: str, method: str, valid: bool) -> SearchStrategy[GeneratedBody]:
    # Late: Schemathesis is the slowest import of the suite. The bodies need no security scheme, and without one
    # nothing is generated for it; no examples, which would come up in place of other bodies.
    import schemathesis
    import yaml

    mode = schemathesis.GenerationMode.POSITIVE if valid else schemathesis.GenerationMode.NEGATIVE
    document = _without_examples(yaml.load(source, yaml.CSafeLoader))
    document.pop("security", None)
    document["components"].pop("securitySchemes", None)
    operation = schemathesis.openapi.from_dict(document)[path][method]
    strategy: SearchStrategy[Any] = operation.as_strategy(generation_mode=mode)
    return strategy.map(_generated)


def _without_examples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_examples(item) for key, item in value.items() if key not in ("example", "examples")}
    return [_without_examples(item) for item in value] if isinstance(value, list) else value


__all__ = ["GeneratedBody", "bodies", "is_valid"]

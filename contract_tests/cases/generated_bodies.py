"""Bodies that Schemathesis generates out of openapi.yaml, each held to be what it claims by another validator."""

from __future__ import annotations

import functools
import uuid
from dataclasses import dataclass, field
from typing import Any

from hypothesis.strategies import SearchStrategy

from contract_tests.cases.bodies import UUID_FIELDS, Body, encode, valid
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract import strict_yaml
from contract_tests.contract.document import API_PATH, METHOD, Contract, Mismatch
from contract_tests.exchange.expectation import Exchange, assert_answer
from contract_tests.exchange.validation import NotStrictJson, parse
from contract_tests.wire.client import Answer

# Of Schemathesis's own checks these fit. Left out: positive_data_acceptance and negative_data_rejection (a valid body
# of an unknown session is rightly answered 400, and 400 alone is right for an invalid one, which the checks here say
# themselves); unsupported_method, use_after_free, ensure_resource_availability, ignored_auth and
# missing_required_header (they send requests of their own, on this path even a POST, which would register a link).
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


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
        return valid(lease, "a generated token", token=self.token)

    def satisfies_schemathesis(self, exchange: Exchange) -> None:
        """Hold an answer to the checks of Schemathesis that fit; raises Violation."""
        from schemathesis.core.failures import FailureGroup

        answer = exchange.outcome
        if not isinstance(answer, Answer):
            return
        try:
            self.case.validate_response(_response(exchange, answer), checks=_checks())
        except FailureGroup as group:
            # Only the names: the group's text repeats the request, credentials and all.
            names = ", ".join(sorted({type(failure).__name__ for failure in group.exceptions}))
            assert_answer(exchange).is_true(False, "what Schemathesis expects", Mismatch("", "schemathesis", names))


def bodies(contract: Contract, *, valid: bool) -> SearchStrategy[GeneratedBody]:
    """Return a strategy for bodies that are valid, or invalid, under the request's schema."""
    return _cases(contract.source, valid).filter(lambda made: is_valid(contract, made.body.content) is valid)


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
    return GeneratedBody(Body("generated", content), case)


@functools.cache
def _cases(source: str, valid: bool) -> SearchStrategy[GeneratedBody]:
    # Late: Schemathesis is the slowest import of the suite. The bodies need no security scheme, and without one
    # nothing is generated for it; no examples, which would come up in place of other bodies.
    import schemathesis

    mode = schemathesis.GenerationMode.POSITIVE if valid else schemathesis.GenerationMode.NEGATIVE
    document = _without_examples(strict_yaml.compose(source)[0])
    document.pop("security", None)
    document["components"].pop("securitySchemes", None)
    operation = schemathesis.openapi.from_dict(document)[API_PATH][METHOD]
    strategy: SearchStrategy[Any] = operation.as_strategy(generation_mode=mode)
    return strategy.map(_generated)


def _without_examples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_examples(item) for key, item in value.items() if key not in ("example", "examples")}
    return [_without_examples(item) for item in value] if isinstance(value, list) else value


@functools.cache
def _checks() -> list[Any]:
    from schemathesis import checks

    checks.load_all_checks()
    return checks.CHECKS.get_by_names(CHECKS)


def _response(exchange: Exchange, answer: Answer) -> Any:
    import requests
    from schemathesis.core.transport import Response

    request = requests.Request(METHOD, f"{exchange.base_url}{API_PATH}").prepare()
    headers: dict[str, list[str]] = {}
    for name, value in answer.headers:
        headers.setdefault(name.lower(), []).append(value)
    return Response(answer.status, headers, answer.body, request, answer.seconds, True)


__all__ = ["GeneratedBody", "bodies", "is_valid"]

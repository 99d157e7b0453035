"""An answer, compared with what its status declares: media type, length, strict JSON, schema with formats, headers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from contract_tests.contract.document import MEDIA_TYPE, Contract
from contract_tests.contract.strict_json import NotStrictJson, parse
from contract_tests.exchange.problem import Problem
from contract_tests.wire import Answer


@dataclass(frozen=True)
class Reading:
    """An answer compared with the contract: its problems, its JSON value, and what is worth knowing besides."""

    problems: tuple[Problem, ...]
    value: Any = None
    undeclared: tuple[tuple[str, str], ...] = ()
    valued: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()


def read(contract: Contract, answer: Answer) -> Reading:
    """Compare one answer with what its status declares.

    What a problem makes meaningless is not judged: a media type that is not declared has no schema, a body that was
    cut is no JSON by itself, and an undeclared status declares nothing.
    """
    declared = contract.responses.get(str(answer.status))
    if declared is None:
        sentence = f"{answer.status} is not declared, only {', '.join(contract.responses)} are"
        place = Problem("status", contract.responses_pointer, "", str(answer.status), sentence)
        return Reading((place,), _value(answer), advice=_advice(answer))
    home = contract.home(declared.pointer)
    if answer.trailing_bytes:
        sentence = f"{answer.trailing_bytes} bytes follow the announced Content-Length"
        problem = Problem("length", home, "header Content-Length", "content-length", sentence)
        return Reading((problem,), _value(answer), advice=_advice(answer))
    media_type = _media_type(answer, f"{home}/content")
    if media_type:
        return Reading((media_type,), _value(answer), advice=_advice(answer))
    try:
        value = parse(answer.body)
    except NotStrictJson as error:
        return Reading((Problem("json", f"{home}/content", "", error.rule, str(error)),), advice=_advice(answer))
    shown, replaced = _without_surrogates(value)
    problems = [
        Problem("schema", found.clause, found.pointer, found.keyword, found.message)
        for found in declared.mismatches(shown)
    ]
    undeclared, valued = _fields(contract, declared.node["content"][MEDIA_TYPE]["schema"], shown)
    advice = (*_advice(answer), *(["A string of an answer holds a lone surrogate."] if replaced else []))
    return Reading(tuple(problems), value, tuple(undeclared), tuple(valued), advice)


def optional_fields(contract: Contract, schema: Any) -> list[str]:
    """Return the fields of an object schema that may be null or absent."""
    schema = contract.follow(schema)
    required = schema.get("required", [])
    return [
        name
        for name, declared in schema.get("properties", {}).items()
        if name not in required or "null" in contract.follow(declared).get("type", "")
    ]


def _value(answer: Answer) -> Any:
    """Return the JSON value of an answer whose problem lies elsewhere: what it discloses is looked for in it."""
    try:
        return parse(answer.body)
    except NotStrictJson:
        return None


def _media_type(answer: Answer, clause: str) -> Problem | None:
    value = answer.header("Content-Type")
    if value is None:
        sentence = f"has no Content-Type, {MEDIA_TYPE} is declared"
        return Problem("media type", clause, "header Content-Type", "missing", sentence)
    received = value.partition(";")[0].strip().lower()
    if received == MEDIA_TYPE:
        return None
    return Problem(
        "media type", clause, "header Content-Type", received, f"is sent as {received}, {MEDIA_TYPE} is declared"
    )


def _advice(answer: Answer) -> tuple[str, ...]:
    advice = []
    if answer.status == 401 and answer.header("WWW-Authenticate") is None:
        advice.append("An answer 401 carries no WWW-Authenticate header (RFC 9110 section 15.5.2).")
    charset = (answer.header("Content-Type") or "").lower().partition("charset=")[2].partition(";")[0].strip(' "')
    if charset and charset not in ("utf-8", "utf8", "us-ascii"):
        advice.append("An answer names a charset other than UTF-8, which JSON does not have (RFC 8259 section 8.1).")
    return tuple(advice)


def _without_surrogates(value: Any) -> tuple[Any, bool]:
    """Return the value with lone surrogates replaced, which no validator reads, and whether there were any."""
    text = json.dumps(value, ensure_ascii=False)
    replaced = text.encode("utf-8", "replace").decode()
    return (json.loads(replaced), True) if replaced != text else (value, False)


def _fields(contract: Contract, schema: Any, value: Any, path: str = "") -> tuple[list[tuple[str, str]], list[str]]:
    """Return the fields that are not declared, with their types, and the nullable ones that have a value."""
    schema = contract.follow(schema)
    undeclared: list[tuple[str, str]] = []
    valued: list[str] = []
    children: Iterable[tuple[str, Any, Any]] = ()
    if isinstance(value, list):
        children = ((f"{path}/*", schema.get("items", {}), item) for item in value[:50])
    elif isinstance(value, dict):
        properties = schema.get("properties", {})
        undeclared += [(f"{path}/{key}", _type(value[key])) for key in value if properties and key not in properties]
        valued += [f"{path}/{key}" for key in optional_fields(contract, schema) if value.get(key) is not None]
        children = ((f"{path}/{key}", properties[key], value[key]) for key in value if key in properties)
    for place, inner, item in children:
        more, more_valued = _fields(contract, inner, item, place)
        undeclared += more
        valued += more_valued
    return undeclared, valued


def _type(value: Any) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null", int: "integer"}
    return names.get(type(value), "number")

"""What every answer keeps on the wire: media type, strict UTF-8 JSON, and the length it announces."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from contract_tests.contract.document import MEDIA_TYPE, Contract, Mismatch
from contract_tests.wire import Answer


class NotStrictJson(ValueError):  # noqa: N818 - reads as what it says of the body
    """The bytes are not one strict JSON value in UTF-8 (RFC 8259); the text says why."""


@dataclass(frozen=True)
class Reading:
    """An answer held against the contract: how it differs, its JSON value, and what is worth telling."""

    mismatches: tuple[Mismatch, ...]
    value: Any = None
    undeclared: tuple[tuple[str, str], ...] = ()
    valued: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()


def read(contract: Contract, answer: Answer) -> Reading:
    """Hold one answer against what its status declares."""
    status = str(answer.status)
    declared = contract.responses.get(status)
    found: list[Mismatch] = []
    if declared is None:
        found.append(Mismatch("", "status", f"{status} is not declared, only {', '.join(contract.responses)} are"))
    found += _media_type(answer)
    if answer.trailing_bytes:
        found.append(
            Mismatch("", "content-length", f"{answer.trailing_bytes} bytes follow the announced Content-Length")
        )
    try:
        value = parse(answer.body)
    except NotStrictJson as error:
        return Reading((*found, Mismatch("", "json", str(error))), advice=_advice(answer))
    if declared is None:
        return Reading(tuple(found), value, advice=_advice(answer))
    shown, replaced = _without_surrogates(value)
    found += declared.mismatches(shown)
    undeclared, valued = _drift(contract, declared.node["content"][MEDIA_TYPE]["schema"], shown)
    advice = (*_advice(answer), *(["A string of an answer holds a lone surrogate."] if replaced else []))
    return Reading(tuple(found), value, tuple(undeclared), tuple(valued), advice)


def parse(body: bytes) -> Any:
    """Return the one JSON value of a body (RFC 8259).

    Raises NotStrictJson for anything else: not UTF-8, a byte order mark, NaN, a key given twice, something behind.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotStrictJson(f"the body is not UTF-8 (byte {error.start})") from None
    if text.startswith("\ufeff"):
        raise NotStrictJson("the body begins with a byte order mark")
    if not text.strip(" \t\r\n"):
        raise NotStrictJson("the body is empty")
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise NotStrictJson(f"the body is not JSON: {error.msg} (character {error.pos})") from None
    except RecursionError:
        raise NotStrictJson("the body is nested too deep to be read") from None
    except NotStrictJson:
        raise
    except ValueError:
        raise NotStrictJson("the body holds a number that is too long to be read") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise NotStrictJson("an object of the body gives a key twice")
    return result


def _no_constant(name: str) -> Any:
    raise NotStrictJson(f"the body holds {name}, which is not JSON")


def _media_type(answer: Answer) -> list[Mismatch]:
    value = answer.header("Content-Type")
    if value is None:
        return [Mismatch("", "media type", f"the Content-Type is missing, {MEDIA_TYPE} is declared")]
    if value.partition(";")[0].strip().lower() == MEDIA_TYPE:
        return []
    return [Mismatch("", "media type", f"{MEDIA_TYPE} is declared, the Content-Type is {value}")]


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


def _drift(contract: Contract, schema: Any, value: Any, path: str = "") -> tuple[list[tuple[str, str]], list[str]]:
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
        more, more_valued = _drift(contract, inner, item, place)
        undeclared += more
        valued += more_valued
    return undeclared, valued


def optional_fields(contract: Contract, schema: Any) -> list[str]:
    """Return the fields of an object schema that may be null or absent."""
    schema = contract.follow(schema)
    required = schema.get("required", [])
    return [
        name
        for name, declared in schema.get("properties", {}).items()
        if name not in required or "null" in contract.follow(declared).get("type", "")
    ]


def _type(value: Any) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null", int: "integer"}
    return names.get(type(value), "number")

"""An answer, compared with what its status declares: media type, length, strict JSON, schema with formats, headers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from contract_tests.contract import Contract, DeclaredResponse, Mismatch, Schema
from contract_tests.contract.protocol import UNAUTHORIZED
from contract_tests.contract.strict_json import NotStrictJson, parse
from contract_tests.exchange.problem import Problem
from contract_tests.wire import Answer

UTF_8 = ("", "utf-8", "utf8", "us-ascii")
"""What a charset parameter may say of JSON, though it has none: ASCII is part of UTF-8."""
LONGEST_NAME = 30
"""Characters of the longest name of an undeclared field that is shown: the text of a UUID is longer."""
MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}")
"""A type and a subtype (RFC 6838 section 4.2), in lower case."""


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
    declared = contract.declared(answer.status)
    if declared is None:
        sentence = f"{answer.status} is not declared, only {', '.join(contract.responses)} are"
        place = Problem("status", contract.place("responses"), "", str(answer.status), sentence)
        return Reading((place,), _value(answer), advice=_advice(answer))
    if answer.trailing_bytes:
        sentence = f"{answer.trailing_bytes} bytes follow the announced Content-Length"
        problem = Problem("length", declared.pointer, "header Content-Length", "content-length", sentence)
        return Reading((problem,), _value(answer), advice=_advice(answer))
    headers = tuple(_problem("header", found) for found in declared.header_mismatches(answer.headers))
    if not declared.has_body:
        if answer.body:
            headers += (Problem("json", declared.pointer, "", "no body", "has a body, none is declared"),)
        return Reading(headers, _value(answer), advice=_advice(answer))
    media_type = declared.media_type(answer.header("Content-Type"))
    if media_type is None:
        return Reading((*headers, _wrong_media_type(declared, answer)), _value(answer), advice=_advice(answer))
    if not media_type.is_json:
        return Reading(headers, advice=_advice(answer))
    try:
        value = parse(answer.body)
    except NotStrictJson as error:
        problem = Problem("json", media_type.pointer, "", error.rule, str(error))
        return Reading((*headers, problem), advice=_advice(answer))
    charset = _charset(answer)
    if not _reads_alike(answer.body, charset):
        sentence = f"says that it is written in {charset}, and is UTF-8 (RFC 8259 section 8.1)"
        problem = Problem("media type", media_type.pointer, "header Content-Type", "charset", sentence)
        headers = (*headers, problem)
    shown, replaced = _without_surrogates(value)
    problems = (*headers, *(_problem("schema", found) for found in _telling(media_type.mismatches(shown))))
    undeclared, valued = _fields(media_type.schema, shown)
    advice = (*_advice(answer), *(["A string of an answer holds a lone surrogate."] if replaced else []))
    return Reading(problems, value, tuple(undeclared), tuple(valued), advice)


def _telling(mismatches: list[Mismatch]) -> list[Mismatch]:
    """Return the mismatches without those of a value whose type is wrong already: no other keyword fits it then."""
    mistyped = {found.pointer for found in mismatches if found.keyword == "type"}
    return [found for found in mismatches if found.keyword == "type" or found.pointer not in mistyped]


def _problem(kind: Literal["schema", "header"], found: Mismatch) -> Problem:
    return Problem(kind, found.clause, found.pointer, found.keyword, found.message)


def _value(answer: Answer) -> Any:
    """Return the JSON value of an answer whose problem lies elsewhere: what it discloses is looked for in it."""
    try:
        return parse(answer.body)
    except NotStrictJson:
        return None


def _wrong_media_type(declared: DeclaredResponse, answer: Answer) -> Problem:
    expected = " or ".join(media_type.name for media_type in declared.media_types)
    clause = declared.media_types[0].pointer
    value = answer.header("Content-Type")
    if value is None:
        sentence = f"has no Content-Type, {expected} is declared"
        return Problem("media type", clause, "header Content-Type", "missing", sentence)
    received = value.partition(";")[0].strip().lower()
    if not MEDIA_TYPE.fullmatch(received):
        # Whatever else it says: no two of such are two bugs.
        received = "what is no media type"
    sentence = f"is sent as {received}, {expected} is declared"
    return Problem("media type", clause, "header Content-Type", received, sentence)


def _advice(answer: Answer) -> tuple[str, ...]:
    advice = []
    if answer.status == UNAUTHORIZED and answer.header("WWW-Authenticate") is None:
        advice.append(f"An answer {UNAUTHORIZED} carries no WWW-Authenticate header (RFC 9110 section 15.5.2).")
    if _charset(answer) not in UTF_8:
        advice.append("An answer names a charset other than UTF-8, which JSON does not have (RFC 8259 section 8.1).")
    return tuple(advice)


def _charset(answer: Answer) -> str:
    parameters = (answer.header("Content-Type") or "").lower().partition(";")[2]
    return parameters.partition("charset=")[2].partition(";")[0].strip(' "')


def _reads_alike(body: bytes, charset: str) -> bool:
    """Tell whether a body of UTF-8 says the same to a client that believes the charset parameter."""
    try:
        return charset in UTF_8 or body.decode(charset) == body.decode()
    except LookupError:
        return True  # a name that nobody knows is ignored
    except UnicodeDecodeError:
        return False


def _without_surrogates(value: Any) -> tuple[Any, bool]:
    """Return the value with lone surrogates replaced, which no validator reads, and whether there were any."""
    text = json.dumps(value, ensure_ascii=False)
    replaced = text.encode("utf-8", "replace").decode()
    return (json.loads(replaced), True) if replaced != text else (value, False)


def _fields(schema: Schema | None, value: Any, path: str = "") -> tuple[list[tuple[str, str]], list[str]]:
    """Return the fields that are not declared, with their types, and the optional ones that have a value."""
    undeclared: list[tuple[str, str]] = []
    valued: list[str] = []
    children: Iterable[tuple[str, Schema | None, Any]] = ()
    if isinstance(value, list):
        children = ((f"{path}/*", schema.items if schema else None, item) for item in value[:50])
    elif isinstance(value, dict) and schema is not None:
        declared = schema.all_properties
        undeclared += [(f"{path}/{_name(key)}", _type(value[key])) for key in value if declared and key not in declared]
        valued += [f"{path}/{key}" for key in schema.optional if value.get(key) is not None]
        children = ((f"{path}/{key}", declared[key], value[key]) for key in value if key in declared)
    for place, inner, item in children:
        more, more_valued = _fields(inner, item, place)
        undeclared += more
        valued += more_valued
    return undeclared, valued


def _name(key: str) -> str:
    """Return the name of an undeclared field; a long one is no name, but something that was sent, in another form."""
    return key if len(key) <= LONGEST_NAME else f"(a name of {len(key)} characters)"


def _type(value: Any) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null", int: "integer"}
    return names.get(type(value), "number")

"""Checks what an answer holds against the contract, and spells it as the models read it."""

import datetime
import json
import math
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import httpx

from .errors import InvalidBody

# What each schema of an answer asks of a value; lists of values are open, so they are not among it.
_SCHEMAS: dict[str, Any] = {
    "#/components/schemas/Link": {
        "type": ["object"],
        "required": ["id", "institution", "access_mode", "last_accessed_at", "status", "created_by", "refresh_rate"],
        "properties": {
            "id": {"type": ["string"], "format": "uuid"},
            "institution": {"type": ["string"]},
            "access_mode": {"type": ["string", "null"]},
            "last_accessed_at": {"type": ["string", "null"], "format": "date-time"},
            "status": {"type": ["string"]},
            "created_by": {"type": ["string"], "format": "uuid"},
            "refresh_rate": {"type": ["string", "null"]},
        },
    },
    "#/components/schemas/ErrorList": {
        "type": ["array"],
        "minItems": 1,
        "items": {"$ref": "#/components/schemas/Error"},
    },
    "#/components/schemas/TokenRequired": {
        "type": ["object"],
        "required": ["code", "message", "request_id", "session", "expiry", "link", "token_generation_data"],
        "properties": {
            "code": {"type": ["string"]},
            "message": {"type": ["string"]},
            "request_id": {"type": ["string"], "format": "uuid"},
            "session": {"type": ["string"], "format": "uuid"},
            "expiry": {"type": ["integer"]},
            "link": {"type": ["string"], "format": "uuid"},
            "token_generation_data": {"$ref": "#/components/schemas/TokenGenerationData"},
        },
    },
    "#/components/schemas/Error": {
        "type": ["object"],
        "required": ["code", "message", "request_id"],
        "properties": {
            "code": {"type": ["string"]},
            "message": {"type": ["string"]},
            "request_id": {"type": ["string"]},
        },
    },
    "#/components/schemas/TokenGenerationData": {
        "type": ["object"],
        "required": ["instructions", "type", "value"],
        "properties": {
            "instructions": {"type": ["string"]},
            "type": {"type": ["string"]},
            "value": {"type": ["string"]},
        },
    },
}


class _Misfit(Exception):
    """A value that does not fit; the message repeats nothing of it."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem


def json_of(response: httpx.Response, schema: str) -> Any:
    """Return the JSON of an answer, or raise InvalidBody."""
    try:
        return _read(json.loads(str(response.content, "utf-8")), _SCHEMAS[schema], "$")
    except _Misfit as misfit:
        found = misfit
    except (ValueError, RecursionError):
        found = _Misfit("$", "is not JSON")
    # Raised out here, because an error of json holds the body and must not become the context of this one.
    raise InvalidBody(response, found.path, found.problem)


def _read(value: Any, schema: dict[str, Any], path: str) -> Any:
    if "$ref" in schema:
        value = _read(value, _SCHEMAS[schema["$ref"]], path)
    if "type" in schema and not any(_TYPES[kind](value) for kind in schema["type"]):
        raise _Misfit(path, f"is not of type {' or '.join(schema['type'])}")
    for keyword, limit in schema.items():
        kind, fits = _KEYWORDS.get(keyword, ("", None))
        if fits and (not kind or _TYPES[kind](value)) and not fits(value, limit):
            raise _Misfit(path, f"breaks {keyword}: {limit}")
    for member in schema.get("allOf", ()):
        value = _read(value, member, path)
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            value = _first_fitting(value, schema[keyword], path)
    if _TYPES["object"](value):
        return _read_object(value, schema, path)
    if _TYPES["array"](value):
        return _read_list(value, schema, path)
    if "integer" in schema.get("type", ()) and _TYPES["integer"](value):
        value = int(value)
    return _read_format(value, schema["format"], path) if schema.get("format") in _FORMATS else value


def _read_object(value: dict[str, Any], schema: dict[str, Any], path: str) -> dict[str, Any]:
    declared: dict[str, Any] = schema.get("properties", {})
    other = schema.get("additionalProperties", True)
    # Declared fields first, so that what is wrong is named in the order of the contract.
    read = {name: _read(value[name], of, f"{path}.{name}") for name, of in declared.items() if name in value}
    if not isinstance(other, bool):
        rest = value.keys() - declared.keys()
        read |= {name: _read(field, other, f"{path}.{name}") for name, field in value.items() if name in rest}
    elif not other and value.keys() - declared.keys():
        raise _Misfit(path, "breaks additionalProperties: false")
    for name in schema.get("required", ()):
        if name not in value:
            raise _Misfit(f"{path}.{name}", "is missing")
    return value | read


def _read_list(value: list[Any], schema: dict[str, Any], path: str) -> list[Any]:
    return [_read(item, schema.get("items", {}), f"{path}[{index}]") for index, item in enumerate(value)]


def _first_fitting(value: Any, alternatives: list[dict[str, Any]], path: str) -> Any:
    misfits: list[_Misfit] = []
    for alternative in alternatives:
        try:
            return _read(value, alternative, path)
        except _Misfit as misfit:
            misfits.append(misfit)
    # The one whose constants fit, or that fits furthest, is the one that was meant.
    meant = max(misfits, key=lambda misfit: (not misfit.problem.startswith("breaks const"), len(misfit.path)))
    raise _Misfit(meant.path, meant.problem if meant.path != path else "fits none of what is declared")


def _read_format(value: Any, name: str, path: str) -> Any:
    kind, read = _FORMATS[name]
    try:
        return read(value) if _TYPES[kind](value) else value
    except (ValueError, OverflowError):
        pass
    raise _Misfit(path, f"is not of format {name}")


def _uuid(value: str) -> str:
    return _matching(_UUID, value)[0]


def _date(value: str) -> str:
    return datetime.date.fromisoformat(_matching(_DATE, value)[0]).isoformat()


def _date_time(value: str) -> str:
    date, seconds, rest = _matching(_DATE_TIME, value.upper()).groups()
    # A leap second is read as the second before it, which Python can represent.
    moment = datetime.datetime.fromisoformat(date + seconds.replace("60", "59") + rest)
    if seconds == "60" and moment.astimezone(datetime.UTC).strftime("%H:%M") != "23:59":
        raise ValueError
    return moment.isoformat()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _matching(pattern: re.Pattern[str], value: str) -> re.Match[str]:
    if found := pattern.fullmatch(value):
        return found
    raise ValueError


def _within(bits: int) -> Callable[[int], int]:
    def read(value: int) -> int:
        if -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
            return value
        raise ValueError

    return read


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(r"([0-9-]{10}T[0-9]{2}:[0-9]{2}:)([0-9]{2})((?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2}))")
_FORMATS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "uuid": ("string", _uuid),
    "date": ("string", _date),
    "date-time": ("string", _date_time),
    "int32": ("integer", _within(32)),
    "int64": ("integer", _within(64)),
}
_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "number": lambda value: type(value) is int or (type(value) is float and math.isfinite(value)),
    "integer": lambda value: type(value) is int or (type(value) is float and value.is_integer()),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}
_KEYWORDS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "const": ("", lambda value, const: value == const and isinstance(value, bool) == isinstance(const, bool)),
    "minLength": ("string", lambda value, limit: len(value) >= limit),
    "maxLength": ("string", lambda value, limit: len(value) <= limit),
    "pattern": ("string", lambda value, pattern: re.search(pattern, value, re.ASCII) is not None),
    "minimum": ("number", lambda value, limit: value >= limit),
    "maximum": ("number", lambda value, limit: value <= limit),
    "exclusiveMinimum": ("number", lambda value, limit: value > limit),
    "exclusiveMaximum": ("number", lambda value, limit: value < limit),
    "multipleOf": ("number", lambda value, step: Fraction(str(value)) % Fraction(str(step)) == 0),
    "minItems": ("array", lambda value, limit: len(value) >= limit),
    "maxItems": ("array", lambda value, limit: len(value) <= limit),
    "uniqueItems": ("array", lambda value, unique: not unique or len(set(map(_canonical, value))) == len(value)),
    "minProperties": ("object", lambda value, limit: len(value) >= limit),
    "maxProperties": ("object", lambda value, limit: len(value) <= limit),
}

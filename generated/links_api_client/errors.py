"""What a call raises besides httpx's own errors, and the check of an answer against what its status declares."""

import datetime
import json
import re
from collections.abc import Callable
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin
from uuid import UUID

import httpx

from .models import Error, Link, ResumeRequest, TokenGenerationData, TokenRequired
from .types import UNSET, Unset


class LinksApiError(Exception):
    """An answer that is not the one asked for; its message repeats nothing of the body."""

    def __init__(self, response: httpx.Response, message: str) -> None:
        super().__init__(f"{response.status_code}: {message}")
        self.response = response
        self.status_code = response.status_code

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).__new__, (type(self), *self.args), self.__dict__


class ApiError(LinksApiError):
    """One of the declared errors; `parsed` is what the service says about it."""

    def __init__(self, response: httpx.Response, parsed: list[Error] | TokenRequired) -> None:
        super().__init__(response, f"answered with {type(parsed).__name__}; see .parsed")
        self.parsed = parsed


class UnexpectedStatus(LinksApiError):
    """A status that is not declared."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(response, "this status is not declared; see .response")


class InvalidBody(LinksApiError):
    """A body that is not what its status declares; `path` is the JSON path of the place."""

    def __init__(self, response: httpx.Response, path: str, problem: str) -> None:
        super().__init__(response, f"{path} {problem}")
        self.path = path


_OBJECTS: dict[Any, dict[str, Any]] = {
    ResumeRequest: {
        "session": UUID,
        "token": str,
        "link": UUID,
    },
    Link: {
        "id": UUID,
        "institution": str,
        "access_mode": None | str,
        "last_accessed_at": datetime.datetime | None,
        "status": str,
        "created_by": UUID,
        "refresh_rate": None | str,
    },
    Error: {
        "code": str,
        "message": str,
        "request_id": str,
    },
    TokenRequired: {
        "code": str,
        "message": str,
        "request_id": UUID,
        "session": UUID,
        "expiry": int,
        "link": UUID,
        "token_generation_data": TokenGenerationData,
    },
    TokenGenerationData: {
        "instructions": str,
        "type": str,
        "value": str,
    },
}
_AT_LEAST = {
    list[Error]: 1,
}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_DATE_TIME = re.compile(r"([0-9-]{10}T[0-9]{2}:[0-9]{2}:)([0-9]{2})((?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2}))")


def checked(response: httpx.Response, declared: Any) -> Any:
    """Return the JSON of the answer, spelled as the models read it, or raise InvalidBody."""
    try:
        body = json.loads(str(response.content, "utf-8"))
    except (ValueError, RecursionError):
        pass
    else:
        return _checked(response, body, declared, "$")
    # Raised out here, because the error above holds the body and must not become the context of this one.
    raise InvalidBody(response, "$", "is not JSON")


def _checked(response: httpx.Response, value: Any, declared: Any, path: str) -> Any:
    absent, (kind, *others) = _kinds(declared)
    if type(value) in absent:
        return value
    if value is UNSET:
        raise InvalidBody(response, path, "is missing")
    if others:
        return value  # the model itself tells which of them it is
    if kind in _OBJECTS:
        if isinstance(value, dict):
            fields = _OBJECTS[kind].items()
            read = {name: _checked(response, value.get(name, UNSET), of, f"{path}.{name}") for name, of in fields}
            return value | {name: field for name, field in read.items() if field is not UNSET}
    elif get_origin(kind) is list:
        if isinstance(value, list) and len(value) >= _AT_LEAST.get(kind, 0):
            (of,) = get_args(kind)
            return [_checked(response, item, of, f"{path}[{index}]") for index, item in enumerate(value)]
    elif (scalar := _SCALARS.get(kind, lambda value: value)(value)) is not None:
        return scalar
    raise InvalidBody(response, path, "is empty" if value == [] else f"is not of type {kind.__name__}")


@cache
def _kinds(declared: Any) -> tuple[set[Any], set[Any]]:
    kinds = set(get_args(declared)) if isinstance(declared, UnionType) else {declared}
    return kinds & {NoneType, Unset}, kinds - {NoneType, Unset}


def _date_time(value: Any) -> str | None:
    found = _DATE_TIME.fullmatch(value.upper()) if isinstance(value, str) else None
    text = found and found[1] + found[2].replace("60", "59") + found[3]  # a leap second is read as the one before it
    try:
        return text and datetime.datetime.fromisoformat(text).isoformat()
    except ValueError:
        return None


_SCALARS: dict[Any, Callable[[Any], Any]] = {
    str: lambda value: value if isinstance(value, str) else None,
    bool: lambda value: value if isinstance(value, bool) else None,
    float: lambda value: value if type(value) in (int, float) else None,
    int: lambda value: int(value) if type(value) is int or (type(value) is float and value.is_integer()) else None,
    UUID: lambda value: value if isinstance(value, str) and _UUID.fullmatch(value) else None,
    datetime.datetime: _date_time,
}

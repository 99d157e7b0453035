"""Strict JSON in UTF-8 (RFC 8259): one value, no byte order mark, no NaN, no key twice in an object."""

from __future__ import annotations

import json
from typing import Any


class NotStrictJson(ValueError):  # noqa: N818 - reads as what it says of the body
    """The bytes are not one strict JSON value in UTF-8; the text says why, and `rule` names what is broken."""

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule = rule


def parse(body: bytes) -> Any:
    """Return the one JSON value of a body (RFC 8259).

    Raises NotStrictJson for anything else: not UTF-8, a byte order mark, NaN, a key given twice, something behind.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotStrictJson("utf-8", f"is not UTF-8 (byte {error.start})") from None
    if text.startswith("\ufeff"):
        raise NotStrictJson("byte order mark", "begins with a byte order mark")
    if not text.strip(" \t\r\n"):
        raise NotStrictJson("empty", "has an empty body")
    try:
        return STRICT.decode(text)
    except json.JSONDecodeError as error:
        raise NotStrictJson("syntax", f"is not JSON: {error.msg} (character {error.pos})") from None
    except RecursionError:
        raise NotStrictJson("nesting", "is nested too deep to be read") from None
    except NotStrictJson:
        raise
    except ValueError:
        raise NotStrictJson("number", "holds a number that is too long to be read") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise NotStrictJson("unique keys", "gives a key twice in one object")
    return result


def _no_constant(name: str) -> Any:
    raise NotStrictJson("numbers", f"holds {name}, which is not JSON")


STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
"""Made once: making a decoder takes as long as reading a short body."""

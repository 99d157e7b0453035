"""wire_format.py: what an answer keeps on the wire, what breaks it, and what is only worth telling."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from contract_tests.contract.document import MEDIA_TYPE, load
from contract_tests.exchange.validation import NotStrictJson, Reading, parse, read
from contract_tests.wire import Answer

CONTRACT = load()
STATUSES = {int(status): declared for status, declared in CONTRACT.responses.items()}


def example(status: int) -> Any:
    """Return the first example that openapi.yaml gives for a status."""
    examples = STATUSES[status].node["content"][MEDIA_TYPE]["examples"]
    return copy.deepcopy(next(iter(examples.values()))["value"])


def reading(
    status: int, body: object, content_type: str | None = MEDIA_TYPE, trailing_bytes: int = 0, **more: str
) -> Reading:
    """Read an answer of a status: a body as JSON, or as the bytes it is given in."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = [("Content-Type", content_type)] if content_type is not None else []
    headers += [(name.replace("_", "-"), value) for name, value in more.items()]
    return read(CONTRACT, Answer(status, tuple(headers), content, 0.01, trailing_bytes))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(b"", "is empty", id="nothing"),
        pytest.param(b" \r\n\t", "is empty", id="white space"),
        pytest.param(b'{"a": 1} x', "is not JSON: Extra data (character 9)", id="something behind"),
        pytest.param(b'{"a": 1}{"a": 1}', "Extra data", id="a second value"),
        pytest.param(b'{"a": 1,}', "is not JSON", id="a trailing comma"),
        pytest.param(b"{'a': 1}", "is not JSON", id="single quotes"),
        pytest.param(b'{"a": 1', "is not JSON", id="cut short"),
        pytest.param(b"<html></html>", "is not JSON", id="HTML"),
        pytest.param(b'{"a": NaN}', "holds NaN", id="NaN"),
        pytest.param(b'{"a": -Infinity}', "holds -Infinity", id="minus infinity"),
        pytest.param(b'{"a": 1, "b": 2, "a": 1}', "gives a key twice", id="a key twice"),
        pytest.param(b'[{"a": {"b": 1, "b": 1}}]', "gives a key twice", id="a key twice, within"),
        pytest.param(b"\xef\xbb\xbf{}", "begins with a byte order mark", id="a byte order mark"),
        pytest.param(b'{"a": "\xff"}', "is not UTF-8 (byte 7)", id="not UTF-8"),
        pytest.param('{"a": 1}'.encode("utf-16-le"), "is not", id="UTF-16"),
        pytest.param(b'{"a": "\n"}', "is not JSON", id="a bare control character"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, "nested too deep", id="100,000 levels"),
        pytest.param(b"[" + b"9" * 5_000 + b"]", "too long to be read", id="a number of 5,000 digits"),
        pytest.param(b'{"a": 01}', "is not JSON", id="a leading zero"),
    ],
)
def test_what_is_not_strict_json_is_told_why(body: bytes, why: str) -> None:
    """A body that is not one strict JSON value in UTF-8 is a mismatch, and the sentence says in what."""
    with pytest.raises(NotStrictJson) as refused:
        parse(body)
    assert why in str(refused.value)

    (found,) = reading(200, body).mismatches
    assert (found.keyword, found.message) == ("json", str(refused.value))


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b' \n{"a" : 1}\r\n', {"a": 1}),
        (b'"text"', "text"),
        (b"null", None),
        (b'{"\\u00e9": "\xc3\xa9"}', {"é": "é"}),
        (b'"\\ud83d\\udd11"', "\U0001f511"),
        (b"1E400", float("inf")),
        (b'{"a": {"a": 1}, "A": 2}', {"a": {"a": 1}, "A": 2}),
    ],
)
def test_strict_json_is_read_however_it_is_written(body: bytes, value: object) -> None:
    """White space, escapes, exponents and any kind of value are JSON."""
    assert parse(body) == value


@pytest.mark.parametrize("status", STATUSES)
def test_the_examples_of_the_contract_keep_it(status: int) -> None:
    """The example of each status is a conforming answer, without drift and with nothing to tell."""
    told = reading(status, example(status), WWW_Authenticate="Basic")

    assert (told.mismatches, told.undeclared, told.advice) == ((), (), ())
    assert told.value == example(status)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        'Application/JSON ; charset="utf-8"',
        "application/json; profile=x",
    ],
)
def test_a_media_type_may_have_parameters_and_any_case(content_type: str) -> None:
    """The media type is compared without its parameters and letter case."""
    assert reading(200, example(200), content_type).mismatches == ()


@pytest.mark.parametrize(
    "content_type", [None, "", "text/html", "application/problem+json", "application/jsonp", "text/json", "json"]
)
def test_another_media_type_is_a_mismatch(content_type: str | None) -> None:
    """An answer that names no media type, or another one, breaks the contract whatever its body."""
    (found,) = reading(400, example(400), content_type).mismatches

    assert found.keyword == "media type"


def test_an_undeclared_status_is_a_mismatch() -> None:
    """An answer of a status that is not declared breaks the contract, even as empty JSON."""
    (found,) = reading(302, {}).mismatches

    assert (found.keyword, found.message) == (
        "status",
        "302 is not declared, only 200, 400, 401, 428, 500 are",
    )


def test_bytes_behind_the_announced_length_are_a_mismatch() -> None:
    """Bytes that follow the Content-Length break the contract, and are counted."""
    (found,) = reading(200, example(200), trailing_bytes=3).mismatches

    assert (found.keyword, found.message[:7]) == ("content-length", "3 bytes")


def test_every_mismatch_is_kept() -> None:
    """An answer that is wrong in several ways is told in all of them."""
    body = example(200) | {"id": 7, "created_by": "nobody"}

    assert {found.pointer for found in reading(200, body, "text/html").mismatches} == {"", "/created_by", "/id"}


def test_undeclared_fields_are_drift_and_no_mismatch() -> None:
    """A field that is not declared is told with its place and type, however deep it lies."""
    asked = example(428) | {"extra": 1.5}
    asked["token_generation_data"] |= {"hint": None}
    errors = [error | {"field": ["token"]} for error in example(400)]

    assert reading(428, asked).mismatches == ()
    assert reading(428, asked).undeclared == (("/extra", "number"), ("/token_generation_data/hint", "null"))
    assert set(reading(400, errors).undeclared) == {("/*/field", "array")}


@pytest.mark.parametrize(
    ("value", "kind"),
    [({}, "object"), ([], "array"), ("", "string"), (True, "boolean"), (None, "null"), (1, "integer"), (1.0, "number")],
)
def test_the_type_of_an_undeclared_field_is_that_of_json(value: object, kind: str) -> None:
    """A type is named as JSON Schema names it; a boolean is not taken for a number."""
    assert reading(200, example(200) | {"extra": value}).undeclared == (("/extra", kind),)


def test_nullable_fields_with_a_value_are_noted() -> None:
    """Which of the fields that may be null had a value is kept, since one that never has is drift."""
    body = example(200) | {"access_mode": None, "refresh_rate": "24h"}

    assert reading(200, body).valued == ("/last_accessed_at", "/refresh_rate")


def test_a_401_without_its_header_is_advice() -> None:
    """An answer 401 that names no way to authenticate is worth telling, and keeps the contract."""
    told = reading(401, example(401))

    assert told.mismatches == ()
    assert "WWW-Authenticate" in told.advice[0]


@pytest.mark.parametrize("charset", ["latin-1", '"iso-8859-1"', "utf-16; x=y"])
def test_another_charset_is_advice(charset: str) -> None:
    """A charset that JSON does not have is worth telling, and keeps the contract."""
    told = reading(200, example(200), f"application/json; charset={charset}")

    assert told.mismatches == ()
    assert "charset" in told.advice[0]


def test_a_lone_surrogate_is_advice_and_is_validated_all_the_same() -> None:
    """A string with a lone surrogate is legal JSON: worth telling, and the rest of the answer is still validated."""
    body = b'[{"code": "\\ud800", "message": 7, "request_id": "r"}]'
    told = reading(400, body)

    assert [found.pointer for found in told.mismatches] == ["/0/message"]
    assert "lone surrogate" in told.advice[0]

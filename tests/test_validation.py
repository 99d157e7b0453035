"""An answer, compared with its declared response: every problem with its clause, and what is only worth telling."""

from __future__ import annotations

import json

import pytest

from contract_tests.contract.strict_json import NotStrictJson, parse
from contract_tests.exchange.validation import Reading, read
from tests.exchanges import BAD_REQUEST, CONTRACT, JSON, an_answer, answered, example

STATUSES = [int(status) for status in CONTRACT.responses]
LINK = "/components/schemas/Link"


def reading(
    status: int, body: object, content_type: str | None = JSON, trailing_bytes: int = 0, **headers: str
) -> Reading:
    """Read an answer of a status: a body as JSON, or as the bytes it is given in."""
    return read(CONTRACT, an_answer(status, body, content_type, trailing_bytes, **headers))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(b"", "has an empty body", id="nothing"),
        pytest.param(b" \r\n\t", "has an empty body", id="white space"),
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
    """A body that is not one strict JSON value in UTF-8 is a problem, and the sentence says in what."""
    with pytest.raises(NotStrictJson) as refused:
        parse(body)
    assert why in str(refused.value)

    (found,) = reading(200, body).problems
    assert (found.kind, found.keyword, found.message) == ("json", refused.value.rule, str(refused.value))
    assert found.clause == "/components/responses/Ok/content/application~1json"


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

    assert (told.problems, told.undeclared, told.advice) == ((), (), ())
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
    assert reading(200, example(200), content_type).problems == ()


@pytest.mark.parametrize(
    "content_type", [None, "", "text/html", "application/problem+json", "application/jsonp", "text/json", "json"]
)
def test_another_media_type_is_a_problem(content_type: str | None) -> None:
    """An answer that names no media type, or another one, breaks the contract whatever its body."""
    (found,) = reading(400, example(400), content_type).problems

    assert (found.kind, found.place) == ("media type", "header Content-Type")
    no_type = "what is no media type"
    assert found.keyword == ("missing" if content_type is None else content_type if "/" in content_type else no_type)
    assert found.clause == "/components/responses/BadRequest/content/application~1json"


def test_an_undeclared_status_is_a_problem() -> None:
    """An answer of a status that is not declared breaks the contract, even as empty JSON."""
    (found,) = reading(302, {}).problems

    assert (found.kind, found.keyword) == ("status", "302")
    assert found.message == "302 is not declared, only 200, 400, 401, 428, 500 are"
    assert found.clause == CONTRACT.place("responses")


def test_trailing_bytes_are_a_problem() -> None:
    """Bytes that follow the Content-Length break the contract, and are counted."""
    (found,) = reading(200, example(200), trailing_bytes=3).problems

    assert (found.kind, found.keyword, found.message[:7]) == ("length", "content-length", "3 bytes")
    assert found.place == "header Content-Length"


def test_every_problem_is_kept() -> None:
    """An answer that breaks its schema in several ways is told in all of them, each with the clause that it breaks."""
    body = {key: value for key, value in example(200).items() if key != "status"} | {"id": 7, "created_by": "nobody"}

    assert {(found.place, found.clause) for found in reading(200, body).problems} == {
        ("/status", f"{LINK}/required"),
        ("/id", f"{LINK}/properties/id/type"),
        ("/created_by", f"{LINK}/properties/created_by/format"),
    }


@pytest.mark.parametrize(
    ("changes", "place", "keyword", "clause"),
    [
        ({"request_id": 12345}, "/0/request_id", "type", "properties/request_id/type"),
        ({"message": None}, "/0/message", "type", "properties/message/type"),
    ],
)
def test_a_problem_names_the_clause_it_breaks(
    changes: dict[str, object], place: str, keyword: str, clause: str
) -> None:
    """A problem has its place in the answer, and the keyword of openapi.yaml that it breaks, which has a line."""
    (found,) = reading(400, [BAD_REQUEST[0] | changes]).problems

    assert (found.kind, found.place, found.keyword) == ("schema", place, keyword)
    assert found.clause == f"/components/schemas/Error/{clause}"
    assert keyword in CONTRACT.source.splitlines()[CONTRACT.line(found.clause) - 1]


@pytest.mark.parametrize(
    ("body", "content_type", "trailing_bytes", "kind"),
    [(b"<html>", "text/html", 0, "media type"), (b"{}", JSON, 2, "length"), (b"{", JSON, 0, "json")],
)
def test_what_a_problem_makes_meaningless_is_not_judged(
    body: bytes, content_type: str, trailing_bytes: int, kind: str
) -> None:
    """HTML is not told to be no JSON besides, and what is cut or goes on is not told to break its schema."""
    assert [found.kind for found in reading(200, body, content_type, trailing_bytes).problems] == [kind]


def test_an_undeclared_field_is_a_problem_where_the_target_says_so() -> None:
    """An undeclared field breaks the contract for a target with `undeclared_fields: fail`, and for no other."""
    value = example(200) | {"extra": 1}

    assert answered(200, value).problems == ()
    (found,) = answered(200, value, undeclared_fields="fail").problems
    assert (found.kind, found.place, found.keyword, found.message) == (
        "undeclared",
        "/extra",
        "integer",
        "is not declared",
    )


def test_undeclared_fields_are_drift_and_no_problem() -> None:
    """A field that is not declared is told with its place and type, however deep it lies."""
    asked = example(428) | {"extra": 1.5}
    asked["token_generation_data"] |= {"hint": None}
    errors = [error | {"field": ["token"]} for error in example(400)]

    assert reading(428, asked).problems == ()
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

    assert told.problems == ()
    assert "WWW-Authenticate" in told.advice[0]


@pytest.mark.parametrize("charset", ["latin-1", '"iso-8859-1"', "unknown-8; x=y"])
def test_another_charset_is_advice(charset: str) -> None:
    """A charset that JSON does not have is worth telling, and keeps the contract."""
    told = reading(200, example(200), f"application/json; charset={charset}")

    assert told.problems == ()
    assert "charset" in told.advice[0]


@pytest.mark.parametrize("charset", ["utf-16", '"UTF-16"; x=y', "latin-1"])
def test_a_charset_in_which_the_bytes_say_something_else_is_wrong(charset: str) -> None:
    """A charset that makes other text of the bytes of an answer misleads who believes it."""
    body = json.dumps({**example(200), "institution": "Bänk"}, ensure_ascii=False).encode()

    (problem,) = reading(200, body, f"application/json; charset={charset}").problems

    assert (problem.kind, problem.place, problem.keyword) == ("media type", "header Content-Type", "charset")


def test_a_lone_surrogate_is_advice_and_is_validated_all_the_same() -> None:
    """A string with a lone surrogate is legal JSON: worth telling, and the rest of the answer is still validated."""
    body = b'[{"code": "\\ud800", "message": 7, "request_id": "r"}]'
    told = reading(400, body)

    assert [found.place for found in told.problems] == ["/0/message"]
    assert "lone surrogate" in told.advice[0]

"""Invalid bodies: each named mutation does come up, and breaks just that."""

from __future__ import annotations

import json
import re
import uuid
from operator import attrgetter
from typing import Any

import pytest

from contract_tests.cases.bodies import (
    DECLARED,
    Mutation,
    Subject,
    encode,
    failing_token,
    fields_of,
    malformed,
    not_resumable,
    right,
    wrong_token,
)
from contract_tests.cases.generation import is_valid
from contract_tests.cases.paused_sessions import Lease
from contract_tests.cases.tokens import FAMILIES
from contract_tests.contract import load
from contract_tests.contract.strict_json import NotStrictJson, parse

CONTRACT = load()
JSON = CONTRACT.media_type
MALFORMED = malformed(CONTRACT)
FIELDS = [field.name for field in CONTRACT.request.fields]
LEASE = Lease("39cd6a88-8ee3-4e59-a861-b8a2187e0f4c", "683005d6-f45c-4adb-b289-f1a12f50f80c", "123456")
RIGHT = fields_of(LEASE)
WAYS = {way.name: way for way in MALFORMED}
OF_A_FIELD = {name: way for name, way in WAYS.items() if re.match("(session|token|link) (?!10,000|not UTF-8)", name)}
KINDS: dict[str, Any] = {
    "null": type(None),
    "a number": int,
    "a boolean": bool,
    "a list": list,
    "an object": dict,
    "empty": str,
}


def test_the_right_body_is_valid() -> None:
    """The body that every other is broken from is valid, and sent as the declared media type."""
    body = right(LEASE).typed(CONTRACT)

    assert is_valid(CONTRACT, body.content)
    assert (body.typed(CONTRACT).content_type, json.loads(body.content)) == ("application/json", RIGHT)


def test_names_are_unique() -> None:
    """No two ways share a name: a name is the case in a report."""
    assert len(WAYS) == len(MALFORMED)


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("how", ["missing", *KINDS])
def test_each_field_is_broken_in_each_way(name: str, how: str) -> None:
    """Each field is left out, and sent as every kind of value that it is not."""
    sent = json.loads(WAYS[f"{name} {how}"].of(LEASE).content)
    others = {key: value for key, value in RIGHT.items() if key != name}

    assert {key: value for key, value in sent.items() if key != name} == others
    assert (name not in sent) if how == "missing" else (type(sent[name]) is KINDS[how])


@pytest.mark.parametrize("name", ["session", "link"])
@pytest.mark.parametrize(
    "how", ["not a UUID", "a UUID cut short", "a UUID with a digit too many", "a UUID with a letter g"]
)
def test_a_malformed_uuid_is_one_for_every_reader(name: str, how: str) -> None:
    """What is no UUID cannot be read as one in any textual form."""
    sent = json.loads(WAYS[f"{name} {how}"].of(LEASE).content)

    with pytest.raises(ValueError, match=r"badly formed|invalid literal"):
        uuid.UUID(sent[name])


@pytest.mark.parametrize(
    "name",
    [
        "an empty object",
        "a list",
        "a string",
        "null",
        "not JSON",
        "trailing garbage",
        "an empty body",
        "not UTF-8",
        "token not UTF-8",
        "10,000 levels deep",
        "token 10,000 levels deep",
        "sent as no media type",
        "sent as text/plain",
        "sent as application/x-www-form-urlencoded",
    ],
)
def test_the_named_ways_are_there(name: str) -> None:
    """Each way that is asked for is there under its name."""
    assert name in WAYS


@pytest.mark.parametrize("way", MALFORMED, ids=attrgetter("name"))
def test_a_broken_body_is_invalid_or_of_another_media_type(way: Mutation) -> None:
    """A body is broken in itself or in its media type; but for a form, which is both, not in both."""
    body = way.of(LEASE)

    assert is_valid(CONTRACT, body.content) is (body.content_type != DECLARED and way.name != "a form")
    assert body.lease is LEASE


@pytest.mark.parametrize("way", OF_A_FIELD.values(), ids=attrgetter("name"))
def test_a_broken_field_is_all_that_is_broken(way: Mutation) -> None:
    """With the one field put right again a body with a broken field is the one that would be answered 200."""
    sent = json.loads(way.of(LEASE).content)
    field = way.name.partition(" ")[0]

    assert not is_valid(CONTRACT, encode(sent))
    assert {**sent, field: RIGHT[field]} == RIGHT


@pytest.mark.parametrize(
    "name",
    [
        "not JSON",
        "JSON in single quotes",
        "JSON cut short",
        "a trailing comma",
        "trailing garbage",
        "a second value on the next line",
        "NUL behind the object",
        "a comment",
        "a raw tab in a further member",
        "not UTF-8",
        "token not UTF-8",
    ],
)
def test_what_is_no_json_holds_the_right_session_all_the_same(name: str) -> None:
    """A body that is no JSON has session and link of a live session in it, for a server that reads it anyway."""
    content = WAYS[name].of(LEASE).content

    assert LEASE.session.encode() in content
    with pytest.raises(NotStrictJson):
        parse(content)


def test_deep_nesting_is_json_to_its_last_bracket() -> None:
    """10,000 levels are balanced, so that depth alone is what is wrong with them."""
    content = WAYS["token 10,000 levels deep"].of(LEASE).content

    assert content.count(b"[") == content.count(b"]") == 10_000
    assert json.loads(content.replace(b"[" * 10_000 + b"]" * 10_000, b'"123456"')) == RIGHT


@pytest.mark.parametrize(("token", "number"), [("123456", 123456), ("1234ab", 7), ("0042", 7), ("9" * 30, 7)])
def test_a_token_of_digits_is_sent_as_its_number(token: str, number: int) -> None:
    """A token of digits becomes the number that a careless server turns back into the right token."""
    lease = Lease(LEASE.session, LEASE.link, token)

    assert json.loads(WAYS["token a number"].of(lease).content)["token"] == number


FAMILY_TOKENS = [
    pytest.param(name, token, id=f"{family.name}: {name}")
    for family in FAMILIES
    for name, token in family.wrong_for(LEASE.token, None)
]


@pytest.mark.parametrize(("name", "token"), FAMILY_TOKENS)
def test_wrong_tokens_are_valid(name: str, token: str) -> None:
    """A wrong token of any family is valid JSON under the schema: nobody may call it malformed JSON."""
    content = wrong_token(LEASE, token, name).content

    assert json.loads(content)["token"] == token
    assert content.isascii()
    assert token != LEASE.token
    assert is_valid(CONTRACT, content)


@pytest.mark.parametrize(
    "session", [LEASE.session, LEASE.session.upper(), LEASE.session.replace("-", ""), f"{{{LEASE.session}}}"]
)
def test_a_uuid_in_any_form_is_not_called_malformed(session: str) -> None:
    """A body whose UUID some servers rightly read is never held to be malformed."""
    assert is_valid(CONTRACT, right(LEASE, session=session).content)


def test_a_body_says_which_kind_of_request_it_is() -> None:
    """A body is made by what is wrong with it, which is what a wrong answer to it is about."""
    assert right(LEASE).subject == Subject.RIGHT
    assert wrong_token(LEASE).subject == Subject.WRONG_TOKEN
    assert failing_token(LEASE, "f").subject == Subject.FAILING_TOKEN
    assert not_resumable(LEASE, "a spent session").subject == Subject.SESSION
    assert {mutation.of(LEASE).subject for mutation in MALFORMED} == {Subject.MALFORMED}


def test_a_body_that_is_not_malformed_is_valid() -> None:
    """A wrong or failing token and another session are valid bodies: what is wrong is not their form."""
    another = not_resumable(LEASE, "another", session=LEASE.link)

    assert json.loads(another.content) == RIGHT | {"session": LEASE.link}
    for body in (another, wrong_token(LEASE), failing_token(LEASE, "fails")):
        assert is_valid(CONTRACT, body.content)

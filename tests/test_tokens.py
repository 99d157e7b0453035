"""tokens.py: each token of each family is wrong, travels as JSON, and is one of its own."""

from __future__ import annotations

import json

import pytest

from contract_tests.cases.bodies import wrong_token
from contract_tests.cases.paused_sessions import Lease
from contract_tests.cases.tokens import FAMILIES, SECOND, Family
from contract_tests.target.settings import Tokens

RIGHT = ("1234ab", "482913", "7", "ABC", "otto")
NAMED = pytest.mark.parametrize("family", [*FAMILIES, *SECOND[1:]], ids=lambda family: family.name)
LONGEST_CHAIN = 5
"""After so many wrong tokens services lock a link, and compare none any more."""


@NAMED
@pytest.mark.parametrize("right", RIGHT)
def test_each_is_wrong(family: Family, right: str) -> None:
    """No token of a family is the right one or the failing one, and none is empty."""
    tokens = [token for _, token in family.wrong_for(right, Tokens(right, "000000"))]

    assert tokens
    assert {"", right, "000000"}.isdisjoint(tokens)


@NAMED
def test_a_family_is_no_longer_than_a_link_takes(family: Family) -> None:
    """A family is sent for one link, so it ends before services lock that link."""
    assert len(family.tokens) <= LONGEST_CHAIN


def test_no_token_is_sent_twice() -> None:
    """Names and tokens of all families differ, so that none stands for another."""
    sent = [pair for family in FAMILIES for pair in family.wrong_for("1234ab", None)]

    assert len({name for name, _ in sent}) == len(sent)
    assert len({token for _, token in sent}) == len(sent)


@NAMED
def test_each_travels_in_json(family: Family) -> None:
    """Whatever its characters, a token arrives as it is in the table."""
    lease = Lease("39cd6a88-8ee3-4e59-a861-b8a2187e0f4c", "683005d6-f45c-4adb-b289-f1a12f50f80c", "1234ab")
    for name, token in family.wrong_for(lease.token, None):
        assert json.loads(wrong_token(lease, token, name).content)["token"] == token

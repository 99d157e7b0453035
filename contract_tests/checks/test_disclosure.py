"""Disclosure: no answer repeats the password or the token that was sent, or shows a stack trace."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter

import pytest

from contract_tests.cases.bodies import BROKEN, NASTY_TOKENS, Breakage, valid
from contract_tests.cases.credentials import UNACCEPTABLE, Authorization
from contract_tests.contract.clauses import clause
from contract_tests.exchange.disclosure import disclosed
from contract_tests.exchange.expectation import Exchange, assert_answer
from contract_tests.run.run import LiveSession, Run

NOTHING_DISCLOSED = "/paths/~1api~1links~1/patch/description"


def discloses_nothing(answer: Exchange) -> None:
    """The answer repeats no secret of its request and shows no stack trace."""
    expectation = assert_answer(answer)
    for mismatch in disclosed(answer):
        expectation.is_true(False, "an answer that repeats no secret and shows no stack trace", mismatch)


@clause(NOTHING_DISCLOSED)
@pytest.mark.parametrize("breakage", BROKEN, ids=attrgetter("name"))
def test_refusals_of_bodies_disclose_nothing(live_session: LiveSession, breakage: Breakage) -> None:
    """The answer to a malformed body repeats neither password nor token and shows no stack trace."""
    live_session.is_refused(breakage.of, discloses_nothing)


@clause("/components/securitySchemes/basic")
@pytest.mark.parametrize("credentials", UNACCEPTABLE, ids=attrgetter("name"))
def test_refusals_of_credentials_disclose_nothing(live_session: LiveSession, credentials: Authorization) -> None:
    """The answer to unacceptable credentials repeats neither them nor the token and shows no stack trace."""
    live_session.is_refused(valid, discloses_nothing, credentials)


@clause("/components/schemas/ResumeRequest/properties/token")
@pytest.mark.parametrize("kind", ["right", "spent", "wrong", "failing", *NASTY_TOKENS])
def test_answers_to_tokens_disclose_nothing(live_session: LiveSession, exchange: Run, kind: str) -> None:
    """The answer to a right, spent, wrong, failing or nasty token does not repeat it and shows no stack trace."""
    tokens = exchange.target.tokens
    if kind in ("right", "spent"):
        chain = exchange.resume_to_the_end(exchange.lease())
        if kind == "spent":
            chain.append((chain[-1][0], exchange(valid(chain[-1][0], "a session that is spent"))))
        for _, answer in chain:
            discloses_nothing(answer)
    elif kind == "failing":
        if tokens is None or tokens.failing is None:
            pytest.skip("the target file names no tokens.failing")
        discloses_nothing(exchange(valid(replace(exchange.lease(), token=tokens.failing), "the failing token")))
    else:
        token = NASTY_TOKENS.get(kind, "wrong-token-8d1f")
        live_session.is_attempted(lambda lease: valid(lease, f"a token: {kind}", token=token), discloses_nothing)

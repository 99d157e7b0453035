"""Generated cases: Schemathesis makes bodies out of openapi.yaml, valid ones and invalid ones."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import pytest

from contract_tests.cases.bodies import wrong_token
from contract_tests.cases.generated_bodies import SHARDS
from contract_tests.contract.clauses import clause
from contract_tests.contract.protocol import TOKEN
from contract_tests.exchange.expectation import assert_answer
from contract_tests.exchange.violation import CheckFailed
from contract_tests.run.grouping import attempt_together
from contract_tests.run.live_session import LiveSessions
from contract_tests.run.run import Case

Value = TypeVar("Value")
FIRST, *OTHERS = SHARDS
pytestmark = pytest.mark.generated
ONE_OR_ALL = [FIRST, *(pytest.param(shard, marks=pytest.mark.full) for shard in OTHERS)]


def try_each(values: Iterable[Value], attempt: Callable[[Value], object]) -> None:
    """Try every value; raises the CheckFailed of the smallest body that fails, which says most about why."""
    failures: list[CheckFailed] = []
    for value in values:
        try:
            attempt(value)
        except CheckFailed as failure:
            failures.append(failure)
    if failures:
        raise min(failures, key=lambda failure: len(failure.finding.exchange.body.content))


@clause("requestBody")
@pytest.mark.parametrize("shard", ONE_OR_ALL)
def test_valid_bodies_of_unknown_sessions_are_refused(exchange: Case, shard: int) -> None:
    """A generated valid body names a session that nobody paused, and is answered with the declared 400."""
    try_each(exchange.run.generated.valid(shard), lambda body: assert_answer(exchange(body)).has_status(400))


@clause("request")
@pytest.mark.parametrize("shard", ONE_OR_ALL)
def test_invalid_bodies_are_refused(exchange: Case, shard: int) -> None:
    """A generated body that breaks the request's schema is answered with the declared 400."""
    try_each(exchange.run.generated.invalid(shard), lambda body: assert_answer(exchange(body)).has_status(400))


@clause(f"request/{TOKEN}")
@pytest.mark.parametrize("shard", ONE_OR_ALL)
def test_generated_tokens_are_wrong(live_sessions: LiveSessions, exchange: Case, shard: int) -> None:
    """A generated token for a live session is a wrong one: answered 428 or 400; what fails is cut down to its least."""
    tokens = exchange.target.tokens
    known = {tokens.accepted, tokens.failing} if tokens else set()

    def attempt(characters: Sequence[str]) -> bool:
        token = "".join(characters)
        live_sessions.send_wrong_token(
            exchange,
            lambda lease: wrong_token(lease, token, f"the generated token {token!a}"),
            lambda answer: assert_answer(answer).has_status(428, 400),
        )
        return True

    for token in exchange.run.generated.tokens(shard):
        if token not in known:
            attempt_together(token, attempt)

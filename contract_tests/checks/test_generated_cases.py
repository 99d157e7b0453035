"""Generated cases: Schemathesis makes bodies out of openapi.yaml, valid ones and invalid ones."""

from dataclasses import replace

import pytest

from contract_tests.cases.bodies import Subject
from contract_tests.cases.generated_bodies import GeneratedBody, bodies
from contract_tests.contract.clauses import clause
from contract_tests.exchange.expectation import assert_answer
from contract_tests.run.live_session import LiveSessions
from contract_tests.run.run import Case
from contract_tests.run.search import search

SHARDS = range(4)
VALID_EXAMPLES = 8
INVALID_EXAMPLES = 13


@clause("/components/requestBodies/Resume")
@pytest.mark.parametrize("shard", SHARDS)
def test_valid_bodies_of_unknown_sessions_are_refused(exchange: Case, shard: int) -> None:
    """A generated valid body names a session that nobody paused, and is answered with the declared 400."""

    def is_refused(generated: GeneratedBody) -> None:
        body = replace(generated.body, subject=Subject.SESSION)
        assert_answer(exchange(body)).has_status(400)

    search(
        bodies(exchange.contract, valid=True), is_refused, examples=VALID_EXAMPLES, number=exchange.seed * 100 + shard
    )


@clause("/components/schemas/ResumeRequest")
@pytest.mark.parametrize("shard", SHARDS)
def test_invalid_bodies_are_refused(exchange: Case, shard: int) -> None:
    """A generated body that breaks the request's schema is answered with the declared 400."""

    def is_refused(generated: GeneratedBody) -> None:
        assert_answer(exchange(generated.body)).has_status(400)

    strategy = bodies(exchange.contract, valid=False)
    search(strategy, is_refused, examples=INVALID_EXAMPLES, number=exchange.seed * 100 + shard)


@clause("/components/schemas/ResumeRequest/properties/token")
@pytest.mark.parametrize("shard", SHARDS)
def test_generated_tokens_are_wrong(live_sessions: LiveSessions, exchange: Case, shard: int) -> None:
    """A generated token for a live session is a wrong one: answered 428 or 400."""

    def is_wrong(generated: GeneratedBody) -> None:
        live_sessions.send_wrong_token(
            exchange, generated.for_lease, lambda answer: assert_answer(answer).has_status(428, 400)
        )

    tokens = exchange.target.tokens
    known = {tokens.accepted, tokens.failing} if tokens else set()
    strategy = bodies(exchange.contract, valid=True).filter(lambda case: case.token not in known)
    search(strategy, is_wrong, examples=VALID_EXAMPLES // 2, number=exchange.seed * 100 + shard)

"""500 Unexpected Error: the service or the institution failed."""

from dataclasses import replace

import pytest

from contract_tests.cases.bodies import valid
from contract_tests.contract.clauses import clause
from contract_tests.exchange.expectation import assert_answer
from contract_tests.run.run import Run


@clause("/paths/~1api~1links~1/patch/responses/500")
def test_failing_institution_is_answered_500(exchange: Run) -> None:
    """The token that makes the institution fail is answered with the declared 500."""
    failing = exchange.target.tokens.failing if exchange.target.tokens else None
    if failing is None:
        pytest.skip("the target file names no tokens.failing")

    answer = exchange(valid(replace(exchange.lease(), token=failing), "the failing token"))

    assert_answer(answer).has_status(500).keeps_the_contract()

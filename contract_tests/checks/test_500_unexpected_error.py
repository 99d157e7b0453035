"""500 Unexpected Error: the service or the institution failed."""

import pytest

from contract_tests.cases.bodies import failing_token
from contract_tests.contract.clauses import clause
from contract_tests.exchange.expectation import assert_answer
from contract_tests.run.run import Case


@clause("responses/500")
@pytest.mark.essential
def test_failing_institution_is_answered_500(exchange: Case) -> None:
    """The token that makes the institution fail is answered with the declared 500."""
    failing = exchange.target.tokens.failing if exchange.target.tokens else None
    if failing is None:
        pytest.skip("the target file names no tokens.failing")

    assert_answer(exchange(failing_token(exchange.lease(), failing))).has_status(500)

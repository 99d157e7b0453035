"""200 Ok: the token was right and no further factor is asked."""

import pytest

from contract_tests.contract.clauses import clause
from contract_tests.exchange.expectation import assert_answer
from contract_tests.run.run import Case


@clause("responses/200")
@pytest.mark.essential
def test_right_token_completes_the_link(exchange: Case) -> None:
    """The right token, and each further one that is asked for, is answered with the declared 200."""
    lease = exchange.lease()

    chain = exchange.resume_to_the_end(lease)

    for _, asked in chain[:-1]:
        assert_answer(asked).has_status(200, 428).names("/link", lease.link)
    assert_answer(chain[-1][1]).has_status(200).names("/id", lease.link)


@clause("responses/200")
def test_each_link_is_answered_with_its_own_id(exchange: Case) -> None:
    """Two links that are paused at the same time are each completed under their own id."""
    first, second = exchange.lease(), exchange.lease()

    for lease in (first, second):
        _, last = exchange.resume_to_the_end(lease)[-1]
        assert_answer(last).has_status(200).names("/id", lease.link)

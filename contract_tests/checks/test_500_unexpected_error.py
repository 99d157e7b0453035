"""500 Unexpected Error: the service or the institution failed."""

from collections.abc import Callable

import pytest

from contract_tests.cases.bodies import Subject, failing_token, not_resumable, right, wrong_token
from contract_tests.cases.credentials import login_to_refuse
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract.clauses import clause
from contract_tests.exchange.expectation import assert_answer, rely_on
from contract_tests.run.run import Case, next_lease


def paused(exchange: Case) -> Lease:
    """Return a session that was just paused."""
    return exchange.lease()


def of_another_try(exchange: Case) -> Lease:
    """Return a session that a 428 to a wrong token handed out."""
    lease = exchange.lease()
    asked = exchange(wrong_token(lease))
    rely_on(asked).has_status(428, 400)
    following = next_lease(asked, lease)
    if following is None:
        pytest.skip("a wrong token is answered 400")
    return following


def of_a_second_factor(exchange: Case) -> Lease:
    """Return a session that waits for the second of two tokens."""
    if exchange.target.second_factor is None:
        pytest.skip("the target file names no second_factor")
    return exchange.lease_of_second_factor()


@clause("responses/500")
@pytest.mark.parametrize(
    "session",
    [
        pytest.param(paused, id="paused", marks=pytest.mark.essential),
        pytest.param(of_another_try, id="another try", marks=pytest.mark.full),
        pytest.param(of_a_second_factor, id="second factor"),
    ],
)
def test_failing_institution_is_answered_500(exchange: Case, session: Callable[[Case], Lease]) -> None:
    """The token that makes the institution fail is answered with the declared 500, and only where it is asked."""
    failing = exchange.target.tokens.failing if exchange.target.tokens else None
    if failing is None:
        pytest.skip("the target file names no tokens.failing")
    lease = session(exchange)

    assert_answer(exchange(failing_token(lease, failing))).has_status(500)
    if session is paused:
        fails_for_nobody_else(exchange, failing)
        after = exchange(wrong_token(lease, name="a wrong token, after the failing one"))
    else:
        after = exchange(right(lease))
    # The session may be spent by what failed, and an institution may go on failing.
    assert_answer(after).has_status(428, 400, 500, *((200,) if after.subject == Subject.RIGHT else ()))
    if after.status == 200:
        assert_answer(exchange(not_resumable(lease, "a session that is spent"))).has_status(400)


def fails_for_nobody_else(exchange: Case, failing: str) -> None:
    """Hold that the institution is not asked for strangers, nor for a session that nobody paused."""
    stranger = exchange(failing_token(exchange.synthetic(), failing), login_to_refuse(exchange.target))
    assert_answer(stranger).has_status(401)
    unknown = not_resumable(exchange.synthetic(), "a session that nobody paused", token=failing)
    assert_answer(exchange(unknown)).has_status(400)

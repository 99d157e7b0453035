"""Disclosure: no answer tells the password or a token, or shows a stack trace.

Every answer of a run is judged for it. What is sent here is what servers like to repeat.
"""

import pytest

from contract_tests.cases.bodies import Body, Subject, encode, fields_of, right, wrong_token
from contract_tests.cases.credentials import WRONG_LOGIN
from contract_tests.contract.clauses import clause
from contract_tests.exchange.expectation import assert_answer
from contract_tests.run.run import Case, next_lease

ANOTHER_TOKEN = "another-token-52c7"  # noqa: S105 - wrong on purpose


@clause("description")
@pytest.mark.parametrize(
    "kind",
    [
        "a wrong token",
        "another wrong token",
        pytest.param("a wrong password", marks=pytest.mark.wrong_credentials),
        "a token in broken JSON",
    ],
)
def test_no_answer_discloses_a_secret(exchange: Case, kind: str) -> None:
    """No answer tells the password or a token, sent or right, or shows a stack trace."""
    lease = exchange.synthetic()
    if kind == "a wrong token":
        answer = exchange(wrong_token(exchange.lease_if_possible()))
    elif kind == "another wrong token":
        first = exchange.lease_if_possible()
        answer = exchange(wrong_token(first, ANOTHER_TOKEN, kind))
        # The one before is still in the session that a 428 hands out.
        answer = exchange(wrong_token(next_lease(answer, first) or first))
    elif kind == "a wrong password":
        answer = exchange(right(lease), WRONG_LOGIN)
    else:
        answer = exchange(Body(kind, encode(fields_of(lease))[:-1], lease=lease, subject=Subject.MALFORMED))

    assert_answer(answer).discloses_nothing()

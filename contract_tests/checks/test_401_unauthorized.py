"""401 Unauthorized: credentials are absent, malformed, of another scheme, or wrong."""

from operator import attrgetter

import pytest

from contract_tests.cases.bodies import Body, valid
from contract_tests.cases.credentials import RIGHT, UNACCEPTABLE, Authorization
from contract_tests.contract.clauses import clause
from contract_tests.exchange.expectation import Exchange, assert_answer
from contract_tests.run.run import LiveSession, Run

UNAUTHORIZED = "/paths/~1api~1links~1/patch/responses/401"


def is_unauthorized(answer: Exchange) -> None:
    """The answer is the declared 401."""
    assert_answer(answer).has_status(401).keeps_the_contract()


def skip_unless_wrong(exchange: Run, credentials: Authorization) -> None:
    """Skip a case that leaves these credentials as they are: a password of digits has no other case."""
    right = exchange.target.credentials
    if credentials.value(right) == RIGHT.value(right):
        pytest.skip(f"{credentials.name}: the same as the right ones")


@clause(UNAUTHORIZED)
@pytest.mark.parametrize("credentials", UNACCEPTABLE, ids=attrgetter("name"))
def test_unacceptable_credentials_are_refused(
    live_session: LiveSession, exchange: Run, credentials: Authorization
) -> None:
    """Absent, malformed and wrong credentials are answered with the declared 401."""
    skip_unless_wrong(exchange, credentials)

    live_session.is_refused(valid, is_unauthorized, credentials)


@clause(UNAUTHORIZED)
@pytest.mark.parametrize("credentials", UNACCEPTABLE, ids=attrgetter("name"))
def test_credentials_are_judged_before_the_body(exchange: Run, credentials: Authorization) -> None:
    """Unacceptable credentials are answered 401 also when the body is malformed."""
    skip_unless_wrong(exchange, credentials)

    for body in (Body("an empty object", b"{}"), Body("not JSON", b'{"session": '), Body("text", b"x", "text/plain")):
        is_unauthorized(exchange(body, credentials))

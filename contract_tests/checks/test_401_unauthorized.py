"""401 Unauthorized: credentials are absent, malformed, of another scheme, or wrong."""

from operator import attrgetter

import pytest

from contract_tests.cases.bodies import DECLARED, Body, Subject, right
from contract_tests.cases.credentials import RIGHT, UNACCEPTABLE, Authorization
from contract_tests.contract.clauses import clause
from contract_tests.exchange.expectation import assert_answer
from contract_tests.exchange.judged import Exchange
from contract_tests.run.live_session import LiveSessions
from contract_tests.run.run import Case

UNAUTHORIZED = "responses/401"


def is_unauthorized(answer: Exchange) -> None:
    """The answer is the declared 401."""
    assert_answer(answer).has_status(401)


def skip_unless_wrong(exchange: Case, credentials: Authorization) -> None:
    """Skip a case that leaves these credentials as they are: a password of digits has no other case."""
    login = exchange.target.credentials
    if credentials.value(login) == RIGHT.value(login):
        pytest.skip(f"{credentials.name}: the same as the right ones")


@clause(UNAUTHORIZED)
@pytest.mark.parametrize("credentials", UNACCEPTABLE, ids=attrgetter("name"))
def test_unacceptable_credentials_are_refused(
    live_sessions: LiveSessions, exchange: Case, credentials: Authorization
) -> None:
    """Absent, malformed and wrong credentials are answered with the declared 401."""
    skip_unless_wrong(exchange, credentials)

    live_sessions.send_refused(exchange, right, is_unauthorized, credentials)


@clause(UNAUTHORIZED)
@pytest.mark.parametrize("credentials", UNACCEPTABLE, ids=attrgetter("name"))
def test_credentials_are_judged_before_the_body(exchange: Case, credentials: Authorization) -> None:
    """Unacceptable credentials are answered 401 also when the body is malformed."""
    skip_unless_wrong(exchange, credentials)

    for name, content, media_type in (
        ("an empty object", b"{}", DECLARED),
        ("not JSON", b'{"session": ', DECLARED),
        ("text", b"x", "text/plain"),
    ):
        is_unauthorized(exchange(Body(name, content, media_type, subject=Subject.MALFORMED), credentials))

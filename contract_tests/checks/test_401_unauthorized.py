"""401 Unauthorized: credentials are absent, malformed, of another scheme, or wrong."""

from operator import attrgetter

import pytest

from contract_tests.cases.bodies import DECLARED, Body, Subject, right
from contract_tests.cases.credentials import NO_HEADER, RIGHT, UNACCEPTABLE, WRONG_LOGIN, Authorization
from contract_tests.cases.deliveries import KEPT, NEW, Delivery
from contract_tests.cases.nearly_right import NEARLY_RIGHT
from contract_tests.contract.clauses import clause
from contract_tests.exchange.expectation import assert_answer
from contract_tests.exchange.judged import Exchange
from contract_tests.run.live_session import LiveSessions
from contract_tests.run.profiles import by_profile
from contract_tests.run.run import Case

UNAUTHORIZED = "responses/401"
LARGE = b'{"note": "' + b"n" * 100_000 + b'"}'
MALFORMED = {
    "an empty object": (b"{}", DECLARED),
    "not JSON": (b'{"session": ', DECLARED),
    "text": (b"x", "text/plain"),
    "100,000 bytes": (LARGE, DECLARED),
}

pytestmark = pytest.mark.wrong_credentials


def is_unauthorized(answer: Exchange) -> None:
    """The answer is the declared 401."""
    assert_answer(answer).has_status(401)


def skip_unless_wrong(exchange: Case, credentials: Authorization) -> None:
    """Skip a case that leaves these credentials as they are: a password of digits has no other case."""
    login = exchange.target.credentials
    if credentials.value(login) == RIGHT.value(login):
        pytest.skip(f"{credentials.name}: the same as the right ones")


@clause(UNAUTHORIZED)
@pytest.mark.parametrize("credentials", by_profile((*UNACCEPTABLE, *NEARLY_RIGHT)))
def test_unacceptable_credentials_are_refused(
    live_sessions: LiveSessions, exchange: Case, credentials: Authorization
) -> None:
    """Absent, malformed, wrong and nearly right credentials are answered with the declared 401."""
    skip_unless_wrong(exchange, credentials)

    live_sessions.send_refused(exchange, right, is_unauthorized, credentials)


@clause(UNAUTHORIZED)
@pytest.mark.parametrize("credentials", [WRONG_LOGIN, NO_HEADER], ids=attrgetter("name"))
def test_credentials_are_judged_before_the_body(exchange: Case, credentials: Authorization) -> None:
    """Unacceptable credentials are answered 401 also when the body is malformed or large."""
    for name, (content, media_type) in MALFORMED.items():
        is_unauthorized(exchange(Body(name, content, media_type, subject=Subject.MALFORMED), credentials))


@clause(UNAUTHORIZED)
@pytest.mark.parametrize("delivery", [KEPT, NEW], ids=attrgetter("name"))
@pytest.mark.parametrize(
    "credentials", [WRONG_LOGIN, pytest.param(NO_HEADER, marks=pytest.mark.full)], ids=attrgetter("name")
)
def test_each_request_is_authenticated_anew(exchange: Case, credentials: Authorization, delivery: Delivery) -> None:
    """What came before counts for nothing: wrong credentials after right ones, and right ones after wrong ones."""
    lease, waiting = exchange.lease(), exchange.lease()
    with exchange.alone():
        is_unauthorized(exchange(right(lease), credentials, delivery))
        resumed, last = exchange.resume_to_the_end(lease)[-1]
        after_right = exchange(right(waiting), credentials, delivery)
        repeated = exchange(right(resumed), credentials, delivery)

    assert_answer(last).is_unspent()
    after_wrong = "right credentials are refused right after wrong ones"
    assert_answer(last).has_status(200, because=after_wrong if last.status == 401 else "")
    for answer in (after_right, repeated):
        is_unauthorized(answer)

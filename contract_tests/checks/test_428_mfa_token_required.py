"""428 MFA Token Required: the institution asks for a further token, or for another try."""

from collections.abc import Callable, Sequence

import pytest

from contract_tests.cases.bodies import wrong_token
from contract_tests.cases.variations import Variation, delivery_of, same
from contract_tests.contract import load
from contract_tests.contract.clauses import clause
from contract_tests.exchange.expectation import assert_answer, rely_on
from contract_tests.exchange.violation import Blocked
from contract_tests.run.grouping import attempt_together
from contract_tests.run.live_session import LiveSessions
from contract_tests.run.run import Case, next_lease

TOKEN_REQUIRED = "responses/428"  # noqa: S105 - a place in openapi.yaml
WRONG_TOKENS: dict[str, Callable[[str], str]] = {
    "another": lambda _token: "wrong-token-8d1f",
    "the right one with a suffix": lambda token: f"{token}0",
    "the right one cut short": lambda token: token[:-1] or "0",
    "the right one in other case": lambda token: token.swapcase() if token != token.swapcase() else f"{token}-",
    "the right one backwards": lambda token: token[::-1] if token != token[::-1] else f"{token}-",
}


@clause(TOKEN_REQUIRED)
@pytest.mark.parametrize("kind", WRONG_TOKENS)
def test_wrong_tokens_are_not_accepted(live_sessions: LiveSessions, exchange: Case, kind: str) -> None:
    """A wrong token is answered 428 or 400, as the institution decides, and never 200."""
    live_sessions.send_wrong_token(
        exchange,
        lambda lease: wrong_token(lease, WRONG_TOKENS[kind](lease.token), kind),
        lambda answer: assert_answer(answer).has_status(428, 400),
    )


@clause("next")
@pytest.mark.parametrize("times", [1, 2, 3])
def test_session_of_a_428_can_be_resumed(exchange: Case, times: int) -> None:
    """A 428 is about the link that was sent, and the session it hands out goes on with the right token."""
    lease = exchange.lease()
    for _ in range(times):
        asked = exchange(wrong_token(lease))
        rely_on(asked).has_status(428, 400)
        following = next_lease(asked, lease)
        if following is None:
            return
        assert_answer(asked).names("/link", lease.link)
        lease = following

    _, last = exchange.resume_to_the_end(lease)[-1]

    assert_answer(last).has_status(200).names("/id", lease.link)


@clause(TOKEN_REQUIRED)
def test_sessions_handed_out_stay_apart(exchange: Case) -> None:
    """Two links that are asked again at the same time are each completed with the session they were given."""
    leases = [exchange.lease(), exchange.lease()]
    asked = [exchange(wrong_token(lease)) for lease in leases]
    for answer in asked:
        rely_on(answer).has_status(428, 400)

    following = [next_lease(answer, lease) for answer, lease in zip(asked, leases, strict=True)]
    if None in following:
        return
    sessions = {lease.session.lower() for lease in following if lease}
    assert_answer(asked[1]).holds(lambda: len(sessions) == len(leases), "/session", "unique", "is that of another link")
    for lease in following:
        if lease:
            assert_answer(exchange.resume_to_the_end(lease)[-1][1]).has_status(200).names("/id", lease.link)


@clause(TOKEN_REQUIRED)
def test_wrong_token_leaves_other_links_alone(exchange: Case) -> None:
    """A wrong token for one link ends no session of another: that one is still resumed by its right token."""
    one, other = exchange.lease(), exchange.lease()
    rely_on(exchange(wrong_token(one))).has_status(428, 400)

    _, last = exchange.resume_to_the_end(other)[-1]

    assert_answer(last).has_status(200).names("/id", other.link)


@clause(TOKEN_REQUIRED)
def test_a_wrong_token_sent_by_a_browser_is_asked_for_again(exchange: Case) -> None:
    """A wrong token is answered 428 or 400 in the declared form, whatever else its request says of the caller."""

    def attempt(variations: Sequence[Variation]) -> bool:
        answer = exchange(wrong_token(exchange.lease_if_possible()), delivery=delivery_of(variations))
        assert_answer(answer).has_status(428, 400)
        if not answer.conforms:
            raise Blocked(answer)
        return True

    attempt_together(same(load().media_type)["as a browser sends it"], attempt)

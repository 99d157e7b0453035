"""428 MFA Token Required: the institution asks for a further token, or for another try."""

import pytest

from contract_tests.cases.bodies import valid
from contract_tests.contract.clauses import clause
from contract_tests.contract.document import Mismatch
from contract_tests.exchange.expectation import assert_answer
from contract_tests.run.run import LiveSession, Run, next_lease

TOKEN_REQUIRED = "/paths/~1api~1links~1/patch/responses/428"  # noqa: S105 - a place in openapi.yaml
WRONG_TOKENS = {
    "another": lambda _token: "wrong-token-8d1f",
    "the right one with a suffix": lambda token: f"{token}0",
    "the right one cut short": lambda token: token[:-1] or "0",
    "the right one in other case": lambda token: token.swapcase() if token != token.swapcase() else f"{token}-",
    "the right one backwards": lambda token: token[::-1] if token != token[::-1] else f"{token}-",
}


@clause(TOKEN_REQUIRED)
@pytest.mark.parametrize("wrong", WRONG_TOKENS.values(), ids=WRONG_TOKENS)
def test_wrong_tokens_are_not_accepted(live_session: LiveSession, wrong) -> None:  # type: ignore[no-untyped-def]
    """A wrong token is answered 428 or 400, as the institution decides, and never 200."""
    live_session.is_attempted(
        lambda lease: valid(lease, "a wrong token", token=wrong(lease.token)),
        lambda answer: assert_answer(answer).has_status(428, 400).keeps_the_contract(),
    )


@clause("/components/responses/TokenRequired/links/ResumeNext")
def test_session_of_a_428_can_be_resumed(exchange: Run) -> None:
    """A 428 is about the link that was sent, and the session it hands out goes on with the right token."""
    lease = exchange.lease()
    asked = exchange(valid(lease, "a wrong token", token="wrong-token-8d1f"))  # noqa: S106 - wrong on purpose
    assert_answer(asked).has_status(428, 400).keeps_the_contract()

    following = next_lease(asked, lease)
    if following is None:
        return
    assert_answer(asked).names("/link", lease.link)
    _, last = exchange.resume_to_the_end(following)[-1]
    assert_answer(last).has_status(200).keeps_the_contract().names("/id", lease.link)


@clause(TOKEN_REQUIRED)
def test_sessions_handed_out_stay_apart(exchange: Run) -> None:
    """Two links that are asked again at the same time are each completed with the session they were given."""
    leases = [exchange.lease(), exchange.lease()]
    asked = [exchange(valid(lease, "a wrong token", token="wrong-token-8d1f")) for lease in leases]  # noqa: S106
    for answer in asked:
        assert_answer(answer).has_status(428, 400).keeps_the_contract()

    following = [next_lease(answer, lease) for answer, lease in zip(asked, leases, strict=True)]
    if None in following:
        return
    sessions = {lease.session.lower() for lease in following if lease}
    assert_answer(asked[1]).is_true(
        len(sessions) == len(leases), "a session of its own", Mismatch("/session", "unique", "is that of another link")
    )
    for lease in following:
        if lease:
            assert_answer(exchange.resume_to_the_end(lease)[-1][1]).has_status(200).names("/id", lease.link)


@clause(TOKEN_REQUIRED)
def test_wrong_token_leaves_other_links_alone(exchange: Run) -> None:
    """A wrong token for one link ends no session of another: that one is still resumed by its right token."""
    one, other = exchange.lease(), exchange.lease()
    asked = exchange(valid(one, "a wrong token", token="wrong-token-8d1f"))  # noqa: S106 - wrong on purpose
    assert_answer(asked).has_status(428, 400).keeps_the_contract()

    _, last = exchange.resume_to_the_end(other)[-1]

    assert_answer(last).has_status(200).keeps_the_contract().names("/id", other.link)

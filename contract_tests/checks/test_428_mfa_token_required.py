"""428 MFA Token Required: the institution asks for a further token, or for another try."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from contract_tests.cases.bodies import (
    BEFORE_THE_LAST,
    Subject,
    not_resumable,
    right,
    wrong_token,
)
from contract_tests.cases.credentials import NO_HEADER, Authorization
from contract_tests.cases.deliveries import NEW
from contract_tests.cases.paused_sessions import Lease
from contract_tests.cases.tokens import FAMILIES, SECOND, Family
from contract_tests.cases.variations import Variation, delivery_of, same
from contract_tests.contract import load
from contract_tests.contract.clauses import clause
from contract_tests.contract.protocol import TOKEN
from contract_tests.exchange.expectation import assert_answer, rely_on
from contract_tests.exchange.judged import Exchange
from contract_tests.exchange.violation import Blocked
from contract_tests.run.grouping import attempt_together
from contract_tests.run.profiles import by_profile
from contract_tests.run.run import Case, next_lease

TOKEN_REQUIRED = "responses/428"  # noqa: S105 - a place in openapi.yaml
ATTEMPTS = 6


def skip_unless_it_asks_twice(exchange: Case) -> None:
    """Skip what needs a second factor where the target file names no session that asks for one."""
    if exchange.target.second_factor is None:
        pytest.skip("the target file names no second_factor")


def is_not_accepted(answer: Exchange) -> None:
    """The answer is a 428 or a 400, as the institution decides."""
    assert_answer(answer).has_status(428, 400)


def send_wrong_tokens(exchange: Case, family: Family, lease: Callable[[], Lease], where: str = "") -> Lease | None:
    """Send each token of a family, for the same link as long as it is asked for another; return what is live then."""
    live: Lease | None = lease()
    assert live is not None
    for name, token in family.wrong_for(live.token, exchange.target.tokens):
        live = live or lease()
        answer = exchange(wrong_token(live, token, name + where))
        is_not_accepted(answer)
        live = next_lease(answer, live)
    return live


@clause(TOKEN_REQUIRED)
@pytest.mark.parametrize("family", by_profile(FAMILIES))
def test_wrong_tokens_are_not_accepted(exchange: Case, family: Family) -> None:
    """A wrong token is answered 428 or 400, as the institution decides, and never 200 or 5xx."""
    send_wrong_tokens(exchange, family, exchange.lease_if_possible)


@clause(TOKEN_REQUIRED)
@pytest.mark.parametrize("family", by_profile(SECOND))
def test_wrong_second_tokens_are_not_accepted(exchange: Case, family: Family) -> None:
    """A wrong token for the second factor is no more accepted than one for the first, and the right one is."""
    skip_unless_it_asks_twice(exchange)
    live = send_wrong_tokens(exchange, family, exchange.lease_of_second_factor, " on the second factor")
    if live is None:
        return

    _, last = exchange.resume_to_the_end(live)[-1]

    if last.status == 428:
        without_end = "right tokens are answered 428 without end, once a second factor is asked for"
        assert_answer(last).has_status(200, because=without_end, attributed_to="200")
    if last.status == 400 and exchange.resume_to_the_end(exchange.lease_of_second_factor())[-1][1].status == 200:
        exchange.advise("The right token of a second factor is answered 400 after some wrong ones: it is locked out.")
        return
    assert_answer(last).has_status(200).names("/id", live.link)


@clause(TOKEN_REQUIRED)
@pytest.mark.full
def test_each_wrong_token_of_a_link_is_answered_alike(exchange: Case) -> None:
    """The sixth wrong token of a link is answered 428 or 400, as the first one is."""
    lease = exchange.lease()
    for attempt in range(1, ATTEMPTS + 1):
        answer = exchange(wrong_token(lease, name=f"wrong token number {attempt}"))
        is_not_accepted(answer)
        following = next_lease(answer, lease)
        if following is None:
            if attempt > 1:
                exchange.advise(f"A link is answered 400 from its wrong token number {attempt} on: it is locked out.")
            return
        lease = following

    if exchange.resume_to_the_end(lease)[-1][1].status == 400:
        exchange.advise(f"The right token of a link is answered 400 after {ATTEMPTS} wrong ones: it is locked out.")


@clause("next")
@pytest.mark.parametrize(
    "times", [pytest.param(1, marks=pytest.mark.essential), pytest.param(2, marks=pytest.mark.full)]
)
def test_session_of_a_428_can_be_resumed(exchange: Case, times: int) -> None:
    """A 428 is about the link that was sent, and the session it hands out goes on with the right token."""
    lease = first = exchange.lease()
    for _ in range(times):
        asked = exchange(wrong_token(lease))
        rely_on(asked).has_status(428, 400)
        following = next_lease(asked, lease)
        if following is None:
            return
        assert_answer(asked).names("/link", lease.link)
        is_spent_unless_named_again(exchange, lease, following)
        lease = following

    stranger = exchange(right(lease), NO_HEADER)
    _, last = exchange.resume_to_the_end(lease)[-1]

    assert_answer(stranger).has_status(401)
    if last.status == 400 and is_spent_by(exchange, NO_HEADER, times) and not is_spent_by(exchange, None, times):
        assert_answer(last).is_unspent()
    assert_answer(last).has_status(200).names("/id", lease.link)
    is_spent_unless_named_again(exchange, first, lease)


def is_spent_by(exchange: Case, stranger: Authorization | None, times: int) -> bool:
    """Tell whether the session of the last of so many 428 is refused, where a stranger, or nobody, comes between."""
    lease: Lease | None = exchange.lease()
    for _ in range(times):
        lease = lease and next_lease(exchange(wrong_token(lease)), lease)
    if lease is None:
        return False
    if stranger is not None:
        exchange(right(lease), stranger)
    return exchange.resume_to_the_end(lease)[-1][1].status == 400


def is_spent_unless_named_again(exchange: Case, before: Lease, following: Lease) -> None:
    """The session that was resumed is answered 400 once another one of the link took its place."""
    if following.session.lower() != before.session.lower():
        spent = exchange(not_resumable(before, BEFORE_THE_LAST))
        assert_answer(spent).has_status(400)


@clause(TOKEN_REQUIRED)
@pytest.mark.full
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
def test_each_factor_has_a_session_of_its_own(exchange: Case) -> None:
    """The session of a second factor is for its own link, good for one resume, and takes the place of the first one."""
    skip_unless_it_asks_twice(exchange)
    first = exchange.lease_asking_twice()
    asked = exchange(right(first))
    rely_on(asked).has_status(428)
    assert_answer(asked).names("/link", first.link)
    second, other = next_lease(asked, first), exchange.lease_of_second_factor()
    if second is None:
        raise Blocked(asked)

    is_spent_unless_named_again(exchange, first, second)
    assert_answer(exchange(not_resumable(second, "the session of another link", link=other.link))).has_status(400)
    assert_answer(exchange(right(other), NO_HEADER)).has_status(401)
    empty = replace(right(other, f"{TOKEN} empty on the second factor", **{TOKEN: ""}), subject=Subject.MALFORMED)
    assert_answer(exchange(empty)).has_status(400)
    other = exchange.lease_of_second_factor()
    on_its_own = exchange(right(other), delivery=NEW)
    following = next_lease(on_its_own, other)
    resumed, last = exchange.resume_to_the_end(following)[-1] if following else (other, on_its_own)
    assert_answer(last).has_status(200).names("/id", other.link)
    assert_answer(exchange(not_resumable(resumed, "a session that is spent"))).has_status(400)


@clause(TOKEN_REQUIRED)
@pytest.mark.full
def test_wrong_token_saves_no_factor(exchange: Case) -> None:
    """A link that asks for two tokens asks for both of them after a wrong one, too."""
    skip_unless_it_asks_twice(exchange)
    lease = exchange.lease_asking_twice()
    asked = exchange(wrong_token(lease))
    rely_on(asked).has_status(428, 400)
    following = next_lease(asked, lease)
    if following is None:
        return

    answer = exchange(right(following))

    if answer.status == 200:
        saved = "one right token registers a link that asks for two, once a wrong one was sent for it"
        assert_answer(answer).has_status(428, because=saved, attributed_to="200")
    assert_answer(answer).has_status(428)


@clause(TOKEN_REQUIRED)
def test_a_wrong_token_sent_by_a_browser_is_asked_for_again(exchange: Case) -> None:
    """What is refused is refused in the declared form, whatever else its request says of the caller."""

    def attempt(variations: Sequence[Variation]) -> bool:
        delivery = delivery_of(variations)
        asked = exchange(wrong_token(exchange.lease_if_possible()), delivery=delivery)
        stranger = exchange(right(exchange.synthetic()), NO_HEADER, delivery)
        unknown = exchange(not_resumable(exchange.synthetic(), "a session that nobody paused"), delivery=delivery)
        assert_answer(asked).has_status(428, 400)
        assert_answer(stranger).has_status(401)
        assert_answer(unknown).has_status(400)
        for answer in (asked, stranger, unknown):
            if not answer.conforms:
                raise Blocked(answer)
        return True

    attempt_together(same(load().media_type)["as a browser sends it"], attempt)

"""200 Ok: the token was right and no further factor is asked."""

import json
from collections.abc import Sequence
from contextlib import suppress
from operator import attrgetter

import pytest

from contract_tests.cases.bodies import Body, Subject, of_kind, right, right_bodies
from contract_tests.cases.deliveries import Delivery
from contract_tests.cases.derived import NamedBody
from contract_tests.cases.paused_sessions import Lease
from contract_tests.cases.variations import Variation, body_of, delivery_of, same
from contract_tests.contract import load
from contract_tests.contract.clauses import clause
from contract_tests.exchange.expectation import assert_answer, rely_on
from contract_tests.exchange.judged import Exchange
from contract_tests.exchange.violation import Blocked, CheckFailed
from contract_tests.run.grouping import attempt_together
from contract_tests.run.run import MOST_FACTORS, Case, next_lease

OK = "responses/200"
SAME = same(load().media_type)
BUSY = 10
OWN = Delivery("on a connection that has served others", connection="own")


@clause(OK)
@pytest.mark.parametrize("kind", right_bodies(load()), ids=attrgetter("name"))
@pytest.mark.essential
def test_right_token_completes_the_link(exchange: Case, kind: NamedBody) -> None:
    """The right token, and each further one that is asked for, is answered with the declared 200."""
    lease = of_kind(exchange.lease(), kind)

    chain = exchange.resume_to_the_end(lease, kind.name)

    for _, asked in chain[:-1]:
        assert_answer(asked).has_status(200, 428).names("/link", lease.link)
    assert_answer(chain[-1][1]).has_status(200).names("/id", lease.link)


@clause(OK)
def test_each_link_is_answered_with_its_own_id(exchange: Case) -> None:
    """Two links that are paused at the same time are each completed under their own id."""
    first, second = exchange.lease(), exchange.lease()

    for lease in (first, second):
        _, last = exchange.resume_to_the_end(lease)[-1]
        assert_answer(last).has_status(200).names("/id", lease.link)


@clause(OK)
@pytest.mark.full
def test_a_connection_that_served_others_serves_on(exchange: Case) -> None:
    """The right token is answered with the declared 200 also on a connection that has served ten requests."""
    lease, answer = served_others(exchange)
    told = ""
    if answer.status not in (200, 428):
        # What other cases sent may be why: it is the connection where it is so by itself.
        with exchange.alone(), suppress(CheckFailed, Blocked):
            _, by_itself = served_others(exchange)
            if by_itself.status == answer.status:
                told = (
                    f"the right token is answered {answer.status} on a connection that has served {BUSY} other requests"
                )

    assert_answer(answer).has_status(200, 428, because=told)
    if answer.status == 200:
        assert_answer(answer).names("/id", lease.link)


def served_others(exchange: Case) -> tuple[Lease, Exchange]:
    """Return a session, and what is answered to it on a connection that has served others before."""
    lease = exchange.lease()
    for _ in range(BUSY):
        refused = exchange(Body("an empty object", b"{}", subject=Subject.MALFORMED), delivery=OWN)
        rely_on(refused).has_status(400)
    return lease, exchange(right(lease), delivery=OWN)


@clause(OK)
@pytest.mark.parametrize("group", SAME.values(), ids=SAME)
def test_the_same_request_otherwise_is_as_right(exchange: Case, group: Sequence[Variation]) -> None:
    """A right request that is written or sent in another way that means the same is answered with the same 200."""

    def attempt(variations: Sequence[Variation]) -> bool:
        # Of a link that asks twice, where there is one: each of its requests is sent so.
        lease = exchange.lease_asking_twice() if exchange.target.second_factor else exchange.lease()
        for _ in range(MOST_FACTORS):
            answer = exchange(body_of(lease, variations), delivery=delivery_of(variations))
            following = next_lease(answer, lease)
            if following is None:
                break
            lease = following
        if not answer.conforms and answer.status in (200, 428):
            raise Blocked(answer)
        if lease.asks_twice and lease.origin == "paused" and answer.status != 200:
            # Whoever asks for the second token wrongly does so however the first one is sent.
            assert_answer(exchange(right(exchange.lease_asking_twice()))).has_status(200, 428)
        assert_answer(answer).has_status(200).names("/id", lease.link)
        return not answer.by_proxy

    # Whether further members are ignored is for the contract to say.
    attempt_together([each for each in group if is_as_right(exchange, each)], attempt)


def is_as_right(exchange: Case, variation: Variation) -> bool:
    """Tell whether the contract calls a body that is written so a right one."""
    return exchange.contract.request.is_valid(json.loads(body_of(exchange.synthetic(), (variation,)).content))

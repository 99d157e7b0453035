"""The protocol: sessions over time, over connections and beside others, one at a time and many at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import pytest

from contract_tests.cases.bodies import Subject, not_resumable, right, wrong_token
from contract_tests.cases.deliveries import NEW
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract.clauses import clause
from contract_tests.exchange.expectation import WITHIN_EXPIRY, assert_answer, rely_on
from contract_tests.exchange.judged import Exchange
from contract_tests.run.crowd import (
    CROWDS,
    RACES,
    Crowd,
    Race,
    are_answered_as_alone,
    going_on,
    send_at_once,
    send_in_turn,
    winners,
)
from contract_tests.run.misuse import MISUSES, why_sessions_end
from contract_tests.run.profiles import by_profile
from contract_tests.run.run import Case, next_lease
from contract_tests.run.walk import Sessions
from contract_tests.target.base_url import is_loopback

WALKS = range(8)
WALKS_OF_QUICK = 1
STEPS = 10
SHORT_WAIT = 1.05
"""Seconds after which hasty servers have forgotten; the whole of limits.wait_seconds is for the profile full."""
LATE = 1.0
"""Seconds that a server may be late in ending a session: many count in whole ones."""


def seconds_to_wait(exchange: Case) -> float:
    """Return how long sessions are left alone: on loopback just so long that whoever forgets at once has forgotten."""
    longest = exchange.target.limits.wait_seconds
    is_brief = exchange.target.profile == "quick" or is_loopback(exchange.target.base_url)
    return min(longest, SHORT_WAIT) if is_brief else longest


def lives_until_over(exchange: Case, origin: str) -> None:
    """Hold that a session is good for a while within its expiry."""
    began = time.monotonic()
    lease = fresh_session(exchange, origin)
    if lease is None or lease.expiry is None:
        pytest.skip("no answer says how long the session lives")

    # From now: how long it took to pause it is no part of the wait.
    exchange.wait_until(time.monotonic() + seconds_to_wait(exchange))
    answer = exchange(right(lease))

    if time.monotonic() >= began + lease.expiry:
        pytest.skip(f"{lease.expiry} seconds are over before it can be told")
    told = f"a session is refused within the {lease.expiry} seconds of its expiry"
    is_over = answer.status == 400 and dies_by_itself(exchange, origin)
    if is_over:
        assert_answer(answer).has_status(200, 428, because=told, attributed_to="428", group=WITHIN_EXPIRY)
    assert_answer(answer).has_status(200, 428)


def lives_no_longer(exchange: Case) -> None:
    """Hold that a session is answered 400 once its expiry is over."""
    # Alone: servers clear away what has expired when other sessions are paused.
    with exchange.alone():
        paused, handed_out = fresh_session(exchange, "paused"), fresh_session(exchange, "handed out")
        said = [(lease, lease.expiry) for lease in (handed_out, paused) if lease and lease.expiry is not None]
        if not said:
            pytest.skip("no answer says how long the session lives")
        shortest = min(seconds for _, seconds in said)
        if shortest <= 0:
            exchange.advise(f"A 428 announces an expiry of {shortest} seconds, within which nobody can resume.")
            pytest.skip("nobody can resume within the expiry")
        ending = [each for each in said if each[1] + LATE <= exchange.target.limits.wait_seconds]
        if not ending:
            pytest.skip(f"an expiry of {shortest} seconds is longer than limits.wait_seconds")
        exchange.wait_until(time.monotonic() + max(seconds for _, seconds in ending) + LATE)
        answers = [exchange(not_resumable(lease, "a session whose expiry is over")) for lease, _ in ending]

    for answer, (_, seconds) in zip(answers, ending, strict=True):
        if answer.status in (200, 428):
            told = f"a session is resumed after the {seconds} seconds of its expiry"
            assert_answer(answer).has_status(400, because=told, attributed_to="428", group=WITHIN_EXPIRY)
        assert_answer(answer).has_status(400)


@clause("responses/200")
def test_misuse_ends_no_other_session(exchange: Case) -> None:
    """No request on any connection ends a session that it does not name, whether refused, failed or completed."""
    answers, told = misused(exchange), ""
    if any(answer.status == 400 for answer in answers):
        # What other cases sent may have ended it: the misuse of this one is told where it does so by itself.
        with exchange.alone():
            by_itself, told = misused(exchange), why_sessions_end(exchange)
        answers = by_itself if any(answer.status == 400 for answer in by_itself) else answers

    for answer in answers:
        assert_answer(answer).has_status(200, 428, because=told)


@clause("responses/428")
@pytest.mark.parametrize(
    "is_told_right",
    [
        pytest.param(partial(lives_until_over, origin="paused"), id="paused", marks=pytest.mark.waits),
        pytest.param(partial(lives_until_over, origin="handed out"), id="handed out", marks=pytest.mark.waits),
        pytest.param(lives_no_longer, id="over", marks=pytest.mark.last),
    ],
)
def test_sessions_live_as_long_as_they_say(exchange: Case, is_told_right: Callable[[Case], None]) -> None:
    """A session can be resumed for the seconds of its expiry, and no longer where they are few enough to wait for."""
    is_told_right(exchange)


@clause("responses/400")
@pytest.mark.last
def test_spent_sessions_stay_spent(exchange: Case) -> None:
    """The first session that the run resumed is answered 400 at its end, after many others, and some seconds later."""
    if exchange.run.first_resumed is None:
        rely_on(exchange.resume_to_the_end(exchange.lease())[-1][1]).has_status(200)
    assert exchange.run.first_resumed is not None
    lease, since = exchange.run.first_resumed

    exchange.wait_until(since + seconds_to_wait(exchange))

    spent = "a session that was spent long before"
    assert_answer(exchange(not_resumable(lease, spent))).has_status(400)


@clause("responses/400")
@pytest.mark.parametrize("race", by_profile(RACES))
def test_one_resume_of_a_session_goes_on(exchange: Case, race: Race) -> None:
    """Of resumes of one session at the same moment one at most goes on, with the right token, and none fails."""
    if race.on_second and exchange.target.second_factor is None:
        pytest.skip("the target file names no second_factor")
    lease = exchange.lease_of_second_factor() if race.on_second else exchange.lease()

    answers = send_at_once(exchange, race.bodies(exchange, lease), apart=race.apart)

    for answer in answers:
        if answer.subject == Subject.WRONG_TOKEN and answer.status == 200:
            told = "of rivals for one session, the wrong token is accepted"
            assert_answer(answer).has_status(400, 428, because=told, attributed_to="200")
        assert_answer(answer).has_status(400, 200, 428, group=Subject.SESSION)
    won = winners(lambda lease: exchange.resume_to_the_end(lease)[-1][1], answers)
    for answer in won[1:]:
        told = f"{len(won)} of {len(answers)} resumes of one session at the same moment go on ({race.name})"
        assert_answer(answer).has_status(400, group=Subject.SESSION, because=told)


@clause("responses/200")
@pytest.mark.parametrize("crowd", by_profile(CROWDS))
def test_crowd_is_answered_as_each_would_be_alone(exchange: Case, crowd: Crowd) -> None:
    """Different requests at the same moment are each answered for their own link, as they would be by themselves."""
    with exchange.alone():
        answers = send_at_once(exchange, *crowd.requests(exchange))
        are_answered_as_alone(exchange, answers, lambda: send_in_turn(exchange, *crowd.requests(exchange)))
        if bodies := going_on(answers):
            asked_in_turn = partial(send_in_turn, exchange)
            are_answered_as_alone(
                exchange,
                send_at_once(exchange, bodies),
                lambda: asked_in_turn(going_on(asked_in_turn(*crowd.requests(exchange)))),
            )


@clause("")
@pytest.mark.parametrize(
    "walk", [pytest.param(walk, marks=pytest.mark.full if walk >= WALKS_OF_QUICK else ()) for walk in WALKS]
)
def test_sessions_follow_the_protocol(exchange: Case, walk: int) -> None:  # noqa: ARG001 - it seeds the case
    """Paused, resumed, spent and mixed-up sessions of several links are each answered as the protocol allows."""
    sessions = Sessions(exchange)
    sessions.pause()

    for _ in range(STEPS):
        exchange.random.choice(sessions.possible_steps())()


def misused(exchange: Case) -> tuple[Exchange, Exchange]:
    """Return the answers to a fresh session, and to one that waited while others were misused."""
    fresh = exchange(right(exchange.lease()), delivery=NEW)
    waiting = exchange.lease()
    for misuse in MISUSES.values():
        misuse(exchange, waiting)
    return fresh, exchange(right(waiting), delivery=NEW)


def fresh_session(exchange: Case, origin: str) -> Lease | None:
    """Return a session that was paused, or one that a 428 to a wrong token handed out: None where that is a 400."""
    lease = exchange.lease()
    return lease if origin == "paused" else next_lease(exchange(wrong_token(lease)), lease)


def dies_by_itself(exchange: Case, origin: str) -> bool:
    """Tell whether a session is gone after the wait also when nothing else is sent: then no other request ended it."""
    with exchange.alone():
        lease, other = fresh_session(exchange, origin), fresh_session(exchange, origin)
        if lease is None or other is None or exchange(right(other), delivery=NEW).status == 400:
            return False
        exchange.wait_until(time.monotonic() + seconds_to_wait(exchange))
        return exchange(right(lease)).status == 400

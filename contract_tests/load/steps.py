"""What users do: the steps of the protocol, each with its weight, and what every answer to them has to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contract_tests.cases.bodies import (
    WRONG_TOKEN,
    Body,
    Subject,
    failing_token,
    not_resumable,
    right,
    wrong_token,
)
from contract_tests.cases.credentials import RIGHT, UNACCEPTABLE, Authorization
from contract_tests.cases.paused_sessions import Lease
from contract_tests.exchange.expectation import Expectation, assert_answer
from contract_tests.exchange.judged import Exchange
from contract_tests.load.caller import Caller, Expect
from contract_tests.run.crowd import winners
from contract_tests.run.run import next_lease
from contract_tests.target.sections import Command, Register
from contract_tests.target.settings import Target

RIVALS = 8
"""So many resumes of one session race each other."""
LEASES_OF_EIGHT = 5
"""So many sessions of their own have eight requests of a crowd, beside the one that rivals race for."""


@dataclass(frozen=True)
class Step:
    """A step: its name, the clause it holds, how often it is made beside the others, what it does and what it needs."""

    name: str
    title: str
    clause: str
    weight: int
    make: Callable[[Caller], None]
    is_possible: Callable[[Target], object] = lambda target: target.paused_session


def pause_and_resume(caller: Caller) -> None:
    """Pause a session and resume it to the end."""
    _complete(caller, caller.lease())


def wrong_then_right(caller: Caller) -> None:
    """Send a wrong token, then the right one for the session that the 428 hands out."""
    lease = caller.lease()
    following = next_lease(caller.send(wrong_token(lease), lambda answer: _asked(answer, lease, 428, 400)), lease)
    if following is not None:
        _complete(caller, following)


def spent_session(caller: Caller) -> None:
    """Resume a session that was resumed already."""
    lease = caller.lease()
    if _complete(caller, lease).status == 200:
        token = caller.random.choice([lease.token, WRONG_TOKEN])
        caller.send(not_resumable(lease, "a session that is spent", token=token), _is_bad_request)


def session_of_another_link(caller: Caller) -> None:
    """Resume a live session for a link that another session belongs to, which stays as it was."""
    one, other = caller.leases(2)
    caller.send(not_resumable(one, "the session of another link", link=other.link), _is_bad_request)
    _complete(caller, other)


def wrong_credentials(caller: Caller) -> None:
    """Send unacceptable credentials for a session, which is spent by the right ones alone."""
    credentials = _unacceptable(caller)
    if credentials is None:
        return
    lease = caller.lease_if_possible()
    refused = caller.send(right(lease), _is_unauthorized, credentials)
    if refused.status == 401 and lease.origin != "synthetic":
        caller.resume_to_the_end(
            lease,
            lambda answer: _asked(answer, lease, 200, 428),
            lambda answer: assert_answer(answer).is_unspent().has_status(200).names("/id", lease.link),
        )


def malformed_body(caller: Caller) -> None:
    """Send a malformed body."""
    lease = caller.lease_if_possible()
    caller.send(caller.random.choice(caller.counter.mutations).of(lease), _is_bad_request)


def failing_institution(caller: Caller) -> None:
    """Send the token that makes the institution fail."""
    tokens = caller.run.target.tokens
    if tokens is not None and tokens.failing is not None:
        caller.send(failing_token(caller.lease(), tokens.failing), lambda answer: assert_answer(answer).has_status(500))


def race(caller: Caller) -> None:
    """Resume one session many times at the same moment: one at most wins."""
    _race(caller, caller.lease(), min(RIVALS, caller.counter.crowd))


def race_of_a_second_factor(caller: Caller) -> None:
    """Send the first of two tokens, and the second one at the same moment as often as a crowd has callers."""
    lease = caller.lease_asking_twice()
    asked = caller.send(right(lease), lambda answer: _asked(answer, lease, 428, 200))
    following = next_lease(asked, lease)
    if following is not None:
        _race(caller, following, caller.counter.crowd)
    elif asked.status == 200:
        caller.counter.tally.advise("A session of second_factor was resumed with its first token: nobody raced for it.")


def _race(caller: Caller, lease: Lease, rivals: int) -> None:
    taken = caller.together([right(lease)] * rivals, [RIGHT] * rivals)
    _hold_race(caller, taken, lease)


def crowd(caller: Caller) -> None:
    """Send different requests whose last bytes leave at the same moment, rivals and wrong credentials among them."""
    members = _crowd(caller)
    taken = caller.together([member.body for member in members], [member.credentials for member in members])
    rivals = []
    for member, (exchange, took) in zip(members, taken, strict=True):
        if member.expect is None:
            rivals.append((exchange, took))
        else:
            caller.take(exchange, member.expect, took)
    if rivals:
        contested = rivals[0][0].body.lease
        assert contested is not None
        _hold_race(caller, rivals, contested)
    for exchange, _ in taken:
        # What several were handed out at the same moment has to go on, each for its own link.
        lease = exchange.body.lease if exchange.subject == Subject.WRONG_TOKEN else None
        following = next_lease(exchange, lease) if lease else None
        if following is not None:
            _complete(caller, following)


@dataclass(frozen=True)
class _Member:
    """One request of a crowd, and what is expected of its answer; None for a rival."""

    body: Body
    expect: Expect | None
    credentials: Authorization = RIGHT


def _crowd(caller: Caller) -> list[_Member]:
    """Return the requests of a crowd: of eight, three are right, two rivals, one has wrong credentials."""
    size = caller.counter.crowd
    rival, *leases = caller.leases(1 + LEASES_OF_EIGHT * -(-size // 8))
    members: list[_Member] = []
    while len(members) < size:
        used = [leases.pop() for _ in range(LEASES_OF_EIGHT)]
        credentials = _unacceptable(caller)
        members += [
            _right(used[0]),
            _Member(right(rival), None),
            # The right one has the session too: who is not let in spends nothing.
            _Member(right(used[0]), _is_unauthorized, credentials) if credentials else _Member(right(rival), None),
            _wrong_token(used[1]),
            _right(used[2]),
            _Member(right(rival), None),
            _Member(caller.random.choice(caller.counter.mutations).of(used[3]), _is_bad_request),
            _right(used[4]),
        ]
    del members[size:]
    caller.random.shuffle(members)
    return members


def _right(lease: Lease) -> _Member:
    return _Member(right(lease), lambda answer: _resumed(answer, lease, 200, 428))


def _wrong_token(lease: Lease) -> _Member:
    return _Member(wrong_token(lease), lambda answer: _asked(answer, lease, 428, 400))


def _hold_race(caller: Caller, taken: list[tuple[Exchange, float]], lease: Lease) -> None:
    def to_the_end(following: Lease) -> Exchange:
        return caller.resume_to_the_end(
            following, lambda answer: _asked(answer, lease, 428), lambda answer: _resumed(answer, lease, 200, 400)
        )

    won = winners(to_the_end, [exchange for exchange, _ in taken])
    told = f"{len(won)} of {len(taken)} resumes of one session at the same moment go on"

    def is_right(answer: Exchange) -> None:
        if answer in won[1:]:
            assert_answer(answer).has_status(400, group=Subject.SESSION, because=told)
        expectation = assert_answer(answer).has_status(400, 200, 428, group=Subject.SESSION)
        if answer.status != 400:
            _names(expectation, answer, lease)

    held = [caller.take(exchange, is_right, took) for exchange, took in taken]
    caller.counter.tally.races_held += all(held)
    caller.counter.tally.races_lost += not all(held)


def _complete(caller: Caller, lease: Lease) -> Exchange:
    return caller.resume_to_the_end(
        lease, lambda answer: _asked(answer, lease, 200, 428), lambda answer: _resumed(answer, lease, 200)
    )


def _resumed(answer: Exchange, lease: Lease, *statuses: int) -> None:
    expectation = assert_answer(answer).has_status(*statuses)
    if answer.status != 400:
        _names(expectation, answer, lease)


def _names(expectation: Expectation, answer: Exchange, lease: Lease) -> None:
    expectation.names("/link" if answer.status == 428 else "/id", lease.link)


def _asked(answer: Exchange, lease: Lease, *statuses: int) -> None:
    expectation = assert_answer(answer).has_status(*statuses)
    if answer.status == 428:
        expectation.names("/link", lease.link)


def _is_bad_request(answer: Exchange) -> None:
    assert_answer(answer).has_status(400)


def _is_unauthorized(answer: Exchange) -> None:
    assert_answer(answer).has_status(401)


def _unacceptable(caller: Caller) -> Authorization | None:
    """Return unacceptable credentials, None where the target allows no more of them."""
    counter, login = caller.counter, caller.run.target.credentials
    if counter.wrong_credentials_left is not None:
        if counter.wrong_credentials_left <= 0:
            return None
        counter.wrong_credentials_left -= 1
    chosen = caller.random.choice(UNACCEPTABLE)
    return chosen if chosen.value(login) != RIGHT.value(login) else UNACCEPTABLE[0]


STEPS = (
    Step("resume", "A paused session is resumed to the end.", "responses/200", 6, pause_and_resume),
    Step("wrong token", "A wrong token is asked again, the right one goes on.", "responses/428", 3, wrong_then_right),
    Step("spent session", "A session that was resumed is refused.", "responses/400", 2, spent_session),
    Step("another link", "A session of another link is refused.", "responses/400", 2, session_of_another_link),
    Step(
        "wrong credentials",
        "Unacceptable credentials are refused.",
        "responses/401",
        3,
        wrong_credentials,
        lambda _target: True,
    ),
    Step("malformed body", "A malformed body is refused.", "responses/400", 3, malformed_body, lambda _target: True),
    Step(
        "failing institution",
        "The failing token is answered 500.",
        "responses/500",
        1,
        failing_institution,
        lambda target: target.paused_session and target.tokens and target.tokens.failing,
    ),
    Step("race", "One of many resumes of one session wins.", "responses/400", 2, race),
    Step(
        "race of a second factor",
        "One of many second tokens for one session wins.",
        "responses/400",
        1,
        race_of_a_second_factor,
        # A list of sessions would soon be at its end.
        lambda target: isinstance(target.second_factor, Register | Command),
    ),
    Step("crowd", "Different requests at the same moment do not disturb each other.", "", 2, crowd),
)


def possible_steps(target: Target) -> tuple[Step, ...]:
    """Return the steps that a target gives the means for."""
    return tuple(step for step in STEPS if step.is_possible(target))

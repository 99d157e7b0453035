"""400 Bad request error: the body is malformed, or the session is not one that can be resumed for the link."""

from collections.abc import Sequence

import pytest

from contract_tests.cases.bodies import (
    WRONG_TOKEN,
    Body,
    Mutation,
    Subject,
    encode,
    fields_of,
    malformed,
    not_resumable,
)
from contract_tests.cases.deliveries import NEW
from contract_tests.cases.identifiers import ENCODINGS, UNKNOWN, Unknown
from contract_tests.cases.paused_sessions import Lease
from contract_tests.cases.variations import READ_OR_REFUSED, UUIDS_OTHERWISE, Variation, body_of
from contract_tests.contract import load
from contract_tests.contract.clauses import clause
from contract_tests.contract.protocol import SESSION
from contract_tests.exchange.expectation import assert_answer, rely_on
from contract_tests.exchange.judged import Exchange
from contract_tests.run.grouping import attempt_together
from contract_tests.run.live_session import LiveSessions
from contract_tests.run.profiles import by_profile
from contract_tests.run.run import Case

BAD_REQUEST = "responses/400"
REQUEST = "request"


def is_bad_request(answer: Exchange) -> None:
    """The answer is the declared 400."""
    assert_answer(answer).has_status(400)


@clause(BAD_REQUEST)
@pytest.mark.parametrize("mutation", by_profile(malformed(load())))
def test_malformed_bodies_are_refused(live_sessions: LiveSessions, exchange: Case, mutation: Mutation) -> None:
    """A body that differs in one way from one that would be answered 200 is answered with the declared 400."""
    live_sessions.send_refused(exchange, mutation.of, is_bad_request)


@clause(REQUEST)
@pytest.mark.parametrize(
    "kind", ["missing", *(pytest.param(kind, marks=pytest.mark.full) for kind in ("null", "empty"))]
)
def test_no_session_is_not_the_newest(exchange: Case, kind: str) -> None:
    """A body that names no session is answered 400, also while just one waits for a token."""
    with exchange.alone():
        lease = exchange.lease()
        others = {name: value for name, value in fields_of(lease).items() if name != SESSION}
        named: dict[str, dict[str, object]] = {"missing": {}, "null": {SESSION: None}, "empty": {SESSION: ""}}
        sent = others | named[kind]
        body = Body(f"{SESSION} {kind}, the newest one waiting", encode(sent), lease=lease, subject=Subject.MALFORMED)
        is_bad_request(exchange(body))


@clause(BAD_REQUEST)
@pytest.mark.parametrize("unknown", by_profile(UNKNOWN))
def test_unknown_sessions_are_refused(live_sessions: LiveSessions, exchange: Case, unknown: Unknown) -> None:
    """A session that was not paused for the link is answered 400, however near it is to one that was."""

    def named(lease: Lease) -> Body:
        session, link = unknown.change(lease.session, lease.link)
        if (session, link) == (lease.session, lease.link):
            pytest.skip(f"{unknown.name}: the target gives a session the id of its link")
        return not_resumable(lease, unknown.name, session=session, link=link)

    live_sessions.send_refused(exchange, named, is_bad_request)


@clause(BAD_REQUEST)
def test_spent_sessions_are_refused(exchange: Case) -> None:
    """A session that was resumed is answered 400 from then on, on any connection, with any token, however written."""
    twice = exchange.target.second_factor is not None
    chain = exchange.resume_to_the_end(exchange.lease_asking_twice() if twice else exchange.lease())
    rely_on(chain[-1][1]).has_status(200)
    lease, _ = chain[-1]

    for form, written in ENCODINGS.items():
        is_bad_request(
            exchange(not_resumable(lease, f"a session that is spent, {form}", session=written(lease.session)))
        )
    failing = exchange.target.tokens.failing if exchange.target.tokens else None
    for token in (WRONG_TOKEN, failing):
        if token is not None:
            is_bad_request(exchange(not_resumable(lease, "a session that is spent", token=token)))
    for resumed, _ in chain:
        is_bad_request(exchange(not_resumable(resumed, "a session that is spent"), delivery=NEW))


@clause(BAD_REQUEST)
@pytest.mark.parametrize("form", ["as it was given", pytest.param("in capitals", marks=pytest.mark.full)])
def test_sessions_of_another_link_are_refused(exchange: Case, form: str) -> None:
    """A live session is answered 400 when it is resumed for a link that another session belongs to."""
    one, other = exchange.lease(), exchange.lease()
    link = ENCODINGS[form](other.link)

    is_bad_request(exchange(not_resumable(other, "the session of another link", link=one.link, token=WRONG_TOKEN)))
    is_bad_request(exchange(not_resumable(one, "the session of another link", link=link)))


@clause(BAD_REQUEST)
def test_sessions_of_an_unknown_link_are_refused(exchange: Case) -> None:
    """A live session is answered 400 when it is resumed for a link that nobody has."""
    lease = exchange.lease()

    is_bad_request(exchange(not_resumable(lease, "a link that nobody has", link=exchange.uuid())))


@clause(REQUEST)
@pytest.mark.parametrize("group", UUIDS_OTHERWISE.values(), ids=UUIDS_OTHERWISE)
def test_encodings_of_uuids_do_no_harm(live_sessions: LiveSessions, exchange: Case, group: Sequence[Variation]) -> None:
    """A UUID in another textual form is read as that UUID or refused as malformed, and never answered 5xx."""
    attempt_together(group, lambda variations: is_read_or_refused(live_sessions, exchange, variations))


@clause(REQUEST)
@pytest.mark.parametrize("group", READ_OR_REFUSED.values(), ids=READ_OR_REFUSED)
def test_what_readers_may_refuse_does_no_harm(
    live_sessions: LiveSessions, exchange: Case, group: Sequence[Variation]
) -> None:
    """A right body with what RFC 8259 lets a reader refuse is read or answered 400, and never answered 5xx."""
    attempt_together(group, lambda variations: is_read_or_refused(live_sessions, exchange, variations))


def is_read_or_refused(live_sessions: LiveSessions, exchange: Case, variations: Sequence[Variation]) -> bool:
    """Send a right body in some variations, and return whether it was read: a refusal says nothing of each of them."""

    def judge(answer: Exchange) -> None:
        assert_answer(answer).has_status(400, 200, 428)
        if answer.status == 200 and answer.body.lease:
            assert_answer(answer).names("/id", answer.body.lease.link)

    answer = live_sessions.send_refused(exchange, lambda lease: body_of(lease, variations), judge)
    return answer.status in (200, 428)

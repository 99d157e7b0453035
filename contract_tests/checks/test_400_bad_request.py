"""400 Bad request error: the body is malformed, or the session is not one that can be resumed for the link."""

from collections.abc import Callable
from operator import attrgetter

import pytest

from contract_tests.cases.bodies import (
    ENCODINGS,
    WRONG_TOKEN,
    Body,
    Mutation,
    Subject,
    encode,
    fields_of,
    malformed,
    not_resumable,
    right,
)
from contract_tests.cases.deliveries import NEW
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract import load
from contract_tests.contract.clauses import clause
from contract_tests.contract.protocol import SESSION
from contract_tests.exchange.expectation import assert_answer, rely_on
from contract_tests.exchange.judged import Exchange
from contract_tests.run.live_session import LiveSessions
from contract_tests.run.run import Case

BAD_REQUEST = "responses/400"
REQUEST = "request"


def is_bad_request(answer: Exchange) -> None:
    """The answer is the declared 400."""
    assert_answer(answer).has_status(400)


@clause(BAD_REQUEST)
@pytest.mark.parametrize("mutation", malformed(load()), ids=attrgetter("name"))
def test_malformed_bodies_are_refused(live_sessions: LiveSessions, exchange: Case, mutation: Mutation) -> None:
    """A body that differs in one way from one that would be answered 200 is answered with the declared 400."""
    live_sessions.send_refused(exchange, mutation.of, is_bad_request)


@clause(REQUEST)
@pytest.mark.parametrize("kind", ["missing", "null", "empty"])
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
@pytest.mark.parametrize("unlike", ["in every digit", "in one digit"])
def test_unknown_sessions_are_refused(live_sessions: LiveSessions, exchange: Case, unlike: str) -> None:
    """A session that nobody paused is answered 400, for a link that has one and with the right token."""

    def unknown(lease: Lease) -> Body:
        near = f"{lease.session[:-1]}{'1' if lease.session[-1] == '0' else '0'}"
        session = near if unlike == "in one digit" else exchange.uuid()
        return not_resumable(lease, "a session that nobody paused", session=session)

    live_sessions.send_refused(exchange, unknown, is_bad_request)


@clause(BAD_REQUEST)
def test_spent_sessions_are_refused(exchange: Case) -> None:
    """A session that was resumed is answered 400 from then on, on any connection, with any token, however written."""
    chain = exchange.resume_to_the_end(exchange.lease())
    rely_on(chain[-1][1]).has_status(200)
    lease, _ = chain[-1]

    for name, spelled in ENCODINGS.items():
        spent = not_resumable(lease, f"a session that is spent, {name}", session=spelled(lease.session))
        is_bad_request(exchange(spent))
    is_bad_request(exchange(not_resumable(lease, "a session that is spent", token=WRONG_TOKEN)))
    for resumed, _ in chain:
        is_bad_request(exchange(not_resumable(resumed, "a session that is spent"), delivery=NEW))


@clause(BAD_REQUEST)
@pytest.mark.parametrize("spelled", ENCODINGS.values(), ids=ENCODINGS)
def test_sessions_of_another_link_are_refused(exchange: Case, spelled: Callable[[str], str]) -> None:
    """A live session is answered 400 when it is resumed for a link that another session belongs to."""
    one, other = exchange.lease(), exchange.lease()

    is_bad_request(exchange(not_resumable(one, "the session of another link", link=spelled(other.link))))


@clause(BAD_REQUEST)
def test_sessions_of_an_unknown_link_are_refused(exchange: Case) -> None:
    """A live session is answered 400 when it is resumed for a link that nobody has."""
    lease = exchange.lease()

    is_bad_request(exchange(not_resumable(lease, "a link that nobody has", link=exchange.uuid())))


@clause(REQUEST)
@pytest.mark.parametrize("spelled", ENCODINGS.values(), ids=ENCODINGS)
def test_encodings_of_uuids_do_no_harm(exchange: Case, spelled: Callable[[str], str]) -> None:
    """A UUID in another textual form is read as that UUID or refused as malformed, and never answered 5xx."""
    lease = exchange.lease()

    answer = exchange(right(lease, "UUIDs in another form", session=spelled(lease.session), link=spelled(lease.link)))

    assert_answer(answer).has_status(200, 400, 428)
    if answer.status == 200:
        assert_answer(answer).names("/id", lease.link)

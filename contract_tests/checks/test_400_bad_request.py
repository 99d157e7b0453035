"""400 Bad request error: the body is malformed, or the session is not one that can be resumed for the link."""

from collections.abc import Callable
from operator import attrgetter

import pytest

from contract_tests.cases.bodies import BROKEN, NASTY_TOKENS, SPELLINGS, Body, Breakage, valid
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract.clauses import clause
from contract_tests.contract.document import Mismatch
from contract_tests.exchange.expectation import Exchange, assert_answer
from contract_tests.run.run import LiveSession, Run

BAD_REQUEST = "/paths/~1api~1links~1/patch/responses/400"
REQUEST = "/components/schemas/ResumeRequest"
AT_ONCE = 10


def is_bad_request(answer: Exchange) -> None:
    """The answer is the declared 400."""
    assert_answer(answer).has_status(400).keeps_the_contract()


@clause(BAD_REQUEST)
@pytest.mark.parametrize("breakage", BROKEN, ids=attrgetter("name"))
def test_broken_bodies_are_refused(live_session: LiveSession, breakage: Breakage) -> None:
    """A body that differs in one way from one that would be answered 200 is answered with the declared 400."""
    live_session.is_refused(breakage.of, is_bad_request)


@clause(BAD_REQUEST)
@pytest.mark.parametrize("unlike", ["in every digit", "in one digit"])
def test_unknown_sessions_are_refused(live_session: LiveSession, exchange: Run, unlike: str) -> None:
    """A session that nobody paused is answered 400, for a link that has one and with the right token."""

    def unknown(lease: Lease) -> Body:
        near = f"{lease.session[:-1]}{'1' if lease.session[-1] == '0' else '0'}"
        session = near if unlike == "in one digit" else exchange.uuid()
        return valid(lease, "a session that nobody paused", session=session)

    live_session.is_refused(unknown, is_bad_request)


@clause(BAD_REQUEST)
@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("token", ["right", "wrong"])
def test_spent_sessions_are_refused(exchange: Run, token: str, spell: Callable[[str], str]) -> None:
    """A session that was resumed is answered 400 from then on, whatever the token and however it is spelled."""
    chain = exchange.resume_to_the_end(exchange.lease())
    assert_answer(chain[-1][1]).has_status(200)

    for lease, _ in chain:
        spent = lease.token if token == "right" else "wrong-token-8d1f"  # noqa: S105 - one of two cases
        is_bad_request(exchange(valid(lease, "a session that is spent", session=spell(lease.session), token=spent)))


@clause(BAD_REQUEST)
@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_sessions_of_another_link_are_refused(exchange: Run, spell: Callable[[str], str]) -> None:
    """A live session is answered 400 when it is resumed for a link that another session belongs to."""
    one, other = exchange.lease(), exchange.lease()

    is_bad_request(exchange(valid(one, "the session of another link", link=spell(other.link))))


@clause(BAD_REQUEST)
def test_sessions_of_an_unknown_link_are_refused(exchange: Run) -> None:
    """A live session is answered 400 when it is resumed for a link that nobody has."""
    lease = exchange.lease()

    is_bad_request(exchange(valid(lease, "a link that nobody has", link=exchange.uuid())))


@clause(REQUEST)
@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_spellings_of_uuids_do_no_harm(exchange: Run, spell: Callable[[str], str]) -> None:
    """A UUID in another textual form is read as that UUID or refused as malformed, and never answered 5xx."""
    lease = exchange.lease()

    answer = exchange(valid(lease, "UUIDs in another form", session=spell(lease.session), link=spell(lease.link)))

    assert_answer(answer).has_status(200, 400, 428).keeps_the_contract()
    if answer.status == 200:
        assert_answer(answer).names("/id", lease.link)


@clause(BAD_REQUEST)
@pytest.mark.parametrize("race", ["first race", "second race"])
def test_one_of_ten_resumes_at_once_wins(exchange: Run, race: str) -> None:  # noqa: ARG001 - the same twice
    """Of ten resumes of one session at the same moment one at most is answered 200, and none fails."""
    per_second = exchange.target.limits.requests_per_second
    lease = exchange.lease()

    answers = exchange.together([valid(lease)] * (min(AT_ONCE, max(2, int(per_second))) if per_second else AT_ONCE))

    for answer in answers:
        assert_answer(answer).has_status(200, 400, 428).keeps_the_contract()
    winners = [answer for answer in answers if answer.status == 200]
    for answer in winners[1:]:
        assert_answer(answer).is_true(
            False,
            "one 200 at most",
            Mismatch("", "once", f"{len(winners)} of {len(answers)} resumes were answered 200"),
        )


@clause(BAD_REQUEST)
@pytest.mark.parametrize("token", NASTY_TOKENS.values(), ids=NASTY_TOKENS)
def test_nasty_tokens_do_no_harm(live_session: LiveSession, token: str) -> None:
    """A token of unusual characters is a wrong token: answered 428 or 400, and never 5xx."""
    live_session.is_attempted(
        lambda lease: valid(lease, "a nasty token", token=token),
        lambda answer: assert_answer(answer).has_status(400, 428).keeps_the_contract(),
    )

"""assert_answer and rely_on: each step speaks of the check's own clause, and tells a failure from a blocked check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

import pytest

from contract_tests.cases.bodies import Body, Subject, not_resumable, right, wrong_token
from contract_tests.cases.paused_sessions import Lease, Origin
from contract_tests.exchange.expectation import Expectation, assert_answer, rely_on
from contract_tests.exchange.violation import Blocked, CheckFailed, Finding, SessionExpired, Unanswered
from contract_tests.wire import NoAnswer
from tests.exchanges import BAD_REQUEST, CONTRACT, LEASE, WRONG, answered, exchange_of

LINK = "/components/schemas/Link"
RESUME_NEXT = "/components/responses/TokenRequired/links/ResumeNext"


def failure(step: Callable[[], object]) -> CheckFailed:
    """Return what a step raises."""
    with pytest.raises(CheckFailed) as raised:
        step()
    return raised.value


def finding(step: Callable[[], object]) -> Finding:
    """Return what a step finds."""
    return failure(step).finding


def test_a_right_answer_passes_every_step() -> None:
    """An answer that is what every step says raises nothing."""
    answer = answered(200)

    steps = assert_answer(answer).has_status(200, 428).names("/id", LEASE.link)
    assert isinstance(steps.holds(lambda: True, "/id", "x", "y").discloses_nothing(), Expectation)


def test_a_step_speaks_of_nothing_but_its_own_clause() -> None:
    """A status that is right passes whatever else the answer breaks: the judge has told that already."""
    answer = answered(400, [{"code": 1}], Body("an empty object", b"{}", subject=Subject.MALFORMED))

    assert len(answer.problems) == 3
    assert_answer(answer).has_status(400).discloses_nothing()


def test_a_wrong_status_is_found_with_what_was_expected() -> None:
    """A wrong status is a finding about the response that was expected first."""
    found = finding(lambda: assert_answer(answered(200)).has_status(400, 401))

    assert (found.problem.kind, found.problem.keyword, found.problem.place) == ("status", "200", "")
    assert found.problem.clause == "/components/responses/BadRequest"
    assert (found.expected, found.attributed_to, found.group) == (("400", "401"), None, "")


def test_the_question_for_a_second_token_is_the_428_s() -> None:
    """Of a link that asks twice a plain right request is expected to be asked, whichever answer a check is after."""
    twice = replace(LEASE, asks_twice=True)
    first, second = right(twice), right(replace(twice, origin="further factor"))
    in_other_clothes = replace(first, content=first.content + b" ")

    assert finding(lambda: assert_answer(answered(401, body=first)).has_status(200)).expected == ("428", "200")
    assert finding(lambda: assert_answer(answered(401, body=second)).has_status(200)).expected == ("200",)
    assert finding(lambda: assert_answer(answered(401, body=in_other_clothes)).has_status(200)).expected == ("200",)


def test_a_session_past_its_expiry_may_be_refused() -> None:
    """A 400 to the right token is a finding within the announced expiry, and nothing can be told after it."""
    fresh = replace(LEASE, expiry=60, since=monotonic())
    assert finding(lambda: assert_answer(answered(400, body=right(fresh))).has_status(200))

    late = replace(fresh, since=monotonic() - 61)
    with pytest.raises(SessionExpired):
        assert_answer(answered(400, body=right(late))).has_status(200)
    # Whatever its age, a session is no reason to fail.
    assert finding(lambda: assert_answer(answered(500, body=right(late))).has_status(200))


def test_a_check_may_know_better_which_response_to_fix() -> None:
    """What a check says of group, reason and response is kept, and the clause is that of the response it names."""
    found = finding(
        lambda: assert_answer(answered(400)).has_status(200, group="spent", because="it is spent", attributed_to="401")
    )

    assert (found.group, found.problem.message, found.attributed_to) == ("spent", "it is spent", "401")
    assert found.problem.clause == CONTRACT.home("/paths/~1api~1links~1/patch/responses/401")


@pytest.mark.parametrize(
    ("origin", "received", "attributed_to"),
    [
        ("another try", 400, "428"),
        ("another try", 428, "428"),
        ("further factor", 400, "428"),
        ("paused", 400, None),
        ("another try", 500, None),
        ("further factor", 401, None),
    ],
)
def test_a_session_of_a_428_that_is_dead_is_the_fault_of_the_428(
    origin: Origin, received: int, attributed_to: str | None
) -> None:
    """A 428 promises that its session can be resumed: where the right token is refused then, the 428 is wrong."""
    body = right(Lease(LEASE.session, LEASE.link, LEASE.token, origin))
    found = finding(lambda: assert_answer(answered(received, body=body)).has_status(200))

    assert found.attributed_to == attributed_to
    assert (found.problem.clause == RESUME_NEXT) is (attributed_to is not None)


@pytest.mark.parametrize("body", [wrong_token(LEASE), not_resumable(LEASE, "a spent one")], ids=["token", "session"])
def test_only_a_right_token_proves_a_session_dead(body: Body) -> None:
    """A wrong token, or a session that cannot be resumed, says nothing of the 428 that a session came from."""
    from_another_try = Lease(LEASE.session, LEASE.link, LEASE.token, "another try")
    sent = Body(body.name, body.content, lease=from_another_try, subject=body.subject)

    assert finding(lambda: assert_answer(answered(400, body=sent)).has_status(500)).attributed_to is None


@pytest.mark.parametrize("link", [LEASE.link, LEASE.link.upper(), LEASE.link.replace("-", "")])
def test_uuids_are_compared_as_uuids(link: str) -> None:
    """A UUID in capitals or without hyphens is the same."""
    assert_answer(answered(200)).names("/id", link)


def test_another_uuid_is_found_where_it_stands() -> None:
    """An answer about another link is a finding about the property, at its place in the answer."""
    found = finding(lambda: assert_answer(answered(200)).names("/id", LEASE.session))

    assert (found.problem.kind, found.problem.keyword, found.problem.place) == ("relation", "equal", "/id")
    assert found.problem.clause == f"{LINK}/properties/id"
    assert found.problem.message == "is not the link that was sent"


@pytest.mark.parametrize("value", [{"id": 7}, {"id": "x"}, {"id": None}, {}, [], 7, b"<html>"], ids=repr)
def test_without_a_uuid_to_compare_a_check_is_blocked(value: object) -> None:
    """Where there is no UUID at all the judge has told so, and the check cannot tell."""
    with pytest.raises(Blocked):
        assert_answer(answered(200, value)).names("/id", LEASE.link)


def test_what_a_check_finds_by_itself_is_told_by_it() -> None:
    """A condition that does not hold is a finding at the place that the check names."""
    found = finding(lambda: assert_answer(answered(428)).holds(lambda: False, "/session", "unique", "is another's"))

    assert (found.problem.place, found.problem.keyword, found.problem.message) == (
        "/session",
        "unique",
        "is another's",
    )
    assert found.problem.clause.endswith("/properties/session")


def test_what_an_answer_discloses_is_found_by_the_check_of_it() -> None:
    """The check of disclosure fails with what the judge has found, and with nothing else."""
    told = answered(400, [BAD_REQUEST[0] | {"message": LEASE.token}])
    found = finding(lambda: assert_answer(told).discloses_nothing())

    assert (found.problem.kind, found.problem.keyword, found.expected) == ("disclosure", "token", ())
    assert_answer(answered(400, [{"code": 1}])).discloses_nothing()


@pytest.mark.parametrize("begin", [assert_answer, rely_on])
def test_what_is_only_relied_on_violates_nothing(begin: Callable[..., Expectation]) -> None:
    """A check that relies on an answer is told apart from one that asserts it."""
    assert failure(lambda: begin(answered(200)).has_status(400)).own is (begin is assert_answer)


@pytest.mark.parametrize("kind", ["truncated", "too large", "undecodable", "not http"])
def test_an_answer_that_breaks_off_blocks_the_check(kind: str) -> None:
    """An answer that came in part is a problem of its own, which the judge has told."""
    broken = exchange_of(NoAnswer(kind, "the answer broke off", 0.1, 200))

    assert [(problem.kind, problem.keyword) for problem in broken.problems] == [("length", kind)]
    assert broken.problems[0].clause == "/components/responses/Ok"
    with pytest.raises(Blocked) as raised:
        assert_answer(broken)
    assert raised.value.exchange is broken


@pytest.mark.parametrize("kind", ["refused", "dns", "tls", "timeout", "reset", "proxy", "rate limited"])
def test_no_answer_is_no_violation(kind: str) -> None:
    """Where no answer came nothing is said of the contract."""
    nothing = exchange_of(NoAnswer(kind, "the sentence", 0.1))

    assert nothing.problems == ()
    with pytest.raises(Unanswered, match="the sentence") as raised:
        assert_answer(nothing)
    assert raised.value.finding.problem.keyword == kind


@pytest.mark.parametrize("name", WRONG)
def test_wrong_credentials_come_before_what_the_body_says(name: str) -> None:
    """A request with credentials that are not right is one of them, whatever its body."""
    refused = answered(401, body=wrong_token(LEASE), credentials=WRONG[name])

    assert (refused.subject, refused.case) == (Subject.CREDENTIALS, name)
    assert answered(428, body=wrong_token(LEASE)).subject == Subject.WRONG_TOKEN

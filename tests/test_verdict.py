"""The verdict: what a run has seen becomes one exit code and one sentence, and nothing is green unseen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from contract_tests.cases.bodies import Body, Subject, not_resumable, right
from contract_tests.exchange.expectation import assert_answer
from contract_tests.exchange.judged import Exchange
from contract_tests.exchange.record import CaseResult, ExchangeRecord, Outcome
from contract_tests.exchange.violation import CheckFailed
from contract_tests.report.model import Cause, CheckResult, Report
from contract_tests.target.sections import Register, Waiver
from contract_tests.target.settings import Credentials, Target
from contract_tests.verdict.checks import Selected
from contract_tests.verdict.collector import ResultCollector, Stopped
from contract_tests.wire import NoAnswer
from tests.exchanges import BAD_REQUEST, CONTRACT, LEASE, WRONG, an_answer, answered, example, exchange_of

DECLARED = tuple(CONTRACT.responses)
OPERATION = CONTRACT.resume.pointer
TARGET = Target(
    base_url="http://127.0.0.1:9",
    credentials=Credentials("id", "password"),
    paused_session=Register("POST", "/api/links/", {}),
)
CHECKS = {status: f"test_{status}.py::test_it" for status in DECLARED}
MALFORMED = Body("token missing", b"{}", lease=LEASE, subject=Subject.MALFORMED)
NO_CODE = [{"message": "m", "request_id": "r"}]


def check(status: str) -> Selected:
    """Return the check of a response."""
    return Selected(CHECKS[status], f"Check of {status}.", f"{OPERATION}/responses/{status}", status)


def collector(target: Target = TARGET, *, partial: bool = False, checks: Sequence[str] = DECLARED) -> ResultCollector:
    """Return a collector that expects one check for each of the responses."""
    made = ResultCollector(target, CONTRACT, seed=1, partial=partial)
    for status in checks:
        made.expect(check(status))
    return made


def tell(
    to: ResultCollector,
    status: str,
    *exchanges: Exchange,
    outcome: Outcome = "holds",
    reason: str | None = None,
    case: str | None = None,
    **more: Any,
) -> None:
    """Tell a collector how a case of the check of a response ended, and what it sent."""
    records = tuple(ExchangeRecord.of(exchange, CHECKS[status], case) for exchange in exchanges)
    to.add(CaseResult(CHECKS[status], case, outcome, reason, records=records, **more))


def expect(to: ResultCollector, status: str, exchange: Exchange, case: str | None = None) -> None:
    """Tell a collector of a case that expected its exchange to be answered with the status of its check."""
    try:
        assert_answer(exchange).has_status(int(status))
    except CheckFailed as failed:
        number = exchange.number
        tell(to, status, exchange, outcome="violated", case=case, findings=(failed.finding,), exchange=number)
    else:
        tell(to, status, exchange, case=case)


def held(target: Target = TARGET, *, but: Sequence[str] = (), partial: bool = False) -> ResultCollector:
    """Return a collector in which every response was seen and every check holds, but for those that are left out."""
    made = collector(target, partial=partial)
    for status in DECLARED:
        if status not in but:
            tell(made, status, answered(int(status)))
    return made


def verdict(of: ResultCollector) -> tuple[int, str]:
    """Return exit code and sentence."""
    report = of.report(1.0)
    return report.exit_code, report.verdict


def of_check(report: Report, status: str) -> CheckResult:
    """Return what a report says of the check of a response."""
    (found,) = [told for told in report.checks if told.id == CHECKS[status]]
    return found


def one_cause(report: Report) -> Cause:
    """Return the one cause of a report."""
    (cause,) = report.causes
    return cause


# Exit codes


def test_everything_seen_and_held_is_0() -> None:
    """Every check holds and every declared response was seen: exit 0."""
    assert verdict(held()) == (0, "The contract holds: 5 checks, 5 exchanges.")


def test_a_violation_is_1() -> None:
    """A cause makes the run violated, and the response that it blames, whatever was not seen beside it."""
    made = held(but=["400", "500"])
    expect(made, "400", answered(200, body=MALFORMED), case="token missing")
    report = made.report(1.0)

    assert verdict(made) == (1, "The contract is violated: 1 cause in 400.")
    assert {status for status, told in report.statuses.items() if told.verdict == "violated"} == {"400"}
    (violation,) = of_check(report, "400").violations
    assert (violation.cause, violation.cases) == (one_cause(report).id, ("token missing",))


def test_an_answer_that_no_check_was_about_is_1_all_the_same() -> None:
    """A 400 without its code is a violation of the 400, whichever check met it."""
    made = held(but=["400"])
    tell(made, "428", answered(400, NO_CODE, MALFORMED))
    report = made.report(1.0)

    assert verdict(made)[0] == 1
    assert replace(report.statuses["400"], milliseconds=()) == replace(
        report.statuses["400"], name="Bad request error", seen=1, conforming=0, verdict="violated", milliseconds=()
    )
    assert (one_cause(report).response, one_cause(report).checks) == ("400", (CHECKS["428"],))


def test_a_right_response_is_not_violated_by_the_bug_of_another() -> None:
    """A 200 without id, met by the checks of 400 and 428 too, leaves the verdicts of 400 and 428 alone."""
    made = held(but=["200"])
    no_id = {key: value for key, value in example(200).items() if key != "id"}
    for status in ("200", "400", "428"):
        answer = answered(200, no_id)
        outcome: Outcome = "holds" if status == "200" else "blocked"
        tell(made, status, answer, outcome=outcome, exchange=answer.number if outcome == "blocked" else None)
    report = made.report(1.0)

    assert {status: told.verdict for status, told in report.statuses.items()} == {
        "200": "violated",
        "400": "holds",
        "401": "holds",
        "428": "holds",
        "500": "holds",
    }
    assert one_cause(report).blocked == (CHECKS["400"], CHECKS["428"])
    assert (one_cause(report).exchanges, one_cause(report).of) == (3, 3)
    for status in ("400", "428"):
        told = of_check(report, status)
        assert (told.verdict, told.violations, told.blocked_by) == ("blocked", (), (one_cause(report).id,))


def test_a_cause_of_the_whole_violates_a_check_and_no_response() -> None:
    """A secret that is disclosed is a violation of the operation: exit 1, and every response keeps its verdict."""
    made = held()
    tell(made, "400", answered(400, [BAD_REQUEST[0] | {"message": LEASE.token}], right(LEASE)))
    report = made.report(1.0)

    assert verdict(made) == (1, "The contract is violated: 1 cause.")
    assert {told.verdict for told in report.statuses.values()} == {"holds"}
    assert (one_cause(report).response, one_cause(report).responses) == (None, ())


def test_an_interrupted_run_is_2() -> None:
    """An interrupted run says so, before anything that it had found."""
    made = held(but=["400"])
    expect(made, "400", answered(200, body=MALFORMED))
    made.interrupted = True

    assert verdict(made)[0] == 2
    assert of_check(made.report(1.0), "400").verdict == "violated"


def test_an_error_of_our_own_is_3() -> None:
    """A check that fails by an error of its own is no violation and not green."""
    made = held()
    tell(made, "200", outcome="error", reason="KeyError: 'id' (run.py, line 1)")

    assert verdict(made)[0] == 3
    assert of_check(made.report(1.0), "200").reason == "KeyError: 'id' (run.py, line 1)"


@pytest.mark.parametrize("kind", ["unanswered", "budget", "gateway"])
def test_a_violation_outweighs_a_stop(kind: str) -> None:
    """A pipeline that tries 6 again does not hide what was found before the run was stopped."""
    made = held(but=["500"])
    expect(made, "400", answered(200, body=MALFORMED))
    tell(made, "500", outcome="not run", reason="stopped")
    made.stopped = Stopped(kind, "The target did not answer 3 times.")

    assert verdict(made)[0] == (6 if kind == "gateway" else 1)


def test_a_violation_outweighs_an_error_of_our_own() -> None:
    """Where a check is violated and another fails by itself, the violation is told."""
    made = held()
    tell(made, "200", outcome="error", reason="KeyError")
    expect(made, "400", answered(200, body=MALFORMED))

    assert verdict(made)[0] == 1


def test_no_exchange_at_all_is_5() -> None:
    """A run whose only check had no means to do anything checked nothing."""
    made = collector(checks=["500"])
    tell(made, "500", outcome="skipped", reason="the target file names no tokens.failing")

    assert verdict(made) == (5, "Nothing was checked: the target file names no tokens.failing.")


def test_no_exchange_for_want_of_sessions_is_7() -> None:
    """A run that could pause no session is incomplete, and says what the provider said."""
    made = collector(checks=["200"])
    tell(made, "200", outcome="incomplete", reason="All 2 sessions of paused_session.values are used")

    assert verdict(made)[0] == 7
    assert "All 2 sessions" in verdict(made)[1]


@pytest.mark.parametrize("reached", [True, False])
def test_a_target_that_stops_answering_is_6(reached: bool) -> None:
    """A run that was stopped for want of answers is exit 6 and keeps the verdicts reached by then."""
    made = held(but=["500"]) if reached else collector()
    nothing = [exchange_of(NoAnswer("refused", "the connection was refused", 0.1)) for _ in range(3)]
    tell(made, "500", *nothing, outcome="unanswered", reason="the connection was refused")
    made.stopped = Stopped("unanswered", "The target did not answer 3 times, last: the connection was refused.")
    report = made.report(1.0)

    assert verdict(made) == (6, "The target did not answer 3 times, last: the connection was refused.")
    assert of_check(report, "500").verdict == "unanswered"
    assert report.no_answers == {"refused": 3}
    assert (of_check(report, "200").verdict == "holds") is reached


def test_one_answer_that_did_not_come_is_6() -> None:
    """A check that got no answer says nothing, and the run is not green for it."""
    made = held()
    nothing = exchange_of(NoAnswer("timeout", "no whole answer within 10 s", 10.0))
    tell(made, "400", nothing, outcome="unanswered", reason="no whole answer within 10 s")

    assert verdict(made) == (6, "Nothing is said of 1 check: the target did not answer.")


@pytest.mark.parametrize(("kind", "code"), [("gateway", 6), ("setting", 7)])
def test_what_stands_in_the_way_is_told_in_place_of_causes(kind: str, code: int) -> None:
    """A gateway is 6, a setting that is likely wrong is 7; what was answered until then is nobody's violation."""
    made = collector()
    page = exchange_of(an_answer(404, b"<html>", "text/html"), MALFORMED)
    made.add(CaseResult("preflight", None, "holds", records=(ExchangeRecord.of(page, "preflight", None),), late=True))
    made.stopped = Stopped(kind, "Nothing there answers like the operation: is base_url right?")
    report = made.report(1.0)

    assert report.exit_code == code
    assert "is base_url right?" in report.verdict
    assert (report.causes, report.undeclared_statuses, report.exchanges) == ((), {"404": 1}, 1)


@pytest.mark.parametrize("status", DECLARED)
def test_an_answer_that_was_not_seen_is_7(status: str) -> None:
    """A declared response that was not seen makes the run incomplete, and the reason of its check says what helps."""
    made = held(but=[status])
    tell(made, status, outcome="skipped", reason="there was no way to it")

    assert verdict(made) == (7, f"Incomplete: {status} not seen. there was no way to it")


@pytest.mark.parametrize(("status", "setting"), [("500", "tokens.failing"), ("428", "paused_session")])
def test_an_answer_that_no_check_could_get_names_the_setting(status: str, setting: str) -> None:
    """Where the check of a response ran and never saw it, the sentence says which setting leads to it."""
    made = held(but=[status])
    tell(made, status, answered(400, body=MALFORMED))

    assert verdict(made)[0] == 7
    assert setting in verdict(made)[1]
    assert "accept_unseen" in verdict(made)[1]


def test_an_answer_accepted_unseen_is_0() -> None:
    """A response that was not seen and is accepted with a reason leaves the run green, and the reason is told."""
    made = held(replace(TARGET, accept_unseen={"500": "staging cannot fail"}), but=["500"])
    tell(made, "500", outcome="skipped", reason="the target file names no tokens.failing")
    told = made.report(1.0).statuses["500"]

    assert verdict(made)[0] == 0
    assert (told.verdict, told.reason) == ("accepted unseen", "staging cannot fail")


def test_accepting_unseen_forgives_no_violation() -> None:
    """A response that need not be seen is violated where it is seen and does not conform."""
    made = held(replace(TARGET, accept_unseen={"500": "staging cannot fail"}), but=["500"])
    tell(made, "500", answered(500, NO_CODE))

    assert made.report(1.0).statuses["500"].verdict == "violated"
    assert verdict(made)[0] == 1


def test_a_check_that_did_not_run_is_7() -> None:
    """A check that was selected and never reported leaves the run incomplete, also where its response was seen."""
    made = held(but=["500"])
    tell(made, "400", answered(500))

    assert verdict(made) == (7, "Incomplete: 1 of 5 checks did not run.")
    assert of_check(made.report(1.0), "500").verdict == "not run"


def test_an_incomplete_check_is_7() -> None:
    """A check that lacked a session is incomplete, and so is the run."""
    made = held()
    tell(made, "428", outcome="incomplete", reason="The register request was answered 503 instead of 428.")

    assert verdict(made) == (7, "Incomplete: The register request was answered 503 instead of 428.")


def test_a_used_up_budget_is_7() -> None:
    """A run that was stopped by its budget is incomplete."""
    made = held(but=["500"])
    tell(made, "500", outcome="not run", reason="The budget of 9 requests (limits.requests) is used up.")
    made.stopped = Stopped("budget", "The budget of 9 requests (limits.requests) is used up.")

    assert verdict(made) == (7, "Incomplete: The budget of 9 requests (limits.requests) is used up.")


def test_the_check_of_a_response_owns_what_is_wrong_with_it() -> None:
    """A check that could not go on, because its own response is wrong, is violated by that and not blocked."""
    made = held()
    asked = answered(428, {key: value for key, value in example(428).items() if key != "session"})
    tell(made, "428", asked, outcome="blocked", reason="it is wrong in another way", exchange=asked.number)
    report = made.report(1.0)

    assert (report.exit_code, of_check(report, "428").verdict) == (1, "violated")
    assert of_check(report, "428").violations[0].cause == one_cause(report).id


# Waivers

EXPIRES = date(2999, 1, 31)
WAIVER = Waiver("known since March", EXPIRES, check=CHECKS["400"])
BY_CASE = replace(WAIVER, check=f"{CHECKS['400']}[token missing]")


def accepted(target: Target = TARGET, *cases: str) -> ResultCollector:
    """Return a collector of a run in which cases of malformed bodies were accepted."""
    made = held(target)
    for case in cases:
        expect(made, "400", answered(200, body=replace(MALFORMED, name=case)), case)
    return made


def cause_of_accepting() -> str:
    """Return the id of the cause of accepting malformed bodies."""
    return one_cause(accepted(TARGET, "token missing").report(1.0)).id


@pytest.mark.parametrize(
    "waiver",
    [lambda: WAIVER, lambda: BY_CASE, lambda: Waiver("known since March", EXPIRES, cause=cause_of_accepting())],
    ids=["by check", "by case", "by cause"],
)
def test_a_waived_violation_is_0(waiver: Callable[[], Waiver]) -> None:
    """A violation that is waived, by check, case or cause, leaves the run green, and stays in sight."""
    made = accepted(replace(TARGET, waivers=(waiver(),)), "token missing")
    report = made.report(1.0)

    assert verdict(made) == (0, "The contract holds: 4 checks, but for 1 waived cause, 6 exchanges.")
    assert of_check(report, "400").verdict == "waived"
    assert of_check(report, "400").reason == "known since March (until 2999-01-31)"
    assert len(of_check(report, "400").violations) == 1
    assert one_cause(report).waived == "known since March (until 2999-01-31)"
    assert report.waivers[0].needed is True
    assert report.statuses["400"].verdict == "waived"


def test_a_waiver_of_one_case_covers_no_other() -> None:
    """A cause that another case of the same check met as well is not waived; the waiver is needed all the same."""
    made = accepted(replace(TARGET, waivers=(BY_CASE,)), "token missing", "link missing")
    report = made.report(1.0)

    assert (report.exit_code, of_check(report, "400").verdict) == (1, "violated")
    assert report.waivers[0].needed is True


def test_two_waivers_cover_two_cases() -> None:
    """Two cases of a check, each waived by its name, are waived together."""
    other = replace(BY_CASE, check=f"{CHECKS['400']}[link missing]")
    made = accepted(replace(TARGET, waivers=(BY_CASE, other)), "token missing", "link missing")

    assert verdict(made)[0] == 0
    assert [waiver.needed for waiver in made.report(1.0).waivers] == [True, True]


def test_a_waiver_of_another_cause_covers_nothing() -> None:
    """An id that no cause has waives none, and is not needed."""
    made = accepted(replace(TARGET, waivers=(Waiver("r", EXPIRES, cause="000000000000"),)), "token missing")

    assert verdict(made)[0] == 1
    assert made.report(1.0).waivers[0].needed is False


def test_a_waiver_covers_no_other_cause_of_its_check() -> None:
    """With one cause waived by its id, another one of the same check still violates it."""
    made = accepted(replace(TARGET, waivers=(Waiver("r", EXPIRES, cause=cause_of_accepting()),)), "token missing")
    expect(made, "400", answered(200, body=not_resumable(LEASE, "a spent session")))
    report = made.report(1.0)

    assert (report.exit_code, report.verdict) == (1, "The contract is violated: 1 cause in 400.")
    assert sorted(bool(cause.waived) for cause in report.causes) == [False, True]
    assert of_check(report, "400").verdict == "violated"


def test_a_waiver_that_nothing_needs_is_told() -> None:
    """A waiver of a check that holds is not needed."""
    made = held(replace(TARGET, waivers=(WAIVER,)))

    assert verdict(made)[0] == 0
    assert made.report(1.0).waivers[0].needed is False


def test_a_waiver_covers_no_error_and_no_missing_answer() -> None:
    """A waived check that fails by an error of its own, or is not answered, is not waived."""
    made = held(replace(TARGET, waivers=(WAIVER,)))
    tell(made, "400", outcome="error", reason="KeyError")
    assert verdict(made)[0] == 3

    unanswered = held(replace(TARGET, waivers=(WAIVER,)))
    nothing = exchange_of(NoAnswer("timeout", "no whole answer within 10 s", 10.0))
    tell(unanswered, "400", nothing, outcome="unanswered", reason="no whole answer within 10 s")
    assert verdict(unanswered)[0] == 6


# What a run was narrowed to


def test_a_narrowed_run_answers_for_what_it_selected() -> None:
    """A partial run is not incomplete for responses that it has no check of, and says that it is partial."""
    made = collector(partial=True, checks=["401"])
    tell(made, "401", answered(401, credentials=WRONG["no header"]))
    statuses = made.report(1.0).statuses

    assert verdict(made) == (0, "Partial run: The contract holds: 1 checks, 1 exchanges.")
    assert {status for status, told in statuses.items() if told.verdict == "not selected"} == {
        "200",
        "400",
        "428",
        "500",
    }


def test_a_narrowed_run_has_to_see_what_it_selected() -> None:
    """A partial run whose own response was not seen is incomplete."""
    made = collector(partial=True, checks=["200"])
    tell(made, "200", answered(428))

    code, sentence = verdict(made)
    assert (code, sentence.startswith("Partial run: Incomplete: 200 not seen.")) == (7, True)


# What else is told


def test_undeclared_statuses_are_counted_apart() -> None:
    """A status that is not declared is counted, and none of the five is seen by it."""
    made = held()
    tell(made, "400", *(exchange_of(an_answer(status, {}), MALFORMED) for status in (302, 302, 503)))

    assert made.report(1.0).undeclared_statuses == {"302": 2, "503": 1}


def test_what_pauses_a_session_is_no_answer_of_the_operation() -> None:
    """A 428 to the register request is an exchange, and not a 428 seen."""
    made = collector()
    record = ExchangeRecord.of_register(1, CHECKS["200"], None, 428, 0.001)
    made.add(CaseResult(CHECKS["200"], None, "holds", records=(record,), pauses=1))
    report = made.report(1.0)

    assert (report.exchanges, report.sessions, report.statuses["428"].seen) == (1, 1, 0)


def test_undeclared_fields_are_drift() -> None:
    """A field that is not declared is told with the number of answers it was in."""
    made = held()
    tell(made, "200", *(answered(200, example(200) | {"extra": "x"}) for _ in range(3)))
    (found,) = [drift for drift in made.report(1.0).drift if drift.kind == "undeclared field"]

    assert (found.status, found.path, found.type, found.count) == ("200", "/extra", "string", 3)
    assert verdict(made)[0] == 0


def test_a_nullable_field_that_never_has_a_value_is_drift() -> None:
    """A declared field that was null in every answer is told, and one that once had a value is not."""
    made = held(but=["200"])
    empty = example(200) | dict.fromkeys(("access_mode", "last_accessed_at", "refresh_rate"))
    tell(made, "200", answered(200, empty), answered(200, empty | {"access_mode": "single"}))
    never = {drift.path: drift.count for drift in made.report(1.0).drift if drift.status == "200"}

    assert never == {"/last_accessed_at": 2, "/refresh_rate": 2}


def test_a_target_may_ask_for_no_drift() -> None:
    """A target with `undeclared_fields: ignore` hears of no drift."""
    made = held(replace(TARGET, undeclared_fields="ignore"))
    tell(made, "200", answered(200, example(200) | {"extra": 1}))

    assert made.report(1.0).drift == ()


def test_advice_is_told_once_with_its_count() -> None:
    """What many answers have in common is one sentence; what a gateway held back is told."""
    made = held(but=["401"])
    refused = [answered(401, credentials=WRONG["no header"]) for _ in range(3)]
    tell(made, "401", *refused, advice=("Mind this.",))
    made.backed_off, made.held = 2, 3.25

    assert made.report(1.0).advice == (
        "An answer 401 carries no WWW-Authenticate header (RFC 9110 section 15.5.2). Seen 3 times.",
        "Mind this.",
        "A gateway stood in the way 2 times: it was waited for, 3.2 s in all.",
    )


def test_a_late_result_goes_to_its_own_check() -> None:
    """A refusal that is sent again at the end, and accepted then, is a violation of its check, and no further case."""
    made = held()
    again = answered(200, body=MALFORMED)
    try:
        assert_answer(again).has_status(400)
    except CheckFailed as failed:
        tell(made, "400", again, outcome="violated", findings=(failed.finding,), exchange=again.number, late=True)
    report = made.report(1.0)

    assert (of_check(report, "400").verdict, of_check(report, "400").cases) == ("violated", 1)
    assert of_check(report, "200").verdict == "holds"


def test_a_check_that_is_expected_twice_is_one() -> None:
    """A check is told under what was said of it first."""
    made = held()
    made.expect(Selected(CHECKS["200"], "another title", "/info", None))

    assert of_check(made.report(1.0), "200").title == "Check of 200."


def test_a_check_shows_the_words_that_it_holds() -> None:
    """A check in the report has its clause, and the line and words of openapi.yaml that it stands on."""
    told = of_check(held().report(1.0), "428")

    assert (told.clause, told.response) == (f"{OPERATION}/responses/428", "428")
    assert CONTRACT.source.splitlines()[told.line - 1].strip() == "'428':"
    assert told.quote.startswith("'428':")

"""verdicts.py: what a run has seen becomes one verdict, one exit code and one sentence, and nothing is green unseen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from contract_tests import report as report_room
from contract_tests.contract.document import DECLARED, OPERATION, load
from contract_tests.target.settings import Credentials, Register, Target, Waiver
from contract_tests.verdict.collector import Ledger, case_of

CONTRACT = load()
SCHEMA = json.loads((Path(report_room.__file__).parent / "contract.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)
TARGET = Target(
    base_url="http://127.0.0.1:9",
    credentials=Credentials("id", "password"),
    paused_session=Register("POST", "/api/links/", {}),
)
CHECKS = {status: f"test_{status}.py::test_it" for status in DECLARED}


def seen(status: int | None, count: int = 1, **facts: Any) -> list[dict[str, Any]]:
    """Return the records of exchanges that were answered with a status, as the run makes them."""
    record = {"status": status, "seconds": 0.001, "no_answer": None, "right": True, "conforming": True, **facts}
    return [dict(record) for _ in range(count)]


def violation(**facts: Any) -> dict[str, Any]:
    """Return a violation as answers.py tells it."""
    told = dict.fromkeys(("pointer", "keyword", "at", "answer"))
    texts = {"sent": "PATCH", "expected": "400", "received": "200", "repeat": "curl"}
    return {"fingerprint": "0123456789ab", "status": 200, **told, **texts, **facts}


def ledger(target: Target = TARGET, *, partial: bool = False, checks: Sequence[str] = DECLARED) -> Ledger:
    """Return a ledger that expects one check for each of the responses."""
    made = Ledger(target, CONTRACT, seed=1, partial=partial)
    for status in checks:
        made.expect(CHECKS[status], f"Check of {status}.", f"{OPERATION}/responses/{status}")
    return made


def tell(
    to: Ledger,
    status: str,
    exchanges: Sequence[dict[str, Any]] = (),
    finding: str = "holds",
    reason: str | None = None,
    **facts: Any,
) -> None:
    """Tell a ledger how a case of the check of a response ended, and what was seen in it."""
    taken = {"exchanges": list(exchanges), "pauses": 0, "advice": [], "waits": 0, **facts.pop("taken", {})}
    told = {"violation": None, "blamed": None, "refused": False, "case": None, "ended": 1, "seconds": 0.1, **facts}
    to.add(CHECKS[status], {**told, "finding": finding, "reason": reason, "taken": taken})


def held(target: Target = TARGET, *, but: Sequence[str] = (), partial: bool = False) -> Ledger:
    """Return a ledger in which every response was seen and every check holds, but for those that are left out."""
    made = ledger(target, partial=partial)
    for status in DECLARED:
        if status not in but:
            tell(made, status, seen(int(status)))
    return made


def verdict(of: Ledger) -> tuple[int, str]:
    """Return exit code and sentence of a report, which is valid under its schema."""
    report = of.report(1.0)
    assert [f"{error.message} at {error.instance_path}" for error in VALIDATOR.iter_errors(report)] == []
    return report["exit_code"], report["verdict"]


def of_check(made: Ledger, status: str) -> dict[str, Any]:
    """Return what the report says of the check of a response."""
    checks = made.report(1.0)["checks"]
    (found,) = [check for check in checks if check["id"] == CHECKS[status]]
    assert isinstance(found, dict)
    return found


def test_everything_seen_and_held_is_0() -> None:
    """Every check holds and every declared response was seen: exit 0."""
    assert verdict(held()) == (0, "The contract holds: 5 checks, 5 exchanges.")


def test_a_violation_is_1() -> None:
    """A violated check makes the run violated, and its response, whatever was not seen beside it."""
    made = held(but=["400", "500"])
    tell(made, "400", seen(200), "violated", violation=violation(), case="token missing")

    assert verdict(made) == (1, "The contract is violated: 1 of 5 checks.")
    assert made.report(1.0)["statuses"]["400"]["verdict"] == "violated"
    assert of_check(made, "400")["violations"][0]["case"] == "token missing"


def test_an_answer_that_no_check_held_is_1_all_the_same() -> None:
    """A response of which one answer did not conform is violated, although no check says so."""
    made = held()
    tell(made, "400", seen(428, conforming=False))

    assert verdict(made) == (1, "The contract is violated: response 428.")
    assert made.report(1.0)["statuses"]["428"] | {"milliseconds": None} == {
        "name": "MFA Token Required",
        "seen": 2,
        "conforming": 1,
        "verdict": "violated",
        "reason": None,
        "milliseconds": None,
    }


def test_an_interrupted_run_is_2() -> None:
    """An interrupted run says so, before anything that it had found."""
    made = held(but=["400"])
    tell(made, "400", seen(200), "violated", violation=violation())
    made.interrupted = True

    assert verdict(made)[0] == 2


def test_an_error_of_our_own_is_3() -> None:
    """A check that fails by an error of its own is no violation and not green."""
    made = held()
    tell(made, "200", seen(200), "error", "KeyError: 'id' (run.py, line 1)")

    assert verdict(made)[0] == 3
    assert of_check(made, "200")["reason"] == "KeyError: 'id' (run.py, line 1)"


def test_a_violation_outweighs_an_error_of_our_own() -> None:
    """Where a check is violated and another fails by itself, the violation is told."""
    made = held()
    tell(made, "200", (), "error", "KeyError")
    tell(made, "400", seen(200), "violated", violation=violation())

    assert verdict(made)[0] == 1


def test_no_exchange_at_all_is_5() -> None:
    """A run whose only check had no means to do anything checked nothing."""
    made = ledger(checks=["500"])
    tell(made, "500", (), "skipped", "the target file names no tokens.failing")

    assert verdict(made) == (5, "Nothing was checked: the target file names no tokens.failing.")


def test_no_exchange_for_want_of_sessions_is_7() -> None:
    """A run that could pause no session is incomplete, and says what the provider said."""
    made = ledger(checks=["200"])
    tell(made, "200", (), "incomplete", "All 2 sessions of paused_session.values are used")

    assert verdict(made)[0] == 7
    assert "All 2 sessions" in verdict(made)[1]


@pytest.mark.parametrize("reached", [True, False])
def test_a_target_that_stops_answering_is_6(reached: bool) -> None:
    """A run that was stopped for want of answers is exit 6 and keeps the verdicts reached by then."""
    made = held(but=["500"]) if reached else ledger()
    tell(made, "500", seen(None, 3, no_answer="refused"), "unanswered", "PATCH: the connection was refused (refused)")
    made.stopped = ("unanswered", "The target did not answer 3 times, last: the connection was refused")

    assert verdict(made)[0] == 6
    assert "the connection was refused" in verdict(made)[1]
    assert of_check(made, "500")["verdict"] == "unanswered"
    assert made.report(1.0)["no_answers"] == {"refused": 3}
    assert (of_check(made, "200")["verdict"] == "holds") is reached


def test_one_answer_that_did_not_come_is_6() -> None:
    """A check that got no answer says nothing, and the run is not green for it."""
    made = held()
    tell(made, "400", seen(None, no_answer="timeout"), "unanswered", "no whole answer within 10 s")

    assert verdict(made) == (6, "Nothing is said of 1 check: the target did not answer.")


@pytest.mark.parametrize("status", DECLARED)
def test_an_answer_that_was_not_seen_is_7(status: str) -> None:
    """A declared response that was not seen makes the run incomplete, although its check says nothing against it."""
    made = held(but=[status])
    tell(made, status, (), "skipped", "there was no way to it")

    assert verdict(made) == (7, f"Incomplete: {status} not seen.")


def test_an_answer_accepted_unseen_is_0() -> None:
    """A response that was not seen and is accepted with a reason leaves the run green, and the reason is told."""
    made = held(replace(TARGET, accept_unseen={"500": "staging cannot fail"}), but=["500"])
    tell(made, "500", (), "skipped", "the target file names no tokens.failing")

    assert verdict(made)[0] == 0
    told = made.report(1.0)["statuses"]["500"]
    assert (told["verdict"], told["reason"]) == ("accepted unseen", "staging cannot fail")


def test_accepting_unseen_forgives_no_violation() -> None:
    """A response that need not be seen is violated where it is seen and does not conform."""
    made = held(replace(TARGET, accept_unseen={"500": "staging cannot fail"}), but=["500"])
    tell(made, "400", seen(500, conforming=False))

    assert made.report(1.0)["statuses"]["500"]["verdict"] == "violated"
    assert verdict(made)[0] == 1


def test_a_check_that_did_not_run_is_7() -> None:
    """A check that was selected and never reported leaves the run incomplete, also where its response was seen."""
    made = held(but=["500"])
    tell(made, "400", seen(500))

    assert verdict(made) == (7, "Incomplete: 1 of 5 checks did not run.")
    assert of_check(made, "500")["verdict"] == "not run"


def test_an_incomplete_check_is_7() -> None:
    """A check that lacked a session is incomplete, and so is the run."""
    made = held()
    tell(made, "428", (), "incomplete", "The register request was answered 503 instead of 428.")

    assert verdict(made) == (7, "Incomplete: The register request was answered 503 instead of 428.")


def test_a_used_up_budget_is_7() -> None:
    """A run that was stopped by its budget is incomplete."""
    made = held(but=["500"])
    tell(made, "500", (), "not run", "The budget of 9 requests (limits.requests) is used up.")
    made.stopped = ("budget", "The budget of 9 requests (limits.requests) is used up.")

    assert verdict(made) == (7, "Incomplete: The budget of 9 requests (limits.requests) is used up.")


def refused(registers: bool) -> Ledger:
    """Return a ledger of a run in which every answer was 401."""
    made = ledger()
    first = [{"register": True, "status": 401, "seconds": 0.001}] if registers else []
    tell(made, "400", [*first, *seen(401)], "violated", violation=violation(status=401), refused=True)
    tell(made, "401", seen(401, right=False))
    for status in ("200", "428", "500"):
        tell(made, status, (), "incomplete", "The register request was answered 401: are the credentials right?")
    return made


@pytest.mark.parametrize("registers", [True, False])
def test_every_answer_401_asks_about_the_credentials(registers: bool) -> None:
    """Where the right credentials were never accepted nothing is called violated: exit 7, and a question."""
    made = refused(registers)

    assert verdict(made) == (7, "Incomplete: every answer was 401: are the credentials right?")
    assert (of_check(made, "400")["verdict"], of_check(made, "400")["violations"]) == ("incomplete", [])


def test_one_other_answer_makes_a_401_a_violation() -> None:
    """Where the right credentials were accepted once, a 401 to them is a violation like any other."""
    made = refused(registers=False)
    tell(made, "400", seen(400))

    assert verdict(made)[0] == 1
    assert len(of_check(made, "400")["violations"]) == 1


def test_a_401_that_breaks_its_schema_is_a_violation_all_the_same() -> None:
    """Wrong credentials excuse no answer that breaks the contract by itself."""
    made = refused(registers=False)
    tell(made, "401", seen(401, right=False, conforming=False), "violated", violation=violation(keyword="type"))

    assert verdict(made)[0] == 1


WAIVER = Waiver(CHECKS["400"], "known since March", date(2999, 1, 31))
BY_CASE = Waiver(f"{CHECKS['400']}[token missing]", "known since March", date(2999, 1, 31))


@pytest.mark.parametrize("waiver", [WAIVER, BY_CASE])
def test_a_waived_violation_is_0(waiver: Waiver) -> None:
    """A violation that is waived, whole or by its case, leaves the run green, and stays in sight."""
    made = held(replace(TARGET, waivers=(waiver,)))
    tell(made, "400", seen(400, conforming=False), "violated", violation=violation(), case="token missing")

    assert verdict(made) == (0, "The contract holds: 4 checks, but for 1 waived, 6 exchanges.")
    assert of_check(made, "400")["verdict"] == "waived"
    assert of_check(made, "400")["reason"] == "known since March (until 2999-01-31)"
    assert len(of_check(made, "400")["violations"]) == 1
    assert made.report(1.0)["waivers"][0]["needed"] is True
    assert made.report(1.0)["statuses"]["400"]["verdict"] == "waived"


def test_a_waiver_of_one_case_covers_no_other() -> None:
    """A violation of another case of the same check is not waived."""
    made = held(replace(TARGET, waivers=(BY_CASE,)))
    tell(made, "400", seen(200), "violated", violation=violation(), case="token missing")
    tell(made, "400", seen(200), "violated", violation=violation(), case="link missing")

    assert verdict(made)[0] == 1
    assert of_check(made, "400")["verdict"] == "violated"


def test_two_waivers_cover_two_cases() -> None:
    """Two cases of a check, each waived by its name, are waived together."""
    other = replace(BY_CASE, check=f"{CHECKS['400']}[link missing]")
    made = held(replace(TARGET, waivers=(BY_CASE, other)))
    tell(made, "400", seen(200), "violated", violation=violation(), case="token missing")
    tell(made, "400", seen(200), "violated", violation=violation(), case="link missing")

    assert verdict(made)[0] == 0
    assert [waiver["needed"] for waiver in made.report(1.0)["waivers"]] == [True, True]


@pytest.mark.parametrize("partial", [True, False])
def test_a_waiver_that_nothing_needs_is_told(partial: bool) -> None:
    """A waiver of a check that holds is advice to remove it, but for a run that need not have tried it."""
    made = held(replace(TARGET, waivers=(WAIVER,)), partial=partial)
    report = made.report(1.0)

    assert report["waivers"][0]["needed"] is False
    assert any("no longer needed" in sentence for sentence in report["advice"]) is not partial
    assert verdict(made)[0] == 0


def test_a_waiver_covers_no_error() -> None:
    """A waived check that fails by an error of its own is not waived."""
    made = held(replace(TARGET, waivers=(WAIVER,)))
    tell(made, "400", (), "error", "KeyError")

    assert verdict(made)[0] == 3


def test_a_narrowed_run_answers_for_what_it_selected() -> None:
    """A partial run is not incomplete for responses that it has no check of, and says that it is partial."""
    made = ledger(partial=True, checks=["401"])
    tell(made, "401", seen(401, right=False))
    statuses = made.report(1.0)["statuses"]

    assert verdict(made) == (0, "Partial run: The contract holds: 1 checks, 1 exchanges.")
    assert {status for status, told in statuses.items() if told["verdict"] == "not selected"} == {
        "200",
        "400",
        "428",
        "500",
    }


def test_a_narrowed_run_has_to_see_what_it_selected() -> None:
    """A partial run whose own response was not seen is incomplete."""
    made = ledger(partial=True, checks=["200"])
    tell(made, "200", seen(428))

    assert verdict(made) == (7, "Partial run: Incomplete: 200 not seen.")


def test_undeclared_statuses_are_counted_apart() -> None:
    """A status that is not declared is counted, and none of the five is seen by it."""
    made = held()
    tell(made, "400", [*seen(302, 2, conforming=False), *seen(503, conforming=False)])

    assert made.report(1.0)["undeclared_statuses"] == {"302": 2, "503": 1}


def test_what_pauses_a_session_is_no_answer_of_the_operation() -> None:
    """A 428 to the register request is an exchange, and not a 428 seen."""
    made = ledger()
    tell(made, "200", [{"register": True, "status": 428, "seconds": 0.001}], taken={"pauses": 1})
    report = made.report(1.0)

    assert (report["exchanges"], report["sessions"], report["statuses"]["428"]["seen"]) == (1, 1, 0)


def test_undeclared_fields_are_drift() -> None:
    """A field that is not declared is told with the number of answers it was in."""
    made = held()
    tell(made, "200", seen(200, 3, undeclared=[["/extra", "string"]]))

    assert {"kind": "undeclared field", "status": "200", "path": "/extra", "type": "string", "count": 3} in (
        made.report(1.0)["drift"]
    )
    assert verdict(made)[0] == 0


def test_a_nullable_field_that_never_has_a_value_is_drift() -> None:
    """A declared field that was null in every answer is told, and one that once had a value is not."""
    made = held()
    tell(made, "200", seen(200, 2, valued=["/access_mode"]))
    never = {drift["path"]: drift["count"] for drift in made.report(1.0)["drift"] if drift["status"] == "200"}

    assert never == {"/last_accessed_at": 3, "/refresh_rate": 3}


def test_a_target_may_ask_for_no_drift() -> None:
    """A target with `undeclared_fields: ignore` hears of no drift."""
    made = held(replace(TARGET, undeclared_fields="ignore"))
    tell(made, "200", seen(200, undeclared=[["/extra", "string"]]))

    assert made.report(1.0)["drift"] == []


def test_advice_is_told_once_with_its_count() -> None:
    """What many answers have in common is one sentence; what a gateway held back is told."""
    made = held()
    tell(made, "401", seen(401, 3, advice=["A header is missing."]), taken={"waits": 2, "advice": ["Mind this."]})

    assert made.report(1.0)["advice"] == [
        "A header is missing. Seen 3 times.",
        "Mind this.",
        "A gateway answered 429 with Retry-After 2 times; it was waited for. 429 is not declared.",
    ]


def test_a_violation_goes_to_the_check_it_blames() -> None:
    """A violation that is found at the end of a file is that of the check which it blames."""
    made = held()
    tell(made, "200", seen(400), "violated", violation=violation(), blamed=CHECKS["400"], ended=0)

    assert (of_check(made, "400")["verdict"], of_check(made, "200")["verdict"]) == ("violated", "holds")


def test_a_check_that_is_expected_twice_is_one() -> None:
    """Workers that each say what they have selected say it of the same checks."""
    made = held()
    made.expect(CHECKS["200"], "another title", "/info")

    assert of_check(made, "200")["title"] == "Check of 200."
    assert of_check(made, "200")["cases"] == 1


def test_a_check_shows_the_words_that_it_holds() -> None:
    """A check in the report has its clause, and the line and words of openapi.yaml that it stands on."""
    told = of_check(held(), "428")

    assert (told["clause"], told["response"]) == (f"{OPERATION}/responses/428", "428")
    assert CONTRACT.source.splitlines()[told["line"] - 1].strip() == "'428':"
    assert told["quote"].startswith("'428':")


@pytest.mark.parametrize(
    ("nodeid", "case"),
    [
        ("a/test_x.py::test_y", None),
        ("a/test_x.py::test_y[token missing]", "token missing"),
        ("a/test_x.py::test_y[a [b] c]", "a [b] c"),
        ("a/test_x.py::test_y[]", ""),
        ("a/test_x.py::test_y[two\nlines]", "two\nlines"),
    ],
)
def test_the_case_is_what_stands_in_brackets(nodeid: str, case: str | None) -> None:
    """A case is named as pytest names it, whatever characters it has."""
    assert case_of(nodeid) == case

"""The verdict per declared response, and the one of the run: its exit code and its sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from contract_tests.contract import Contract
from contract_tests.contract.protocol import UNEXPECTED_ERROR
from contract_tests.exchange.record import ExchangeRecord
from contract_tests.report.model import Cause, CheckResult, StatusResult, StatusVerdict
from contract_tests.report.words import counted
from contract_tests.target.settings import Target

if TYPE_CHECKING:
    from contract_tests.verdict.collector import Stopped

HOLDS, VIOLATED, INTERRUPTED, OUR_ERROR, USAGE, NOTHING_CHECKED, NO_ANSWER, INCOMPLETE = range(8)


def status_results(
    contract: Contract,
    target: Target,
    answers: Sequence[ExchangeRecord],
    causes: Sequence[Cause],
    checks: Sequence[CheckResult],
    *,
    partial: bool,
) -> dict[str, StatusResult]:
    """Return what the run says of each declared response: it is violated only when a cause blames it."""
    selected = {check.response for check in checks}
    return {
        status: _status(
            declared.name,
            [answer for answer in answers if contract.declared(answer.status) is declared and not answer.no_answer],
            [cause for cause in causes if status in cause.responses and cause.kind == "violation"],
            target.accept_unseen.get(status),
            selected=not partial or status in selected,
        )
        for status, declared in contract.responses.items()
    }


def _status(
    name: str,
    answers: Sequence[ExchangeRecord],
    causes: Sequence[Cause],
    accepted: str | None,
    *,
    selected: bool,
) -> StatusResult:
    conforming = sum(answer.conforming for answer in answers)
    verdict, reason = status_verdict(len(answers), causes, accepted, selected=selected)
    times = tuple(round(answer.seconds * 1000, 3) for answer in answers)
    return StatusResult(name, len(answers), conforming, verdict, reason, times)


def status_verdict(
    seen: int, causes: Sequence[Cause], accepted: str | None, *, selected: bool = True
) -> tuple[StatusVerdict, str | None]:
    """Return what is said of a declared response that was seen so often, and why where that is not plain."""
    verdict: StatusVerdict
    reason = None
    if any(cause.waived is None for cause in causes):
        verdict = "violated"
    elif causes:
        verdict, reason = "waived", causes[0].waived
    elif not selected:
        verdict = "not selected"
    elif seen:
        verdict = "holds"
    elif accepted is not None:
        verdict, reason = "accepted unseen", accepted
    else:
        verdict = "not seen"
    return verdict, reason


def decide(
    statuses: Mapping[str, StatusResult],
    checks: Sequence[CheckResult],
    causes: Sequence[Cause],
    exchanges: int,
    *,
    interrupted: bool,
    stopped: Stopped | None,
) -> tuple[int, str]:
    """Return the exit code and the sentence that says what it means. What was found counts, whatever came after."""
    kinds = Counter(check.verdict for check in checks)
    violations = [cause for cause in causes if cause.kind == "violation" and cause.waived is None]
    if interrupted:
        return INTERRUPTED, f"Interrupted after {exchanges} exchanges; the verdicts reached by then stand."
    if violations:
        return VIOLATED, f"The contract is violated: {_blamed(violations)}."
    if kinds["error"]:
        return OUR_ERROR, f"{counted(kinds['error'], 'check')} failed by an error of the suite's own: report it."
    if stopped:
        code = NO_ANSWER if stopped.kind in ("unanswered", "gateway") else INCOMPLETE
        return code, stopped.sentence if code == NO_ANSWER else f"Incomplete: {stopped.sentence}"
    if kinds["unanswered"]:
        return NO_ANSWER, f"Nothing is said of {counted(kinds['unanswered'], 'check')}: the target did not answer."
    reasons = [check.reason for check in checks if check.reason and check.verdict in ("incomplete", "not run")]
    if not exchanges:
        code = INCOMPLETE if kinds["incomplete"] else NOTHING_CHECKED
        return code, f"Nothing was checked: {reasons[0] if reasons else 'no exchange took place'}."
    unseen = [status for status, result in statuses.items() if result.verdict == "not seen"]
    if unseen:
        return INCOMPLETE, f"Incomplete: {', '.join(unseen)} not seen. {_remedy(unseen, reasons, checks)}"
    incomplete = [check.reason for check in checks if check.verdict == "incomplete"]
    if incomplete:
        return INCOMPLETE, f"Incomplete: {incomplete[0]}"
    missed = sum(check.verdict == "not run" and not check.reason for check in checks)
    if missed:
        return INCOMPLETE, f"Incomplete: {missed} of {len(checks)} checks did not run."
    waived = sum(cause.waived is not None for cause in causes)
    but = f", but for {counted(waived, 'waived cause')}" if waived else ""
    return HOLDS, f"The contract holds: {kinds['holds']} checks{but}, {exchanges} exchanges."


def _blamed(causes: Sequence[Cause]) -> str:
    responses = sorted({response for cause in causes for response in cause.responses})
    where = f" in {', '.join(responses)}" if responses else ""
    return f"{counted(len(causes), 'cause')}{where}"


def _remedy(unseen: Sequence[str], reasons: Sequence[str], checks: Sequence[CheckResult]) -> str:
    """Return which setting helps to see a response that a target never gave."""
    covered = {check.response for check in checks}
    if unprovoked := [status for status in unseen if status not in covered]:
        return (
            f'No check provokes {" or ".join(unprovoked)}: write one with @clause("responses/{unprovoked[0]}"), or '
            "accept_unseen in the target file, with a reason."
        )
    if reasons:
        return reasons[0]
    if str(UNEXPECTED_ERROR) in unseen:
        return "Name tokens.failing in the target file, or accept_unseen with a reason."
    return "Name a paused_session that leads to it in the target file, or accept_unseen with a reason."

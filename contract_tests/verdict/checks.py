"""Causes in the report's words, and the verdict of every check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from contract_tests.contract import Contract
from contract_tests.exchange.record import CaseResult, ExchangeRecord
from contract_tests.report.model import Cause, CauseCase, CheckResult, CheckVerdict, CheckViolation
from contract_tests.verdict.causes import group_by_cause
from contract_tests.verdict.examples import example_of
from contract_tests.verdict.groups import Group
from contract_tests.verdict.sentences import sentence

WORST_FIRST: tuple[CheckVerdict, ...] = (
    "violated",
    "error",
    "unanswered",
    "blocked",
    "incomplete",
    "not run",
    "holds",
)


@dataclass(frozen=True)
class Selected:
    """A check that a run selected: its id, what it says, its clause, and the response that the clause is part of."""

    id: str
    title: str
    clause: str
    response: str | None


def causes_of(
    results: Sequence[CaseResult], selected: Sequence[Selected], contract: Contract, answers: Sequence[ExchangeRecord]
) -> tuple[Cause, ...]:
    """Return the causes of a run, most exchanges first."""
    return tuple(_cause(group, results, selected, contract, answers) for group in group_by_cause(results))


def check_results(
    selected: Sequence[Selected], results: Sequence[CaseResult], causes: Sequence[Cause], contract: Contract
) -> tuple[CheckResult, ...]:
    """Return what the run says of each check that it selected."""
    of_check: dict[str, list[CaseResult]] = {check.id: [] for check in selected}
    for result in results:
        of_check.get(result.check, []).append(result)
    return tuple(_check(check, of_check[check.id], causes, contract) for check in selected)


def _cause(
    group: Group,
    results: Sequence[CaseResult],
    selected: Sequence[Selected],
    contract: Contract,
    answers: Sequence[ExchangeRecord],
) -> Cause:
    clause = _clause(group, contract)
    met_by = {met.check for met in group.met}
    checks = tuple(check.id for check in selected if check.id in met_by)
    violated = [CauseCase(met.check, met.case) for met in group.met if met.role == "violated"]
    cases = dict.fromkeys(violated or _owned(group, selected))
    # A check that met only what the cause brings about cannot tell of its own clause either.
    explained = (group, *group.consequences)
    exchanges = frozenset().union(*(each.exchanges for each in explained))
    blocked = {result.check for result in results if result.outcome == "blocked" and result.exchange in exchanges}
    blocked |= {met.check for each in group.consequences for met in each.met if met.role == "violated"}
    owners = {case.check for case in cases}
    return Cause(
        id=group.id,
        kind="no answer" if group.key[0] == "no answer" else "violation",
        response=group.response,
        responses=group.responses,
        clause=clause,
        line=contract.line(clause),
        quote=contract.quote(clause),
        place=group.first.exchange.scene.redactor.redact(group.first.problem.place) or None,
        problem=sentence(group, contract),
        exchanges=len(group.exchanges),
        of=_comparable(group, answers, contract),
        cases=tuple(cases),
        checks=checks,
        blocked=tuple(check.id for check in selected if check.id in blocked - owners),
        example=example_of(group.first),
        details=(
            *(f"such answers also: {sentence(detail, contract)}" for detail in group.details),
            *(f"and so: {sentence(following, contract)}" for following in group.consequences),
        ),
        unit="answers" if group.key[0] in ("content", "whole answer") else "requests",
    )


def _clause(group: Group, contract: Contract) -> str:
    """Return the clause that a cause breaks: the one of all its findings, or what those of several have in common."""
    if group.key[0] == "whole answer":
        return contract.place("responses")
    clauses = list(dict.fromkeys(met.finding.problem.clause for met in group.met))
    of_request = [clause for clause in clauses if _is_of_request(clause, contract)]
    # What breaks no single keyword can name the response alone: what breaks one says more.
    clauses = of_request or clauses
    if len(clauses) == 1:
        return clauses[0]
    steps = zip(*(clause.split("/") for clause in clauses), strict=False)
    shared = "/".join(same[0] for same in takewhile(lambda same: len(set(same)) == 1, steps))
    if _is_of_request(shared, contract):
        return shared
    declared = contract.responses.get(group.response or "")
    return declared.pointer if declared else group.first.problem.clause


def _is_of_request(clause: str, contract: Contract) -> bool:
    places = (contract.request.schema.pointer, *(field.pointer for field in contract.request.fields))
    return any(clause == place or clause.startswith(f"{place}/") for place in places)


def _owned(group: Group, selected: Sequence[Selected]) -> list[CauseCase]:
    """Return what of a cause is a violation: that of the check which stands for the response or the clause.

    Every check that met such an answer could tell it; one does, so that one bug is one violation.
    """
    if group.key[0] == "disclosure":
        # Every answer is judged for it, whichever check it was sent for.
        owner = next((check for check in selected if check.clause == group.first.problem.clause), None)
        if owner is not None:
            return [CauseCase(owner.id, None)]
    met_by = {met.check for met in group.met}
    meeting = [check for check in selected if check.id in met_by]
    clause = group.first.problem.clause
    owner = next(
        (check for check in meeting if group.response is not None and check.response == group.response),
        next((check for check in meeting if check.clause == clause), meeting[0] if meeting else None),
    )
    return [CauseCase(met.check, met.case) for met in group.met if owner is not None and met.check == owner.id]


def _comparable(group: Group, answers: Iterable[ExchangeRecord], contract: Contract) -> int | None:
    """Return how many answers could have shown it: those of the response, or those to the same kinds of request."""
    if group.key[0] in ("content", "whole answer"):
        declared = [response for answer in answers if (response := contract.declared(answer.status))]
        return sum(not group.responses or response.status in group.responses for response in declared)
    if group.key[0] == "status":
        subjects = {met.finding.exchange.subject for met in group.met}
        return sum(answer.subject in subjects for answer in answers)
    return None


def _check(check: Selected, results: Sequence[CaseResult], causes: Sequence[Cause], contract: Contract) -> CheckResult:
    violations = tuple(
        CheckViolation(cause.id, tuple(case.case or "" for case in cause.cases if case.check == check.id))
        for cause in causes
        if cause.kind == "violation" and any(case.check == check.id for case in cause.cases)
    )
    waived = {cause.id: cause.waived for cause in causes if cause.waived}
    blocked_by = tuple(cause.id for cause in causes if check.id in cause.blocked)
    outcomes: Mapping[str, str | None] = {result.outcome: result.reason for result in reversed(results)}
    kinds = set(outcomes) - {"violated"}
    if any(violation.cause not in waived for violation in violations):
        kinds.add("violated")
    if blocked_by and not violations:
        kinds.add("blocked")
    # A check that a target gives no means for: its response counts as not seen, or as accepted unseen.
    verdict: CheckVerdict = next((kind for kind in WORST_FIRST if kind in kinds), "not run")
    reason = outcomes.get("skipped" if verdict == "not run" and "skipped" in kinds else verdict)
    if verdict in ("holds", "not run") and violations and "violated" not in kinds:
        verdict, reason = "waived", waived[violations[0].cause]
    if verdict in ("violated", "blocked"):
        reason = None
    return CheckResult(
        id=check.id,
        title=check.title,
        clause=check.clause,
        response=check.response,
        line=contract.line(check.clause),
        quote=contract.quote(check.clause),
        verdict=verdict,
        reason=reason,
        cases=sum(not result.late for result in results),
        exchanges=sum(len(result.records) for result in results),
        seconds=round(sum(result.seconds for result in results), 3),
        violations=violations,
        blocked_by=blocked_by,
    )

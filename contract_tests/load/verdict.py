"""What was counted → causes, verdicts and an exit code, by the rooms that judge the suite's runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from contract_tests.contract import Contract
from contract_tests.contract.clauses import response_of
from contract_tests.contract.protocol import UNEXPECTED_ERROR
from contract_tests.exchange.judged import Scene
from contract_tests.exchange.record import CaseResult, ExchangeRecord
from contract_tests.load.figures import counted, load_result, per_million, sample
from contract_tests.load.settings import Settings
from contract_tests.load.sightings import EXAMPLES, Sighting, rebuilt
from contract_tests.load.steps import Step
from contract_tests.load.tally import Tally
from contract_tests.report.model import Cause, CheckResult, Drift, Example, LoadCause, LoadResult, Report, StatusResult
from contract_tests.report.words import counted as in_words
from contract_tests.target.settings import Target
from contract_tests.verdict.causes import group_by_cause
from contract_tests.verdict.checks import Selected, causes_of, check_results
from contract_tests.verdict.decision import (
    HOLDS,
    INCOMPLETE,
    INTERRUPTED,
    NO_ANSWER,
    NOTHING_CHECKED,
    OUR_ERROR,
    VIOLATED,
    status_verdict,
)
from contract_tests.verdict.groups import Group
from contract_tests.verdict.waivers import waive

BUSY = 0.9
"""A worker whose processor is busy for so large a share of the time cannot keep its moments."""
MISSED = 0.05
"""A generator that misses so large a share of its starts by itself is saturated: that was another load."""


@dataclass(frozen=True)
class Ended:
    """How a run under load ended, beside what it counted; `obstacle` is why it never began."""

    started: datetime
    seconds: float
    engine: str
    interrupted: bool = False
    lost_workers: int = 0
    obstacle: tuple[str, str] | None = None


def selected_steps(steps: Sequence[Step], contract: Contract) -> list[Selected]:
    """Return the steps as the checks of a run under load."""
    chosen = []
    for step in steps:
        pointer = contract.place(step.clause)
        chosen.append(Selected(f"load: {step.name}", step.title, pointer, response_of(contract, pointer)))
    return chosen


def report_of(
    tally: Tally,
    ended: Ended,
    settings: Settings,
    target: Target,
    scene: Scene,
    steps: Sequence[Step],
) -> Report:
    """Return the report of a run under load."""
    contract = scene.contract
    chosen = selected_steps(steps, contract)
    sightings = sorted(tally.sightings.values(), key=lambda sighting: sighting.first_seconds)
    results = [_result(sighting, number, scene) for number, sighting in enumerate(sightings, 1)]
    groups = group_by_cause(results)
    causes = [
        _with_counts(cause, group, sightings, tally)
        for cause, group in zip(causes_of(results, chosen, contract, ()), groups, strict=True)
    ]
    told = {cause.id: _load_cause(cause, group, sightings, tally) for cause, group in zip(causes, groups, strict=True)}
    marked, waivers = waive(sorted(causes, key=lambda cause: -cause.exchanges), target)
    if per_million(tally.wrong, tally.answers) <= settings.max_violations_per_million:
        budget = f"within load.max_violations_per_million ({settings.max_violations_per_million:g})"
        marked = tuple(replace(cause, waived=cause.waived or budget) for cause in marked)
    load = load_result(
        tally,
        settings,
        contract,
        [told[cause.id] for cause in marked],
        engine=ended.engine,
        lost_workers=ended.lost_workers,
    )
    statuses = _statuses(tally, contract, target, marked)
    code, verdict = decide(tally, ended, load, statuses, marked)
    return Report(
        target=target.base_url,
        contract_version=contract.version,
        started_at=ended.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds=round(ended.seconds, 3),
        seed=settings.seed,
        workers=settings.workers,
        partial=False,
        exchanges=sum(step.exchanges for step in tally.steps.values()),
        sessions=tally.sessions,
        exit_code=code,
        verdict=verdict,
        statuses=statuses,
        undeclared_statuses={
            status: count.seen
            for status, count in sorted(tally.statuses.items())
            if contract.declared(int(status)) is None
        },
        no_answers=dict(sorted(tally.no_answers.items())),
        causes=marked,
        checks=_checks(chosen, results, marked, tally, contract),
        waivers=waivers,
        accepted_unseen=dict(target.accept_unseen),
        drift=() if target.undeclared_fields == "ignore" else _drift(tally, contract),
        advice=_advice(tally, load),
        load=load,
    )


def decide(
    tally: Tally, ended: Ended, load: LoadResult, statuses: dict[str, StatusResult], causes: Sequence[Cause]
) -> tuple[int, str]:
    """Return the exit code and the sentence that says what it means. What was found counts, whatever came after."""
    asked = tally.answers + tally.unanswered
    open_causes = [cause for cause in causes if cause.waived is None]
    if ended.interrupted:
        return INTERRUPTED, f"Interrupted after {load.achieved} requests; the verdicts reached by then stand."
    if open_causes or tally.untold:
        blamed = sorted({response for cause in open_causes for response in cause.responses})
        where = f" in {', '.join(blamed)}" if blamed else ""
        rate = f"{load.violations_per_million:,.0f} of a million answers"
        return VIOLATED, f"The contract is violated under load: {in_words(len(open_causes), 'cause')}{where}, {rate}."
    if "error" in tally.stopped:
        return OUR_ERROR, f"An error of the suite's own ended the run: {tally.stopped['error']}: report it."
    for kind, sentence in [ended.obstacle] if ended.obstacle else tally.stopped.items():
        if kind in ("unanswered", "gateway"):
            return NO_ANSWER, sentence
        if kind in ("setting", "refused", "provider"):
            return INCOMPLETE, f"Incomplete: {sentence}"
    if not asked:
        return NOTHING_CHECKED, "Nothing was checked: no exchange took place."
    if load.unanswered_percent > load.max_unanswered_percent:
        share = f"{load.unanswered_percent:g} % of {asked} requests found no answer"
        return NO_ANSWER, f"{share}: load.max_unanswered_percent is {load.max_unanswered_percent:g}."
    if ended.lost_workers:
        lost = f"{ended.lost_workers} of {in_words(load.workers, 'worker')}"
        return INCOMPLETE, f"Incomplete: {lost} were lost; what they had counted by then stands."
    if is_saturated(tally):
        return INCOMPLETE, (
            f"Incomplete: the generator is saturated, {tally.omitted} of {tally.offered} starts were missed: give it "
            "more --workers, or fewer --requests-per-second."
        )
    unseen = [status for status, result in statuses.items() if result.verdict == "not seen"]
    if unseen:
        return INCOMPLETE, f"Incomplete: {', '.join(unseen)} not seen. {_remedy(unseen)}"
    return HOLDS, f"The contract holds under load: {in_words(tally.answers, 'answer')}, {load.violations} violations."


def is_saturated(tally: Tally) -> bool:
    """Tell whether the load was bounded by the machine that makes it, and not by the target."""
    busy = tally.worker_seconds > 0 and tally.cpu_seconds / tally.worker_seconds >= BUSY
    missed = tally.omitted if busy else tally.late
    return tally.offered > 0 and missed / tally.offered > MISSED


def _result(sighting: Sighting, number: int, scene: Scene) -> CaseResult:
    exchange, findings = rebuilt(sighting, number, scene)
    both = list(zip(findings, sighting.what.wrong, strict=True))
    asserted = tuple(finding for finding, wrong in both if wrong.asserted)
    check = f"load: {sighting.what.step}"
    record = ExchangeRecord(
        number,
        check,
        exchange.case,
        exchange.outcome.status,
        0.0,
        subject=exchange.subject,
        findings=tuple(finding for finding, wrong in both if not wrong.asserted),
    )
    return CaseResult(check, exchange.case, "violated" if asserted else "holds", findings=asserted, records=(record,))


def _met(group: Group, sightings: Sequence[Sighting]) -> list[Sighting]:
    return [sightings[number - 1] for number in sorted(group.exchanges)]


def _with_counts(cause: Cause, group: Group, sightings: Sequence[Sighting], tally: Tally) -> Cause:
    met = _met(group, sightings)
    if cause.unit == "answers":
        of = sum(tally.statuses[code].seen for code in cause.responses if code in tally.statuses) or None
    else:
        subjects = {one.finding.exchange.subject for one in group.met}
        of = sum(tally.subjects.get(subject, 0) for subject in subjects) or None
    if group.key[0] == "disclosure":
        of = None
    examples = _examples(group, sightings)
    return replace(
        cause,
        exchanges=sum(sighting.count for sighting in met),
        of=of,
        example=examples[0] if examples else None,
    )


def _load_cause(cause: Cause, group: Group, sightings: Sequence[Sighting], tally: Tally) -> LoadCause:
    return LoadCause(
        cause.id,
        cause.exchanges,
        per_million(cause.exchanges, tally.answers),
        min(sighting.first_seconds for sighting in _met(group, sightings)),
        tuple(_examples(group, sightings)),
    )


def _examples(group: Group, sightings: Sequence[Sighting]) -> list[Example]:
    """Return the first examples of a cause, those of the finding that it is told by before all others."""
    found: dict[tuple[int, int], list[Example]] = {}
    for finding in (group.first, *(met.finding for met in group.met)):
        number, problem = finding.exchange.number, finding.problem
        index = _index(sightings[number - 1], problem.kind, problem.place, problem.keyword)
        found[number, index] = sightings[number - 1].examples[index]
    return [example for examples in found.values() for example in examples][:EXAMPLES]


def _index(sighting: Sighting, *key: str) -> int:
    return next(
        index for index, wrong in enumerate(sighting.what.wrong) if (wrong.kind, wrong.place, wrong.keyword) == key
    )


def _statuses(tally: Tally, contract: Contract, target: Target, causes: Sequence[Cause]) -> dict[str, StatusResult]:
    told = {}
    for status, declared in contract.responses.items():
        count = counted(tally, contract, status)
        own = [cause for cause in causes if status in cause.responses and cause.kind == "violation"]
        verdict, reason = status_verdict(count.seen, own, target.accept_unseen.get(status))
        told[status] = StatusResult(declared.name, count.seen, count.conforming, verdict, reason, sample(count.service))
    return told


def _checks(
    chosen: Sequence[Selected],
    results: Sequence[CaseResult],
    causes: Sequence[Cause],
    tally: Tally,
    contract: Contract,
) -> tuple[CheckResult, ...]:
    """Return the steps as checks, with what was counted of them."""
    made = [CaseResult(check.id, None, "holds") for check in chosen if tally.step(_step(check)).exchanges]
    checks = check_results(chosen, [*results, *made], causes, contract)
    return tuple(
        replace(
            check,
            cases=tally.step(_step(check)).runs,
            exchanges=tally.step(_step(check)).exchanges,
            violations=tuple(replace(violation, cases=()) for violation in check.violations),
        )
        for check in checks
    )


def _step(check: Selected | CheckResult) -> str:
    return check.id.removeprefix("load: ")


def _drift(tally: Tally, contract: Contract) -> tuple[Drift, ...]:
    drift = []
    for name, count in sorted(tally.undeclared.items()):
        status, kind, path = name.split(" ", 2)
        drift.append(Drift("undeclared field", status, path, kind, count))
    for status, declared in contract.responses.items():
        seen = counted(tally, contract, status).conforming
        schema = declared.media_types[0].schema if declared.media_types else None
        drift += [
            Drift("never with a value", status, f"/{name}", None, seen)
            for name in (schema.optional if schema else ())
            if seen and f"{status} /{name}" not in tally.valued
        ]
    return tuple(drift)


def _advice(tally: Tally, load: LoadResult) -> tuple[str, ...]:
    advice = [f"{text} Seen {count} times." if count > 1 else text for text, count in sorted(tally.advice.items())]
    if tally.throttled:
        advice.append(
            f"A gateway answered 429 with Retry-After {tally.throttled} times; it was waited for. 429 is not declared."
        )
    if tally.untold:
        advice.append(f"{in_words(tally.untold, 'wrong answer')} of further kinds are counted, and not told apart.")
    if tally.omitted > MISSED * tally.offered and not is_saturated(tally):
        advice.append(
            f"{tally.omitted} of {tally.offered} starts were omitted, since all {in_words(load.users, 'user')} waited "
            "for answers: the target was offered less than was asked for. More --users offer more."
        )
    return tuple(advice)


def _remedy(unseen: Sequence[str]) -> str:
    if str(UNEXPECTED_ERROR) in unseen:
        return "Name tokens.failing in the target file, or accept_unseen with a reason."
    return "Name a paused_session that leads to it in the target file, or accept_unseen with a reason."

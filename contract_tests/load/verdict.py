"""What was counted → causes, verdicts and an exit code, by the rooms that judge the suite's runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from contract_tests.contract import Contract
from contract_tests.contract.clauses import response_of
from contract_tests.exchange.judged import Scene
from contract_tests.exchange.record import CaseResult, ExchangeRecord
from contract_tests.load.decision import MISSED, Ended, decide, is_saturated
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
from contract_tests.verdict.decision import status_verdict
from contract_tests.verdict.groups import Group
from contract_tests.verdict.waivers import waive


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

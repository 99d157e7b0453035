"""Many runs as one history: the verdict of each, and when each cause and each drift came and went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from contract_tests.report.compare import was_checked_again
from contract_tests.report.latency import spread
from contract_tests.report.model import Cause, Drift, Report, StatusVerdict
from contract_tests.report.words import EXIT_CODES, counted

Outcome = StatusVerdict | Literal["unfinished"]
CauseState = Literal["new", "open", "fixed", "unknown"]
Sighting = Literal["seen", "gone", "unknown"]

HOLDS, VIOLATED, INCOMPLETE = 0, 1, 7
# The others were cut short, failed by themselves, or met no target: they are silent about what they did not find.
FINISHED = (HOLDS, VIOLATED, INCOMPLETE)


@dataclass(frozen=True)
class Run:
    """One run of the history; `outcomes` are the verdicts by declared response."""

    started_at: str
    target: str
    contract_version: str
    exit_code: int
    verdict: str
    finished: bool
    partial: bool
    exchanges: int
    seconds: float
    causes: int
    outcomes: dict[str, Outcome]


@dataclass(frozen=True)
class CauseHistory:
    """A cause over all runs, as the last run that met it tells it.

    It is new when only the newest run met it, open when that run met it too, fixed when a later run looked again, and
    unknown when no later run did. `sightings` are in the order of the runs.
    """

    cause: Cause
    state: CauseState
    first_seen: str
    last_seen: str
    fixed_on: str | None
    sightings: tuple[Sighting, ...]


@dataclass(frozen=True)
class DriftHistory:
    """A drift over all runs."""

    drift: Drift
    first_seen: str
    last_seen: str


@dataclass(frozen=True)
class LatencyHistory:
    """Median and 95th percentile of a declared response in each run, in milliseconds; None where it was not seen."""

    median: tuple[float | None, ...]
    p95: tuple[float | None, ...]


@dataclass(frozen=True)
class History:
    """All runs from the oldest to the newest, and what they say together."""

    headline: str
    responses: dict[str, str]
    runs: tuple[Run, ...]
    causes: tuple[CauseHistory, ...]
    drift: tuple[DriftHistory, ...]
    latency: dict[str, LatencyHistory]


def history(reports: Iterable[Report]) -> History:
    """Return the history of some runs, in whichever order they are given; at least one."""
    ordered = sorted(reports, key=lambda report: report.started_at)
    responses = {code: status.name for report in ordered for code, status in sorted(report.statuses.items())}
    runs = tuple(_run(report) for report in ordered)
    causes = _causes(ordered)
    return History(
        headline=_headline(runs, causes),
        responses=dict(sorted(responses.items())),
        runs=runs,
        causes=causes,
        drift=_drift(ordered),
        latency={code: _latency(ordered, code) for code in sorted(responses)},
    )


def _run(report: Report) -> Run:
    finished = report.exit_code in FINISHED
    outcomes: dict[str, Outcome] = {
        # What an unfinished run found counts; what it did not find says nothing.
        code: status.verdict if finished or status.verdict == "violated" else "unfinished"
        for code, status in report.statuses.items()
    }
    return Run(
        started_at=report.started_at,
        target=report.target,
        contract_version=report.contract_version,
        exit_code=report.exit_code,
        verdict=report.verdict,
        finished=finished,
        partial=report.partial,
        exchanges=report.exchanges,
        seconds=report.seconds,
        causes=len(report.causes),
        outcomes=outcomes,
    )


def _causes(reports: Sequence[Report]) -> tuple[CauseHistory, ...]:
    """Return every cause once: those that are not fixed first, of these the most recent first."""
    latest = {cause.id: cause for report in reports for cause in report.causes}
    found = [_cause(cause, reports) for cause in latest.values()]
    found.sort(key=lambda item: (item.last_seen, item.cause.exchanges), reverse=True)
    return tuple(sorted(found, key=lambda item: item.state == "fixed"))


def _cause(cause: Cause, reports: Sequence[Report]) -> CauseHistory:
    sightings = tuple(_sighting(cause, report) for report in reports)
    seen = [index for index, sighting in enumerate(sightings) if sighting == "seen"]
    last = seen[-1]
    fixed = next((index for index in range(last + 1, len(reports)) if sightings[index] == "gone"), None)
    state: CauseState = "unknown"
    if fixed is not None:
        state = "fixed"
    elif last == len(reports) - 1:
        state = "new" if len(seen) == 1 else "open"
    return CauseHistory(
        cause=cause,
        state=state,
        first_seen=reports[seen[0]].started_at,
        last_seen=reports[last].started_at,
        fixed_on=None if fixed is None else reports[fixed].started_at,
        sightings=sightings,
    )


def _sighting(cause: Cause, report: Report) -> Sighting:
    if any(other.id == cause.id for other in report.causes):
        return "seen"
    return "gone" if was_checked_again(cause, report) else "unknown"


def _drift(reports: Sequence[Report]) -> tuple[DriftHistory, ...]:
    found: dict[tuple[str, str, str, str | None], DriftHistory] = {}
    for report in reports:
        for item in report.drift:
            key = (item.kind, item.status, item.path, item.type)
            first = found[key].first_seen if key in found else report.started_at
            found[key] = DriftHistory(item, first, report.started_at)
    return tuple(sorted(found.values(), key=lambda item: (item.first_seen, item.last_seen), reverse=True))


def _latency(reports: Sequence[Report], code: str) -> LatencyHistory:
    spreads = [spread(report.statuses[code].milliseconds) if code in report.statuses else None for report in reports]
    return LatencyHistory(
        median=tuple(found.median if found else None for found in spreads),
        p95=tuple(found.p95 if found else None for found in spreads),
    )


def _headline(runs: Sequence[Run], causes: Sequence[CauseHistory]) -> str:
    """Return how things stand in one sentence: what the newest finished run says, and since when."""
    finished = [run for run in runs if run.finished]
    if not finished:
        return f"None of {counted(len(runs), 'run')} finished."
    newest = finished[-1]
    since = newest
    for run in reversed(finished):
        if run.exit_code != newest.exit_code:
            break
        since = run
    sentence = f"{EXIT_CODES[newest.exit_code].capitalize()} since {day(since.started_at)}"
    if newest.exit_code == VIOLATED:
        sentence += f": {counted(sum(item.state in ('new', 'open') for item in causes), 'open cause')}"
    return f"{sentence}." if runs[-1].finished else f"{sentence}. The newest run did not finish."


def day(moment: str) -> str:
    """Return the day of a moment."""
    return moment[:10]

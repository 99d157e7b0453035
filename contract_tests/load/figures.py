"""The load part of a report, from what was counted."""

from __future__ import annotations

from collections.abc import Sequence

from contract_tests.contract import Contract
from contract_tests.load.histogram import Histogram
from contract_tests.load.settings import Settings
from contract_tests.load.tally import StatusCount, Tally
from contract_tests.report.model import LoadCause, LoadResult, LoadSlice, LoadStatus, Quantiles

MILLION = 1_000_000


def load_result(
    tally: Tally,
    settings: Settings,
    contract: Contract,
    causes: Sequence[LoadCause],
    *,
    engine: str,
    lost_workers: int,
) -> LoadResult:
    """Return the load part of a report."""
    answers = tally.answers
    asked = answers + tally.unanswered
    return LoadResult(
        engine=engine,
        users=settings.users,
        workers=settings.workers,
        lost_workers=lost_workers,
        crowd=settings.crowd,
        seconds=settings.seconds,
        requests_per_second=settings.per_second,
        max_violations_per_million=settings.max_violations_per_million,
        max_unanswered_percent=settings.max_unanswered_percent,
        offered=tally.offered,
        achieved=tally.sent,
        omitted=tally.omitted,
        omitted_wait=quantiles(tally.waits),
        throttled=tally.throttled,
        answers=answers,
        violations=tally.wrong,
        violations_per_million=per_million(tally.wrong, answers),
        at_most_per_million=at_most(tally.wrong, answers),
        unanswered_percent=round(100 * tally.unanswered / asked, 4) if asked else 0.0,
        races_held=tally.races_held,
        races_lost=tally.races_lost,
        intended=quantiles(_from_intended_start(tally)),
        statuses={status: _status(counted(tally, contract, status)) for status in contract.responses},
        causes=tuple(causes),
        timeline=_timeline(tally, settings.seconds_of_a_part),
    )


def per_million(wrong: int, of: int) -> float:
    """Return how many are wrong in a million."""
    return round(wrong * MILLION / of, 1) if of else 0.0


def at_most(wrong: int, of: int) -> float | None:
    """Return how many in a million may still be wrong where none of so many was: 3 / n, with a confidence of 95 %."""
    return round(min(3 * MILLION / of, MILLION), 1) if of and not wrong else None


def quantiles(histogram: Histogram) -> Quantiles | None:
    """Return what is told of durations, None where there are none."""
    if not histogram.buckets:
        return None
    p50, p90, p99, p999 = (round((histogram.quantile(share) or 0.0) * 1000, 3) for share in (0.5, 0.9, 0.99, 0.999))
    return Quantiles(histogram.count, p50, p90, p99, p999)


def sample(histogram: Histogram, most: int = 100) -> tuple[float, ...]:
    """Return so many durations at most that are spread like all of them, in milliseconds."""
    count = min(histogram.count, most)
    return tuple(round((histogram.quantile((index + 0.5) / count) or 0.0) * 1000, 3) for index in range(count))


def counted(tally: Tally, contract: Contract, status: str) -> StatusCount:
    """Return what was counted of a declared response, all statuses of a range together."""
    declared = contract.responses[status]
    together = StatusCount()
    for code, count in tally.statuses.items():
        if contract.declared(int(code)) is declared:
            together.seen += count.seen
            together.conforming += count.conforming
            together.wrong += count.wrong
            together.service.merge(count.service)
            together.intended.merge(count.intended)
    return together


def _status(count: StatusCount) -> LoadStatus:
    return LoadStatus(
        count.seen,
        count.conforming,
        count.wrong,
        per_million(count.wrong, count.seen),
        at_most(count.wrong, count.seen),
        quantiles(count.service),
        quantiles(count.intended),
    )


def _from_intended_start(tally: Tally) -> Histogram:
    """Return how long callers waited from the moment of their start; who never got a turn waited as well."""
    waited = Histogram()
    waited.merge(tally.waits)
    for count in tally.statuses.values():
        waited.merge(count.intended)
    return waited


def _timeline(tally: Tally, seconds: float) -> tuple[LoadSlice, ...]:
    told = []
    for part, stretch in sorted(tally.slices.items()):
        found = quantiles(stretch.service)
        if found is not None:
            rate = round(stretch.answers / seconds, 2)
            told.append(LoadSlice(round(part * seconds, 3), rate, stretch.wrong, found.p50, found.p99))
    return tuple(told)

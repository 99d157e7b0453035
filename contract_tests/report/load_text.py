"""The load part of a report for the terminal: what was offered and done, and each response's share and times."""

from __future__ import annotations

from collections.abc import Iterator

from contract_tests.report.latency import duration
from contract_tests.report.model import LoadResult, LoadStatus, Quantiles
from contract_tests.report.words import counted

CAUSES = 5


def load_lines(load: LoadResult) -> list[str]:
    """Return what a run under load did, a line for each thing worth knowing."""
    lost = f", {load.lost_workers} lost" if load.lost_workers else ""
    lines = [
        f"{load.engine}: {counted(load.users, 'user')} in {counted(load.workers, 'worker')}{lost}, "
        f"{load.requests_per_second:g} starts a second for {load.seconds:g} s, crowds of {load.crowd}",
        f"{load.offered:,} starts offered, {load.achieved:,} requests sent, {load.omitted:,} omitted{_waits(load)}",
        f"wrong answers: {rate(load.violations, load.answers, load.violations_per_million, load.at_most_per_million)}",
        f"{load.unanswered_percent:g} % without an answer · {counted(load.races_held, 'race')} held, "
        f"{load.races_lost:,} lost"
        + (f" · 429 waited for {counted(load.throttled, 'time')}" if load.throttled else ""),
    ]
    if load.intended is not None:
        lines.append(f"from the intended start: {quantiles_text(load.intended)}")
    for cause in load.causes[:CAUSES]:
        lines.append(
            f"cause {cause.cause}: {cause.per_million:,.0f} per million answers, first seen after "
            f"{cause.first_seen_seconds:.1f} s"
        )
    return lines


def load_table(load: LoadResult) -> list[str]:
    """Return the wrong answers in a million and the times of each declared response, a line each."""
    lines = [f"{'status':7} {'wrong':>7} {'per million':>24}  {'p50':>8} {'p90':>8} {'p99':>8} {'p99.9':>8}"]
    for status, found in load.statuses.items():
        if found.seen:
            told = rate(found.wrong, found.seen, found.per_million, found.at_most_per_million, brief=True)
            times = " ".join(f"{value:>8}" for value in _times(found))
            lines.append(f"{status:7} {found.wrong:>7,} {told:>24}  {times}")
    return lines


def rate(wrong: int, of: int, per_million: float, at_most: float | None, *, brief: bool = False) -> str:
    """Return how many are wrong in a million; where none was, how many there may be at most."""
    if wrong or at_most is None:
        return f"{per_million:,.0f}" if brief else f"{wrong:,} of {of:,}, {per_million:,.0f} per million"
    most = f"{at_most:,.0f}"
    return f"0, at most {most}" if brief else f"0 of {of:,}, at most {most} per million with 95 % confidence"


def quantiles_text(found: Quantiles) -> str:
    """Return the quantiles of durations in one line."""
    values = (("p50", found.p50), ("p90", found.p90), ("p99", found.p99), ("p99.9", found.p999))
    return " · ".join(f"{name} {duration(value)}" for name, value in values)


def _waits(load: LoadResult) -> str:
    return f" after a wait of {duration(load.omitted_wait.p50)} (p50)" if load.omitted_wait else ""


def _times(found: LoadStatus) -> Iterator[str]:
    service = found.service
    for value in (service.p50, service.p90, service.p99, service.p999) if service else ():
        yield duration(value)

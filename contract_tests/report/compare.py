"""Two runs side by side: which causes are new, fixed and unchanged, and whether the target became slower."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contract_tests.report.cause_text import cause_line
from contract_tests.report.escaping import escape, fit
from contract_tests.report.latency import Spread, duration, spread
from contract_tests.report.model import Cause, Drift, Report

CHECKED = ("holds", "violated", "waived")
LINES = 10


@dataclass(frozen=True)
class Latency:
    """How long the answers of one declared response took, in the new run and in the old one."""

    new: Spread | None
    old: Spread | None


@dataclass(frozen=True)
class Comparison:
    """What changed from an old run to a new one; causes are the same when their ids are."""

    old: Report
    same_target: bool
    new: tuple[Cause, ...]
    fixed: tuple[Cause, ...]
    unchanged: tuple[Cause, ...]
    unchecked: tuple[Cause, ...]
    drift: tuple[Drift, ...]
    latency: Mapping[str, Latency]


def compare(new: Report, old: Report) -> Comparison:
    """Return what changed from the old run to the new one."""
    now, before = ({cause.id: cause for cause in report.causes} for report in (new, old))
    gone = [cause for identifier, cause in before.items() if identifier not in now]
    known = {(item.kind, item.status, item.path, item.type) for item in old.drift}
    return Comparison(
        old=old,
        same_target=new.target == old.target,
        new=tuple(cause for identifier, cause in now.items() if identifier not in before),
        fixed=tuple(cause for cause in gone if was_checked_again(cause, new)),
        unchanged=tuple(cause for identifier, cause in now.items() if identifier in before),
        unchecked=tuple(cause for cause in gone if not was_checked_again(cause, new)),
        drift=tuple(item for item in new.drift if (item.kind, item.status, item.path, item.type) not in known),
        latency={
            status: Latency(_spread(new, status), _spread(old, status))
            for status in sorted({*new.statuses, *old.statuses})
        },
    )


def was_checked_again(cause: Cause, report: Report) -> bool:
    """Tell whether every check that met a cause ran to its end in another run: only then can it be fixed there."""
    told = {check.id for check in report.checks if check.verdict in CHECKED}
    return told.issuperset(cause.checks) and (bool(cause.checks) or not report.partial)


def compared_counts(comparison: Comparison) -> str:
    """Return the comparison in one line of counts."""
    counts = {"new": comparison.new, "fixed": comparison.fixed, "unchanged": comparison.unchanged}
    parts = [f"{len(causes):,} {word}" for word, causes in counts.items()]
    if comparison.unchecked:
        parts.append(f"{len(comparison.unchecked):,} not checked again")
    return " · ".join(parts)


def compared_text(comparison: Comparison, *, width: int = 100) -> str:
    """Return a comparison for the terminal."""
    old = comparison.old
    lines = [fit(f"compared with the run of {old.started_at} on {escape(old.target[:width])}", width)]
    if not comparison.same_target:
        lines.append("  that was another target")
    lines.append(f"  causes     {compared_counts(comparison)}")
    for word, causes in (
        ("new", comparison.new),
        ("fixed", comparison.fixed),
        ("not again", comparison.unchecked),
    ):
        lines += [f"  {word:9}  {cause_line(cause, width=width - 13)}" for cause in causes[:LINES]]
        if causes[LINES:]:
            lines.append(f"  {word:9}  and {len(causes) - LINES:,} more: see contract.html")
    lines += [
        fit(f"  drift      {item.status} {escape(item.path[:width])}", width) for item in comparison.drift[:LINES]
    ]
    lines.append(f"  {'status':9}  {'median':>10} {'before':>10}  {'p95':>10} {'before':>10}")
    for status, both in comparison.latency.items():
        medians = [duration(run.median) if run else "-" for run in (both.new, both.old)]
        p95s = [duration(run.p95) if run else "-" for run in (both.new, both.old)]
        lines.append(f"  {status:9}  {medians[0]:>10} {medians[1]:>10}  {p95s[0]:>10} {p95s[1]:>10}")
    return "\n".join(lines)


def _spread(report: Report, status: str) -> Spread | None:
    result = report.statuses.get(status)
    return spread(result.milliseconds) if result else None

"""The history as Markdown, for a job's summary or an issue; text of a target stands in code spans alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from contract_tests.report.escaping import one_line
from contract_tests.report.history import CauseHistory, History, day
from contract_tests.report.words import EXIT_CODES, SYMBOLS, extent

RUNS, CAUSES, DRIFT = 30, 40, 20


def history_markdown(history: History) -> str:
    """Return the history as Markdown: how things stand, the causes, the newest runs, and drift."""
    lines = [f"## {history.headline}", ""]
    lines += _targets(history)
    if history.causes:
        lines += ["### Causes", "", *_bounded([_cause(item) for item in history.causes], CAUSES), ""]
    lines += ["### Runs", "", *_runs(history), ""]
    if history.drift:
        drift = [
            f"- {item.drift.status} {code(item.drift.path)}, {item.drift.kind}, "
            f"from {day(item.first_seen)} to {day(item.last_seen)}"
            for item in history.drift
        ]
        lines += ["### Drift", "", *_bounded(drift, DRIFT), ""]
    return "\n".join(lines)


def code(text: str) -> str:
    """Return a code span that holds any text: it mentions nobody, links nowhere and is no markup."""
    text = one_line(text, 200)
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _targets(history: History) -> Iterator[str]:
    targets = dict.fromkeys(run.target for run in history.runs)
    yield ", ".join(code(target) for target in list(targets)[:5])
    yield ""


def _cause(item: CauseHistory) -> str:
    cause = item.cause
    ending = f", fixed on {day(item.fixed_on)}" if item.fixed_on else ""
    return (
        f"- **{item.state}** {code(cause.problem)} ({extent(cause)}, openapi.yaml:{cause.line}, `{cause.id}`): "
        f"first seen {day(item.first_seen)}, last seen {day(item.last_seen)}{ending}"
    )


def _runs(history: History) -> Iterator[str]:
    """Yield the newest runs as a table: a column per declared response."""
    codes = list(history.responses)
    yield f"| run | {' | '.join(codes)} | causes | outcome |"
    yield f"|---|{'---|' * len(codes)}---|---|"
    for run in list(reversed(history.runs))[:RUNS]:
        marks = [SYMBOLS.get(run.outcomes.get(name, "not selected"), "?") for name in codes]
        outcome = f"{EXIT_CODES[run.exit_code]}{', partial' if run.partial else ''}"
        outcome = outcome if run.finished else f"unfinished: {outcome}"
        moment = run.started_at[:16].replace("T", " ")
        yield f"| {moment} | {' | '.join(marks)} | {run.causes} | {outcome} |"
    if len(history.runs) > RUNS:
        yield ""
        yield f"and {len(history.runs) - RUNS:,} older runs"


def _bounded(lines: Sequence[str], limit: int) -> list[str]:
    left = len(lines) - limit
    return list(lines) if left <= 0 else [*lines[:limit], f"- and {left:,} more"]

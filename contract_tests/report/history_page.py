"""The history as one self-contained page, in the style of a run's own page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from contract_tests.report.history import CauseHistory, History, LatencyHistory
from contract_tests.report.html import capped, environment, policy, style
from contract_tests.report.latency import duration
from contract_tests.report.words import EXIT_CODES

RUNS, CAUSES, DRIFT = 90, 60, 40
STEP, BAR = 10, 8
HEIGHT = 40
# Heights, so that no colour is needed: what is wrong is tall, what is missing half, what says nothing a line.
HEIGHTS = {"holds": 10, "violated": 16, "waived": 13, "not seen": 6, "accepted unseen": 6, "unfinished": 2}
SIGHTINGS = {"seen": ("violated", 16), "gone": ("holds", 4), "unknown": ("unfinished", 2)}
TALLEST = 16
MOODS = {0: "holds", 1: "violated"}


@dataclass(frozen=True)
class Row:
    """A declared response over all runs: its verdicts and its latency, drawn."""

    code: str
    name: str
    newest: str
    strip: Markup
    lines: Markup | None
    median: str
    p95: str


def history_page(history: History) -> str:
    """Return the page of a history."""
    css = style()
    finished = [run for run in history.runs if run.finished]
    return (
        environment()
        .get_template("history.html")
        .render(
            history=history,
            mood=MOODS.get(finished[-1].exit_code, "unsure") if finished else "unsure",
            meanings=EXIT_CODES,
            css=Markup(css),  # noqa: S704 our own file, and autoescape would break its quotes
            policy=policy(css),
            targets=capped(dict.fromkeys(run.target for run in history.runs), 3),
            rows=[_row(history, code, name) for code, name in history.responses.items()],
            causes=capped([(item, _sightings(item)) for item in history.causes], CAUSES),
            drift=capped(history.drift, DRIFT),
            runs=capped(list(reversed(history.runs)), RUNS),
        )
    )


def _row(history: History, code: str, name: str) -> Row:
    outcomes = [run.outcomes.get(code, "not selected") for run in history.runs]
    latency = history.latency[code]
    counts = ", ".join(f"{word} {outcomes.count(word)}" for word in dict.fromkeys(outcomes))
    bars = [(outcome.replace(" ", "-"), HEIGHTS.get(outcome, 2)) for outcome in outcomes]
    return Row(
        code=code,
        name=name,
        newest=outcomes[-1],
        strip=_strip(bars, f"{code} in {len(outcomes)} runs: {counts}"),
        lines=_lines(latency, code),
        median=_newest(latency.median),
        p95=_newest(latency.p95),
    )


def _sightings(item: CauseHistory) -> Markup:
    seen = item.sightings.count("seen")
    return _strip([SIGHTINGS[sighting] for sighting in item.sightings], f"seen in {seen} of {len(item.sightings)} runs")


def _strip(bars: Sequence[tuple[str, int]], label: str) -> Markup:
    """Return a bar for each run, from the oldest to the newest: one path for each look."""
    paths: dict[str, str] = {}
    for index, (look, height) in enumerate(bars):
        bar = f"M{index * STEP + 1} {TALLEST}v-{height}h{BAR}v{height}z"
        paths[look] = paths.get(look, "") + bar
    drawn = Markup().join(Markup('<path class="{}" d="{}"/>').format(look, path) for look, path in paths.items())
    return Markup(
        '<svg class="runs" viewBox="0 0 {width} {height}" width="{wide}" preserveAspectRatio="none" role="img" '
        'aria-label="{label}">{drawn}</svg>'
    ).format(width=len(bars) * STEP, height=TALLEST, wide=len(bars) * 16, label=label, drawn=drawn)


def _lines(latency: LatencyHistory, code: str) -> Markup | None:
    """Return median and 95th percentile of each run as two lines, on a scale that begins at nothing."""
    highest = max((value for value in (*latency.p95, *latency.median) if value is not None), default=0)
    if not highest:
        return None
    label = f"Latency of {code}: median and 95th percentile of each run, up to {duration(highest)}"
    return Markup(
        '<svg class="times-over-runs" viewBox="0 0 {width} {height}" width="{wide}" preserveAspectRatio="none" '
        'role="img" aria-label="{label}"><path class="p95" d="{p95}"/><path class="median" d="{median}"/></svg>'
    ).format(
        width=len(latency.median) * STEP,
        height=HEIGHT,
        wide=len(latency.median) * 16,
        label=label,
        p95=_line(latency.p95, highest),
        median=_line(latency.median, highest),
    )


def _line(values: Sequence[float | None], highest: float) -> str:
    """Return the path of a line that breaks where a run has no value; a lone value is a short dash."""
    path = ""
    before: float | None = None
    for index, value in enumerate(values):
        if value is not None:
            x, y = index * STEP + STEP // 2, round((HEIGHT - 4) * (1 - value / highest) + 2, 1)
            path += f"L{x} {y}" if before is not None else f"M{x - 2} {y}H{x}"
        before = value
    return path


def _newest(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return duration(known[-1]) if known else "-"

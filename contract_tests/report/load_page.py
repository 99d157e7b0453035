"""The plots of a run under load: throughput and latency over time, as SVG of bounded size."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from contract_tests.report.latency import duration
from contract_tests.report.model import LoadResult

WIDTH, HEIGHT = 480, 80
MOST = 120


def throughput(load: LoadResult) -> Markup:
    """Return the answers in a second over time, stretches with a wrong answer marked."""
    slices = load.timeline[:MOST]
    if not slices:
        return Markup()
    top = max(*(item.answers_per_second for item in slices), 0.1)
    step = WIDTH / len(slices)

    def bar(index: int, height: float) -> str:
        return f"M{index * step:.1f} {HEIGHT}v-{max(height, 1):.1f}h{max(step - 1, 0.5):.1f}V{HEIGHT}z"

    heights = [(HEIGHT - 4) * item.answers_per_second / top for item in slices]
    good = "".join(bar(index, height) for index, height in enumerate(heights) if not slices[index].wrong)
    bad = "".join(bar(index, height) for index, height in enumerate(heights) if slices[index].wrong)
    wrong = sum(bool(item.wrong) for item in slices)
    label = f"Answers in a second over time, at most {top:.0f}; {wrong} of {len(slices)} stretches with a wrong answer"
    return _picture(label, f'<path class="bars" d="{good}"/><path class="p95" d="{bad}"/>')


def latency(load: LoadResult) -> Markup:
    """Return the median and the 99th percentile over time, on one linear scale."""
    slices = load.timeline[:MOST]
    if not slices:
        return Markup()
    top = max(*(item.p99 for item in slices), 0.001)
    medians, tails = [item.p50 for item in slices], [item.p99 for item in slices]
    label = f"Latency over time: median (solid) and 99th percentile (dashed), at most {duration(top)}"
    return _picture(
        label, f'<path class="median" d="{_line(medians, top)}"/><path class="p95" d="{_line(tails, top)}"/>'
    )


def _line(values: Sequence[float], top: float) -> str:
    step = WIDTH / max(len(values) - 1, 1)
    points = [f"{index * step:.1f} {HEIGHT - (HEIGHT - 4) * value / top:.1f}" for index, value in enumerate(values)]
    return "M" + "L".join(points)


def _picture(label: str, content: str) -> Markup:
    return Markup(
        '<svg class="latency" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">'
        '<path class="axis" d="M0 {axis}h{width}"/>{content}</svg>'
    ).format(width=WIDTH, height=HEIGHT, axis=HEIGHT - 0.5, label=label, content=Markup(content))  # noqa: S704 our own

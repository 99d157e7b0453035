"""How long answers took: median, 95th percentile, and a small picture of their spread."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

BINS = 40
WIDTH, HEIGHT, BASE = 240, 60, 56
STEP = WIDTH // BINS


@dataclass(frozen=True)
class Spread:
    """What is said about a number of durations, in milliseconds."""

    count: int
    low: float
    median: float
    p95: float
    high: float


@dataclass(frozen=True)
class Scale:
    """A logarithmic scale in milliseconds, the same for every picture that is to be compared."""

    low: float
    high: float

    def position(self, value: float) -> float:
        """Return where a duration stands, from 0 to 1."""
        share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return min(max(share, 0.0), 1.0)


def spread(milliseconds: Sequence[float]) -> Spread | None:
    """Return the spread of some durations, or None where there are none."""
    if not milliseconds:
        return None
    ordered = sorted(milliseconds)
    rank = math.ceil(0.95 * len(ordered)) - 1
    median = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    return Spread(len(ordered), ordered[0], median, ordered[rank], ordered[-1])


def scale(spreads: Iterable[Spread | None]) -> Scale | None:
    """Return one scale with round ends that holds all the spreads."""
    known = [item for item in spreads if item]
    if not known:
        return None
    low = _round_down(max(min(item.low for item in known), 0.01))
    high = -_round_down(-max(*(item.high for item in known), low * 2))
    return Scale(low, high)


def duration(milliseconds: float) -> str:
    """Return a duration as people say it: 0.42 ms, 3.1 ms, 150 ms, 2.4 s."""
    if milliseconds >= 1_000:
        return f"{milliseconds / 1_000:,.1f} s"
    digits = 0 if milliseconds >= 100 else 1 if milliseconds >= 1 else 2
    return f"{milliseconds:.{digits}f} ms".replace(".0 ms", " ms")


def picture(milliseconds: Sequence[float], of: Spread, on: Scale) -> Markup:
    """Return a histogram as SVG of bounded size, with a solid line at the median and a dashed one at the p95."""
    bins = Counter(min(int(on.position(value) * BINS), BINS - 1) for value in milliseconds)
    tallest = max(bins.values())
    bars = "".join(
        f"M{index * STEP} {BASE}v-{max(2, round(48 * count / tallest))}h{STEP - 1}V{BASE}z"
        for index, count in sorted(bins.items())
    )
    label = (
        f"{of.count:,} answers from {duration(of.low)} to {duration(of.high)}, "
        f"median {duration(of.median)}, 95th percentile {duration(of.p95)}"
    )
    median, p95 = (round(on.position(value) * WIDTH, 1) for value in (of.median, of.p95))
    return Markup(
        '<svg class="latency" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">'
        '<path class="axis" d="M0 {axis}h{width}"/><path class="bars" d="{bars}"/>'
        '<path class="median" d="M{median} 0v{height}"/><path class="p95" d="M{p95} 0v{height}"/></svg>'
    ).format(width=WIDTH, height=HEIGHT, axis=BASE + 0.5, label=label, bars=bars, median=median, p95=p95)


def _round_down(value: float) -> float:
    """Return the next 1, 2 or 5 times a power of ten that is not greater; for negative numbers likewise."""
    power = 10.0 ** math.floor(math.log10(abs(value)))
    steps = (1, 2, 5, 10)
    if value > 0:
        return max(step * power for step in steps if step * power <= value)
    return -min(step * power for step in steps if step * power >= -value)

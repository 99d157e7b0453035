"""When requests start: at moments that are set before the run, whatever the target does meanwhile."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from contract_tests.load.histogram import Histogram

LATE_SECONDS = 0.05
"""A start so long after its moment is not the load that was asked for."""
SAMPLES = 1_000
"""So many waits of starts that were omitted together are computed; the others are like them."""


@dataclass
class OpenSchedule:
    """The starts of one worker, one each interval, from `began` to `ends` in time.monotonic().

    It is open: a slow target does not slow it down. A start that nobody was free to make at its moment is omitted and
    counted with the time it waited; it is never made up for, so no second holds more starts than were asked for.
    """

    per_second: float
    began: float
    ends: float
    kept: int = 0
    omitted: int = 0
    late: int = 0
    waits: Histogram = field(default_factory=Histogram)
    _next: int = 0
    _held_until: float = float("-inf")

    def take(self, count: int, now: float) -> float | None:
        """Return the moment at which the next `count` requests start together, None where that is after the end."""
        self._omit_until(now)
        self._next += count
        moment = self._moment(self._next - 1)
        # Half an interval: the last start is one before the end, however its moment is rounded.
        if moment > self.ends - 0.5 / self.per_second:
            self._next -= count
            return None
        return moment

    def is_kept(self, moment: float, count: int, now: float) -> bool:
        """Tell whether the start of a moment can still be made, and count it; another has to be taken otherwise."""
        held = moment < self._held_until
        if not held and now - moment <= LATE_SECONDS:
            self.kept += count
            return True
        self.omitted += count
        self.late += 0 if held else count
        self.waits.add(max(now, self._held_until) - moment, count)
        return False

    def hold(self, until: float) -> None:
        """Let nothing start before a moment: a gateway has asked for it."""
        self._held_until = max(self._held_until, until)

    def close(self, now: float) -> None:
        """Count what nobody was free to start up to now."""
        if now < self.ends:
            self._omit_until(now)
        else:
            self._skip(round((self.ends - self.began) * self.per_second), self.ends)

    @property
    def offered(self) -> int:
        """How many starts there were to make so far."""
        return self.kept + self.omitted

    def _moment(self, slot: int) -> float:
        return self.began + slot / self.per_second

    def _omit_until(self, now: float) -> None:
        """Skip the slots whose moment is more than one interval ago, or held back."""
        now = min(max(now, self._held_until), self.ends)
        self._skip(math.ceil((now - self.began) * self.per_second - 1), now)

    def _skip(self, slot: int, now: float) -> None:
        """Omit the slots before one, with the time that each has waited."""
        missed = slot - self._next
        if missed <= 0:
            return
        step = -(-missed // SAMPLES)
        for first in range(0, missed, step):
            self.waits.add(now - self._moment(self._next + first), min(step, missed - first))
        self.omitted += missed
        self._next += missed

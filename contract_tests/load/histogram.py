"""Durations in buckets that are 2 % wide: small, mergeable, and the same on every machine."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

WIDTH = math.log(1.02)
SHORTEST = 1e-6
"""Seconds; what is shorter counts as so long."""


@dataclass
class Histogram:
    """How often each duration was met, in seconds."""

    buckets: dict[int, int] = field(default_factory=dict)

    def add(self, seconds: float, times: int = 1) -> None:
        """Count a duration."""
        bucket = int(math.log(seconds / SHORTEST) / WIDTH) if seconds > SHORTEST else 0
        self.buckets[bucket] = self.buckets.get(bucket, 0) + times

    def merge(self, other: Histogram) -> None:
        """Take in what another has counted."""
        for bucket, times in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + times

    @property
    def count(self) -> int:
        """How many durations were counted."""
        return sum(self.buckets.values())

    def quantile(self, share: float) -> float | None:
        """Return the duration that so large a share does not exceed, at most 1 % off; None where there is none."""
        left = math.ceil(share * self.count)
        for bucket in sorted(self.buckets):
            left -= self.buckets[bucket]
            if left <= 0:
                return SHORTEST * math.exp((bucket + 0.5) * WIDTH)
        return None

"""What one bug explains: findings that belong together, before they are put into words."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from contract_tests.exchange.violation import Finding

Role = Literal["judged", "violated", "blocked", "unanswered"]


@dataclass(frozen=True)
class Met:
    """A finding, the case that met it, and what it meant to that case."""

    finding: Finding
    check: str
    case: str | None
    role: Role


@dataclass(frozen=True)
class Group:
    """The findings that one bug explains. `response` is the declared response to fix, None for the whole operation.

    `details` are what the same answers got wrong besides, `consequences` what it brings about in other ones.
    """

    key: tuple[str, ...]
    response: str | None
    responses: tuple[str, ...]
    met: tuple[Met, ...]
    details: tuple[Group, ...] = ()
    consequences: tuple[Group, ...] = ()

    @property
    def id(self) -> str:
        """What stays the same from run to run, whatever the bodies, list positions and lines."""
        return hashlib.sha256("\0".join((self.response or "", *self.key)).encode()).hexdigest()[:12]

    @property
    def first(self) -> Finding:
        """The finding that is shown: the first that a check asserted, or the first with the fewest variations."""
        asserted = (met.finding for met in self.met if met.role == "violated")
        fewest = min(self.met, key=lambda met: met.finding.exchange.variations).finding
        return next(asserted, fewest)

    @property
    def exchanges(self) -> frozenset[int]:
        """The numbers of the exchanges that it explains."""
        return frozenset(met.finding.exchange.number for met in self.met)

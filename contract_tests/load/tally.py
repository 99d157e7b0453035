"""What a worker counts: numbers and histograms that do not grow with the requests, and add up over workers."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, fields

from contract_tests.exchange.judged import PARTIAL, Exchange
from contract_tests.load.histogram import Histogram
from contract_tests.load.sightings import Sighting
from contract_tests.wire import NoAnswer

KINDS = 200
"""So many kinds of wrong exchanges are told apart; those that come later are counted together."""
NAMES = 100
"""So many names that come from the target are kept, such as those of undeclared fields."""


@dataclass
class StatusCount:
    """The answers of one status: `wrong` ones break a clause, of their own content or of what was expected."""

    seen: int = 0
    conforming: int = 0
    wrong: int = 0
    service: Histogram = field(default_factory=Histogram)
    intended: Histogram = field(default_factory=Histogram)


@dataclass
class StepCount:
    """How often a step was made, and what of it was wrong."""

    runs: int = 0
    exchanges: int = 0
    wrong: int = 0
    unanswered: int = 0


@dataclass
class Slice:
    """The answers of one stretch of the run."""

    answers: int = 0
    wrong: int = 0
    service: Histogram = field(default_factory=Histogram)


@dataclass
class Tally:
    """Everything that a worker has counted."""

    offered: int = 0
    sent: int = 0
    omitted: int = 0
    late: int = 0
    throttled: int = 0
    sessions: int = 0
    untold: int = 0
    races_held: int = 0
    races_lost: int = 0
    cpu_seconds: float = 0
    worker_seconds: float = 0
    waits: Histogram = field(default_factory=Histogram)
    statuses: dict[str, StatusCount] = field(default_factory=dict)
    no_answers: dict[str, int] = field(default_factory=dict)
    subjects: dict[str, int] = field(default_factory=dict)
    steps: dict[str, StepCount] = field(default_factory=dict)
    slices: dict[int, Slice] = field(default_factory=dict)
    sightings: dict[str, Sighting] = field(default_factory=dict)
    undeclared: dict[str, int] = field(default_factory=dict)
    valued: dict[str, int] = field(default_factory=dict)
    advice: dict[str, int] = field(default_factory=dict)
    stopped: dict[str, str] = field(default_factory=dict)

    @property
    def answers(self) -> int:
        """How many requests of the operation were answered."""
        return sum(count.seen for count in self.statuses.values())

    @property
    def unanswered(self) -> int:
        """How many requests found no answer at all: one that began and broke off is a wrong one."""
        return sum(count for kind, count in self.no_answers.items() if kind not in PARTIAL)

    @property
    def wrong(self) -> int:
        """How many answers were wrong."""
        return self.untold + sum(sighting.count for sighting in self.sightings.values())

    def count(self, exchange: Exchange, intended: float, part: int, *, wrong: bool) -> None:
        """Count an exchange; `intended` are the seconds since it was to start, `part` is the stretch of the run."""
        outcome = exchange.outcome
        self.subjects[exchange.subject] = self.subjects.get(exchange.subject, 0) + 1
        if isinstance(outcome, NoAnswer):
            self.count_no_answer(outcome.kind)
            return
        code = str(outcome.status)
        if code not in self.statuses:
            self.statuses[code] = StatusCount()
        status = self.statuses[code]
        status.seen += 1
        status.conforming += all(problem.kind == "disclosure" for problem in exchange.problems)
        status.wrong += wrong
        status.service.add(outcome.seconds)
        status.intended.add(intended)
        if part not in self.slices:
            self.slices[part] = Slice()
        stretch = self.slices[part]
        stretch.answers += 1
        stretch.wrong += wrong
        stretch.service.add(outcome.seconds)
        reading = exchange.reading
        if reading is not None:
            for path, kind in reading.undeclared:
                self._name(self.undeclared, f"{outcome.status} {kind} {path}")
            for path in reading.valued:
                self._name(self.valued, f"{outcome.status} {path}")
            for sentence in reading.advice:
                self.advise(sentence)

    def advise(self, sentence: str) -> None:
        """Count what is worth telling and no failure."""
        self._name(self.advice, sentence)

    def count_no_answer(self, kind: str) -> None:
        """Count a request without an answer."""
        self.no_answers[kind] = self.no_answers.get(kind, 0) + 1

    def step(self, name: str) -> StepCount:
        """Return the counts of a step."""
        if name not in self.steps:
            self.steps[name] = StepCount()
        return self.steps[name]

    def merge(self, other: Tally) -> None:
        """Take in what another worker has counted."""
        for name in (each.name for each in fields(self)):
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, dict):
                _merge_counts(mine, theirs)
            elif isinstance(mine, Histogram):
                mine.merge(theirs)
            else:
                setattr(self, name, mine + theirs)

    @staticmethod
    def _name(counts: dict[str, int], name: str) -> None:
        if name in counts or len(counts) < NAMES:
            counts[name] = counts.get(name, 0) + 1


def _merge_counts(mine: dict[object, object], theirs: dict[object, object]) -> None:
    for key, value in theirs.items():
        before = mine.get(key)
        match before, value:
            case None, _:
                mine[key] = copy.deepcopy(value)
            case int(), int():
                mine[key] = before + value
            case Sighting(), Sighting():
                before.merge(value)
            case (StatusCount(), StatusCount()) | (StepCount(), StepCount()) | (Slice(), Slice()):
                _add(before, value)
            case str(), str():
                pass


def _add(mine: object, theirs: object) -> None:
    for name, value in vars(theirs).items():
        if isinstance(value, Histogram):
            getattr(mine, name).merge(value)
        else:
            setattr(mine, name, getattr(mine, name) + value)


def total(tallies: list[Tally]) -> Tally:
    """Return what several workers have counted together."""
    together = Tally()
    for tally in tallies:
        together.merge(tally)
    return together

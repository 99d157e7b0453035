"""What a rule is: a small function that finds one kind of change, and what that kind does to callers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")


class Direction(Enum):
    """Who writes the value that changed: the caller or the service."""

    REQUEST = "request"
    RESPONSE = "response"


class Effect(Enum):
    """What a change does: callers break when less may be sent, or when more may be received."""

    NARROWS = "narrows"
    WIDENS = "widens"
    BREAKS = "breaks"
    HARMLESS = "harmless"

    def breaks(self, direction: Direction) -> bool:
        """Tell whether callers break when this happens in a direction."""
        breaking = {Effect.NARROWS: Direction.REQUEST, Effect.WIDENS: Direction.RESPONSE}
        return self is Effect.BREAKS or breaking.get(self) is direction


@dataclass(frozen=True)
class Pair(Generic[T]):
    """The same thing in the old and in the new contract."""

    old: T
    new: T
    direction: Direction


@dataclass(frozen=True)
class Finding:
    """What a rule found, and where in the new contract it stands or would stand."""

    what: str
    place: str


@dataclass(frozen=True)
class Change:
    """A finding with its verdict; `where` names each use: operation, side, and place in the value."""

    rule: str
    direction: Direction | None
    breaking: bool
    where: tuple[str, ...]
    what: str
    place: str
    why: str


Find = Callable[[Pair[T]], Iterator[Finding]]


@dataclass(frozen=True)
class Rule(Generic[T]):
    """One kind of change: name, sentence, what it does, who breaks, and the verdict of oasdiff where it differs."""

    name: str
    sentence: str
    effect: Effect
    why: str
    oasdiff: str
    find: Find[T]


class Rules(Generic[T]):
    """The rules for one kind of thing, in the order in which they are written."""

    def __init__(self, title: str, *, directed: bool = False) -> None:
        self.title = title
        self.directed = directed
        self.rules: list[Rule[T]] = []

    def rule(self, effect: Effect, why: str = "", *, oasdiff: str = "") -> Callable[[Find[T]], Find[T]]:
        """Register a function as a rule; its name and docstring are those of the rule."""

        def register(find: Find[T]) -> Find[T]:
            sentence = str(find.__doc__).rstrip(".")
            self.rules.append(Rule(find.__name__, sentence, effect, why, oasdiff, find))
            return find

        return register

    def changes(self, pair: Pair[T], where: str) -> list[Change]:
        """Return what the rules find between the two."""
        changes = []
        for rule in self.rules:
            breaking = rule.effect.breaks(pair.direction)
            why, direction = rule.why if breaking else "", pair.direction if self.directed else None
            changes += [
                Change(rule.name, direction, breaking, (where,), finding.what, finding.place, why)
                for finding in rule.find(pair)
            ]
        return changes

"""Hypothesis, where a session is spent by the first resume: a failure is told as it was seen, never as flaky."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.internal.conjecture import providers
from hypothesis.strategies import SearchStrategy

from contract_tests.cases.paused_sessions import PausedSessionUnavailable
from contract_tests.exchange.violation import Blocked, CheckFailed, Unanswered
from contract_tests.wire.budget import RunStopped

Value = TypeVar("Value")
SHRINKING_ATTEMPTS = 40
"""How often a failing example is tried smaller: each attempt sends requests, and leases anew."""

# Hypothesis takes constants out of whichever modules happen to be loaded, and keeps them on disk: the same seed would
# make other bodies in a run of one check. It has no setting against that.
_NO_CONSTANTS = providers._local_constants
providers._get_local_constants = lambda: _NO_CONSTANTS


class _Enough(KeyboardInterrupt):
    """Ends a search from within: Hypothesis lets nothing else through."""


class Seen:
    """Keeps the last failure of a search, and ends the search when nothing more can be sent."""

    def __init__(self) -> None:
        self.failure: CheckFailed | None = None
        self.end: Exception | None = None
        self._attempts = 0

    def attempt(self, action: Callable[[], object]) -> None:
        """Run one example; once the search has ended every further example passes without a request."""
        if self.end is not None:
            return
        if self._attempts > SHRINKING_ATTEMPTS:
            raise _Enough
        if self.failure is not None:
            self._attempts += 1
        try:
            action()
        except CheckFailed as failure:
            self.failure = failure
            raise
        except (Blocked, Unanswered, PausedSessionUnavailable, RunStopped) as end:
            self.end = end

    def conclude(self, search: Callable[[], object]) -> None:
        """Run the whole search, then raise what it has found, if anything."""
        try:
            search()
        except (Exception, _Enough):
            # Hypothesis replays its smallest example; where the target answers otherwise then, it speaks of flakiness.
            if self.failure is None:
                raise
        if self.failure is not None:
            raise self.failure.with_traceback(None) from None
        if self.end is not None:
            raise self.end


def settings_for(examples: int, **more: Any) -> settings:
    """Return the settings of a search: nothing kept on disk, no time limit of its own, nothing printed."""
    return settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        **more,
    )


def search(strategy: SearchStrategy[Value], action: Callable[[Value], object], *, examples: int, number: int) -> None:
    """Try an action on generated values; `number` is the seed.

    Raises the CheckFailed of the last failing value, or what kept the search from going on.
    """
    seen = Seen()

    @seed(number)
    @settings_for(examples)
    @given(strategy)
    def example(value: Value) -> None:
        seen.attempt(lambda: action(value))

    seen.conclude(example)

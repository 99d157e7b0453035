"""One worker's part of a run: its users, what they may send, and what they counted."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

from locust import User, constant
from locust.exception import StopUser

from contract_tests.cases.paused_sessions import PausedSessionUnavailable
from contract_tests.contract import Contract
from contract_tests.load.budget import OVER, LoadBudget
from contract_tests.load.caller import Caller, Counter, NoSession
from contract_tests.load.schedule import OpenSchedule
from contract_tests.load.settings import Share, target_of_share
from contract_tests.load.steps import Step
from contract_tests.load.tally import Tally
from contract_tests.run.run import Run
from contract_tests.target.settings import Target
from contract_tests.wire import RunStopped
from contract_tests.wire.client import INTERRUPTED


class Generator:
    """Makes the users of one worker do their steps until the run is over; the first user begins it."""

    def __init__(self, target: Target, contract: Contract, share: Share) -> None:
        self.share = share
        self._schedule = OpenSchedule(share.per_second, float("inf"), float("inf"))
        self.budget = LoadBudget(share.requests, self._schedule)
        run = Run(target_of_share(target, share), contract, self.budget, share.seed)
        self._counter = Counter(run, self.budget, seconds_of_a_part=share.seconds_of_a_part, crowd=share.crowd)
        self._users = 0
        self._cpu = time.process_time()

    def caller(self) -> Caller:
        """Return what the next user calls with."""
        if self._users == 0:
            self._cpu = time.process_time()
            self._schedule.began = time.monotonic()
            self._schedule.ends = self._schedule.began + self.share.seconds
        self._users += 1
        return Caller(self._counter, f"{self.share.seed} {self.share.index} {self._users}")

    def make(self, step: Step, caller: Caller) -> None:
        """Make a step; raises StopUser when the run is over."""
        try:
            caller.begin(step.name)
            step.make(caller)
        except RunStopped:
            raise StopUser from None
        except NoSession:
            pass
        except PausedSessionUnavailable as failure:
            # Without its sessions it is another load.
            run = caller.run
            if run.sessions.is_given_up or run.asking_twice.is_given_up:
                self.budget.stop("provider", str(failure))
        except Exception as error:
            # Its text may hold what was sent; Locust would log it.
            self.budget.stop("error", place_of(error))
            raise StopUser from None

    @property
    def patience(self) -> float:
        """How long the answers to what is under way are waited for when the run is over."""
        return self._counter.run.target.limits.timeout_seconds

    @property
    def is_over(self) -> bool:
        """Whether nothing is started any more."""
        if time.monotonic() >= self._schedule.ends:
            self.budget.stop("time", OVER)
        return self.budget.state().stopped is not None

    def end(self) -> None:
        """Start nothing more, and break off what is under way."""
        self.budget.stop("interrupted", INTERRUPTED)
        self._counter.run.wire.abort()

    def close(self) -> None:
        """Close every connection."""
        self._counter.run.close()

    def tally(self) -> Tally:
        """Return what was counted so far."""
        tally, schedule = self._counter.tally, self._schedule
        now = time.monotonic()
        if self._users:
            schedule.close(now if not self.is_over else min(now, self._ended()))
        state = self.budget.state()
        tally.offered, tally.omitted, tally.late = schedule.offered, schedule.omitted, schedule.late
        tally.waits, tally.sent, tally.throttled = schedule.waits, state.sent, self.budget.throttled
        if self._users and not tally.stopped:
            tally.worker_seconds = self._counter.seconds()
            tally.cpu_seconds = time.process_time() - self._cpu
        tally.stopped = dict([state.stopped]) if state.stopped else {}
        return tally

    def _ended(self) -> float:
        """Return when the run was over."""
        return self.budget.ended if self.budget.ended is not None else self._schedule.ends


def user_class(steps: tuple[Step, ...], generator: Callable[[], Generator]) -> type[User]:
    """Return Locust's user: it makes one step after another, by their weights, each at a moment of the schedule.

    Users begin with the steps in turn: a short run makes each of them, whatever its weight.
    """
    turns = cycle(steps)

    class ApiUser(User):
        """A caller of the Links API."""

        wait_time = constant(0)

        def on_start(self) -> None:
            self.caller = generator().caller()
            self.begins_with = [next(turns)]

    def task(step: Step) -> Callable[[ApiUser], None]:
        return lambda user: generator().make(user.begins_with.pop() if user.begins_with else step, user.caller)

    ApiUser.tasks = [task(step) for step in steps for _ in range(step.weight)]
    return ApiUser


def place_of(error: Exception) -> str:
    """Return what kind of error of ours it is and where, without its text."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} ({Path(place.filename).name}, line {place.lineno})"

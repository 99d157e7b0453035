"""Runs the cases of a run side by side, in threads of this process, and takes their results in registry order."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeVar

from contract_tests.exchange.record import CaseResult
from contract_tests.run.classification import classify
from contract_tests.run.interruption import Interruption
from contract_tests.run.live_session import LiveSession, LiveSessions, Refusal
from contract_tests.run.run import Case, Run
from contract_tests.target.settings import Target, Values

TICK_SECONDS = 0.1

Result = TypeVar("Result")


class Stage(IntEnum):
    """When a job runs: one stage is over before the next one begins."""

    ESSENTIAL = 0
    MAIN = 1
    WRONG_CREDENTIALS = 2
    LAST = 3


@dataclass(frozen=True)
class Job:
    """One case of a check, ready to run: its fixtures are resolved.

    One that `waits` starts first, beside others. One that is not ready lets others go before it.
    """

    case: Case
    call: Callable[[], object] = field(repr=False)
    stage: Stage = Stage.MAIN
    waits: bool = False
    is_ready: Callable[[], bool] = field(default=lambda: True, repr=False)


def stage_of(marks: Collection[str], target: Target) -> Stage:
    """Return the stage of a case from the names of its marks, and from what the target has little of."""
    if "last" in marks:
        return Stage.LAST
    if "wrong_credentials" in marks and target.limits.wrong_credentials is not None:
        return Stage.WRONG_CREDENTIALS
    return Stage.ESSENTIAL if "essential" in marks and isinstance(target.paused_session, Values) else Stage.MAIN


class Schedule:
    """Runs as many jobs side by side as the run is given; `told` hears of each result as it comes."""

    def __init__(
        self,
        run: Run,
        sessions: LiveSessions,
        *,
        told: Callable[[CaseResult], object],
        interruption: Interruption,
        most_failures: int = 0,
        spare: Callable[[], object] = lambda: None,
    ) -> None:
        """`told` hears of each result as it comes. `spare` is called once, when a thread waits for others to end."""
        self._run, self._sessions, self._told = run, sessions, told
        self._interruption = interruption
        self._spare: Callable[[], object] | None = spare
        self._most_failures = most_failures
        self._lock = threading.Lock()
        self._results: list[tuple[int, CaseResult]] = []
        self._failures = 0

    @property
    def results(self) -> list[CaseResult]:
        """The results so far, in the order of the jobs."""
        with self._lock:
            return [result for _, result in sorted(self._results, key=lambda entry: entry[0])]

    def execute(self, jobs: Iterable[Job]) -> None:
        """Run the jobs of each stage, and prove then that the sessions which refusals shared were alive."""
        numbered = list(enumerate(jobs))
        for stage in Stage:
            if of_stage := [(number, job) for number, job in numbered if job.stage == stage]:
                self._side_by_side(self._in_order(of_stage, stage))
                self._prove_sessions(numbered)

    def _in_order(self, jobs: list[tuple[int, Job]], stage: Stage) -> list[tuple[int, Job]]:
        """Return the jobs of a stage: those that wait first, and of what is counted the first case of each check.

        A check has few cases that take long, or many that take one request: these fill the time until the others are
        through. What has the target to itself for a while comes together then, too.
        """
        if stage == Stage.WRONG_CREDENTIALS:
            so_far: Counter[str] = Counter()
            ranked = []
            for number, job in jobs:
                so_far[job.case.check] += 1
                ranked.append((so_far[job.case.check], number, job))
            return [(number, job) for _, number, job in sorted(ranked, key=lambda entry: entry[:2])]
        if self._is_in_order:
            return jobs
        cases = Counter(job.case.check for _, job in jobs)
        return sorted(jobs, key=lambda entry: (not entry[1].waits, cases[entry[1].case.check]))

    @property
    def _is_in_order(self) -> bool:
        """One case at a time is for debugging; a run that ends with a failure ends at the first check to tell it."""
        return self._run.concurrency == 1 or bool(self._most_failures)

    def _side_by_side(self, jobs: list[tuple[int, Job]]) -> None:
        # Who sleeps takes no other case's place; one case at a time is for debugging, and stays that.
        asleep = sum(job.waits for _, job in jobs) if self._run.concurrency > 1 else 0
        count = self._run.concurrency + asleep
        left = deque(jobs)
        with self._threads(count, "case") as pool:
            try:
                self._results_of([pool.submit(self._execute_each, left) for _ in range(count)])
            finally:
                with self._lock:
                    left.clear()

    @contextmanager
    def _threads(self, count: int, name: str) -> Iterator[ThreadPoolExecutor]:
        """Lend threads; where what they are for is interrupted, what is on the wire ends, and nothing more begins."""
        with ThreadPoolExecutor(count, thread_name_prefix=name) as pool:
            try:
                yield pool
            except BaseException:
                self._run.wire.abort()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _results_of(self, futures: list[Future[Result]]) -> list[Result]:
        """Wait for what threads do. Raises KeyboardInterrupt when the run is to end before."""
        for future in futures:
            while not future.done():
                if self._interruption.asked:
                    raise KeyboardInterrupt
                wait([future], TICK_SECONDS)
        return [future.result() for future in futures]

    def _execute_each(self, left: deque[tuple[int, Job]]) -> None:
        """Run what is left in this thread, beside others that do the same."""
        while True:
            with self._lock:
                if not left:
                    spare, self._spare = self._spare, None
                    if self._interruption.asked:
                        return
                    break
                ready = (at for at, (_, job) in enumerate(left) if job.is_ready())
                at = 0 if self._is_in_order else next(ready, 0)
                number, job = left[at]
                del left[at]
            self._execute(number, job)
        if spare is not None:
            spare()

    def _execute(self, number: int, job: Job) -> None:
        if self._is_enough():
            return
        began = time.perf_counter()
        error: BaseException | None = None
        try:
            self._run.budget.go_on()
            job.call()
        except BaseException as raised:
            error = raised
        self._take(number, classify(job.case, error, time.perf_counter() - began))

    def _prove_sessions(self, jobs: list[tuple[int, Job]]) -> None:
        """Resume the sessions that refusals shared, and send again for sessions of their own what a dead one served."""
        if not jobs or self._is_enough():
            return
        numbers = {id(job.case): number for number, job in jobs}
        check = jobs[0][1].case.check
        with self._threads(self._run.concurrency, "proof") as pool:
            proofs = [pool.submit(self._prove, check, live) for live in self._sessions.take_all()]
            refusals = [refusal for unproved in self._results_of(proofs) for refusal in unproved]
            # Those of one case in turn: a case belongs to one thread at a time.
            of_cases: dict[int, list[Refusal]] = {}
            for refusal in refusals:
                of_cases.setdefault(numbers[id(refusal.case)], []).append(refusal)
            sent_again = [pool.submit(self._send_again, number, of_case) for number, of_case in of_cases.items()]
            failed = self._results_of(sent_again)
        if refusals and not any(failed):
            case = self._run.case(check, None)
            case.advise("A paused session is spent by a request that is refused as malformed.")
            self._take(0, classify(case, None, 0.0, late=True))

    def _prove(self, check: str, live: LiveSession) -> list[Refusal]:
        case = self._run.case(check, None)
        error: Exception | None = None
        unproved: list[Refusal] = []
        try:
            unproved = live.unproved(case)
        except Exception as raised:
            error = raised
        self._take(0, classify(case, error, 0.0, late=True))
        return unproved

    def _send_again(self, number: int, refusals: Iterable[Refusal]) -> bool:
        """Send the refusals of a case again, and tell whether one fails."""
        fails = False
        for refusal in refusals:
            error: Exception | None = None
            try:
                refusal.send_again()
            except Exception as raised:
                error = raised
            self._take(number, classify(refusal.case, error, 0.0, late=True))
            fails = fails or error is not None
        return fails

    def _take(self, number: int, result: CaseResult) -> None:
        with self._lock:
            self._results.append((number, result))
            self._failures += bool(result.findings or any(record.findings for record in result.records))
        self._told(result)

    def _is_enough(self) -> bool:
        with self._lock:
            return bool(self._most_failures) and self._failures >= self._most_failures

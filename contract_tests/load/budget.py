"""What one worker may still send, and when: the suite's budget with an open schedule in place of its pace."""

from __future__ import annotations

import threading
import time

from contract_tests.load.schedule import OpenSchedule
from contract_tests.wire import Budget, RunStopped

SILENT_SECONDS = 10.0
SILENT_REQUESTS = 20
"""A target that leaves so many requests in a row unanswered for so long is away."""
OVER = "The time of the run is over."


class LoadBudget(Budget):
    """Limits of one worker. A request that finds no answer is counted, and stops the run only where none comes at all.

    A start is reserved before it is sent, so that its moment is known; what the wire sends again takes another one.
    """

    def __init__(self, requests: int, schedule: OpenSchedule) -> None:
        super().__init__(requests, None)
        self.schedule = schedule
        self.throttled = 0
        self.ended: float | None = None
        self._mine = threading.local()
        self._over = threading.Event()
        self._silent_since: float | None = None
        self._silent = 0

    def reserve(self, count: int = 1) -> float:
        """Wait for the next start of so many requests, and return its moment; raises RunStopped."""
        while True:
            self.go_on()
            moment = self.schedule.take(count, time.monotonic())
            if moment is None:
                # This caller is done; others still wait for a start before the end.
                raise RunStopped(OVER)
            if self._over.wait(max(0.0, moment - time.monotonic())):
                continue
            if self.schedule.is_kept(moment, count, time.monotonic()):
                self._mine.reserved = count
                return moment

    def acquire(self, count: int = 1) -> float:
        """Use the start that was reserved, or wait for one."""
        if getattr(self._mine, "reserved", 0) != count:
            self.reserve(count)
        self._mine.reserved = 0
        return super().acquire(count)

    def answered(self, *, right_credentials: bool, status: int) -> None:
        """Note an answer."""
        self._silent_since, self._silent = None, 0
        super().answered(right_credentials=right_credentials, status=status)

    def unanswered(self, kind: str, sentence: str, began: float) -> None:  # noqa: ARG002 - the suite's budget needs it
        """Note an exchange without an answer; a long silence stops the run."""
        now = time.monotonic()
        self._silent_since = self._silent_since or now
        self._silent += 1
        if self._silent >= SILENT_REQUESTS and now - self._silent_since >= SILENT_SECONDS:
            self.stop("unanswered", f"The target did not answer {self._silent} times in a row, last: {sentence}")

    def back_off(self, seconds: float) -> bool:
        """Let nothing start for so many seconds: always, since the run has an end."""
        self.throttled += 1
        self.schedule.hold(time.monotonic() + seconds)
        return True

    def stop(self, kind: str, sentence: str) -> None:
        """Stop the run; whoever waits for a start is woken."""
        super().stop(kind, sentence)
        if self.ended is None:
            self.ended = time.monotonic()
        self._over.set()

    def go_on(self) -> None:
        """Raise RunStopped when the run was stopped."""
        super().go_on()
        if self._over.is_set():
            raise RunStopped(OVER)

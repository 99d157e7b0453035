"""What may still be sent, and when: the one budget, pace and stop rule of a run, for all of its workers."""

from __future__ import annotations

import threading
import time
from typing import Any

CONSECUTIVE_UNANSWERED = 3
ALL_UNANSWERED = 5
REFUSED_BEFORE_STOPPING = 12
LONGEST_BACK_OFF = 120.0
"""Seconds that the run waits in all for a gateway that answers 429 with Retry-After."""


class RunStopped(Exception):  # noqa: N818 - it ends the run, which need not be an error
    """Nothing more is sent in this run; the text says why."""


class Budget:
    """Counts and paces what is sent. One object serves all workers, so every limit holds over the whole run."""

    def __init__(self, requests: int, per_second: float | None) -> None:
        self._requests, self._per_second = requests, per_second
        self._lock = threading.Lock()
        self._sent = self._consecutive = self._unanswered = self._refused = self._values = 0
        self._accepted = False
        self._next = 0.0
        self._held = 0.0
        self._stopped: tuple[str, str] | None = None

    def acquire(self, count: int = 1) -> float:
        """Take `count` requests out of the budget and return the seconds to wait before they are sent together.

        Raises RunStopped when the budget would be exceeded or the run was stopped.
        """
        with self._lock:
            if self._stopped:
                raise RunStopped(self._stopped[1])
            if self._sent + count > self._requests:
                self._stopped = ("budget", f"The budget of {self._requests} requests (limits.requests) is used up.")
                raise RunStopped(self._stopped[1])
            self._sent += count
            now = time.monotonic()
            start = max(now, self._next)
            if self._per_second:
                # Several at one moment take their share of the time before and after, so no second holds too many.
                start += (count - 1) / self._per_second
                self._next = start + count / self._per_second
            return start - now

    def answered(self, *, right_credentials: bool, status: int) -> None:
        """Note an answer; many 401 to the right credentials, and nothing else ever, stop the run."""
        with self._lock:
            self._consecutive = 0
            if not right_credentials:
                return
            self._accepted |= status != 401
            self._refused += status == 401
            if self._refused >= REFUSED_BEFORE_STOPPING and not self._accepted and not self._stopped:
                self._stopped = ("refused", "every answer was 401: are the credentials right?")

    def unanswered(self, sentence: str) -> None:
        """Note an exchange without an answer; three in a row, or five in all, stop the run."""
        with self._lock:
            self._consecutive += 1
            self._unanswered += 1
            if (
                self._consecutive >= CONSECUTIVE_UNANSWERED or self._unanswered >= ALL_UNANSWERED
            ) and not self._stopped:
                self._stopped = ("unanswered", f"The target did not answer {self._unanswered} times, last: {sentence}")

    def back_off(self, seconds: float) -> bool:
        """Let nothing be sent for so many seconds; return False, and hold nothing, past what a run waits in all."""
        with self._lock:
            now = time.monotonic()
            longer = max(now + seconds - max(self._next, now), 0.0)
            if self._held + longer > LONGEST_BACK_OFF:
                return False
            self._held += longer
            self._next = max(self._next, now + seconds)
            return True

    def value(self) -> int:
        """Return the index of the next paused session of a list, each index once in a run."""
        with self._lock:
            self._values += 1
            return self._values - 1

    def stop(self, kind: str, sentence: str) -> None:
        """Stop the run."""
        with self._lock:
            self._stopped = self._stopped or (kind, sentence)

    def go_on(self) -> None:
        """Raise RunStopped when the run was stopped."""
        stopped = self.state()["stopped"]
        if stopped:
            raise RunStopped(stopped[1])

    def state(self) -> dict[str, Any]:
        """Return what was sent so far and, when the run was stopped, the kind and the sentence of it."""
        with self._lock:
            return {"sent": self._sent, "stopped": self._stopped, "credentials_accepted": self._accepted}

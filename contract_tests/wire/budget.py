"""What may still be sent, and when: the one budget, pace and stop rule of a run, for all of its threads."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from contract_tests.contract.protocol import UNAUTHORIZED

CONSECUTIVE_UNANSWERED = 3
ALL_UNANSWERED = 5
UNREACHABLE = frozenset({"dns", "refused", "tls", "proxy"})
"""Failures that the second attempt meets again, where nothing was ever answered."""
REFUSED_BEFORE_STOPPING = 12
LONGEST_BACK_OFF = 120.0
"""Seconds that the run waits in all for a gateway that answers 429 with Retry-After."""


class RunStopped(Exception):  # noqa: N818 - it ends the run, which need not be an error
    """Nothing more is sent in this run; the text says why."""


@dataclass(frozen=True)
class BudgetState:
    """What was sent so far, and why the run was stopped, if it was.

    `stopped` is the kind of reason and a sentence, `backed_off` how often a gateway was waited for, and `held` the
    seconds of that in all.
    """

    sent: int
    stopped: tuple[str, str] | None
    backed_off: int = 0
    held: float = 0.0


class Budget:
    """Counts and paces what is sent. One object serves all threads, so every limit holds over the whole run."""

    def __init__(self, requests: int, per_second: float | None) -> None:
        self._requests = requests
        self._interval = 1 / per_second if per_second else 0.0
        self._turn = threading.Lock()  # held by the one thread that waits for its moment; the others queue for it
        self._changed = threading.Condition(threading.Lock())
        self._sent = self._answered = self._unanswered = self._refused = self._values = 0
        self._strikes = self._strikes_in_a_row = 0
        self._last_strike = float("-inf")
        self._accepted = False
        self._next = float("-inf")
        self._held = 0.0
        self._backed_off = 0
        self._stopped: tuple[str, str] | None = None

    def acquire(self, count: int = 1) -> float:
        """Wait for the moment when `count` requests may be sent together, and return it, in time.monotonic().

        Raises RunStopped when the budget would be exceeded or the run was stopped, at once if that happens meanwhile.
        """
        with self._turn, self._changed:
            self._raise_if_stopped()
            if self._sent + count > self._requests:
                self._stop("budget", f"The budget of {self._requests} requests (limits.requests) is used up.")
                self._raise_if_stopped()
            self._sent += count
            # Several at one moment take their share of the time before and after, so no second holds too many.
            share = (count - 1) * self._interval
            while (seconds := self._next + share - time.monotonic()) > 0:
                self._changed.wait(seconds)
                self._raise_if_stopped()
            now = time.monotonic()
            self._next = now + count * self._interval
            return now

    def answered(self, *, right_credentials: bool, status: int) -> None:
        """Note an answer; many 401 to the right credentials, and nothing else ever, stop the run."""
        with self._changed:
            self._answered += 1
            self._strikes_in_a_row = 0
            if not right_credentials:
                return
            self._accepted |= status != UNAUTHORIZED
            self._refused += status == UNAUTHORIZED
            if self._refused >= REFUSED_BEFORE_STOPPING and not self._accepted:
                self._stop("refused", f"every answer was {UNAUTHORIZED}: are the credentials right?")

    def unanswered(self, kind: str, sentence: str, began: float) -> None:
        """Note an exchange without an answer, and the moment it was acquired for.

        Three in a row, or five in all, stop the run; what was under way together counts as one. Where nothing was
        ever answered and the target cannot be reached, the first does.
        """
        with self._changed:
            self._unanswered += 1
            if began > self._last_strike:
                self._last_strike = time.monotonic()
                self._strikes += 1
                self._strikes_in_a_row += 1
            if (
                self._strikes_in_a_row >= CONSECUTIVE_UNANSWERED
                or self._strikes >= ALL_UNANSWERED
                or (kind in UNREACHABLE and not self._answered)
            ):
                times = "" if self._unanswered == 1 else f" {self._unanswered} times, last"
                self._stop("unanswered", f"The target did not answer{times}: {sentence}")

    def back_off(self, seconds: float) -> bool:
        """Let nothing be sent for so many seconds; return False, and hold nothing, past what a run waits in all."""
        with self._changed:
            now = time.monotonic()
            longer = max(now + seconds - max(self._next, now), 0.0)
            if self._held + longer > LONGEST_BACK_OFF:
                return False
            self._held += longer
            self._backed_off += 1
            self._next = max(self._next, now + seconds)
            return True

    def value(self) -> int:
        """Return the index of the next paused session of a list, each index once in a run."""
        with self._changed:
            self._values += 1
            return self._values - 1

    def stop(self, kind: str, sentence: str) -> None:
        """Stop the run; whoever waits for a moment is woken."""
        with self._changed:
            self._stop(kind, sentence)

    def go_on(self) -> None:
        """Raise RunStopped when the run was stopped."""
        with self._changed:
            self._raise_if_stopped()

    def state(self) -> BudgetState:
        """Return what was sent so far and, when the run was stopped, the kind and the sentence of it."""
        with self._changed:
            return BudgetState(self._sent, self._stopped, self._backed_off, self._held)

    def _stop(self, kind: str, sentence: str) -> None:
        self._stopped = self._stopped or (kind, sentence)
        self._changed.notify_all()

    def _raise_if_stopped(self) -> None:
        if self._stopped:
            raise RunStopped(self._stopped[1])

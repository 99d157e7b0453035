"""Paused sessions that serve many refusals, each proved alive at the end: a dead one would refuse anything."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from contract_tests.cases.bodies import Body
from contract_tests.cases.credentials import RIGHT, Authorization
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract.protocol import BAD_REQUEST, UNAUTHORIZED
from contract_tests.exchange.expectation import assert_answer
from contract_tests.exchange.judged import Exchange
from contract_tests.run.run import Case, next_lease

Make = Callable[[Lease], Body]
Judge = Callable[[Exchange], object]


@dataclass(frozen=True)
class Refusal:
    """A request that was refused, and how to send it again and judge it."""

    case: Case
    make: Make
    judge: Judge
    credentials: Authorization

    def send_again(self) -> None:
        """Send it for a session of its own; raises CheckFailed when it is not refused then."""
        lease = self.case.lease()
        self.judge(self.case(self.make(lease), self.credentials))
        if self.credentials.name != RIGHT.name:
            # A body may spend its session, unacceptable credentials may not.
            assert_answer(self.case.resume_to_the_end(lease)[-1][1]).is_unspent()


@dataclass
class LiveSession:
    """A paused session, and the refusals that it has served."""

    lease: Lease
    refusals: list[Refusal] = field(default_factory=list)

    def unproved(self, case: Case) -> list[Refusal]:
        """Resume the session, and return its refusals if it is dead: they proved nothing then."""
        last = case.resume_to_the_end(self.lease)[-1][1]
        # Another status than 400 is for other checks to tell: it says nothing of a session that is spent.
        return self.refusals if last.status == BAD_REQUEST else []


class LiveSessions:
    """The sessions that refusals share, one for each that is under way at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free: list[LiveSession] = []
        self._attempted: list[Lease] = []

    def send_refused(self, case: Case, make: Make, judge: Judge, credentials: Authorization = RIGHT) -> Exchange:
        """Send what `make` makes of a live session and judge the answer; `judge` raises CheckFailed."""
        live = self._acquire(case)
        exchange = case(make(live.lease), credentials)
        if exchange.status in (BAD_REQUEST, UNAUTHORIZED):
            live.refusals.append(Refusal(case, make, judge, credentials))
            self._release(live)
        else:
            # Whatever was answered instead, the session may have been used by it, which proves that it was alive.
            following = next_lease(exchange, live.lease)
            if following is not None:
                self._release(LiveSession(following))
        judge(exchange)
        return exchange

    def send_wrong_token(self, case: Case, make: Make, judge: Judge) -> Exchange:
        """Send a wrong token for a session of its own, or for one that a 428 handed out; judge the answer.

        Whether a session outlives a 400 to a wrong token is the institution's choice, so another one follows that.
        """
        with self._lock:
            lease = self._attempted.pop() if self._attempted else None
        lease = lease or case.lease_if_possible()
        exchange = case(make(lease))
        following = next_lease(exchange, lease)
        if following is not None:
            with self._lock:
                self._attempted.append(following)
        judge(exchange)
        return exchange

    def take_all(self) -> list[LiveSession]:
        """Return the sessions that served refusals, and forget them."""
        with self._lock:
            taken, self._free = self._free, []
        return [live for live in taken if live.refusals and live.lease.origin != "synthetic"]

    def _acquire(self, case: Case) -> LiveSession:
        with self._lock:
            if self._free:
                return self._free.pop()
        return LiveSession(case.lease_if_possible())

    def _release(self, live: LiveSession) -> None:
        with self._lock:
            self._free.append(live)

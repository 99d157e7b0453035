"""What a user calls with: it sends at its moments, judges each answer, counts it and lets it go."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from contract_tests.cases.bodies import Body, malformed, right
from contract_tests.cases.credentials import RIGHT, Authorization
from contract_tests.cases.deliveries import KEPT
from contract_tests.cases.paused_sessions import Lease, PausedSessions
from contract_tests.contract.protocol import TOKEN_REQUIRED
from contract_tests.exchange.judged import PARTIAL, Exchange
from contract_tests.exchange.quick import QuickJudge
from contract_tests.exchange.violation import Blocked, CheckFailed, Finding, SessionExpired, Unanswered
from contract_tests.load.budget import LoadBudget
from contract_tests.load.sightings import EXAMPLES, Sighting, kind_of, redacted
from contract_tests.load.tally import KINDS, Tally
from contract_tests.run.requests import register_request, resume_request, synthetic_lease
from contract_tests.run.run import MOST_FACTORS, STEPS_SHOWN, Run, next_lease
from contract_tests.target.sections import Register
from contract_tests.wire import Answer, NoAnswer, Request

Expect = Callable[[Exchange], object]


class NoSession(Exception):  # noqa: N818 - a step that cannot go on, no error
    """The request that pauses a session found no answer, which is counted."""


class Counter:
    """What all users of a worker share: the run, the judge, the tally, and when the run began."""

    def __init__(self, run: Run, budget: LoadBudget, *, seconds_of_a_part: float, crowd: int) -> None:
        self.run, self.budget, self.crowd = run, budget, crowd
        self.judge = QuickJudge(run.scene)
        self.tally = Tally()
        self.mutations = malformed(run.contract)
        self.wrong_credentials_left = run.target.limits.wrong_credentials
        self._part = seconds_of_a_part
        self._numbers = itertools.count(1)

    def seconds(self) -> float:
        """Return how long ago the run began."""
        return max(0.0, time.monotonic() - self.budget.schedule.began)

    def number(self) -> int:
        """Return the number of the next exchange."""
        return next(self._numbers)

    def take(self, step: str, exchange: Exchange, asserted: Sequence[Finding], intended: float) -> None:
        """Count an exchange with what its step found wrong with it."""
        findings = [*(Finding(exchange, problem) for problem in exchange.problems), *asserted]
        steps = self.tally.step(step)
        steps.exchanges += 1
        steps.wrong += bool(findings)
        steps.unanswered += isinstance(exchange.outcome, NoAnswer)
        self.tally.count(exchange, intended, int(self.seconds() / self._part), wrong=bool(findings))
        if findings:
            self._see(step, exchange, findings, asserted)

    def _see(self, step: str, exchange: Exchange, findings: Sequence[Finding], asserted: Sequence[Finding]) -> None:
        what = kind_of(step, exchange, findings, asserted)
        sighting = self.tally.sightings.get(what.id)
        if sighting is None:
            if len(self.tally.sightings) >= KINDS:
                self.tally.untold += 1
                return
            examples, messages = redacted(findings)
            sighting = Sighting(what, messages, round(self.seconds(), 3), examples=[[one] for one in examples])
            self.tally.sightings[what.id] = sighting
        elif sighting.count < EXAMPLES:
            for kept, one in zip(sighting.examples, redacted(findings)[0], strict=True):
                kept.append(one)
        sighting.count += 1


class Caller:
    """One user. Every exchange is judged when it comes, and what a step expects of it is asserted then."""

    def __init__(self, counter: Counter, seed: str) -> None:
        self.counter = counter
        self.run = counter.run
        self.step = ""
        self.random = random.Random(seed)  # noqa: S311 - the same for the same seed
        self._before: tuple[Exchange, ...] = ()

    def begin(self, step: str) -> None:
        """Begin a step: what came before has nothing to do with it."""
        self.step = step
        self._before = ()
        self.counter.tally.step(step).runs += 1

    def send(self, body: Body, expect: Expect, credentials: Authorization = RIGHT) -> Exchange:
        """Send a request and hold its answer to what is expected; raises RunStopped when nothing may be sent."""
        body = body.typed(self.run.contract)
        moment = self.counter.budget.reserve()
        outcome = self.run.wire.send(self._request(body, credentials), right_credentials=credentials is RIGHT)
        took = time.monotonic() - moment
        exchange = self._judged(body, credentials, outcome)
        self.take(exchange, expect, took)
        return exchange

    def together(self, bodies: Sequence[Body], credentials: Sequence[Authorization]) -> list[tuple[Exchange, float]]:
        """Send requests whose last bytes leave at the same moment; each of them has to be taken afterwards."""
        bodies = [body.typed(self.run.contract) for body in bodies]
        moment = self.counter.budget.reserve(len(bodies))
        lag = time.monotonic() - moment
        outcomes = self.run.wire.send_together(
            [self._request(body, login) for body, login in zip(bodies, credentials, strict=True)],
            right_credentials=[login is RIGHT for login in credentials],
        )
        return [
            (self._judged(body, login, outcome, len(bodies)), lag + outcome.seconds)
            for body, login, outcome in zip(bodies, credentials, outcomes, strict=True)
        ]

    def take(self, exchange: Exchange, expect: Expect, took: float) -> bool:
        """Count an exchange, and return whether it is what is expected."""
        asserted: list[Finding] = []
        try:
            expect(exchange)
        except CheckFailed as failed:
            # What the judge has told already is not told twice.
            asserted = [failed.finding] if failed.finding.problem not in exchange.problems else []
        except (Blocked, Unanswered, SessionExpired):
            pass
        self.counter.take(self.step, exchange, asserted, took)
        return not asserted and not exchange.problems and isinstance(exchange.outcome, Answer)

    def lease(self) -> Lease:
        """Return a fresh paused session; raises PausedSessionUnavailable, and NoSession where no answer came."""
        return self.leases(1)[0]

    def lease_asking_twice(self) -> Lease:
        """Return a fresh paused session that asks for two tokens; raises as `lease` does."""
        (lease,) = self._leases(self.run.target.second_factor, self.run.asking_twice, 1)
        return replace(lease, asks_twice=True)

    def leases(self, count: int) -> list[Lease]:
        """Return fresh paused sessions, which are asked for together where a request pauses them."""
        return self._leases(self.run.target.paused_session, self.run.sessions, count)

    def _leases(self, way: object, sessions: PausedSessions, count: int) -> list[Lease]:
        began = time.monotonic()
        answers = self._registered(way, count) if isinstance(way, Register) else []
        leases = []
        for index in range(count):
            leases.append(sessions.lease(_handing_over(answers[index : index + 1])))
            self.counter.tally.sessions += 1
        return [replace(lease, template=self.run.template, since=began) for lease in leases]

    def lease_if_possible(self) -> Lease:
        """Return a fresh paused session, or a synthetic one for a target that says nothing of how to pause one."""
        if self.run.target.paused_session:
            return self.lease()
        return synthetic_lease(self.run.template, self.random)

    def resume_to_the_end(self, lease: Lease, expect: Expect, last: Expect) -> Exchange:
        """Resume with the right token, and each session a 428 hands out, until another answer comes."""
        for _ in range(MOST_FACTORS):
            exchange = self.send(
                right(lease), lambda answer: (expect if answer.status == TOKEN_REQUIRED else last)(answer)
            )
            following = next_lease(exchange, lease)
            if following is None:
                break
            lease = following
        return exchange

    def _registered(self, register: Register, count: int) -> list[Answer | NoAnswer]:
        request = register_request(self.run.target, register, "any")
        self.counter.budget.reserve(count)
        outcomes = [self.run.wire.send(request)] if count == 1 else self.run.wire.send_together([request] * count)
        for outcome in outcomes:
            if isinstance(outcome, NoAnswer) and outcome.kind not in PARTIAL:
                self.counter.tally.count_no_answer(outcome.kind)
                raise NoSession
        return outcomes

    def _request(self, body: Body, credentials: Authorization) -> Request:
        return resume_request(self.run.target, self.run.contract, body, credentials, KEPT)

    def _judged(self, body: Body, credentials: Authorization, outcome: Answer | NoAnswer, at_once: int = 1) -> Exchange:
        counter = self.counter
        before = self._before if at_once == 1 else ()
        exchange = counter.judge.judge(counter.number(), body, outcome, credentials, before, at_once)
        if at_once == 1:
            self._before = (*self._before, exchange)[-STEPS_SHOWN:]
        return exchange


def _handing_over(answers: list[Answer | NoAnswer]) -> Callable[[Register], Answer | NoAnswer]:
    """Return what hands over the answer to a request that was sent already."""
    return lambda _register: answers[0]

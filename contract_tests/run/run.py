"""One run against one target: sends bodies, leases paused sessions, and records every exchange without its secrets."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from contract_tests.cases.bodies import Body, valid
from contract_tests.cases.credentials import RIGHT, Authorization
from contract_tests.cases.paused_sessions import Lease, PausedSessions, PausedSessionUnavailable
from contract_tests.contract.document import Contract
from contract_tests.exchange import validation
from contract_tests.exchange.expectation import Exchange, Violation, assert_answer
from contract_tests.exchange.redaction import Redactor
from contract_tests.target.settings import Register, Target
from contract_tests.wire import Answer, Budget, NoAnswer, Request, Wire, proxy_of

MOST_FACTORS = 6
"""How many tokens an institution may ask for in a row before the chain counts as endless."""


class Run:
    """What the checks of one process share: call it to make an exchange."""

    def __init__(self, target: Target, contract: Contract, budget: Budget, seed: int) -> None:
        self.target, self.contract, self.seed = target, contract, seed
        proxy = proxy_of(target.base_url)
        self.redactor = Redactor([*target.secret_words, *(proxy.secret_words if proxy else ())])
        self.wire = Wire(target, budget, f"resume-contract/{contract.version}")
        self.sessions = PausedSessions(target, self._register, self.redactor.redact, budget.value, budget.go_on)
        self.random = random.Random(seed)  # noqa: S311 - bodies are to be the same for the same seed
        self.readable: dict[tuple[int, bytes], Exchange] = {}
        self._records: list[dict[str, Any]] = []
        self._pauses = 0
        self._advice: list[str] = []

    def __call__(self, body: Body, credentials: Authorization = RIGHT) -> Exchange:
        """Send a body; raises RunStopped when nothing may be sent any more."""
        request = self._request(body, credentials)
        outcome = self.wire.send(request, right_credentials=credentials.name == RIGHT.name)
        return self._record(body, credentials, outcome)

    def together(self, bodies: Sequence[Body]) -> list[Exchange]:
        """Send bodies so that their last bytes leave at the same moment."""
        requests = [self._request(body, RIGHT) for body in bodies]
        outcomes = self.wire.send_together(requests)
        return [self._record(body, RIGHT, outcome) for body, outcome in zip(bodies, outcomes, strict=True)]

    def begin(self, check: str) -> None:
        """Begin a check: what is made up for it depends on the seed and on nothing that was sent before."""
        self.random = random.Random(f"{self.seed} {check}")  # noqa: S311 - bodies are to be the same for the same seed

    def lease(self) -> Lease:
        """Return a fresh paused session; raises PausedSessionUnavailable."""
        lease = self.sessions.lease()
        self._pauses += 1
        self.redactor.add(lease.session, lease.token)
        return lease

    def lease_if_possible(self) -> Lease:
        """Return a fresh paused session, or one made up for a target that says nothing of how to pause one."""
        return self.lease() if self.target.paused_session else self.invented()

    def invented(self) -> Lease:
        """Return a session that no server knows, the same for the same seed."""
        token = self.target.tokens.accepted if self.target.tokens else "1234ab"
        return Lease(session=self.uuid(), link=self.uuid(), token=token, invented=True)

    def uuid(self) -> str:
        """Return a UUID that nobody has, the same for the same seed."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def resume_to_the_end(self, lease: Lease) -> list[tuple[Lease, Exchange]]:
        """Resume with the right token, and each session a 428 hands out, until another answer comes."""
        chain: list[tuple[Lease, Exchange]] = []
        for _ in range(MOST_FACTORS):
            exchange = self(valid(lease))
            chain.append((lease, exchange))
            following = next_lease(exchange, lease)
            if following is None:
                break
            lease = following
        return chain

    def take(self) -> dict[str, Any]:
        """Return what was recorded since the last call: plain values, free of secrets."""
        taken: dict[str, Any] = {"exchanges": self._records, "pauses": self._pauses, "advice": self._advice}
        taken["waits"], self.wire.gateway_answers = self.wire.gateway_answers, 0
        self._records, self._pauses, self._advice = [], 0, []
        return taken

    def advise(self, *sentences: str) -> None:
        """Keep what is worth telling and no failure."""
        self._advice += sentences

    def close(self) -> None:
        """Close every connection."""
        self.wire.close()

    def _request(self, body: Body, credentials: Authorization) -> Request:
        value = credentials.value(self.target.credentials)
        # What says the password in another way: with another id before it, in base64, without its last character.
        self.redactor.add((value or b"").decode("latin-1").partition(" ")[2])
        return Request(body.content, body.content_type, value)

    def _register(self, register: Register) -> Answer | NoAnswer:
        content = b"" if register.json is None else json.dumps(register.json).encode()
        right = RIGHT.value(self.target.credentials) or b""
        self.redactor.add(right.decode().partition(" ")[2])
        request = Request(content, "application/json", right, register.method, register.path)
        outcome = self.wire.send(request)
        self._records.append({"register": True, "status": outcome.status, "seconds": outcome.seconds})
        return outcome

    def _record(self, body: Body, credentials: Authorization, outcome: Answer | NoAnswer) -> Exchange:
        reading = validation.read(self.contract, outcome) if isinstance(outcome, Answer) else None
        if reading and isinstance(reading.value, dict) and isinstance(reading.value.get("session"), str):
            self.redactor.add(reading.value["session"])
        record: dict[str, Any] = {
            "status": outcome.status,
            "seconds": round(outcome.seconds, 6),
            "no_answer": outcome.kind if isinstance(outcome, NoAnswer) else None,
            "right": credentials.name == RIGHT.name,
        }
        if reading:
            record["conforming"] = not reading.mismatches
            record["undeclared"] = [[self.redactor.redact(path), kind] for path, kind in reading.undeclared]
            record["valued"] = list(reading.valued)
            record["advice"] = list(reading.advice)
        self._records.append(record)
        made = Exchange(
            body,
            credentials,
            outcome,
            reading,
            self.contract,
            self.redactor,
            self.target.base_url,
            self.target.credentials,
            self.target.undeclared_fields,
            self.target.tokens.failing if self.target.tokens else None,
        )
        if reading and not reading.mismatches and isinstance(outcome, Answer):
            self.readable.setdefault((outcome.status, outcome.body), made)
        return made


def next_lease(exchange: Exchange, lease: Lease) -> Lease | None:
    """Return the session that a 428 hands out for the same link, or None for any other answer."""
    if exchange.status != 428 or exchange.reading is None or exchange.reading.mismatches:
        return None
    return Lease(session=exchange.value["session"], link=lease.link, token=lease.token)


@dataclass(frozen=True)
class _Refusal:
    make: Callable[[Lease], Body]
    judge: Callable[[Exchange], object]
    credentials: Authorization
    check: str


@dataclass
class LiveSession:
    """One paused session that serves many refusals; that it was still alive is proved at the end."""

    run: Run
    check: str = ""
    advice: list[str] = field(default_factory=list)
    _lease: Lease | None = None
    _attempted: Lease | None = None
    _refusals: list[_Refusal] = field(default_factory=list)

    def is_refused(
        self,
        make: Callable[[Lease], Body],
        judge: Callable[[Exchange], object],
        credentials: Authorization = RIGHT,
    ) -> Exchange:
        """Send what `make` makes of the live session and judge the answer; `judge` raises Violation."""
        if self._lease is None:
            self._lease = self.run.lease_if_possible()
            self._refusals = []
        lease = self._lease
        exchange = self.run(make(lease), credentials)
        if exchange.status in (400, 401):
            self._refusals.append(_Refusal(make, judge, credentials, self.check))
        else:
            self._lease = next_lease(exchange, lease)
        judge(exchange)
        return exchange

    def is_attempted(self, make: Callable[[Lease], Body], judge: Callable[[Exchange], object]) -> Exchange:
        """Send a wrong token for a session of its own, or for the one that the last 428 handed out; judge the answer.

        Whether a session outlives a 400 to a wrong token is the institution's choice, so another one follows that.
        """
        lease = self._attempted or self.run.lease_if_possible()
        exchange = self.run(make(lease))
        self._attempted = next_lease(exchange, lease)
        judge(exchange)
        return exchange

    def prove_alive(self) -> None:
        """Resume the session; where it is dead the refusals proved nothing, so each is sent again with its own.

        Raises Violation, with the check it belongs to in its `check`, when one of them is not refused then.
        """
        lease, refusals = self._lease, self._refusals
        self._lease, self._refusals = None, []
        if lease is None or not refusals or self.run.target.paused_session is None:
            return
        _, last = self.run.resume_to_the_end(lease)[-1]
        if last.status == 200:
            return
        try:
            assert_answer(last).has_status(200, 400)
            for refusal in refusals:
                lease = self.run.lease()
                refusal.judge(self.run(refusal.make(lease), refusal.credentials))
                if refusal.credentials.name != RIGHT.name:
                    # Who is not let in changes nothing: a body may spend its session, unacceptable credentials may not.
                    assert_answer(self.run.resume_to_the_end(lease)[-1][1]).has_status(200)
        except Violation as violation:
            violation.check = refusals[-1].check if violation.told["status"] not in (200, 400) else refusal.check
            raise
        except PausedSessionUnavailable:
            self.advice.append("A paused session was dead after malformed requests, and no further one could be had.")
            raise
        self.advice.append("A paused session is spent by a request that is refused as malformed.")

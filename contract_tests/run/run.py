"""One run against one target: what all its cases share, and the case that sends, leases and records for one check."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Literal

from contract_tests.cases.bodies import Body, Subject, right
from contract_tests.cases.credentials import RIGHT, Authorization
from contract_tests.cases.deliveries import PLAIN, Delivery
from contract_tests.cases.derived import complete
from contract_tests.cases.generated_bodies import GeneratedBodies
from contract_tests.cases.paused_sessions import SESSIONS_OF_A_RUN, Lease, Origin, PausedSessions, expiry_of
from contract_tests.contract import Contract
from contract_tests.contract.protocol import LINK, OK, SESSION, TOKEN, TOKEN_REQUIRED
from contract_tests.exchange.judged import Exchange, Scene, judge
from contract_tests.exchange.quick import as_read
from contract_tests.exchange.record import ExchangeRecord
from contract_tests.exchange.redaction import Redactor
from contract_tests.exchange.violation import Blocked, NotAllowed
from contract_tests.run.requests import register_request, resume_request, synthetic_lease
from contract_tests.run.turn import Turn
from contract_tests.target.sections import Register, Values
from contract_tests.target.settings import Target
from contract_tests.wire import TOO_MANY_REQUESTS, Answer, Budget, NoAnswer, Request, Wire, proxy_of

SAMPLE_UUID, SAMPLE_TOKEN = "39cd6a88-8ee3-4e59-a861-b8a2187e0f4c", "1234ab"
MOST_FACTORS = 6
"""How many tokens an institution may ask for in a row before the chain counts as endless."""
READABLE_ANSWERS = 200
READABLE_BYTES = 4_000_000
SECONDS_ASLEEP = 0.1
"""How soon a case that waits learns that the run was stopped."""
STEPS_SHOWN = 3
"""How many exchanges of the same link are told as what led to a problem."""


class Run:
    """What the cases of a run share: the wire, the sessions, the secrets, and the answers worth reading again."""

    def __init__(self, target: Target, contract: Contract, budget: Budget, seed: int, concurrency: int = 1) -> None:
        """Raises ContractError where the contract itself calls a right body invalid."""
        self.target, self.contract, self.budget, self.seed = target, contract, budget, seed
        self.concurrency = concurrency
        proxy = proxy_of(target.base_url)
        self.redactor = Redactor([*target.secret_words, *(proxy.secret_words if proxy else ())])
        self.wire = Wire(
            target,
            budget,
            f"resume-contract/{contract.version}",
            accept=", ".join(contract.resume.answer_types),
            declares_429=str(TOO_MANY_REQUESTS) in contract.responses,
        )
        self.scene = Scene(
            contract,
            self.redactor,
            target.base_url,
            target.credentials,
            target.undeclared_fields,
            target.tokens.failing if target.tokens else None,
            target.strict,
        )
        self.readable: dict[tuple[int, bytes], Exchange] = {}
        self._readable_bytes = 0
        self._lock = threading.Lock()
        self._numbers = self._wrong_credentials = 0
        self.turn = Turn()
        self.first_resumed: tuple[Lease, float] | None = None
        self.asks_now_and_then = False
        """Whether a right token was answered with a question where nothing else was under way: of some callers only."""
        token = target.tokens.accepted if target.tokens else SAMPLE_TOKEN
        self.template = complete(contract.request, {SESSION: SAMPLE_UUID, LINK: SAMPLE_UUID, TOKEN: token})
        self._generated: GeneratedBodies | None = None
        self.sessions = PausedSessions(target, self.redactor.redact, budget.value, budget.go_on)
        self.asking_twice = PausedSessions(target, self.redactor.redact, None, budget.go_on, target.second_factor)

    def case(self, check: str, case: str | None) -> Case:
        """Return what one case of a check sends with."""
        return Case(self, check, case)

    def number(self) -> int:
        """Return the number of the next exchange, from 1."""
        with self._lock:
            self._numbers += 1
            return self._numbers

    def keep(self, exchange: Exchange) -> None:
        """Keep a conforming answer for the client to read, as long as there is room for it.

        One that differs from another in UUIDs and moments of one hour alone, written alike, says nothing new.
        """
        outcome = exchange.outcome
        if exchange.problems or exchange.by_proxy or not isinstance(outcome, Answer):
            return
        with self._lock:
            key = (outcome.status, as_read(outcome.body))
            fits = len(self.readable) < READABLE_ANSWERS
            if key not in self.readable and fits and self._readable_bytes + len(outcome.body) <= READABLE_BYTES:
                self.readable[key] = exchange
                self._readable_bytes += len(outcome.body)

    def count_wrong_credentials(self) -> None:
        """Count a request with wrong credentials; raises NotAllowed where limits.wrong_credentials are used up."""
        most = self.target.limits.wrong_credentials
        with self._lock:
            if most is not None and self._wrong_credentials >= most:
                raise NotAllowed(f"The target's limits.wrong_credentials is {most}: what would send more was left out.")
            self._wrong_credentials += 1

    def note_resumed(self, lease: Lease) -> None:
        """Keep the first session that was resumed, and the moment, for a check at the end of the run."""
        with self._lock:
            self.first_resumed = self.first_resumed or (lease, time.monotonic())

    @property
    def generated(self) -> GeneratedBodies:
        """The generated bodies of this run, which a second process begins to make when they are first asked for."""
        with self._lock:
            if self._generated is None:
                self._generated = GeneratedBodies(self.seed)
            return self._generated

    def close(self) -> None:
        """Close every connection, and end what is still being generated."""
        self.wire.close()
        if self._generated is not None:
            self._generated.stop()


@dataclass
class Case:
    """One case of a check: call it with a body to make an exchange.

    What it makes up depends on the seed and its own name alone, whichever cases ran before it or run beside it.
    """

    run: Run
    check: str
    name: str | None
    random: random.Random = field(init=False, repr=False)
    records: list[ExchangeRecord] = field(default_factory=list, repr=False)
    exchanges: list[Exchange] = field(default_factory=list, repr=False)
    advice: list[str] = field(default_factory=list, repr=False)
    pauses: int = 0
    _is_alone: bool = False

    def __post_init__(self) -> None:
        self.target, self.contract, self.seed = self.run.target, self.run.contract, self.run.seed
        self.random = random.Random(f"{self.seed} {self.check} {self.name}")  # noqa: S311 - the same for the same seed

    def __call__(self, body: Body, credentials: Authorization = RIGHT, delivery: Delivery = PLAIN) -> Exchange:
        """Send a body and judge the answer; raises RunStopped when nothing may be sent any more."""
        body = body.typed(self.contract)
        request = self._request(body, credentials, delivery)
        with self._turn():
            outcome = self.run.wire.send(request, right_credentials=credentials.name == RIGHT.name)
        return self._record(body, credentials, outcome, self._led_by(body), delivery=delivery)

    def together(
        self, bodies: Sequence[Body], credentials: Sequence[Authorization] = (), apart: float = 0.0
    ) -> list[Exchange]:
        """Send bodies so that their last bytes leave at the same moment, while nothing else is sent.

        With some seconds `apart` they leave in the order given.
        """
        bodies = [body.typed(self.contract) for body in bodies]
        given = list(credentials) or [RIGHT] * len(bodies)
        requests = [self._request(body, login) for body, login in zip(bodies, given, strict=True)]
        before = [self._led_by(body) for body in bodies]
        right = [login.name == RIGHT.name for login in given]
        with nullcontext() if self._is_alone else self.run.turn.exclusive():
            outcomes = self.run.wire.send_together(requests, right_credentials=right, apart=apart)
        return [
            self._record(body, login, outcome, led_by, at_once=len(bodies))
            for body, login, outcome, led_by in zip(bodies, given, outcomes, before, strict=True)
        ]

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Have the target to itself for the length of a `with` block: what it remembers is of this case then."""
        with self.run.turn.exclusive():
            self._is_alone = True
            try:
                yield
            finally:
                self._is_alone = False

    def lease(self, connection: Literal["new", "kept"] = "new") -> Lease:
        """Return a fresh paused session, paused on some connection; raises PausedSessionUnavailable."""
        return self._noted(self._paused(self.run.sessions, connection))

    def leases(self, count: int) -> list[Lease]:
        """Return so many fresh paused sessions, paused side by side; raises PausedSessionUnavailable."""
        with ThreadPoolExecutor(self.run.concurrency, thread_name_prefix="lease") as pool:
            paused = list(pool.map(lambda _: self._paused(self.run.sessions), range(count)))
        return [self._noted(lease) for lease in paused]

    def lease_asking_twice(self) -> Lease:
        """Return a fresh paused session that asks for two tokens; raises PausedSessionUnavailable."""
        return self._noted(replace(self._paused(self.run.asking_twice), asks_twice=True))

    def lease_of_second_factor(self) -> Lease:
        """Return a session that waits for the second of two tokens, the first of which was accepted.

        Raises PausedSessionUnavailable where there is none, Blocked where the first token is not answered 428.
        """
        lease = self.lease_asking_twice()
        asked = self(right(lease))
        following = next_lease(asked, lease)
        if following is None:
            raise Blocked(asked)
        return following

    def lease_if_possible(self) -> Lease:
        """Return a fresh paused session, or a synthetic one for a target that has none to spare for refusals."""
        way = self.target.paused_session
        is_scarce = way is None or (isinstance(way, Values) and len(way.sessions) < SESSIONS_OF_A_RUN)
        return self.synthetic() if is_scarce else self.lease()

    def synthetic(self) -> Lease:
        """Return a session that no server knows, the same for the same seed."""
        return synthetic_lease(self.run.template, self.random)

    def uuid(self) -> str:
        """Return a UUID that nobody has, the same for the same seed."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def resume_to_the_end(self, lease: Lease, name: str = "right") -> list[tuple[Lease, Exchange]]:
        """Resume with the right token, and each session a 428 hands out, until another answer comes."""
        chain: list[tuple[Lease, Exchange]] = []
        for _ in range(MOST_FACTORS):
            exchange = self(right(lease, name))
            chain.append((lease, exchange))
            following = next_lease(exchange, lease)
            if following is None:
                if exchange.status == TOKEN_REQUIRED:
                    raise Blocked(exchange)
                return chain
            lease = following
        self.advise(f"{MOST_FACTORS} right tokens in a row are each answered 428: the suite follows {MOST_FACTORS}.")
        return chain

    def advise(self, *sentences: str) -> None:
        """Keep what is worth telling and no failure."""
        self.advice += sentences

    def wait_until(self, moment: float) -> None:
        """Wait until a moment of the monotonic clock; raises RunStopped when nothing may be sent any more."""
        while (seconds := moment - time.monotonic()) > 0:
            self.run.budget.go_on()
            time.sleep(min(seconds, SECONDS_ASLEEP))

    def send_register(self, register: Register, connection: Literal["new", "kept"] = "new") -> Answer | NoAnswer:
        """Send the request that pauses a session."""
        request = register_request(self.target, register, connection)
        self.run.redactor.add((request.authorization or b"").decode().partition(" ")[2])
        with self._turn():
            outcome = self.run.wire.send(request)
        number = self.run.number()
        self.records.append(ExchangeRecord.of_register(number, self.check, self.name, outcome.status, outcome.seconds))
        return outcome

    def _paused(self, sessions: PausedSessions, connection: Literal["new", "kept"] = "new") -> Lease:
        began = time.monotonic()
        paused = sessions.lease(lambda register: self.send_register(register, connection))
        return replace(paused, template=self.run.template, since=began)

    def _noted(self, lease: Lease) -> Lease:
        self.pauses += 1
        self.run.redactor.add(lease.session, lease.token)
        return lease

    def _turn(self) -> AbstractContextManager[None]:
        return nullcontext() if self._is_alone else self.run.turn.shared()

    def _request(self, body: Body, credentials: Authorization, delivery: Delivery = PLAIN) -> Request:
        request = resume_request(self.target, self.contract, body, credentials, delivery)
        # What says the password in another way: with another id before it, in base64, without its last character.
        self.run.redactor.add((request.authorization or b"").decode("latin-1").partition(" ")[2])
        if request.authorization and credentials.name != RIGHT.name:
            self.run.count_wrong_credentials()
        return request

    def _record(
        self,
        body: Body,
        credentials: Authorization,
        outcome: Answer | NoAnswer,
        before: tuple[Exchange, ...],
        at_once: int = 1,
        delivery: Delivery = PLAIN,
    ) -> Exchange:
        exchange = judge(self.run.scene, self.run.number(), body, credentials, outcome, before, at_once, delivery)
        handed_out = self.contract.next_value(exchange.value, SESSION)
        if isinstance(handed_out, str):
            self.run.redactor.add(handed_out)
        self.records.append(ExchangeRecord.of(exchange, self.check, self.name))
        self.exchanges.append(exchange)
        self.run.keep(exchange)
        if exchange.subject == Subject.RIGHT and body.lease is not None:
            if exchange.status == OK:
                self.run.note_resumed(body.lease)
            is_by_itself = self._is_alone and at_once == 1 and body.lease.origin == "paused"
            if exchange.status == TOKEN_REQUIRED and is_by_itself and not body.lease.asks_twice:
                self.run.asks_now_and_then = True
        return exchange

    def _led_by(self, body: Body) -> tuple[Exchange, ...]:
        """Return the last exchanges of this case about the same link: what an answer may depend on."""
        if body.lease is None:
            return ()
        link = body.lease.link
        same = [made for made in self.exchanges if made.body.lease is not None and made.body.lease.link == link]
        return tuple(same[-STEPS_SHOWN:])


def next_lease(exchange: Exchange, lease: Lease) -> Lease | None:
    """Return the session that a 428 hands out for the same link, or None where there is none to go on with."""
    if exchange.status != TOKEN_REQUIRED:
        return None
    session = exchange.scene.contract.next_value(exchange.value, SESSION)
    try:
        uuid.UUID(str(session))
    except ValueError:
        return None
    token_was_right = exchange.subject == Subject.RIGHT and lease.origin != "another try"
    origin: Origin = "further factor" if token_was_right else "another try"
    began = time.monotonic() - exchange.outcome.seconds
    return replace(lease, session=str(session), origin=origin, expiry=expiry_of(exchange.value), since=began)

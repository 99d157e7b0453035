"""One exchange, judged once when it came: what was sent, what came back, and each way in which that breaks a clause."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from contract_tests.cases.bodies import Body, Subject
from contract_tests.cases.credentials import Authorization
from contract_tests.cases.deliveries import PLAIN, Delivery
from contract_tests.contract import Contract
from contract_tests.exchange.disclosure import disclosed
from contract_tests.exchange.on_the_way import refusal_of_a_proxy
from contract_tests.exchange.problem import Problem
from contract_tests.exchange.redaction import Redactor
from contract_tests.exchange.validation import Reading, read
from contract_tests.target.settings import Credentials
from contract_tests.wire import Answer, NoAnswer

PARTIAL = frozenset({"truncated", "too large", "undecodable", "not http"})
"""Failures of an answer that did begin: the server broke the contract, it did not stay away."""


@dataclass(frozen=True)
class Scene:
    """What every exchange of a run is judged and shown with."""

    contract: Contract = field(repr=False)
    redactor: Redactor = field(repr=False)
    base_url: str
    login: Credentials = field(repr=False)
    undeclared_fields: Literal["advise", "fail", "ignore"] = "advise"
    failing_token: str | None = field(default=None, repr=False)
    strict: bool = False


@dataclass(frozen=True)
class Exchange:
    """A request and its answer, or why none came. `problems` are all ways in which the answer breaks a clause.

    `number` counts the exchanges of a run from 1; `before` are those about the same link that led to it; `at_once` says
    how many requests left at the same moment; `by_proxy` that a proxy on the way has answered in the operation's place.
    """

    number: int
    body: Body
    credentials: Authorization
    outcome: Answer | NoAnswer
    scene: Scene = field(repr=False)
    reading: Reading | None = None
    problems: tuple[Problem, ...] = ()
    before: tuple[Exchange, ...] = field(default=(), repr=False)
    at_once: int = 1
    delivery: Delivery = PLAIN
    by_proxy: bool = False

    @property
    def status(self) -> int | None:
        """The status of the answer, when one came whole."""
        return self.outcome.status if isinstance(self.outcome, Answer) else None

    @property
    def value(self) -> Any:
        """The JSON value of the answer; None where there is none."""
        return self.reading.value if self.reading else None

    @property
    def conforms(self) -> bool:
        """Whether the answer is what its status declares, whatever it discloses."""
        return isinstance(self.outcome, Answer) and all(found.kind == "disclosure" for found in self.problems)

    @property
    def subject(self) -> Subject:
        """The kind of request that it is: credentials that are not right come before what the body says."""
        return self.body.subject if self.credentials.name == "right" else Subject.CREDENTIALS

    @property
    def case(self) -> str:
        """The name of what is special about the request."""
        name = self.body.name if self.credentials.name == "right" else self.credentials.name
        if self.delivery is PLAIN:
            return name
        return self.delivery.name if name == "right" else f"{name}, {self.delivery.name}"

    @property
    def variations(self) -> int:
        """How many named things are special about the request: the fewer, the more its answer says."""
        return self.case.count(" + ") + 1


def judge(
    scene: Scene,
    number: int,
    body: Body,
    credentials: Authorization,
    outcome: Answer | NoAnswer,
    before: tuple[Exchange, ...] = (),
    at_once: int = 1,
    delivery: Delivery = PLAIN,
) -> Exchange:
    """Compare an outcome with what its status declares, once and in full."""
    if isinstance(outcome, NoAnswer):
        return Exchange(
            number,
            body,
            credentials,
            outcome,
            scene,
            None,
            _broken_off(scene.contract, outcome),
            before,
            at_once,
            delivery,
        )
    reading = read(scene.contract, outcome)
    refusal = refusal_of_a_proxy(body, credentials.value(scene.login), delivery, outcome, reading)
    by_proxy = refusal is not None and not scene.strict
    if refusal is not None and by_proxy:
        reading = Reading((), advice=(scene.redactor.redact(refusal),))
    earlier = [exchange.body for exchange in before]
    found = [
        *reading.problems,
        *disclosed(scene.contract, scene.login, body, credentials, outcome, reading.value, earlier),
    ]
    if scene.undeclared_fields == "fail":
        found += [
            Problem("undeclared", scene.contract.property_pointer(outcome.status, ""), path, kind, "is not declared")
            for path, kind in reading.undeclared
        ]
    return Exchange(
        number, body, credentials, outcome, scene, reading, tuple(found), before, at_once, delivery, by_proxy
    )


def _broken_off(contract: Contract, outcome: NoAnswer) -> tuple[Problem, ...]:
    if outcome.kind not in PARTIAL:
        return ()
    declared = contract.declared(outcome.status)
    clause = declared.pointer if declared else contract.resume.pointer
    return (Problem("length", clause, "", outcome.kind, outcome.sentence),)

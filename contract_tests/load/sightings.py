"""What went wrong, counted: one entry for each kind of wrong exchange, with a few redacted examples."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from contract_tests.cases.bodies import Body, Subject
from contract_tests.cases.credentials import RIGHT, Authorization
from contract_tests.cases.paused_sessions import Lease, Origin
from contract_tests.exchange.disclosure import UUID
from contract_tests.exchange.judged import Exchange, Scene
from contract_tests.exchange.problem import Kind, Problem
from contract_tests.exchange.violation import Finding
from contract_tests.report.model import Example
from contract_tests.verdict.examples import example_of
from contract_tests.wire import Answer, NoAnswer

EXAMPLES = 5
NAME_CHARACTERS = 80
"""Longer names come from the target, and say no more than their beginning."""


@dataclass(frozen=True)
class Wrong:
    """One thing that is wrong with a kind of exchange, without a word of its answers; `asserted` by a step."""

    asserted: bool
    kind: Kind
    clause: str
    place: str
    keyword: str
    expected: tuple[str, ...]
    attributed_to: str | None
    group: str

    @staticmethod
    def of(finding: Finding, *, asserted: bool) -> Wrong:
        """Return what a finding says, list positions aside."""
        problem = finding.problem
        return Wrong(
            asserted,
            problem.kind,
            problem.clause,
            re.sub(r"/\d+(?=/|$)", "/*", problem.place)[:NAME_CHARACTERS],
            problem.keyword[:NAME_CHARACTERS],
            finding.expected,
            finding.attributed_to,
            finding.group,
        )


@dataclass(frozen=True)
class WrongExchange:
    """A kind of wrong exchange: what was sent, in names of the suite's own, and all that was wrong with the answer."""

    step: str
    body: str
    credentials: str
    subject: Subject
    origin: Origin | None
    status: int | None
    no_answer: str | None
    wrong: tuple[Wrong, ...]

    @property
    def id(self) -> str:
        """The name under which equal ones are counted."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


@dataclass
class Sighting:
    """How often a kind of wrong exchange was met, when first, and for each thing that is wrong a few examples."""

    what: WrongExchange
    messages: list[str]
    first_seconds: float
    count: int = 0
    examples: list[list[Example]] = field(default_factory=list)

    def merge(self, other: Sighting) -> None:
        """Take in what another worker has met."""
        self.count += other.count
        self.first_seconds = min(self.first_seconds, other.first_seconds)
        self.examples = [(mine + theirs)[:EXAMPLES] for mine, theirs in zip(self.examples, other.examples, strict=True)]


def kind_of(step: str, exchange: Exchange, findings: Sequence[Finding], asserted: Sequence[Finding]) -> WrongExchange:
    """Return the kind of a wrong exchange."""
    outcome, lease = exchange.outcome, exchange.body.lease
    return WrongExchange(
        step,
        exchange.body.name,
        exchange.credentials.name,
        exchange.body.subject,
        lease.origin if lease else None,
        outcome.status,
        outcome.kind if isinstance(outcome, NoAnswer) else None,
        tuple(Wrong.of(finding, asserted=finding in asserted) for finding in findings),
    )


def redacted(findings: Sequence[Finding]) -> tuple[list[Example], list[str]]:
    """Return each finding of an exchange as an example, and what it says, free of all that is secret.

    Only what is shown is redacted: a run under load has more sessions than anyone could look for in a text.
    """
    exchange = findings[0].exchange
    steps = [*exchange.before, exchange]
    words = {word for step in steps for word in _words(step)}
    redactor = exchange.scene.redactor.with_words(*sorted(words))
    scene = replace(exchange.scene, redactor=redactor)
    # What led to it is told without what led to that.
    before = tuple(replace(step, scene=scene, before=()) for step in exchange.before)
    shown = replace(exchange, scene=scene, before=before)
    told = [replace(finding, exchange=shown) for finding in findings]
    return [example_of(finding) for finding in told], [redactor.redact(each.problem.message) for each in findings]


def _words(exchange: Exchange) -> set[str]:
    """Return the session of an exchange, its credentials, and every UUID of the answer: it may be anyone's session."""
    lease, outcome = exchange.body.lease, exchange.outcome
    value = exchange.credentials.value(exchange.scene.login) or b""
    words = {value.decode("latin-1").partition(" ")[2]}
    text = exchange.body.content.decode("latin-1")
    if isinstance(outcome, Answer):
        text += outcome.body.decode("latin-1") + " ".join(content for _, content in outcome.headers)
    words |= set(UUID.findall(text))
    if lease is not None:
        words |= {lease.session, lease.token}
        words.discard(lease.link)
    return words


def rebuilt(sighting: Sighting, number: int, scene: Scene) -> tuple[Exchange, list[Finding]]:
    """Return an exchange of that kind with its findings, as far as causes are made of them."""
    what = sighting.what
    outcome: Answer | NoAnswer = Answer(what.status or 0, (), b"", 0.0)
    if what.no_answer is not None:
        outcome = NoAnswer(what.no_answer, "", 0.0, what.status)
    lease = Lease("", "", "", what.origin) if what.origin else None
    credentials = RIGHT if what.credentials == RIGHT.name else Authorization(what.credentials, lambda _: None, "")
    body = Body(what.body, b"", lease=lease, subject=what.subject)
    exchange = Exchange(number, body, credentials, outcome, scene)
    findings = [
        Finding(
            exchange,
            Problem(wrong.kind, wrong.clause, wrong.place, wrong.keyword, message),
            wrong.expected,
            wrong.attributed_to,
            wrong.group,
        )
        for wrong, message in zip(what.wrong, sighting.messages, strict=True)
    ]
    return exchange, findings

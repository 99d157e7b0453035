"""What a run keeps of its exchanges and cases: frozen data, from which the verdict is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from contract_tests.cases.bodies import Subject
from contract_tests.exchange.judged import Exchange
from contract_tests.exchange.violation import Finding
from contract_tests.wire import NoAnswer

Outcome = Literal["holds", "violated", "blocked", "unanswered", "incomplete", "not run", "error", "skipped"]


@dataclass(frozen=True)
class ExchangeRecord:
    """One exchange of a run, free of secrets but for what `findings` refer to."""

    number: int
    check: str
    case: str | None
    status: int | None
    seconds: float
    register: bool = False
    no_answer: str | None = None
    subject: Subject | None = None
    findings: tuple[Finding, ...] = field(default=(), repr=False)
    undeclared: tuple[tuple[str, str], ...] = ()
    valued: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()

    @property
    def conforming(self) -> bool:
        """Whether the answer is what its status declares."""
        return self.no_answer is None and all(found.problem.kind == "disclosure" for found in self.findings)

    @staticmethod
    def of(exchange: Exchange, check: str, case: str | None) -> ExchangeRecord:
        """Return the record of an exchange of the operation."""
        outcome, reading, redact = exchange.outcome, exchange.reading, exchange.scene.redactor.redact
        return ExchangeRecord(
            exchange.number,
            check,
            case,
            outcome.status,
            round(outcome.seconds, 6),
            no_answer=outcome.kind if isinstance(outcome, NoAnswer) else "proxy" if exchange.by_proxy else None,
            subject=exchange.subject,
            findings=tuple(Finding(exchange, problem) for problem in exchange.problems),
            undeclared=tuple((redact(path), kind) for path, kind in reading.undeclared) if reading else (),
            valued=reading.valued if reading else (),
            advice=reading.advice if reading else (),
        )

    @staticmethod
    def of_register(number: int, check: str, case: str | None, status: int | None, seconds: float) -> ExchangeRecord:
        """Return the record of a request that pauses a session."""
        return ExchangeRecord(number, check, case, status, round(seconds, 6), register=True)


@dataclass(frozen=True)
class CaseResult:
    """How one case of a check ended.

    `exchange` is the number of the exchange that blocked it, `late` marks a result that came after the case had ended.
    """

    check: str
    case: str | None
    outcome: Outcome
    reason: str | None = None
    findings: tuple[Finding, ...] = field(default=(), repr=False)
    exchange: int | None = None
    records: tuple[ExchangeRecord, ...] = field(default=(), repr=False)
    pauses: int = 0
    advice: tuple[str, ...] = ()
    seconds: float = 0.0
    late: bool = False

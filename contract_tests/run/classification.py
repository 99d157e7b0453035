"""How a case ended: an exception → the result that the verdict room understands."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from contract_tests.cases.paused_sessions import PausedSessionUnavailable
from contract_tests.exchange.record import CaseResult
from contract_tests.exchange.violation import Blocked, CheckFailed, NotAllowed, SessionExpired, Unanswered
from contract_tests.run.run import Case
from contract_tests.wire import RunStopped


def classify(case: Case, error: BaseException | None, seconds: float, *, late: bool = False) -> CaseResult:
    """Return how a case ended, with all that it sent since it was classified last."""
    result = _result(case, error, seconds, late)
    case.records, case.advice, case.exchanges, case.pauses = [], [], [], 0
    return result


def _result(case: Case, error: BaseException | None, seconds: float, late: bool) -> CaseResult:
    def ended(outcome: str, reason: str | None = None, **more: object) -> CaseResult:
        return CaseResult(
            case.check,
            case.name,
            outcome,  # type: ignore[arg-type]
            reason,
            records=tuple(case.records),
            pauses=case.pauses,
            advice=tuple(case.advice),
            seconds=seconds,
            late=late,
            **more,  # type: ignore[arg-type]
        )

    match error:
        case None:
            return ended("holds")
        case pytest.skip.Exception():
            return ended("skipped", str(error))
        case CheckFailed(finding=finding, own=own):
            return ended("violated" if own else "blocked", findings=(finding,), exchange=finding.exchange.number)
        case Blocked(exchange=exchange):
            return ended("blocked", str(error), exchange=exchange.number)
        case Unanswered(finding=finding):
            return ended("unanswered", str(error), findings=(finding,))
        case PausedSessionUnavailable():
            return ended("incomplete", str(error))
        case NotAllowed() | SessionExpired():
            case.advise(str(error))
            return ended("skipped", str(error))
        case RunStopped():
            return ended("not run", str(error))
    return ended("error", describe(error, case.run.redactor.redact))


def describe(error: BaseException, redact: Callable[[str], str]) -> str:
    """Return an error of ours with the place it was raised at; its text may quote an answer, so it is redacted."""
    where = "".join(
        f" ({Path(place.filename).name}, line {place.lineno})"
        for place in traceback.extract_tb(error.__traceback__)[-1:]
    )
    return redact(f"{type(error).__name__}: {error}{where}")[:1_000]

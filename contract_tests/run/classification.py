"""How one phase of a check ended: an exception → a finding that the ledger understands."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import pytest

from contract_tests.cases.paused_sessions import PausedSessionUnavailable
from contract_tests.exchange.expectation import Unanswered, Violation
from contract_tests.run.run import Run
from contract_tests.wire import RunStopped


def find(call: pytest.CallInfo[None], check: str, run: Run | None) -> dict[str, Any]:
    """Return the finding of one phase: its kind, its reason, and the violation where there is one."""
    error = call.excinfo.value if call.excinfo else None
    found: dict[str, Any] = {"finding": "holds", "reason": None, "violation": None, "blamed": None, "refused": False}
    if error is None:
        return found
    if isinstance(error, pytest.skip.Exception):
        return found | {"finding": "skipped", "reason": str(error)}
    if isinstance(error, Violation):
        blamed = error.check or check
        return found | {
            "finding": "violated",
            "violation": error.told | {"fingerprint": error.fingerprint(blamed)},
            "blamed": blamed,
            "refused": error.right_credentials_refused,
        }
    for kind, finding in (
        (Unanswered, "unanswered"),
        (PausedSessionUnavailable, "incomplete"),
        (RunStopped, "not run"),
    ):
        if isinstance(error, kind):
            return found | {"finding": finding, "reason": str(error)}
    return found | {"finding": "error", "reason": _told(error, run)}


def _told(error: BaseException, run: Run | None) -> str:
    """Return an error of ours with the place it was raised at; its text may quote an answer, so it is filtered."""
    where = "".join(
        f" ({Path(place.filename).name}, line {place.lineno})"
        for place in traceback.extract_tb(error.__traceback__)[-1:]
    )
    text = f"{type(error).__name__}: {error}{where}"
    return (run.redactor.redact(text) if run else text)[:1_000]

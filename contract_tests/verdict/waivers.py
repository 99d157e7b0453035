"""Known violations that are accepted for a time: by check, by case of a check, or by cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from contract_tests.report.model import Cause, CauseCase, WaiverResult
from contract_tests.target.sections import Waiver
from contract_tests.target.settings import Target


def waive(causes: Sequence[Cause], target: Target) -> tuple[tuple[Cause, ...], tuple[WaiverResult, ...]]:
    """Return the causes, those marked whose every case is waived, and which waivers are still needed."""
    needed: set[int] = set()
    marked = []
    for cause in causes:
        matching = [
            (index, waiver)
            for index, waiver in enumerate(target.waivers)
            if cause.kind == "violation"
            and (waiver.cause == cause.id or any(_covers(waiver, case) for case in cause.cases))
        ]
        needed |= {index for index, _ in matching}
        whole = all(
            any(waiver.cause == cause.id or _covers(waiver, case) for _, waiver in matching) for case in cause.cases
        )
        if matching and whole:
            waiver = matching[0][1]
            cause = replace(cause, waived=f"{waiver.reason} (until {waiver.expires.isoformat()})")
        marked.append(cause)
    told = tuple(
        WaiverResult(waiver.reason, waiver.expires.isoformat(), index in needed, waiver.check, waiver.cause)
        for index, waiver in enumerate(target.waivers)
    )
    return tuple(marked), told


def _covers(waiver: Waiver, case: CauseCase) -> bool:
    if waiver.check is None:
        return False
    name, bracket, inner = waiver.check.partition("[")
    return name == case.check and (not bracket or inner.removesuffix("]") == case.case)

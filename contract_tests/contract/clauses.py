"""@clause(pointer): which words of openapi.yaml a check holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from contract_tests.contract import Contract

Check = TypeVar("Check", bound=Callable[..., object])


def clause(pointer: str) -> Callable[[Check], Check]:
    """Say which place of openapi.yaml a check holds, in the words of `Contract.place`: `responses/401`, or a pointer.

    A pointer that names nothing is an error when the check is collected.
    """

    def cite(check: Check) -> Check:
        check.clause = pointer  # type: ignore[attr-defined]
        return check

    return cite


def response_of(contract: Contract, pointer: str) -> str | None:
    """Return the status of the declared response that a clause is part of, or None for a clause of the whole."""
    for status, declared in contract.responses.items():
        homes = (f"{contract.resume.pointer}/responses/{status}", declared.pointer)
        if any(pointer == home or pointer.startswith(f"{home}/") for home in homes):
            return status
    return None

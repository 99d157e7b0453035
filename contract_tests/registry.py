"""Every check with its clause, and whether a run selected the whole of them."""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable
from pathlib import Path

from contract_tests.contract import Contract, ContractError
from contract_tests.contract.clauses import response_of
from contract_tests.verdict.checks import Selected

CHECKS = Path(__file__).parent / "checks"


@functools.cache
def all_checks() -> tuple[Selected, ...]:
    """Return every check of the suite, in the order in which they are told.

    Raises ContractError when one cites no clause.
    """
    found = []
    for path in sorted(CHECKS.glob("test_*.py")):
        module = importlib.import_module(f"contract_tests.checks.{path.stem}")
        for name, function in vars(module).items():
            if name.startswith("test_") and inspect.isfunction(function):
                found.append(_check(f"{path.name}::{name}", function))
    return tuple(found)


def attributed(check: Selected, contract: Contract) -> Selected:
    """Return a check with the declared response that its clause is part of.

    Raises ContractError when the contract has no such clause.
    """
    try:
        pointer = contract.place(check.clause)
    except ContractError as error:
        raise ContractError(
            f"The check {check.id} is about {check.clause}, which is not there: {error} "
            "Declare it again, or take the check out."
        ) from None
    first, _, rest = check.clause.partition("/")
    # Two responses may refer to the same component: the clause says which of them is meant.
    status = rest.partition("/")[0]
    declared = contract.declared(int(status)) if first == "responses" and status.isdecimal() else None
    return Selected(check.id, check.title, pointer, declared.status if declared else response_of(contract, pointer))


def check_of(nodeid: str) -> str:
    """Return the check that a pytest node id belongs to: its file and function, without folder and case."""
    return nodeid.partition("[")[0].rpartition("/")[2]


def case_of(nodeid: str) -> str | None:
    """Return the case that a pytest node id names in brackets, or None."""
    return nodeid.partition("[")[2].removesuffix("]") or None


def _check(identifier: str, function: Callable[..., object]) -> Selected:
    pointer = getattr(function, "clause", None)
    if not isinstance(pointer, str):
        raise ContractError(f"The check {identifier} cites no clause: decorate it with @clause.")
    title = (inspect.getdoc(function) or identifier).partition("\n")[0]
    return Selected(identifier, title, pointer, None)

"""Every check with its clause, and whether a run selected the whole of them."""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable
from pathlib import Path

from contract_tests.contract.clauses import response_of
from contract_tests.contract.document import Contract, ContractError
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
    """Return a check with the declared response that its clause is part of; raises ContractError for no clause."""
    contract.resolve(check.clause)
    return Selected(check.id, check.title, check.clause, response_of(contract, check.clause))


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

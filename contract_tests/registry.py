"""The register of checks: every function that cites a clause, found in the suite's own files."""

from __future__ import annotations

import functools
import importlib
import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from contract_tests.contract.document import ContractError

HERE = Path(__file__).parent / "checks"


@dataclass(frozen=True)
class Check:
    """A check: its id without parameters, the first sentence of its docstring, and the clause that it holds."""

    id: str
    title: str
    clause: str


@functools.cache
def all_checks() -> tuple[Check, ...]:
    """Return every check of the suite, in the order in which they run.

    Raises ContractError when one cites no clause.
    """
    found = []
    for path in sorted(HERE.glob("test_*.py")):
        module = importlib.import_module(f"contract_tests.checks.{path.stem}")
        for name, function in vars(module).items():
            if name.startswith("test_") and inspect.isfunction(function):
                found.append(_check(f"{path.name}::{name}", function))
    return tuple(found)


def _check(identifier: str, function: Any) -> Check:
    if not hasattr(function, "clause"):
        raise ContractError(f"The check {identifier} cites no clause: decorate it with @clause.")
    title = (inspect.getdoc(function) or identifier).partition("\n")[0]
    return Check(identifier, title, function.clause)


def check_of(nodeid: str) -> str:
    """Return the check that a pytest node id belongs to: its file and function, without folder and case."""
    return nodeid.partition("[")[0].rpartition("/")[2]


def is_narrowed(config: pytest.Config) -> bool:
    """Tell whether a run was narrowed: by -k, -m, --deselect, or the names of files."""
    option = config.option
    whole = [Path(argument) for argument in config.args] == [HERE]
    return bool(option.keyword or option.markexpr or option.deselect or not whole)

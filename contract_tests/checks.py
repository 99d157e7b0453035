"""The register of checks: every function that cites a clause, found in the suite's own files."""

from __future__ import annotations

import functools
import importlib
import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from contract_tests.contract import ContractError
from contract_tests.target import Target

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Check:
    """A check: its id without parameters, the first sentence of its docstring, and the clause that it holds."""

    id: str
    title: str
    clause: str
    exchanges: int
    sessions: int
    cases: int


@functools.cache
def all_checks() -> tuple[Check, ...]:
    """Return every check of the suite, in the order in which they run.

    Raises ContractError when one cites no clause.
    """
    found = []
    for path in sorted(HERE.glob("test_*.py")):
        module = importlib.import_module(f"contract_tests.{path.stem}")
        for name, function in vars(module).items():
            if name.startswith("test_") and inspect.isfunction(function):
                found.append(_check(f"{path.name}::{name}", function))
    return tuple(found)


def _check(identifier: str, function: Any) -> Check:
    if not hasattr(function, "clause"):
        raise ContractError(f"The check {identifier} cites no clause: decorate it with @clause.")
    title = (inspect.getdoc(function) or identifier).partition("\n")[0]
    cases = 1
    for mark in getattr(function, "pytestmark", ()):
        if mark.name == "parametrize":
            cases *= len(list(mark.args[1]))
    exchanges, sessions = getattr(function, "costs", (1, 0))
    return Check(identifier, title, function.clause, exchanges, sessions, cases)


def check_of(nodeid: str) -> str:
    """Return the check that a pytest node id belongs to: its file and function, without folder and case."""
    return nodeid.partition("[")[0].rpartition("/")[2]


class Selection:
    """Which of the checks a run is about."""

    @staticmethod
    def narrowed(config: pytest.Config) -> bool:
        """Tell whether the run was narrowed: by -k, -m, --deselect, or the names of files."""
        option = config.option
        whole = [Path(argument) for argument in config.args] == [HERE]
        return bool(option.keyword or option.markexpr or getattr(option, "deselect", None) or not whole)

    @staticmethod
    def plan(nodeids: list[str], target: Target) -> str:
        """Return what a run would send, as text."""
        known = {check.id: check for check in all_checks()}
        chosen: dict[str, int] = {}
        for nodeid in nodeids:
            chosen[check_of(nodeid)] = chosen.get(check_of(nodeid), 0) + 1
        lines = [f"Plan for {target.base_url or 'the embedded server'}; nothing is sent.", ""]
        total = pauses = 0
        for identifier, cases in chosen.items():
            check = known[identifier]
            share = cases / check.cases
            exchanges, sessions = (
                round(check.exchanges * share),
                max(round(check.sessions * share), min(check.sessions, 1)),
            )
            total, pauses = total + exchanges, pauses + sessions
            lines.append(f"  {exchanges:4} exchanges {sessions:3} paused sessions  {identifier}")
        registers = pauses if type(target.paused_session).__name__ == "Register" else 0
        lines += ["", f"About {total + registers} exchanges with the target, {pauses} sessions to be paused."]
        lines.append(f"limits.requests is {target.limits.requests}; it is never exceeded.")
        return "\n".join(lines)

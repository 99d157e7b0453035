"""`python -m contract_tests` as its user starts it: a process of its own, in the project or in a copy of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.preloaded import SUITE, preloaded

PROJECT = Path(__file__).parent.parent
IN_PROCESS = ("--capture=no",)
"""What a run within this process is given besides: it prints through the caller's streams."""


@dataclass(frozen=True)
class Ended:
    """How a run of the command ended, and what it printed and wrote."""

    exit_code: int
    printed: str
    complained: str
    reports: Path

    @property
    def report(self) -> dict[str, Any]:
        """What contract.json holds."""
        told: dict[str, Any] = json.loads((self.reports / "contract.json").read_text(encoding="utf-8"))
        return told


RUNS = """
import json, sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from contract_tests.__main__ import main
ended = []
for arguments in json.load(sys.stdin):
    with redirect_stdout(StringIO()) as printed, redirect_stderr(StringIO()) as complained:
        code = main(arguments)
    ended.append((code, printed.getvalue(), complained.getvalue()))
json.dump(ended, sys.stdout)
"""


def run_suite(
    reports: Path, *arguments: str, project: Path = PROJECT, environment: Mapping[str, str] | None = None
) -> Ended:
    """Run the suite to its end, with no other setting than those given."""
    command = ["-m", "contract_tests", "--report-dir", str(reports), *arguments]
    done = _python(command, project, environment or {}, "")
    return Ended(done.returncode, done.stdout, done.stderr, reports)


def run_suite_in_turn(project: Path, runs: Sequence[Sequence[str]]) -> list[Ended]:
    """Run the suite of a copy of the project so many times, in one process: it takes as long to start as to run."""
    folders = [project / "reports" / str(number) for number, _ in enumerate(runs)]
    given = [["--report-dir", str(folder), *IN_PROCESS, *run] for folder, run in zip(folders, runs, strict=True)]
    done = _python(["-c", RUNS], project, {}, json.dumps(given))
    assert done.returncode == 0, done.stderr
    ended: list[tuple[int, str, str]] = json.loads(done.stdout)
    return [Ended(*told, reports) for told, reports in zip(ended, folders, strict=True)]


def _python(
    arguments: Sequence[str], project: Path, environment: Mapping[str, str], given: str
) -> subprocess.CompletedProcess[str]:
    # What steers this run is not to steer that one.
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("CONTRACT_", "PYTEST_"))}
    return preloaded(*SUITE).run(arguments, project, inherited | dict(environment), given)


def copy_of_project(folder: Path) -> Path:
    """Copy what the suite needs, to have something missing or broken in it."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(PROJECT / "openapi.yaml", folder)
    for package in ("contract_tests", "generated"):
        # With what is compiled of it, which takes longer than most runs, but for what is being written at this moment.
        shutil.copytree(PROJECT / package, folder / package, ignore=shutil.ignore_patterns("*.pyc.*"))
    return folder

"""`python -m contract_tests` as its user starts it: a process of its own, in the project or in a copy of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


def run_suite(
    reports: Path, *arguments: str, project: Path = PROJECT, environment: Mapping[str, str] | None = None
) -> Ended:
    """Run the suite to its end, with no other setting than those given."""
    # What steers this run is not to steer that one.
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("CONTRACT_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "contract_tests", "--report-dir", str(reports), *arguments],
        cwd=project,
        env=inherited | dict(environment or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr, reports)


def copy_of_project(folder: Path) -> Path:
    """Copy what the suite needs, to have something missing or broken in it."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(PROJECT / "openapi.yaml", folder)
    for package in ("contract_tests", "generated"):
        # With what is compiled of it, which takes longer than most runs, but for what is being written at this moment.
        shutil.copytree(PROJECT / package, folder / package, ignore=shutil.ignore_patterns("*.pyc.*"))
    return folder

"""Every server of under_load.py, several runs each: `python -m tests.faulty_servers.load_matrix` (or some names)."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.faulty_servers.under_load import FAULTS_UNDER_LOAD, PROJECT, STYLES_UNDER_LOAD


@dataclass(frozen=True)
class Run:
    """How one run under load ended: its exit code, and after how many seconds the first wrong answer came."""

    exit_code: int
    seconds: float
    first_seen: float | None
    answers: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Print each run; 1 where a fault was not found in one of them, or a right server was failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.faulty_servers.load_matrix", description=__doc__)
    parser.add_argument("names", nargs="*", help="some servers only")
    parser.add_argument("--runs", type=int, default=3, help="runs of each (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=60, help="the longest run (default: %(default)s)")
    given = parser.parse_args(arguments)
    servers = FAULTS_UNDER_LOAD | STYLES_UNDER_LOAD
    right = True
    for name in given.names or servers:
        is_fault = name in FAULTS_UNDER_LOAD
        runs = [_run(name, given.seconds) for _ in range(given.runs)]
        good = all(run.exit_code == (1 if is_fault else 0) for run in runs)
        right &= good
        told = ", ".join(
            f"exit {run.exit_code} after {run.first_seen or run.seconds:.1f} s"
            if is_fault
            else f"exit {run.exit_code}, {run.answers} answers"
            for run in runs
        )
        print(f"{'fault' if is_fault else 'style'}  {name:<40} {told}{'' if good else '   WRONG'}", flush=True)
    return 0 if right else 1


def _run(name: str, seconds: float) -> Run:
    served = (FAULTS_UNDER_LOAD | STYLES_UNDER_LOAD)[name]()
    with tempfile.TemporaryDirectory() as folder, served.serve() as base_url:
        target = Path(folder) / "target.yaml"
        target.write_text(yaml.safe_dump(served.target_settings(base_url)), encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "contract_tests",
            "load",
            "-x",
            "--target",
            str(target),
            "--seconds",
            str(seconds),
        ]
        began = time.monotonic()
        done = subprocess.run([*command, "--report-dir", folder], cwd=PROJECT, capture_output=True, check=False)
        took = time.monotonic() - began
        report = json.loads((Path(folder) / "contract.json").read_text(encoding="utf-8"))
    first = min((cause["first_seen_seconds"] for cause in report["load"]["causes"]), default=None)
    return Run(done.returncode, took, first, report["load"]["answers"])


if __name__ == "__main__":
    sys.exit(main())

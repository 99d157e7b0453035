"""`python -m contract_tests load` as its user starts it: a process of its own, since Locust changes all of it."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from tests.faulty_servers.served import Served
from tests.preloaded import LOAD, preloaded
from tests.suite_command import PROJECT, Ended


def command(reports: Path, *arguments: str) -> list[str]:
    """Return the command of a run under load."""
    return [sys.executable, "-m", "contract_tests", "load", "--report-dir", str(reports), *arguments]


def environment(given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a run: nothing that steers the tests' own, and what is given."""
    steering = ("CONTRACT_", "PYTEST_", "GITHUB_")
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(steering)}
    return inherited | dict(given or {})


def run_load(reports: Path, *arguments: str, given: Mapping[str, str] | None = None) -> Ended:
    """Run it to its end."""
    done = preloaded(*LOAD).run(command(reports, *arguments)[1:], PROJECT, environment(given))
    return Ended(done.returncode, done.stdout, done.stderr, reports)


@contextlib.contextmanager
def target_of(served: Served, folder: Path, **settings: object) -> Iterator[str]:
    """Serve a server, for the length of a `with` block that is given its target file."""
    with served.serve() as base_url:
        file = folder / "target.yaml"
        file.write_text(yaml.safe_dump(served.target_settings(base_url) | settings), encoding="utf-8")
        yield str(file)


def load_part(ended: Ended) -> dict[str, object]:
    """Return the load part of a run's report, as its file has it."""
    part: dict[str, object] = json.loads((ended.reports / "contract.json").read_text(encoding="utf-8"))["load"]
    return part

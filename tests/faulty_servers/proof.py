"""The suite, run in this process against one served server: what it said, and how long that took."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import yaml

from contract_tests.__main__ import main
from contract_tests.cases.generated_bodies import GeneratedBodies
from tests.faulty_servers.served import Served
from tests.suite_command import IN_PROCESS


@dataclass(frozen=True)
class Proof:
    """What one run of the suite said of a server."""

    name: str
    exit_code: int
    seconds: float
    output: str = field(repr=False)
    report: dict[str, Any] = field(repr=False)

    @property
    def failed(self) -> tuple[str, ...]:
        """The checks that name the fault: those that are violated, or were not answered, in the order they ran."""
        return tuple(c["id"] for c in self.report.get("checks", ()) if c["verdict"] in ("violated", "unanswered"))

    @property
    def causes(self) -> tuple[tuple[str, str | None, str], ...]:
        """The causes: kind, the response that each is attributed to, and what is wrong, most exchanges first."""
        told = self.report.get("causes", ())
        return tuple((cause["kind"], cause["response"], cause["problem"]) for cause in told)

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdict of each check."""
        return {check["id"]: check["verdict"] for check in self.report.get("checks", ())}


def prove(served: Served, folder: Path, *arguments: str, **settings: object) -> Proof:
    """Run the suite against a server; its reports and its target file, with these settings, go to the folder."""
    printed = io.StringIO()
    began = time.perf_counter()
    with (
        served.serve() as base_url,
        _alone(),
        generated_once(),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
    ):
        target = folder / "target.yaml"
        target.write_text(yaml.safe_dump(served.target_settings(base_url) | settings), encoding="utf-8")
        code = main(["--target", str(target), "--report-dir", str(folder), *IN_PROCESS, *arguments])
    report = folder / "contract.json"
    told = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    return Proof(served.name, code, time.perf_counter() - began, printed.getvalue(), told)


@functools.cache
def _generated(seed: int) -> GeneratedBodies:
    made = GeneratedBodies(seed)
    made.valid(0)
    return made


def generated_once() -> contextlib.AbstractContextManager[object]:
    """Let the runs of this process share what is generated for a seed: it is the same, and takes a second each time."""
    return mock.patch("contract_tests.run.run.GeneratedBodies", _generated)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Keep the settings of the run around this one, and its signal handlers, out of it."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(("CONTRACT_", "PYTEST_"))}
    terminate = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, terminate)
        os.environ.update(kept)

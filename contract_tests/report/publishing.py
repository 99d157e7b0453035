"""Where the reports of a run go: the folder, the terminal, and annotations for GitHub Actions."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from contract_tests.report.record import RecordError, load
from contract_tests.target.settings import TargetError


@dataclass(frozen=True)
class Publisher:
    """Publishes one run: `folder` takes the files, `old` is the run to compare with, if any."""

    folder: Path
    old: dict[str, Any] | None
    github: bool

    def publish(self, report: dict[str, Any], stream: TextIO) -> None:
        """Write the files, then tell the run on the stream."""
        # Late: a run that stops at a wrong setting owes no time to a template engine.
        from contract_tests.report import write_all
        from contract_tests.report.compare import compare, compared_text
        from contract_tests.report.github import annotations
        from contract_tests.report.terminal import summary

        compared = compare(report, self.old) if self.old else None
        files = write_all(report, self.folder, compared=compared)
        told = ["", *(annotations(report) if self.github else ())]
        told.append(summary(report, colour=stream.isatty() and "NO_COLOR" not in os.environ, files=files))
        if compared:
            told.append(compared_text(compared))
        try:
            print("\n".join(told), file=stream, flush=True)
        except BrokenPipeError:
            # Whoever read the output has gone, `| head` for one; the reports are written and the exit code stands.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def publisher(report_dir: str | None, compare_with: str | None, environment: Mapping[str, str]) -> Publisher:
    """Return what publishes a run; flag > environment > default.

    Raises TargetError when the folder cannot be written to, or the old run cannot be read.
    """
    given = environment.get("CONTRACT_REPORT_DIR", "reports") if report_dir is None else report_dir
    if not given:
        raise TargetError("The report folder is empty: give --report-dir or CONTRACT_REPORT_DIR a value, or neither.")
    folder = Path(given)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        raise TargetError(f"The report folder {folder} cannot be written to: name another with --report-dir.")
    try:
        old = load(Path(compare_with)) if compare_with is not None else None
    except RecordError as error:
        raise TargetError(f"--compare: {error}") from None
    return Publisher(folder, old, environment.get("GITHUB_ACTIONS") == "true")

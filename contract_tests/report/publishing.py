"""Where the reports of a run go: the folder, the terminal, and annotations for GitHub Actions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from contract_tests.report.model import Report
from contract_tests.report.record import RecordError, dump, load, write

if TYPE_CHECKING:
    from contract_tests.report.compare import Comparison

OUR_ERROR = 3


class PublishingError(Exception):
    """A report folder or an older run that cannot be used, in one sentence."""


@dataclass(frozen=True)
class Publisher:
    """Publishes one run: `folder` takes the files, `old` is the run to compare with, if any."""

    folder: Path
    old: Report | None
    github: bool

    @staticmethod
    def make_ready() -> None:
        """Import and compile what reports are made with: a tenth of a second, which a run that waits has to spare."""
        # Late: a run that stops at a wrong setting owes no time to a template engine.
        from contract_tests.report import compare, github, junit, terminal  # noqa: F401
        from contract_tests.report.html import TEMPLATES, environment

        for name in TEMPLATES:
            environment().get_template(name)

    def publish(self, report: Report, stream: TextIO) -> int:
        """Write the files, print the run on the stream, and return the exit code.

        It is the report's own, or 3 when the files cannot be written: the verdict is printed all the same.
        """
        # Late: as above.
        from contract_tests.report.compare import compare
        from contract_tests.report.github import annotations
        from contract_tests.report.terminal import summary

        compared = compare(report, self.old) if self.old else None
        files, failure = self._write(report, compared)
        colour = stream.isatty() and "NO_COLOR" not in os.environ
        lines = ["", *(annotations(report) if self.github else ())]
        lines.append(summary(report, colour=colour, files=files, compared=compared))
        try:
            print("\n".join([*lines, *([failure] if failure else [])]), file=stream, flush=True)
        except BrokenPipeError:
            # Whoever read the output has gone, `| head` for one; the reports are written and the exit code stands.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return OUR_ERROR if failure else report.exit_code

    def _write(self, report: Report, compared: Comparison | None) -> tuple[list[Path], str | None]:
        try:
            return write_all(report, self.folder, compared=compared), None
        except OSError as error:
            reason = error.strerror or type(error).__name__
            return [], f"The reports could not be written to {self.folder}: {reason}. (exit 3)"


def publisher(report_dir: str | None, compare_with: str | None, environment: Mapping[str, str]) -> Publisher:
    """Return what publishes a run; flag > environment > default.

    Raises PublishingError when the folder cannot be written to, or the old run cannot be read.
    """
    given = environment.get("CONTRACT_REPORT_DIR", "reports") if report_dir is None else report_dir
    if not given:
        raise PublishingError(
            "The report folder is empty: give --report-dir or CONTRACT_REPORT_DIR a value, or neither."
        )
    folder = Path(given)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        raise PublishingError(f"The report folder {folder} cannot be written to: name another with --report-dir.")
    try:
        old = load(Path(compare_with)) if compare_with is not None else None
    except RecordError as error:
        raise PublishingError(f"--compare: {error}") from None
    return Publisher(folder, old, environment.get("GITHUB_ACTIONS") == "true")


def write_all(report: Report, folder: Path, *, compared: Comparison | None = None) -> list[Path]:
    """Write contract.html, contract.json and junit.xml into the folder, each at once or not at all."""
    # Late: as above.
    from contract_tests.report.html import html
    from contract_tests.report.junit import junit

    folder.mkdir(parents=True, exist_ok=True)
    record = write(folder / "contract.json", dump(report))
    page = write(folder / "contract.html", html(report, compared=compared))
    cases = write(folder / "junit.xml", junit(report))
    return [page, record, cases]

"""The report in all its forms: pure functions from the run's record (contract.json) to text."""

from __future__ import annotations

import json
import os
from pathlib import Path

from contract_tests.report.words import Report

__all__ = ["write_all"]


def write_all(report: Report, folder: Path, *, compared: Report | None = None) -> list[Path]:
    """Write contract.json, contract.html and junit.xml into the folder, each at once or not at all."""
    # Late: the template engine costs start-up time that a run without a report does not owe.
    from contract_tests.report.html import html
    from contract_tests.report.junit import junit

    folder.mkdir(parents=True, exist_ok=True)
    # ASCII only: a lone surrogate from a target's answer has no bytes in UTF-8, but has an escape in JSON.
    record = write(folder / "contract.json", json.dumps(report, indent=1, ensure_ascii=True) + "\n")
    cases = write(folder / "junit.xml", junit(report))
    page = write(folder / "contract.html", html(report, compared=compared))
    return [record, page, cases]


def write(path: Path, text: str) -> Path:
    """Write a file so that a reader finds the old one or the new one, never half of it."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8", newline="\n")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path

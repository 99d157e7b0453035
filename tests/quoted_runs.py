"""The runs that README.md and docs/reports.md quote; `python -m tests.quoted_runs` writes them anew."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.suite_command import PROJECT, Ended, run_suite

PAGES = (PROJECT / "README.md", PROJECT / "docs" / "reports.md")
RED = PROJECT / "tests" / "fastapi_defaults.yaml"
QUOTED = re.compile(r"<!-- run:([a-z-]+):begin -->\n```\n(.*?)```\n<!-- run:\1:end -->", re.DOTALL)
WIDTH = 100
# What differs from run to run, or with each new check: ports, sessions, times, and how often.
VARYING = (
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"),
    (r"\d+\.\d s", "SECONDS s"),
    (r"\b\d+ (of \d+ )?(answer|blocked|case|check|exchange|hold|more|request|violated)", r"COUNT \2"),
    (r"^(\d{3} +[A-Z].*?) +\d+ +\d+  ", r"\1 COUNTS "),
    (r"^(\d{3}) +\d+  +not declared", r"\1 COUNT not declared"),
)


def green(folder: Path) -> Ended:
    """Run what `make contract` runs: the embedded server is checked."""
    return _run(folder)


def red(folder: Path) -> Ended:
    """Check FastAPI's defaults."""
    return _run(folder, "--target", str(RED))


def quotations(green_run: Ended, red_run: Ended) -> dict[str, str]:
    """Return what the pages quote, by the name that stands in their markers."""
    told = _told(red_run)
    cause, _, _ = told.partition("\n\n")
    return {"green": _told(green_run), "red": told, "red-cause": f"{cause}\n"}


def quoted(page: Path) -> dict[str, str]:
    """Return what a page quotes, by name."""
    return dict(QUOTED.findall(page.read_text(encoding="utf-8")))


def shape(text: str) -> str:
    """Return a quotation without what varies from run to run."""
    for pattern, replacement in VARYING:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text


def _run(folder: Path, *arguments: str) -> Ended:
    """Run the suite as if in the folder: a longer path to its reports would be printed, and break lines."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "PYTHONPATH": str(PROJECT)}
    ended = run_suite(Path("reports"), *arguments, project=folder, environment=environment)
    return replace(ended, reports=folder / ended.reports)


def _told(run: Ended) -> str:
    """Return what a run printed at its end, each line as long as a page has room for."""
    _, _, told = run.printed.partition("\n\n")
    lines = [line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…" for line in told.strip("\n").splitlines()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write what the pages quote."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        texts = quotations(green(Path(one)), red(Path(other)))
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        page.write_text(QUOTED.sub(lambda found: _block(found[1], texts[found[1]]), text), encoding="utf-8")


def _block(name: str, text: str) -> str:
    return f"<!-- run:{name}:begin -->\n```\n{text}```\n<!-- run:{name}:end -->"


if __name__ == "__main__":
    main()

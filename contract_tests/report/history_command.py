"""`python -m contract_tests history reports/*/contract.json` tells many runs on one page, or as Markdown or JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from contract_tests.report.command import Parser
from contract_tests.report.escaping import escape
from contract_tests.report.history import history
from contract_tests.report.history_issues import write_issues
from contract_tests.report.history_markdown import history_markdown
from contract_tests.report.history_page import history_page
from contract_tests.report.model import Report
from contract_tests.report.record import RecordError, load, write
from contract_tests.report.words import counted

DEFAULT_PAGE = Path("history.html")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the history and return the exit code: 0, or 4 with one sentence on what was wrong."""
    parser = Parser(prog="python -m contract_tests history", description=__doc__)
    parser.add_argument("records", type=Path, nargs="+", metavar="contract.json", help="the records of the runs")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="as Markdown, for a summary or an issue")
    form.add_argument("--json", action="store_true", help="as JSON, for programs")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="the file (default: history.html; otherwise the terminal)"
    )
    parser.add_argument(
        "--issues", type=Path, metavar="DIR", help="besides, a new folder with an issue to open or close for each cause"
    )
    options = parser.parse_args(arguments)
    reports, refused = _load(options.records)
    for sentence in refused:
        print(escape(f"{parser.prog}: left out: {sentence}"), file=sys.stderr)
    if not reports:
        return parser.refuse(f"none of {counted(len(options.records), 'file')} is the record of a run")
    told = history(reports)
    if options.json:
        text = json.dumps(asdict(told), indent=1, ensure_ascii=True) + "\n"
    else:
        text = history_markdown(told) if options.markdown else history_page(told)
    if options.issues:
        try:
            write_issues(told, options.issues)
        except OSError as error:
            return parser.refuse(f"the issues cannot be written to {options.issues}: {error.strerror}")
    output = options.output or (None if options.json or options.markdown else DEFAULT_PAGE)
    if output is None:
        print(text, end="")
        return 0
    try:
        print(escape(str(write(output, text))))
    except OSError as error:
        return parser.refuse(f"the history cannot be written to {output}: {error.strerror}")
    return 0


def _load(paths: Sequence[Path]) -> tuple[list[Report], list[str]]:
    """Return the records that can be read, and a sentence on each file that is none."""
    reports, refused = [], []
    for path in paths:
        try:
            reports.append(load(path))
        except RecordError as error:
            refused.append(str(error))
    return reports, refused


if __name__ == "__main__":
    sys.exit(main())

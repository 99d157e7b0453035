"""`python -m contract_tests report contract.json` makes the page again from the record of a run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from contract_tests.report.compare import compare, compared_text
from contract_tests.report.escaping import escape
from contract_tests.report.html import html
from contract_tests.report.record import RecordError, load, write

WRONG_USAGE = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the page and return the exit code: 0, or 4 with one sentence on what was wrong."""
    parser = _Parser(prog="python -m contract_tests report", description=__doc__)
    parser.add_argument("record", type=Path, metavar="contract.json", help="what a run left in its report folder")
    parser.add_argument("--compare", type=Path, metavar="OLD.json", help="tell what changed since an older run")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="the page (default: contract.html beside the record)"
    )
    options = parser.parse_args(arguments)
    try:
        report = load(options.record)
        compared = compare(report, load(options.compare)) if options.compare else None
        page = write(options.output or options.record.with_name("contract.html"), html(report, compared=compared))
    except RecordError as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"the page cannot be written to {options.output or options.record.parent}: {error.strerror}")
    if compared:
        print(compared_text(compared))
    print(escape(str(page)))
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sys.exit(_refuse(message))


def _refuse(sentence: str) -> int:
    print(escape(f"python -m contract_tests report: {sentence}"), file=sys.stderr)
    return WRONG_USAGE


if __name__ == "__main__":
    sys.exit(main())

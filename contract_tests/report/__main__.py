"""`python -m contract_tests.report contract.json` makes the page again from the record of a run."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from contract_tests.report import write
from contract_tests.report.compare import compare, compared_text
from contract_tests.report.html import html
from contract_tests.report.inert import inert, inert_tree, one_line

WRONG_USAGE = 4
SCHEMA = Path(__file__).with_name("contract.schema.json")


class RecordError(Exception):
    """A file that is not the record of a run, in one sentence."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the page and return the exit code: 0, or 4 with one sentence on what was wrong."""
    parser = _Parser(prog="python -m contract_tests.report", description=__doc__)
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
    except (RecordError, OSError) as error:
        return _refuse(str(error))
    if compared:
        print(compared_text(compared))
    print(inert(str(page)))
    return 0


def load(path: Path) -> dict[str, Any]:
    """Return the record of a run, or raise RecordError with a sentence on why the file is none."""
    # Late: a page that is made in a run needs no validator.
    from jsonschema_rs import validator_for

    try:
        report = json.loads(path.read_bytes(), parse_constant=_no_number)
    except OSError as error:
        raise RecordError(f"{path}: {error.strerror or 'cannot be read'}") from None
    except (ValueError, RecursionError):
        raise RecordError(f"{path} is not JSON: give the contract.json of a run") from None
    validator = validator_for(json.loads(SCHEMA.read_bytes()), validate_formats=True)
    # The validator takes no lone surrogates, which a record may hold; inert text has none.
    for problem in validator.iter_errors(inert_tree(report)):
        place = "/".join(str(part) for part in problem.instance_path) or "its top"
        raise RecordError(f"{path} is not the record of a run: at {place}, {one_line(problem.message, 300)}")
    return dict(report)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sys.exit(_refuse(message))


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)


def _refuse(sentence: str) -> int:
    print(inert(f"python -m contract_tests.report: {sentence}"), file=sys.stderr)
    return WRONG_USAGE


if __name__ == "__main__":
    sys.exit(main())

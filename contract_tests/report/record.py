"""A run's record, contract.json, read back and held to its schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

from contract_tests.report.inert import inert_tree, one_line

SCHEMA = Path(__file__).with_name("contract.schema.json")


class RecordError(Exception):
    """A file that is not the record of a run, in one sentence."""


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


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)

"""A run's record, contract.json: written, read back, and validated against its schema."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from contract_tests.report.escaping import escape_tree, one_line
from contract_tests.report.model import Report

SCHEMA = Path(__file__).with_name("contract.schema.json")


class RecordError(Exception):
    """A file that is not the record of a run, in one sentence."""


def dump(report: Report) -> str:
    """Return what contract.json holds."""
    # ASCII only: a lone surrogate from a target's answer has no bytes in UTF-8, but has an escape in JSON.
    return json.dumps(asdict(report), indent=1, ensure_ascii=True) + "\n"


def load(path: Path) -> Report:
    """Return the record of a run, or raise RecordError with a sentence that says why the file is none."""
    # Late: a report that is made in a run needs neither.
    import msgspec
    from jsonschema_rs import validator_for

    try:
        document = json.loads(path.read_bytes(), parse_constant=_no_number)
    except OSError as error:
        raise RecordError(f"{path}: {error.strerror or 'cannot be read'}") from None
    except (ValueError, RecursionError):
        raise RecordError(f"{path} is not JSON: give the contract.json of a run") from None
    validator = validator_for(json.loads(SCHEMA.read_bytes()), validate_formats=True)
    # The validator takes no lone surrogates, which a record may hold; escaped text has none.
    for problem in validator.iter_errors(escape_tree(document)):
        place = "/".join(str(part) for part in problem.instance_path) or "its top"
        raise RecordError(f"{path} is not the record of a run: at {place}, {one_line(problem.message, 300)}")
    return msgspec.convert(document, Report)


def write(path: Path, text: str) -> Path:
    """Write a file so that a reader finds the old one or the new one, never half of it."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8", newline="\n")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)

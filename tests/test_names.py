"""Names of checks that stand in files for people and pipelines: each is one of the suite's, so that none goes stale."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml

from contract_tests.registry import all_checks
from tests.suite_command import PROJECT, run_suite

NAME = re.compile(r"(?P<file>\btest_\w+\.py)::(?P<check>test_\w+)(?:\[(?P<case>[^\]\n]*)\])?|(?P<word>\btest_\w+)")
KINDS = {".yaml", ".yml", ".md", ".json", ".jinja", ".toml"}
LEFT_OUT = {".venv", ".git", "reports", "node_modules"}


def files() -> Iterator[Path]:
    """Yield the files that may name checks."""
    for folder, folders, names in os.walk(PROJECT):
        folders[:] = sorted({*folders} - LEFT_OUT)
        yield from (Path(folder, name) for name in sorted(names) if Path(name).suffix in KINDS)


FILES = list(files())


@cache
def cases() -> frozenset[str]:
    """Return the checks as pytest collects them, each with its case."""
    with TemporaryDirectory() as folder:
        listed = run_suite(Path(folder), "--collect-only", "-v").printed
    return frozenset(line.rpartition("checks/")[2] for line in listed.splitlines() if "::" in line)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_name_of_a_check_is_that_of_one(path: Path) -> None:
    """A check that a file names is there, and so is its case; any other word of that form is a test of the project."""
    checks = {check.id for check in all_checks()}
    words = {part for identifier in checks for part in identifier.removesuffix("]").split(".py::")}
    words |= {test.stem for test in (PROJECT / "tests").glob("test_*.py")}
    for found in NAME.finditer(path.read_text(encoding="utf-8")):
        if found["word"]:
            assert found["word"] in words, found[0]
            continue
        assert f"{found['file']}::{found['check']}" in checks, found[0]
        if found["case"] is not None:
            assert found[0] in cases(), found[0]


def test_the_files_that_name_checks_are_looked_at() -> None:
    """The README, the target files with their schema, and the pipelines are among the files."""
    names = {path.relative_to(PROJECT).as_posix() for path in FILES}

    assert names >= {
        "README.md",
        "contract_tests/targets/staging.yaml",
        "contract_tests/targets/target.schema.json",
        "contract_tests/pipelines/staging.github.yaml",
        "contract_tests/pipelines/staging.gitlab.yaml",
    }


def test_the_waiver_that_staging_shows_is_a_good_one() -> None:
    """The waiver in the comment of staging.yaml, taken out of it, waives a case that there is."""
    text = (PROJECT / "contract_tests" / "targets" / "staging.yaml").read_text(encoding="utf-8")
    comment = re.search(r"^waivers: \[\]\n((?:# .*\n)+)", text, re.MULTILINE)
    assert comment
    (waiver,) = yaml.safe_load(re.sub(r"^# ", "", comment[1], flags=re.MULTILINE))

    assert waiver["check"] in cases()
    assert {*waiver} == {"check", "reason", "expires"}

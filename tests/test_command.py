"""`python -m contract_tests` as it is typed: what makes a run partial, what -v tells, and what is refused at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract_tests.registry import all_checks
from tests.suite_command import run_suite

CHECKS = "contract_tests/checks"
OF_401 = f"{CHECKS}/test_401_unauthorized.py"
FILES = sorted({f"{CHECKS}/{check.id.partition('::')[0]}" for check in all_checks()})
BEFORE_THE_BODY = f"{OF_401}::test_credentials_are_judged_before_the_body"


@pytest.mark.parametrize(
    "narrowed",
    [
        pytest.param([f"--ignore={path}" for path in FILES if path != OF_401], id="--ignore"),
        pytest.param(["--ignore-glob=*test_[2-5r-z]*", "--ignore-glob=*generated*"], id="--ignore-glob"),
        pytest.param([f"--deselect={path}" for path in FILES if path != OF_401], id="--deselect"),
        pytest.param(["-k", "judged_before"], id="-k"),
        pytest.param(["-m", "last"], id="-m"),
        pytest.param([OF_401], id="a file"),
        pytest.param([f"{BEFORE_THE_BODY}[no header]"], id="a case"),
    ],
)
def test_a_run_that_leaves_something_out_is_partial(tmp_path: Path, narrowed: list[str]) -> None:
    """Whichever option leaves a check out, or a case of one, the run says that it is partial."""
    ended = run_suite(tmp_path / "reports", *narrowed)

    assert ended.exit_code == 0, ended.printed
    assert ended.report["partial"] is True
    assert ended.report["verdict"].startswith("Partial run: ")
    assert 0 < len(ended.report["checks"]) < len(all_checks())


def test_with_v_each_case_is_told(tmp_path: Path) -> None:
    """-v prints a line for each case, with its outcome and how long it took."""
    ended = run_suite(tmp_path / "reports", "-v", BEFORE_THE_BODY)
    cases = sum(check["cases"] for check in ended.report["checks"])

    lines = [line for line in ended.printed.splitlines() if line.endswith("]") and " s  test_401" in line]
    assert len(lines) == cases > 1
    assert all(line.split()[0] in ("holds", "skipped") for line in lines)


def test_without_v_no_case_is_told(tmp_path: Path) -> None:
    """The cases of a run that holds fill no screen."""
    ended = run_suite(tmp_path / "reports", BEFORE_THE_BODY)

    assert "no header" not in ended.printed
    assert len(ended.printed.splitlines()) < 30


def test_a_test_of_ones_own_is_refused(tmp_path: Path) -> None:
    """A test file that is none of the suite's is told in a sentence, before a request: exit 4."""
    own = tmp_path / "test_of_my_own.py"
    own.write_text("def test_it():\n    pass\n", encoding="utf-8")
    ended = run_suite(tmp_path / "reports", str(own))

    assert ended.exit_code == 4
    assert "test_of_my_own.py::test_it is no check of the suite" in ended.printed + ended.complained
    assert "Traceback" not in ended.printed + ended.complained


@pytest.mark.parametrize("variable", ["CONTRACT_TARGET", "CONTRACT_BASE_URL", "CONTRACT_SECRET_PASSWORD"])
def test_help_needs_no_settings(tmp_path: Path, variable: str) -> None:
    """--help is printed also where a variable is set and empty, or leads nowhere, and writes nothing."""
    for value in ("", "no such thing"):
        ended = run_suite(tmp_path / "reports", "--help", environment={variable: value})

        assert ended.exit_code == 0, ended.complained
        assert "--base-url" in ended.printed
        assert not ended.reports.exists()


def test_help_is_that_of_the_suite(tmp_path: Path) -> None:
    """What this command takes is on one screen; what pytest adds to it is named and not listed."""
    printed = run_suite(tmp_path / "reports", "--help").printed

    for option in ("--target", "--base-url", "--report-dir", "--concurrency", "--seed", "--plan", "--compare"):
        assert f"\n  {option} " in printed
    assert "--deselect" not in printed
    assert "--help-pytest" in printed
    assert len(printed.splitlines()) < 50


@pytest.mark.parametrize("number", ["0", "-1"])
def test_concurrency_is_at_least_one(tmp_path: Path, number: str) -> None:
    """No case at a time is told to be none, with exit 4."""
    ended = run_suite(tmp_path / "reports", f"--concurrency={number}")

    assert ended.exit_code == 4
    assert "give at least 1" in ended.complained


def test_the_first_violation_ends_a_run_that_is_told_to(tmp_path: Path) -> None:
    """-x stops at the first thing that is wrong; what is under way then is finished, what is left counts as not run."""
    from tests.faulty_servers.derived import derive
    from tests.faulty_servers.proof import prove

    proof = prove(derive()["401-0.code-missing"](), tmp_path, "-x", OF_401)

    assert proof.exit_code == 1
    assert proof.report["exchanges"] < 20
    assert len(proof.causes) == 1

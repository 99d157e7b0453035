"""Where the reports of a run go: the folder, the terminal, annotations, and what happens when one of them fails."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from contract_tests.report import PublishingError, publisher
from contract_tests.report.publishing import write_all
from contract_tests.report.record import load
from tests.example_reports import green, missing_id, one_cause, red, with_causes

PROJECT = Path(__file__).parent.parent


def test_a_run_is_written_and_printed(tmp_path: Path) -> None:
    """The three files are written, the stream gets the summary, and the exit code is the report's own."""
    stream = io.StringIO()

    code = publisher(str(tmp_path / "new"), None, {}).publish(red(), stream)

    assert code == 1
    assert load(tmp_path / "new" / "contract.json") == red()
    assert f"written   {tmp_path / 'new' / 'contract.html'} · contract.json · junit.xml"[:80] in stream.getvalue()
    assert stream.getvalue().endswith("(exit 1: the contract is violated)\n")
    assert "::error" not in stream.getvalue()


def test_on_github_the_causes_are_annotated_first(tmp_path: Path) -> None:
    """GITHUB_ACTIONS brings an annotation per cause, before the summary."""
    stream = io.StringIO()

    publisher(str(tmp_path), None, {"GITHUB_ACTIONS": "true"}).publish(one_cause(), stream)

    assert stream.getvalue().startswith('\n::error file=openapi.yaml,line=214,title="id" is missing from the 200::')


def test_an_older_run_is_compared_once(tmp_path: Path) -> None:
    """The comparison stands in the summary and in the page."""
    old = write_all(with_causes(green(), missing_id()), tmp_path / "old")[1]
    stream = io.StringIO()

    publisher(str(tmp_path / "new"), str(old), {}).publish(green(), stream)

    assert stream.getvalue().count("0 new · 1 fixed · 0 unchanged") == 1
    assert "0 new · 1 fixed · 0 unchanged" in (tmp_path / "new" / "contract.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("report", [green(), red()], ids=["green", "red"])
def test_a_folder_that_becomes_unwritable_is_exit_3_and_the_verdict_is_printed(report: object, tmp_path: Path) -> None:
    """Where the folder is gone and cannot be made again, one sentence says so, after the verdict that was reached."""
    folder = tmp_path / "reports"
    publishes = publisher(str(folder), None, {})
    folder.rmdir()
    folder.write_text("a file is in its place", encoding="utf-8")
    stream = io.StringIO()

    code = publishes.publish(report, stream)  # type: ignore[arg-type]

    assert code == 3
    *_, verdict, sentence = stream.getvalue().splitlines()
    assert verdict.startswith("The contract ")
    assert sentence == f"The reports could not be written to {folder}: File exists. (exit 3)"
    assert "written" not in stream.getvalue().replace(sentence, "")


@pytest.mark.parametrize(
    ("report_dir", "compare_with", "environment", "told"),
    [
        ("", None, {}, "The report folder is empty"),
        (None, None, {"CONTRACT_REPORT_DIR": ""}, "The report folder is empty"),
        ("/dev/null/reports", None, {}, "The report folder /dev/null/reports cannot be written to"),
        (
            None,
            "/no/such/contract.json",
            {"CONTRACT_REPORT_DIR": "{tmp}"},
            "--compare: /no/such/contract.json: No such",
        ),
    ],
)
def test_wrong_settings_are_one_sentence(
    report_dir: str | None, compare_with: str | None, environment: dict[str, str], told: str, tmp_path: Path
) -> None:
    """A folder that is none and a record that cannot be read are said before anything is sent."""
    environment = {name: value.replace("{tmp}", str(tmp_path)) for name, value in environment.items()}

    with pytest.raises(PublishingError, match=told) as refusal:
        publisher(report_dir, compare_with, environment)

    assert "\n" not in str(refusal.value)


def test_a_reader_who_leaves_changes_nothing(tmp_path: Path) -> None:
    """When the output is cut off, `| head` for one, the files are written and the exit code stands, without a word."""
    program = (
        "import sys\n"
        "from contract_tests.report import publisher\n"
        "from tests.example_reports import many\n"
        f"sys.exit(publisher({str(tmp_path)!r}, None, {{}}).publish(many(), sys.stdout))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        complaints = process.stderr.read()

    assert (process.returncode, complaints) == (1, "")
    assert (tmp_path / "junit.xml").is_file()


def test_the_report_needs_no_other_room() -> None:
    """The report is made from its own model alone: it loads no target, no exchange and no verdict."""
    program = (
        "import sys, contract_tests.report.__main__, contract_tests.report.terminal, contract_tests.report.junit\n"
        "import contract_tests.report.github, contract_tests.report.progress\n"
        "print(*sorted({name.split('.')[1] for name in sys.modules if name.startswith('contract_tests.')}))\n"
    )

    loaded = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)

    assert loaded.stdout.split() == ["report"]

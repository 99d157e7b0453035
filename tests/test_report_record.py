"""The record of a run: its schema, how it is written, and how a file that is none is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from contract_tests.report import write_all
from contract_tests.report.__main__ import main
from contract_tests.report.record import RecordError, load
from tests.example_reports import EXAMPLES, Report, empty, green, hostile, violated


@pytest.mark.parametrize("make", EXAMPLES.values(), ids=EXAMPLES)
def test_every_example_is_a_valid_record_and_survives_the_file(make: Callable[[], Report], tmp_path: Path) -> None:
    """What is written is valid under the schema and read back equal, lone surrogates and controls too."""
    report = make()

    files = write_all(report, tmp_path / "new" / "reports")

    assert [file.name for file in files] == ["contract.json", "contract.html", "junit.xml"]
    assert load(files[0]) == report
    assert list(json.loads(files[0].read_bytes())) == list(report)


def test_the_files_are_written_whole_and_nothing_else_stays(tmp_path: Path) -> None:
    """A second run replaces the files of the first and leaves no unfinished one behind."""
    write_all(violated(), tmp_path)

    write_all(green(), tmp_path)

    assert load(tmp_path / "contract.json") == green()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["contract.html", "contract.json", "junit.xml"]


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full the file of the older run stays whole, and the unfinished one goes."""
    write_all(green(), tmp_path)

    def no_space(_self: Path, _target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", no_space)
    with pytest.raises(OSError, match="No space"):
        write_all(violated(), tmp_path)

    assert load(tmp_path / "contract.json") == green()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["contract.html", "contract.json", "junit.xml"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda report: report.pop("seed"), "seed"),
        (lambda report: report.update(extra=1), "extra"),
        (lambda report: report.update(exit_code=8), "exit_code"),
        (lambda report: report["statuses"].pop("428"), "428"),
        (lambda report: report["statuses"]["200"].update(verdict="fine"), "statuses/200/verdict"),
        (lambda report: report["checks"][4]["violations"][0].update(fingerprint="XYZ"), "fingerprint"),
        (lambda report: report["waivers"][0].update(expires="soon"), "waivers/0/expires"),
        (lambda report: report["statuses"]["200"].update(milliseconds=[-1]), "milliseconds/0"),
    ],
)
def test_a_wrong_record_is_refused_at_its_place(change: Callable[[Report], None], told: str, tmp_path: Path) -> None:
    """A key that is missing, unknown or of a wrong value is named in one line."""
    report = violated()
    change(report)
    file = tmp_path / "contract.json"
    file.write_text(json.dumps(report), encoding="utf-8")

    with pytest.raises(RecordError, match=told) as refusal:
        load(file)

    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"seconds": NaN}', b"9" * 5_000],
    ids=["empty", "cut off", "list", "null", "not UTF-8", "deep", "NaN", "long number"],
)
def test_what_is_no_record_is_one_sentence_and_exit_4(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command answers a file that is no record with one sentence, exit code 4 and no page."""
    file = tmp_path / "contract.json"
    file.write_bytes(content)

    assert main([str(file)]) == 4

    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert str(file) in err
    assert [path.name for path in tmp_path.iterdir()] == ["contract.json"]


def test_an_endless_number_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A duration too large for any number is no duration: exit 4, and no arithmetic on infinity."""
    file = tmp_path / "contract.json"
    file.write_text(json.dumps(green()).replace('"milliseconds": [', '"milliseconds": [1e999, ', 1), encoding="utf-8")

    assert main([str(file)]) == 4

    assert capsys.readouterr().err.count("\n") == 1


def test_wrong_usage_is_one_sentence_and_exit_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing file, an unknown option and a page that cannot be written each end with exit 4 and one line."""
    record = write_all(empty(), tmp_path)[0]
    assert main([str(tmp_path / "none.json")]) == 4
    assert main([str(record), "--output", str(tmp_path / "no" / "page.html")]) == 4
    with pytest.raises(SystemExit) as ended:
        main([str(record), "--colour"])

    assert ended.value.code == 4
    assert capsys.readouterr().err.count("\n") == 3


def test_the_command_makes_the_page_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From contract.json alone comes the same page, byte for byte, where it was or where it is asked for."""
    record, page, _ = write_all(violated(), tmp_path)
    first = page.read_bytes()
    page.unlink()

    assert main([str(record)]) == 0
    assert main([str(record), "--output", str(tmp_path / "other.html")]) == 0

    assert page.read_bytes() == first == (tmp_path / "other.html").read_bytes()
    assert capsys.readouterr().out.splitlines() == [str(page), str(tmp_path / "other.html")]


def test_the_command_compares_hostile_records_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--compare tells what changed, on the terminal and in the page, whatever the records hold."""
    new, old = write_all(hostile(), tmp_path / "new")[0], write_all(violated(), tmp_path / "old")[0]

    assert main([str(new), "--compare", str(old)]) == 0

    out = capsys.readouterr().out
    assert all(char.isprintable() or char == "\n" for char in out)
    assert "unchanged" in out
    assert "Since the older run" in (tmp_path / "new" / "contract.html").read_text(encoding="utf-8")

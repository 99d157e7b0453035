"""Many runs as one history: when a cause came and went, what an unfinished run says, and the three forms of it."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contract_tests.__main__ import main as suite
from contract_tests.report.history import Sighting, history
from contract_tests.report.history_command import main
from contract_tests.report.history_issues import issues
from contract_tests.report.history_markdown import code, history_markdown
from contract_tests.report.history_page import history_page
from contract_tests.report.model import Report
from contract_tests.report.publishing import write_all
from tests.example_reports import (
    HOSTILE,
    cut_short,
    green,
    hostile,
    many,
    missing_id,
    moment,
    nights,
    red,
    unanswered,
    with_causes,
    wrong_type,
)

SEEN: dict[str, Sighting] = {"x": "seen", ".": "gone", "?": "unknown"}


def night_by_night(signs: str) -> list[Report]:
    """Return a run for each sign: x met the cause, . looked and did not meet it, ? was cut short."""
    kinds = {"x": with_causes(green(), missing_id()), ".": green(), "?": cut_short(green())}
    return [replace(kinds[sign], started_at=moment(index)) for index, sign in enumerate(signs)]


def test_the_runs_are_ordered_by_their_beginning() -> None:
    """The order in which the records are given does not matter."""
    reports = nights(40)
    shuffled = random.Random(3).sample(reports, len(reports))

    assert history(shuffled) == history(reports)
    assert [run.started_at for run in history(shuffled).runs] == [report.started_at for report in reports]


@pytest.mark.parametrize(
    ("signs", "state", "first", "last", "fixed"),
    [
        ("x", "new", 0, 0, None),
        ("..x", "new", 2, 2, None),
        (".xx", "open", 1, 2, None),
        ("x.x", "open", 0, 2, None),
        ("x..", "fixed", 0, 0, 1),
        ("xx?.", "fixed", 0, 1, 3),
        ("x.xx.", "fixed", 0, 3, 4),
        ("x?", "unknown", 0, 0, None),
        ("?x??", "unknown", 1, 1, None),
    ],
)
def test_a_cause_has_a_beginning_and_an_end(signs: str, state: str, first: int, last: int, fixed: int | None) -> None:
    """First and last seen are told, and fixed on the first later run that looked again: an unfinished one did not."""
    (item,) = history(night_by_night(signs)).causes

    assert item.cause == missing_id()
    assert (item.state, item.first_seen, item.last_seen) == (state, moment(first), moment(last))
    assert item.fixed_on == (None if fixed is None else moment(fixed))
    assert item.sightings == tuple(SEEN[sign] for sign in signs)


def test_a_cause_is_told_as_the_last_run_told_it() -> None:
    """Line and number of exchanges are those of the newest run that met it."""
    older, newer = missing_id(), replace(missing_id(), line=220, exchanges=7)
    reports = [replace(with_causes(green(), cause), started_at=moment(day)) for day, cause in ((1, newer), (0, older))]

    (item,) = history(reports).causes

    assert (item.cause.line, item.cause.exchanges) == (220, 7)


def test_causes_that_are_not_fixed_come_first() -> None:
    """Of 60 nights the missing id is open and stands before the wrong type, which was fixed in between."""
    told = history(nights())

    assert [(item.cause.id, item.state) for item in told.causes] == [
        (missing_id().id, "open"),
        (wrong_type().id, "fixed"),
    ]
    assert told.causes[1].fixed_on == moment(30)
    assert told.headline == "The contract is violated since 2026-02-25: 1 open cause."


@pytest.mark.parametrize(
    ("signs", "headline"),
    [
        ("..", "The contract holds since 2026-01-05."),
        ("x.?.", "The contract holds since 2026-01-06."),
        (".xx", "The contract is violated since 2026-01-06: 1 open cause."),
        ("x?", "The contract is violated since 2026-01-05: 0 open causes. The newest run did not finish."),
        ("??", "None of 2 runs finished."),
    ],
)
def test_the_headline_says_how_things_stand(signs: str, headline: str) -> None:
    """The newest finished run decides, and since when it is so; an unfinished newest run is said to be one."""
    assert history(night_by_night(signs)).headline == headline


def test_an_unfinished_run_is_told_apart() -> None:
    """What it found counts, what it did not find says nothing: neither held nor not seen."""
    cut = cut_short(green())
    found = replace(
        cut, statuses=cut.statuses | {"400": replace(cut.statuses["400"], verdict="violated")}, started_at=moment(1)
    )

    runs = history([cut, found, replace(unanswered(), started_at=moment(2))]).runs

    assert [run.finished for run in runs] == [False, False, False]
    assert found.started_at in [run.started_at for run in runs if run.outcomes["400"] == "violated"]
    assert [set(run.outcomes.values()) for run in runs].count({"unfinished"}) == 2


def test_drift_is_dated() -> None:
    """A drift is told with the first and the last run that showed it, however often it was counted."""
    told = history(nights(40)).drift

    assert {(item.drift.path, item.first_seen, item.last_seen) for item in told} == {
        ("/external_id", moment(20), moment(39)),
        ("/refresh_rate", moment(20), moment(39)),
    }


def test_latency_is_a_line_that_breaks_where_there_is_none() -> None:
    """Each declared response has a median and a 95th percentile per run, or None where it was not seen."""
    told = history([replace(report, started_at=moment(day)) for day, report in enumerate((green(), red(), green()))])

    assert [value is None for value in told.latency["500"].median] == [False, True, False]
    assert [value is None for value in told.latency["200"].p95] == [False, False, False]
    lines = re.findall(r'class="median" d="([^"]+)"', history_page(told))
    assert [line.count("M") for line in lines] == [1, 1, 1, 1, 2]


@pytest.mark.parametrize(
    "made",
    [
        nights,
        lambda: nights(1),
        lambda: [hostile(), green()],
        lambda: [hostile('<\u202e\x1b]"`@|' * 900), many(400)],
        lambda: [cut_short(green())],
        lambda: [replace(many(200), started_at=moment(index)) for index in range(60)],
    ],
    ids=["60 nights", "one", "hostile", "long texts", "unfinished", "60 nights of 200 causes"],
)
def test_the_page_is_small_and_harmless(made: Callable[[], Sequence[Report]]) -> None:
    """Under 300 KB, no script, no control character, no address to load anything from."""
    page = history_page(history(made()))

    assert len(page.encode("utf-8")) < 300_000
    assert all(char.isprintable() or char == "\n" for char in page)
    assert not re.search(r"<(script|img|iframe|object|embed|form|base|link rel=\"(?!icon))", page)
    assert not re.search(r"<[^>]+ (on\w+|style|src)=", page)
    assert "None" not in page.replace("None of", "")


@pytest.mark.parametrize("reports", [nights(), [hostile(), green()]], ids=["60 nights", "hostile"])
def test_markdown_tells_causes_runs_and_drift(reports: Sequence[Report]) -> None:
    """Every line is one of ours: text of a target stands in code spans alone."""
    text = history_markdown(history(reports))

    assert all(char.isprintable() or char == "\n" for char in text)
    assert text.startswith("## The contract ")
    assert "### Causes" in text
    assert "### Drift" in text
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    assert not re.search(r"[<>@{}\[\]]", outside)


@pytest.mark.parametrize("text", ["plain", "`", "a `b` ``c``", "@user #1 <b>", HOSTILE, ""])
def test_a_code_span_cannot_be_left(text: str) -> None:
    """The fence is longer than every run of backticks within, and nothing else ends a code span."""
    span = code(text)

    fence = re.match("`+", span)
    assert fence is not None
    inner = span[len(fence[0]) : -len(fence[0])]
    assert span.endswith(fence[0])
    assert max((len(run) for run in re.findall("`+", inner)), default=0) < len(fence[0])
    assert "\n" not in span


@pytest.fixture
def records(tmp_path: Path) -> list[str]:
    """The records of five nights, of which the last met a cause."""
    return [
        str(write_all(report, tmp_path / f"night-{index}")[1]) for index, report in enumerate(night_by_night("....x"))
    ]


def test_the_command_writes_the_page(
    records: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page goes to history.html, or where it is asked for."""
    monkeypatch.chdir(tmp_path)

    assert main(records) == 0
    assert main([*records, "-o", "other.html"]) == 0

    assert capsys.readouterr().out == "history.html\nother.html\n"
    page = (tmp_path / "history.html").read_text(encoding="utf-8")
    assert page == (tmp_path / "other.html").read_text(encoding="utf-8")
    assert "5 runs from" in page


def test_json_and_markdown_go_to_the_terminal(records: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A pipeline reads from JSON which causes are new, with all that is known of each."""
    assert main([*records, "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert main([*records, "--markdown"]) == 0
    text = capsys.readouterr().out

    assert [(item["state"], item["cause"]["id"]) for item in told["causes"]] == [("new", missing_id().id)]
    assert told["causes"][0]["cause"]["example"]["repeat"].startswith("curl ")
    assert len(told["runs"]) == 5
    assert '- **new** `"id" is missing from the 200`' in text


@pytest.mark.parametrize(
    ("signs", "wanted"), [("..x", ["open"]), ("xx", ["open"]), ("x.", ["closed"]), ("x.x", ["open"]), ("x?", [])]
)
def test_an_issue_is_wanted_open_until_its_cause_is_gone(signs: str, wanted: list[str]) -> None:
    """Its title ends with the id of the cause; where the newest run could not tell, nothing is asked for."""
    found = list(issues(history(night_by_night(signs))))

    assert [(issue.wanted, issue.cause) for issue in found] == [(word, missing_id().id) for word in wanted]
    assert all(issue.title == f'Resume contract: "id" is missing from the 200 [{missing_id().id}]' for issue in found)


def test_a_waived_cause_is_no_issue() -> None:
    """It is accepted until its date; once it is gone, an issue that it had before is closed."""
    waived = replace(missing_id(), waived="the fix is released in January")
    runs = [replace(with_causes(green(), waived), started_at=moment(0)), replace(green(), started_at=moment(1))]

    assert list(issues(history(runs[:1]))) == []
    assert [issue.wanted for issue in issues(history(runs))] == ["closed"]


def test_an_issue_is_harmless() -> None:
    """What a target says stands within a fence that it cannot end, and fits into a title."""
    cause = replace(missing_id(), problem=f"``` @all\n/close {HOSTILE * 9}")
    (issue,) = issues(history([with_causes(green(), cause)]))

    before, fence, inner, end = re.fullmatch(r"(.*)\n\n(`+)text\n(.*)\n(`+)", issue.body, re.DOTALL).groups()  # type: ignore[union-attr]
    assert re.fullmatch(r"First seen \d{4}-\d\d-\d\d, last seen \d{4}-\d\d-\d\d\.", before)
    assert fence == end
    assert fence not in inner
    assert issue.title.isprintable()
    assert len(issue.title) <= 255


def test_issues_are_files_in_a_new_folder(
    records: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The title is the first line, the body the others; files of an earlier run are not mixed with them."""
    folder = tmp_path / "issues"
    arguments = [*records, "--markdown", "--issues", str(folder)]

    assert main(arguments) == 0
    (file,) = folder.glob("*/*.md")
    assert main(arguments) == 4

    assert file == folder / "open" / f"{missing_id().id}.md"
    assert file.read_text(encoding="utf-8").startswith('Resume contract: "id" is missing from the 200 [')
    assert capsys.readouterr().err.endswith(f"the issues cannot be written to {folder}: File exists\n")


def test_what_is_no_record_is_left_out_and_told(
    records: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that was cut off takes no other run with it; where none is left, that is exit 4."""
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")

    assert main([*records, str(broken), "-o", str(tmp_path / "history.html")]) == 0
    some = capsys.readouterr().err
    assert main([str(broken), str(tmp_path / "none.json")]) == 4
    none = capsys.readouterr().err

    assert (
        some == f"python -m contract_tests history: left out: {broken} is not JSON: give the contract.json of a run\n"
    )
    assert none.splitlines()[-1] == "python -m contract_tests history: none of 2 files is the record of a run"
    assert len(none.splitlines()) == 3


def test_wrong_usage_is_one_sentence_and_exit_4(records: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """No file, two forms at once, and a place that cannot be written to are each one sentence."""
    for arguments in ([], [*records, "--json", "--markdown"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 4
    assert main([*records, "-o", "/dev/null/history.html"]) == 4

    assert len(capsys.readouterr().err.splitlines()) == 3


def test_history_is_a_command_of_the_suite(records: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """`python -m contract_tests history` is this command, and `report` makes a page again."""
    assert suite(["history", *records, "--markdown"]) == 0
    assert capsys.readouterr().out.startswith("## The contract is violated since 2026-01-09: 1 open cause.")
    assert suite(["report", records[0]]) == 0
    assert capsys.readouterr().out == f"{Path(records[0]).with_name('contract.html')}\n"

"""The load part of a report in all its forms: record, terminal, page, comparison."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from contract_tests.report.compare import compare
from contract_tests.report.history import history
from contract_tests.report.html import html
from contract_tests.report.junit import junit
from contract_tests.report.model import LoadCause, LoadResult, LoadSlice, LoadStatus, Quantiles, Report
from contract_tests.report.record import dump, load
from contract_tests.report.terminal import summary
from tests.example_reports import green, missing_id

TIMES = Quantiles(2_000, 4.2, 12.0, 48.0, 320.0)
QUIET = LoadStatus(2_000, 2_000, 0, 0.0, 1_500.0, TIMES, TIMES)
LOAD = LoadResult(
    engine="Locust 2.47.0",
    users=50,
    workers=2,
    lost_workers=0,
    crowd=16,
    seconds=60.0,
    requests_per_second=100.0,
    max_violations_per_million=0.0,
    max_unanswered_percent=1.0,
    offered=6_000,
    achieved=5_900,
    omitted=100,
    omitted_wait=TIMES,
    throttled=3,
    answers=3_500,
    violations=0,
    violations_per_million=0.0,
    at_most_per_million=857.1,
    unanswered_percent=0.2,
    races_held=90,
    races_lost=0,
    intended=TIMES,
    statuses={"200": QUIET},
    timeline=tuple(
        LoadSlice(float(second), 50.0 + second, int(second % 7 == 3), 4.0, 30.0 + second) for second in range(60)
    ),
)


def held() -> Report:
    """Return the report of a run under load in which everything holds."""
    return replace(green(), load=LOAD)


def violated() -> Report:
    """Return the report of a run under load with one cause."""
    cause = missing_id(7)
    assert cause.example is not None
    told = LoadCause(cause.id, 7, 2_000.0, 12.3, (cause.example,) * 5)
    part = replace(LOAD, violations=7, violations_per_million=2_000.0, at_most_per_million=None, causes=(told,))
    return replace(green(), exit_code=1, causes=(cause,), load=part)


def test_a_record_is_read_back(tmp_path: Path) -> None:
    """contract.json holds the whole load part, and the schema takes it."""
    for report in (held(), violated(), green()):
        file = tmp_path / "contract.json"
        file.write_text(dump(report), encoding="utf-8")
        assert load(file) == report


def test_the_terminal_says_what_was_offered_and_how_seldom_it_may_be_wrong() -> None:
    """Where no answer is wrong the summary says how many there may be at most."""
    text = summary(held(), colour=False)

    assert "6,000 starts offered, 5,900 requests sent, 100 omitted after a wait of 4.2 ms (p50)" in text
    assert "wrong answers: 0 of 3,500, at most 857 per million with 95 % confidence" in text
    assert "90 races held, 0 lost · 429 waited for 3 times" in text
    assert re.search(r"^200 +0 +0, at most 1,500 +4.2 ms +12 ms +48 ms +320 ms$", text, re.MULTILINE)
    assert max(len(line) for line in text.splitlines()) <= 130


def test_the_terminal_says_when_a_cause_was_first_seen() -> None:
    """Each cause has its share and its moment."""
    cause = missing_id()
    text = summary(violated(), colour=False)

    assert "wrong answers: 7 of 3,500, 2,000 per million" in text
    assert f"cause {cause.id}: 2,000 per million answers, first seen after 12.3 s" in text


def test_the_page_has_plots_and_a_table() -> None:
    """The page draws throughput and latency over time, each with words for those who cannot see them."""
    page = html(violated())

    assert '<h2 id="load">Under load</h2>' in page
    assert "Answers in a second over time, at most 109; 9 of 60 stretches with a wrong answer" in page
    assert "Latency over time: median (solid) and 99th percentile (dashed), at most 89 ms" in page
    assert "first after 12.3 s; 5 examples in contract.json" in page
    assert "Under load" not in html(green())


def test_runs_under_load_are_compared_like_others() -> None:
    """A cause of an older run under load that a newer one did not meet is fixed, and JUnit names it."""
    assert [cause.id for cause in compare(violated(), held()).new] == [missing_id().id]
    assert history([held(), violated()]).runs[0].exchanges == held().exchanges
    assert "<testsuite" in junit(violated())

"""What README.md and docs/reports.md quote is what is printed, and each mistake of FastAPI's defaults is one cause."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.quoted_runs import PAGES, green, quotations, quoted, red, shape
from tests.shared import Shared
from tests.suite_command import PROJECT, Ended


@pytest.fixture
def green_run(shared: Shared) -> Ended:
    """The embedded server, checked."""
    return shared.once("green", green)


@pytest.fixture
def red_run(shared: Shared) -> Ended:
    """FastAPI's defaults, checked."""
    return shared.once("red", red)


def documented() -> list[tuple[str, str]]:
    """Return response and problem of each cause in the table of docs/reports.md."""
    text = (PROJECT / "docs" / "reports.md").read_text(encoding="utf-8")
    return re.findall(r"^\| (\d{3}) \| (.*?) \|", text, re.MULTILINE)


def test_each_mistake_is_one_cause_of_the_right_response(red_run: Ended) -> None:
    """The causes are those of the table that explains them: no mistake is missing, and none is told twice."""
    causes = red_run.report["causes"]
    found = [(cause["response"], re.sub(r" \(.*?\)", "", cause["problem"])) for cause in causes]

    assert red_run.exit_code == 1, red_run.printed + red_run.complained
    assert sorted(found) == sorted(documented())
    assert {cause["kind"] for cause in causes} == {"violation"}


def test_what_is_right_is_not_violated(red_run: Ended) -> None:
    """The 200 of that application holds, and so does the content of its 428, which one request misses."""
    statuses = red_run.report["statuses"]

    assert {code: status["verdict"] for code, status in statuses.items()} == {
        "200": "holds",
        "400": "violated",
        "401": "violated",
        "428": "violated",
        "500": "violated",
    }
    assert statuses["428"]["conforming"] == statuses["428"]["seen"] > 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_quotes_what_is_printed(page: Path, green_run: Ended, red_run: Ended) -> None:
    """All but ports, sessions, times and counts is as it is printed; `python -m tests.quoted_runs` writes it anew."""
    printed = quotations(green_run, red_run)
    quotes = quoted(page)

    assert {name: shape(text) for name, text in quotes.items()} == {name: shape(printed[name]) for name in quotes}
    assert quotes


def test_counts_alone_may_differ(red_run: Ended, green_run: Ended) -> None:
    """Another verdict, status, place or word is a difference: the comparison above is not empty."""
    for text in quotations(green_run, red_run).values():
        for old, new in (("answered", "told"), ("holds", "violated"), ("openapi.yaml:1", "openapi.yaml:9")):
            assert (shape(text.replace(old, new)) != shape(text)) is (old in text)
    assert shape("60 of 60 answers 200") == shape("9 of 9 answers 200") != shape("60 of 60 answers 201")

"""The page without a browser: what it holds, how large it grows, what it marks; and two runs compared."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from contract_tests.report.answer import marked
from contract_tests.report.compare import compare, compared_text
from contract_tests.report.html import html
from contract_tests.report.latency import Scale, duration, picture, scale, spread
from tests.example_reports import EXAMPLES, HOSTILE, Report, green, hostile, violated

every_example = pytest.mark.parametrize("make", EXAMPLES.values(), ids=EXAMPLES)


class _Page(HTMLParser):
    """Reads a page into its elements and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def count(self, tag: str, of_class: str) -> int:
        return sum(name == tag and of_class in (attrs.get("class") or "").split(" ") for name, attrs in self.elements)


@every_example
def test_the_page_stays_small_and_inert(make: Callable[[], Report]) -> None:
    """Whatever a record holds, the page is under 500 KB, of our own elements only, and prints no control character."""
    page = html(make())

    read = _Page(page)
    assert len(page.encode("utf-8")) < 500_000
    assert all(char.isprintable() or char == "\n" for char in page)
    assert sum(tag == "script" for tag, _ in read.elements) == 1
    assert {tag for tag, _ in read.elements}.isdisjoint({"img", "iframe", "object", "embed", "form", "base"})
    assert not [name for _, attrs in read.elements for name in attrs if name.startswith("on") or name == "style"]
    assert all((attrs["href"] or "")[:1] == "#" for tag, attrs in read.elements if tag == "a")
    assert sum("card" in (attrs.get("class") or "").split() for _, attrs in read.elements) == 5


def test_thousands_of_violations_fill_the_room_and_the_rest_is_counted() -> None:
    """Of 5,000 violations as many are shown as there is room for, of each check some, and none is lost in silence."""
    page = html(violated(5_000, 2_000))

    read = _Page(page)
    brief = sum(tag == "th" and attrs.get("scope") == "row" for tag, attrs in read.elements)
    left = sum(int(number.replace(",", "")) for number in re.findall(r"and ([\d,]+) violations more", page))
    held_and_other_rows = 3 + 2 + 2
    assert "5,000 violations" in page
    assert read.count("details", "violation") >= 60
    assert read.count("details", "violation") + brief - held_and_other_rows + left == 5_000
    assert read.count("article", "check") == 3


def test_a_check_with_many_violations_crowds_no_other_out() -> None:
    """The first violation of every check is shown in full, however many another check has."""
    report = violated(2_000)
    last = report["checks"][7]
    last |= {"verdict": "violated", "violations": [report["checks"][4]["violations"][0] | {"case": "the only one"}]}

    page = html(report)

    assert '<span class="case">the only one</span>' in page


def test_texts_of_the_target_stay_texts() -> None:
    """Markup, template braces and escapes in a target's text are shown as they were sent, and do nothing."""
    page = html(hostile())

    assert "<script>alert" not in page
    assert "<img" not in page
    assert "{{ 7*7 }}" in page
    assert "\\u001b[31mred" in page
    assert "\\u202egnp.exe" in page
    assert "\\ud800" in page


def test_one_megabyte_in_an_answer_costs_a_line() -> None:
    """A string of 1 MB is shown by its beginning and its length."""
    report = violated(4)
    for check in report["checks"]:
        for violation in check["violations"]:
            violation |= {"answer": json.dumps([{"request_id": "x" * 1_000_000}]), "repeat": "curl " + "y" * 1_000_000}

    page = html(report)

    assert len(page) < 60_000
    assert "A command of 1,000,005 characters, in contract.json" in page


@pytest.mark.parametrize(
    ("answer", "pointer", "told"),
    [
        ('[{"code": "x", "request_id": 12345}]', "/0/request_id", '<mark>"request_id": 12345</mark>'),
        ('[{"code": "x"}]', "/0", "<mark>{</mark>"),
        ('[{"code": "x"}]', "/0/missing", "<mark>{</mark>"),
        ("[]", "", "<mark>[]</mark>"),
        ("5.0", "", "<mark>5.0</mark>"),
        ("null", "/a/b", "<mark>null</mark>"),
        ('{"a/b": {"~": NaN}}', "/a~1b/~0", '<mark>"~": NaN</mark>'),
        ('{"a": 1, "a": 2}', "/a", '<mark>"a": 2</mark>'),
        ('{"a": "\\u202e<b>"}', "/a", '<mark>"a": "\\u202e&lt;b&gt;"</mark>'),
        ('["a", "b"]', "/-1", "<mark>[</mark>"),
        ('["a", "b"]', "/\u00b2", "<mark>[</mark>"),
    ],
)
def test_the_place_is_marked(answer: str, pointer: str, told: str) -> None:
    """The place that breaks the contract, or the nearest one there is, is marked in the answer as it was written."""
    page = str(marked(answer, pointer)).replace("&#34;", '"')

    assert told in page


@pytest.mark.parametrize("answer", ["<html>\x1bGateway", '{"cut": "off', "[" * 50_000, "", "x" * 1_000_000])
def test_an_answer_that_is_not_json_is_shown_by_its_beginning(answer: str) -> None:
    """What is not JSON, or too deep or long to lay out, is shown inert and cut."""
    shown = str(marked(answer, "/0"))

    assert "<mark>" not in shown
    assert "<html>" not in shown
    assert "\x1b" not in shown
    assert len(shown) < 2_000


def test_a_long_answer_is_shown_around_the_mark() -> None:
    """Of a long answer the lines near the marked place are shown, and how many are not."""
    answer = json.dumps({f"key{number}": number for number in range(500)})

    lines = str(marked(answer, "/key250")).split("\n")

    assert len(lines) == 30
    assert lines[0] == "… 239 lines"
    assert lines[-1] == "… 235 lines"
    assert any("<mark>" in line and "key250" in line for line in lines)


def test_a_violation_stands_with_its_clause_and_command() -> None:
    """A violation has its clause quoted with the line, the place marked, the command and its button."""
    page = html(violated(1))

    assert "openapi.yaml line 59" in page
    assert "&#39;401&#39;:\n  $ref: &#39;#/components/responses/Unauthorized&#39;" in page
    assert "<mark>&#34;request_id&#34;: 12345</mark>" in page
    assert '<button type="button" hidden data-copy="violation-1-1-repeat">' in page
    assert "<strong>at /0/request_id: 12345 is not of type &#34;string&#34;</strong>" in page


def test_median_and_p95_are_those_of_the_answers() -> None:
    """The median is the middle, the 95th percentile the smallest time that 95 of 100 answers kept."""
    found = spread([float(number) for number in range(100, 0, -1)])

    assert found is not None
    assert (found.count, found.low, found.median, found.p95, found.high) == (100, 1, 50.5, 95, 100)
    assert spread([]) is None
    assert scale([found, None]) == Scale(1, 100)
    assert scale([None]) is None


@pytest.mark.parametrize("times", [[0.0], [5.0], [1e9, 0.0], [0.02] * 3_000], ids=str)
def test_any_times_make_a_small_picture(times: list[float]) -> None:
    """No time, one time, thousands or an absurd one: the picture is bounded and its lines are inside it."""
    found = spread(times)
    assert found is not None
    common = scale([found])
    assert common is not None

    drawn = str(picture(times, found, common))

    assert len(drawn) < 2_500
    assert all(0 <= float(at) <= 240 for at in re.findall(r'class="(?:median|p95)" d="M([\d.]+) ', drawn))
    assert re.findall(r'class="(?:median|p95)"', drawn) == ['class="median"', 'class="p95"']


@pytest.mark.parametrize(
    ("milliseconds", "told"), [(0.42, "0.42 ms"), (3.1, "3.1 ms"), (5, "5 ms"), (150.4, "150 ms"), (2_400, "2.4 s")]
)
def test_a_duration_is_told_as_people_say_it(milliseconds: float, told: str) -> None:
    """A duration has two or three digits and its unit."""
    assert duration(milliseconds) == told


def test_a_run_compared_with_itself_has_changed_nothing() -> None:
    """The same run has no new and no mended violation and no new drift."""
    comparison = compare(violated(), violated())

    assert {kind: len(comparison[kind]) for kind in ("new", "mended", "unchecked", "drift")} == {
        "new": 0,
        "mended": 0,
        "unchecked": 0,
        "drift": 0,
    }
    assert len(comparison["unchanged"]) == 21


def test_what_changed_is_told_apart() -> None:
    """New, mended and unchanged violations are told by fingerprint; drift and latency against the old run."""
    old, new = violated(), violated()
    mended = old["checks"][5]["violations"]
    new["checks"][5] |= {"verdict": "holds", "violations": []}
    fresh = new["checks"][0]
    fresh |= {"verdict": "violated", "violations": [mended[0] | {"fingerprint": "0" * 12, "case": "new one"}]}
    new["drift"].append(old["drift"][0] | {"path": "/fresh"})
    new["statuses"]["200"]["milliseconds"] = [10.0, 20.0, 30.0]
    old["statuses"]["200"]["milliseconds"] = []

    comparison = compare(new, old)

    assert [entry["case"] for entry in comparison["new"]] == ["new one"]
    assert {entry["check"] for entry in comparison["mended"]} == {new["checks"][5]["id"]}
    assert not {entry["fingerprint"] for entry in comparison["mended"]} - {found["fingerprint"] for found in mended}
    assert comparison["unchecked"] == []
    assert [item["path"] for item in comparison["drift"]] == ["/fresh"]
    assert comparison["latency"]["200"]["old"] is None
    assert comparison["latency"]["200"]["new"] == {"count": 3, "low": 10, "median": 20, "p95": 30, "high": 30}
    text, page = compared_text(comparison), html(new, compared=comparison)
    assert "1 new" in text
    assert "/fresh" in text
    assert max(map(len, text.splitlines())) <= 100
    assert '<span class="new">new</span> <span class="case">new one</span>' in page
    assert page.count('<span class="new">') == 1


@pytest.mark.parametrize("verdict", ["not run", "unanswered", "incomplete", "error", "gone"])
def test_a_check_that_did_not_run_again_mends_nothing(verdict: str) -> None:
    """A violation whose check could not tell this time is not called mended."""
    old, new = violated(), violated()
    check = new["checks"][5]
    check |= {"verdict": verdict, "violations": []}
    if verdict == "gone":
        new["checks"].remove(check)

    comparison = compare(new, old)

    assert comparison["mended"] == []
    assert len(comparison["unchecked"]) == 5
    assert "5 not checked again" in compared_text(comparison)


def test_another_target_is_said_to_be_one() -> None:
    """Comparing staging with a laptop is possible, and told."""
    assert "that was another target" in compared_text(compare(green(), violated()))
    assert "that was another target" in html(green(), compared=compare(green(), violated()))


def test_a_hostile_run_compares_inert() -> None:
    """Hostile text in either run stays text in the comparison."""
    comparison = compare(hostile(), green()) | {"old": hostile() | {"started_at": HOSTILE}}

    text, page = compared_text(comparison), html(hostile(), compared=comparison)

    assert all(char.isprintable() or char == "\n" for char in text + page)
    assert "<script>alert" not in page
    assert max(map(len, text.splitlines())) <= 100

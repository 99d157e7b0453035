"""The page without a browser: what it holds, how large it grows, what it marks; and two runs compared."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from contract_tests.report.answer import marked
from contract_tests.report.compare import compare, compared_text
from contract_tests.report.html import html
from contract_tests.report.latency import Scale, duration, picture, scale, spread
from contract_tests.report.model import CheckVerdict, Report
from tests.example_reports import (
    EXAMPLES,
    FURTHER,
    HOSTILE,
    RIGHT,
    accepted_bodies,
    green,
    hostile,
    many,
    missing_id,
    one_cause,
    red,
    silence,
    with_causes,
    wrong_type,
)

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
def test_the_page_stays_small_and_harmless(make: Callable[[], Report]) -> None:
    """Whatever a record holds, the page is under 500 KB, of our own elements only, and prints no control character."""
    page = html(make())

    read = _Page(page)
    assert len(page.encode("utf-8")) < 500_000
    assert all(char.isprintable() or char == "\n" for char in page)
    assert sum(tag == "script" for tag, _ in read.elements) == 1
    assert {tag for tag, _ in read.elements}.isdisjoint({"img", "iframe", "object", "embed", "form", "base"})
    assert not [name for _, attrs in read.elements for name in attrs if name.startswith("on") or name == "style"]
    assert all((attrs["href"] or "")[:1] == "#" for tag, attrs in read.elements if tag == "a")
    assert read.count("li", "card") == 5
    anchors = {(attrs["href"] or "")[1:] for tag, attrs in read.elements if tag == "a"}
    assert anchors <= {attrs["id"] for _, attrs in read.elements if "id" in attrs}


def test_what_is_wrong_comes_first() -> None:
    """Causes, most exchanges first, stand before the declared responses, and waived ones after those that count."""
    page = html(red())

    order = [page.index(f">{text}<") for text in ("4 causes ", "The declared responses", "2 checks held", "The run")]
    assert order == sorted(order)
    assert re.findall(r'<h3 id="cause-\d">([^<]*)', page) == [
        "&#34;request_id&#34; of the 401 is a number",
        "&#34;id&#34; is missing from the 200",
        "malformed bodies are answered 200 instead of 400",
        "a spent session is answered 500 instead of 400",
    ]
    assert "Waived: the fix is released in January" in page


def test_of_hundreds_of_causes_forty_are_told_in_full() -> None:
    """Of 300 causes forty have a card, two hundred a line, and the rest is counted."""
    page = html(many(300))

    read = _Page(page)
    assert read.count("article", "cause") == 40
    assert len(re.findall(r"<th scope=\"row\">\d+\. ", page)) == 200
    assert "and 60 causes more, in contract.json" in page
    assert "300 causes" in read.text


def test_a_cause_stands_with_its_clause_answer_and_command() -> None:
    """A cause has its clause quoted with the line, the place marked, the command and its button, cases and checks."""
    page = html(with_causes(green(), wrong_type(), accepted_bodies()))

    text = _Page(page).text
    assert "openapi.yaml:251" in text
    assert "&#39;400&#39;:\n  $ref: &#39;#/components/responses/BadRequest&#39;" in page
    assert "<mark>&#34;request_id&#34;: 12345</mark>" in page
    assert '<button type="button" hidden data-copy="cause-1-repeat">' in page
    assert "<strong>at /0/request_id</strong>" in page
    assert "14 of 55 cases" in text
    assert "POST /api/links/ paused a session: 428" in text
    assert "9 of these answers also lack" in text
    assert "token empty 2" in text


def test_a_place_that_is_no_pointer_is_named_and_marks_nothing() -> None:
    """The name of a header stands beside the answer, in which nothing is marked."""
    example = wrong_type().example
    assert example is not None
    cause = replace(wrong_type(), example=replace(example, place="Content-Type"))

    page = html(with_causes(green(), cause))

    assert "<mark>" not in page
    assert "<strong>Content-Type</strong>" in page


def test_a_cause_without_an_answer_or_example_is_told() -> None:
    """A request that nobody answered has no answer to show, and a cause may have no example at all."""
    page = html(with_causes(green(), silence(), replace(missing_id(), example=None)))

    assert '<pre class="answer">' not in page
    assert "no answer came within 10 s" in page
    assert "whole operation" in page


def test_blocked_checks_lead_to_their_cause() -> None:
    """A blocked check is not called violated, and names the cause by a link to it."""
    page = html(one_cause())

    assert page.count('by <a href="#cause-1">cause 1</a>') == 3
    assert "1 violated, 2 blocked, waived or without a result" in page


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
    example = wrong_type().example
    assert example is not None
    answer = json.dumps([{"request_id": "x" * 1_000_000}])
    long = replace(example, answer=answer, received=answer, repeat="curl " + "y" * 1_000_000)

    page = html(with_causes(green(), replace(wrong_type(), example=long)))

    assert len(page) < 60_000
    assert "A command of 1,000,005 characters, in contract.json" in page


@pytest.mark.parametrize(
    ("answer", "place", "told"),
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
def test_the_place_is_marked(answer: str, place: str, told: str) -> None:
    """The place that breaks the contract, or the nearest one there is, is marked in the answer as it was written."""
    page = str(marked(answer, place)).replace("&#34;", '"')

    assert told in page


@pytest.mark.parametrize("answer", ["<html>\x1bGateway", '{"cut": "off', "[" * 50_000, "", "x" * 1_000_000])
def test_an_answer_that_is_not_json_is_shown_by_its_beginning(answer: str) -> None:
    """What is not JSON, or too deep or long to lay out, is shown escaped and cut."""
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
    """The same run has no new and no fixed cause and no new drift."""
    comparison = compare(red(), red())

    assert (comparison.new, comparison.fixed, comparison.unchecked, comparison.drift) == ((), (), (), ())
    assert comparison.unchanged == red().causes


def test_what_changed_is_told_apart() -> None:
    """New, fixed and unchanged causes are told by id; drift and latency against the old run."""
    old = with_causes(green(), missing_id(), wrong_type())
    slow = replace(green().statuses["200"], milliseconds=(10.0, 20.0, 30.0))
    fresh = replace(green().drift[0], path="/fresh")
    new = with_causes(replace(green(), drift=(*green().drift, fresh)), missing_id(), accepted_bodies())
    new = replace(new, statuses=new.statuses | {"200": slow})
    old = replace(old, statuses=old.statuses | {"200": replace(slow, milliseconds=())})

    comparison = compare(new, old)

    assert [cause.id for cause in comparison.new] == [accepted_bodies().id]
    assert [cause.id for cause in comparison.fixed] == [wrong_type().id]
    assert [cause.id for cause in comparison.unchanged] == [missing_id().id]
    assert comparison.unchecked == ()
    assert comparison.drift == (fresh,)
    assert comparison.latency["200"].old is None
    latency = comparison.latency["200"].new
    assert latency is not None
    assert (latency.count, latency.low, latency.median, latency.p95, latency.high) == (3, 10, 20, 30, 30)
    text, page = compared_text(comparison), html(new, compared=comparison)
    assert "1 new · 1 fixed · 1 unchanged" in text
    assert '  fixed      "request_id" of the 401 is a number  82 of 82 answers 401  openapi.yaml:251' in text
    assert "/fresh" in text
    assert max(map(len, text.splitlines())) <= 100
    assert page.count('<span class="new">') == 1
    assert page.index('<span class="new">') > page.index("malformed bodies are answered 200")


@pytest.mark.parametrize("verdict", ["not run", "unanswered", "incomplete", "error", "blocked", None])
def test_a_check_that_did_not_run_again_shows_nothing_fixed(verdict: CheckVerdict | None) -> None:
    """A cause is not called fixed when one of the checks that met it could not tell this time, or is gone."""
    met_twice = replace(missing_id(), checks=(RIGHT, FURTHER))
    checks = [
        replace(check, verdict=verdict) if check.id == FURTHER and verdict else check
        for check in green().checks
        if check.id != FURTHER or verdict
    ]

    comparison = compare(replace(green(), checks=tuple(checks)), with_causes(green(), met_twice))

    assert comparison.fixed == ()
    assert [cause.id for cause in comparison.unchecked] == [missing_id().id]
    assert "1 not checked again" in compared_text(comparison)


def test_a_cause_that_no_check_met_is_fixed_by_a_whole_run_only() -> None:
    """An answer that broke the contract beside every check is looked at again by a whole run, not by a partial one."""
    old = replace(green(), causes=(replace(missing_id(), checks=(), cases=()),))

    assert [cause.id for cause in compare(green(), old).fixed] == [missing_id().id]
    assert compare(replace(green(), partial=True), old).fixed == ()


def test_another_target_is_said_to_be_one() -> None:
    """Comparing staging with a laptop is possible, and told."""
    assert "that was another target" in compared_text(compare(green(), red()))
    assert "that was another target" in html(green(), compared=compare(green(), red()))


def test_a_hostile_run_compares_escaped() -> None:
    """Hostile text in either run stays text in the comparison."""
    old: dict[str, Any] = {"started_at": HOSTILE}
    comparison = compare(hostile(), replace(hostile(), causes=green().causes, **old))

    text, page = compared_text(comparison), html(hostile(), compared=comparison)

    assert all(char.isprintable() or char == "\n" for char in text + page)
    assert "<script>alert" not in page
    assert max(map(len, text.splitlines())) <= 100

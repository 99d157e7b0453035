"""The forms of the report that are plain text: terminal, JUnit, annotations, the live line."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from contract_tests.report.cause_text import cause_text
from contract_tests.report.compare import compare
from contract_tests.report.github import annotations as annotate
from contract_tests.report.junit import junit
from contract_tests.report.model import Cause, Report
from contract_tests.report.progress import Progress
from contract_tests.report.terminal import summary
from tests.example_reports import (
    EXAMPLES,
    HOSTILE,
    OWN_LINK,
    accepted_bodies,
    empty,
    green,
    hostile,
    many,
    missing_id,
    one_cause,
    red,
    unanswered,
    with_causes,
    wrong_type,
)

every_example = pytest.mark.parametrize("make", EXAMPLES.values(), ids=EXAMPLES)
FILES = [Path("reports") / name for name in ("contract.html", "contract.json", "junit.xml")]


def with_example(cause: Cause, **changes: object) -> Cause:
    """Return a cause whose example differs in some parts."""
    assert cause.example is not None
    return replace(cause, example=replace(cause.example, **changes))  # type: ignore[arg-type]


def test_a_cause_has_its_one_shape() -> None:
    """A cause is told by problem and clause, reach, sent, expected, received, place, repeat, and clause in short."""
    lines = cause_text(missing_id(), 1).splitlines()

    assert lines[:2] == [
        '1  "id" is missing from the 200                   openapi.yaml:214  components/schemas/Link/required',
        f"   48 of 48 answers 200 · 2 checks are blocked by it · cause {missing_id().id}",
    ]
    assert len(lines[0]) == 100
    assert [line[:13] for line in lines[2:]] == [
        "   sent      ",
        "   expected  ",
        "   received  ",
        "   at        ",
        "   repeat    ",
        "   clause    ",
    ]
    assert lines[3] == "   expected  200 application/json matching #/components/schemas/Link"
    assert lines[5] == "   at        /id is missing"
    assert lines[6] == f"   repeat    {missing_id().example.repeat}"  # type: ignore[union-attr]
    assert lines[7].startswith("   clause    required: [id, institution, ")
    assert all(len(line) <= 100 for line in (*lines[:6], lines[7]))


def test_a_cause_of_cases_names_the_first_of_them() -> None:
    """Where cases are counted the first ones are named, the others are pointed to; what came before is told too."""
    lines = cause_text(accepted_bodies(), 3).splitlines()

    assert lines[0].startswith("3  malformed bodies are answered 200 instead of 400   ")
    assert lines[0].endswith("  openapi.yaml:57  responses/400")
    assert lines[1].startswith("   14 of 55 cases · cause ")
    assert lines[2] == "   cases     link null 0, link missing 1, token empty 2 and 11 more: see contract.html"
    assert lines[3] == "   before    POST /api/links/ paused a session: 428"
    assert lines[-1] == '   besides   9 of these answers also lack "refresh_rate"'


@pytest.mark.parametrize(
    ("place", "answer", "told"),
    [
        ("/0/request_id", '[{"request_id": 12345}]', "   at        /0/request_id: 12345"),
        ("/0/request_id", "[{}]", "   at        /0/request_id is missing"),
        ("/1/request_id", "[{}]", "   at        /1/request_id"),
        ("/0/a", "not JSON", "   at        /0/a"),
        ("/0", '[{"a": 1}]', "   at        /0"),
        ("/a~1b", '{"a/b": null}', "   at        /a~1b: null"),
        ("Content-Type", "[]", "   at        Content-Type"),
        ("reason phrase", None, "   at        reason phrase"),
        ("", "{}", None),
        (None, "{}", None),
    ],
)
def test_the_place_that_is_wrong_is_named(place: str | None, answer: str | None, told: str | None) -> None:
    """A pointer is told with the short value that stands there, another place by its name, the whole not at all."""
    text = cause_text(with_example(wrong_type(), place=place, answer=answer), 1)

    assert [line for line in text.splitlines() if line.startswith("   at ")] == ([told] if told else [])


def test_a_long_clause_stands_below_the_problem() -> None:
    """Where problem and clause do not fit one line, the clause has its own, on the right."""
    first, second, *_ = cause_text(wrong_type(), 1).splitlines()

    assert first == '1  "request_id" of the 401 is a number'
    assert second.strip() == "openapi.yaml:251  components/schemas/Error/properties/request_id/type"
    assert len(second) == 100


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"of": None}, "48 answers 200 · "),
        ({"exchanges": 1, "of": None}, "1 answer 200 · "),
        ({"response": None}, "48 of 48 answers · "),
        ({"unit": "requests"}, "48 of 48 requests · "),
        ({"blocked": ("a",)}, "48 of 48 answers 200 · 1 check is blocked by it · "),
        ({"blocked": ()}, "48 of 48 answers 200 · cause "),
        ({"waived": "until May"}, "48 of 48 answers 200 · 2 checks are blocked by it · cause e22210a8b3e3 · waived: "),
    ],
)
def test_the_reach_of_a_cause_is_told_as_people_say_it(changes: dict[str, object], told: str) -> None:
    """Answers carry their status; one is singular; what is not counted is left out."""
    cause = replace(missing_id(), **changes)  # type: ignore[arg-type]

    assert cause_text(cause, 1).splitlines()[1].startswith(f"   {told}")


def test_a_repeat_line_stays_whole() -> None:
    """A long curl line is never cut, for half a command is not to be pasted; one past all reason is pointed to."""
    long, absurd = "curl " + "x" * 7_000, "x" * 1_000_000

    assert f"   repeat    {long}\n" in cause_text(with_example(missing_id(), repeat=long), 1)
    assert "a command of 1,000,000 characters: see contract.json" in cause_text(
        with_example(missing_id(), repeat=absurd), 1
    )


def test_a_script_keeps_its_lines() -> None:
    """A command of several lines is shown as such, one below the other; a log's own command never starts a line."""
    script = cause_text(with_example(missing_id(), repeat="curl a &\ncurl b &\nwait"), 1)
    forged = cause_text(with_example(missing_id(), repeat="curl a\n  ::error::forged"), 1)

    assert "   repeat    curl a &\n             curl b &\n             wait\n" in script
    assert "   repeat    curl a\\n  ::error::forged\n" in forged


def test_a_red_run_of_one_fault_is_read_in_a_minute() -> None:
    """A cause with everything it may have, and every note, takes at most 30 lines above the table of responses."""
    full = replace(accepted_bodies(), details=("a detail",) * 9, blocked=(OWN_LINK,))
    full = with_example(full, before=("an exchange",) * 9, place="/0/code", answer='[{"code": 1}]')
    report = with_causes(replace(green(), drift=green().drift * 9, advice=("words " * 60,) * 9), full)

    for run in (report, one_cause()):
        above, table = summary(run, colour=False, files=FILES).split("status  name")
        assert above.startswith("1  ")
        assert above.count("\n") <= 30
        assert max(len(line) for line in above.splitlines() if not line.startswith("   repeat ")) <= 100
        assert len(table.splitlines()) == 9


def test_the_summary_tells_everything_once() -> None:
    """Causes, checks, waivers, drift, advice, files, statuses, undeclared ones and the verdict are told, in order."""
    text = summary(red(), colour=False, files=FILES)
    in_order = (
        '1  "request_id" of the 401 is a number',
        '2  "id" is missing from the 200',
        "3  malformed bodies are answered 200 instead of 400",
        "checks    2 hold · 3 violated · 2 blocked · 1 not run · 1 waived",
        "not run: test_500_unexpected_error.py::test_a_failing_institution_is_answered_500: the",
        "waived    a spent session is answered 500 instead of 400  1 of 1 case  openapi.yaml:57",
        "until 2027-01-31: the fix is",
        "until 2026-12-24: fixed last week; no longer needed: take it out",
        "200 /external_id (string), undeclared field in 41 answers",
        "200 /refresh_rate, never with a value in 41 answers",
        "The target closes the connection after every answer",
        "written   reports/contract.html · contract.json · junit.xml",
        "status  name",
        "401     Unauthorized             82          27  violated",
        "500     Unexpected Error          0           0  accepted unseen\n        staging cannot be made to fail",
        "302                               4              not declared",
        "no answer: timeout, 2 times",
        "https://staging.example.com: 412 exchanges in 2.4 s, seed 1",
    )

    assert [told for told in in_order if text.count(told) != 1] == []
    assert [text.index(told) for told in in_order] == sorted(text.index(told) for told in in_order)
    assert text.splitlines()[-1] == (
        "The contract is violated: 200, 400, 401; 3 causes. (exit 1: the contract is violated)"
    )


def test_many_causes_are_told_in_one_line_each() -> None:
    """Of 60 causes five are told in full, forty in one line each, and the rest is counted."""
    text = summary(many(), colour=False)

    assert text.count("   repeat    ") == 5
    assert len(re.findall(r"(?m)^\d+  .* of 82 answers 401  openapi.yaml:\d+$", text)) == 40
    assert "\nand 15 more causes: see contract.html\n" in text


def test_an_equal_reason_is_told_once() -> None:
    """Checks that did not run for one reason are one line with their number, and another reason is another line."""
    checks = tuple(replace(check, verdict="not run", reason="no session was left") for check in green().checks)
    other = replace(checks[0], verdict="error", reason="a defect")

    text = summary(replace(green(), checks=(other, *checks[1:])), colour=False)

    assert "checks    0 hold · 1 error · 8 not run\n" in text
    assert f"          error: {other.id}: a defect\n" in text
    assert text.count("no session was left") == 1
    assert "          not run: 8 checks: no session was left\n" in text


def test_what_has_no_reason_is_counted_alone() -> None:
    """Checks that did not run because the run ended have no line of their own: the verdict says why."""
    checks = tuple(replace(check, verdict="not run") for check in green().checks)

    text = summary(replace(green(), checks=checks), colour=False)

    assert "checks    0 hold · 9 not run\ndrift  " in text


@every_example
def test_the_summary_is_escaped_and_fits_the_terminal(make: Callable[[], Report]) -> None:
    """No control, escape or bidi character is left, no line starts a workflow command, lines fit 100 columns."""
    text = summary(make(), colour=False, compared=compare(make(), red()))

    assert all(char.isprintable() or char == "\n" for char in text)
    lines = text.split("\n")
    assert not [line for line in lines[:-2] if len(line) > 100 and not line.startswith("   repeat ")]
    assert not [line for line in lines if line.lstrip().startswith(("::", "##["))]
    assert len(text) < 60_000


def test_colours_come_only_when_asked_for() -> None:
    """Without colour there is no escape; with it every escape is one of ours and the words are the same."""
    plain, painted = (summary(red(), colour=colour) for colour in (False, True))

    assert "\x1b" not in plain
    assert painted != plain
    assert re.sub(r"\x1b\[[0-9;]+m", "", painted) == plain


def test_a_hostile_report_paints_nothing_of_its_own() -> None:
    """Escapes in the target's text stay written out when the summary is coloured."""
    painted = summary(hostile(), colour=True)

    assert "\\u001b[31mred\\u001b]0;title\\u0007" in painted
    assert all(char.isprintable() or char == "\n" for char in re.sub(r"\x1b\[[0-9;]+m", "", painted))


@every_example
def test_junit_has_one_case_per_check(make: Callable[[], Report]) -> None:
    """The document is XML for any parser, counts what it holds, and names check, title and clause of each case."""
    report = make()

    suite = ET.fromstring(junit(report).encode("utf-8"))[0]

    cases = suite.findall("testcase")
    assert len(cases) == len(report.checks) == int(suite.attrib["tests"])
    outcomes = {"holds": [], "violated": ["failure"], "unanswered": ["error"]}
    for case, check in zip(cases, report.checks, strict=True):
        outcome = [child.tag for child in case if child.tag != "properties"]
        assert outcome == outcomes.get(check.verdict, ["skipped"])
        assert case.find("properties/property[@name='clause']") is not None
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.attrib[attribute]) == len(suite.findall(f"testcase/{tag}"))
    assert all(char.isprintable() or char == "\n" for text in suite.itertext() for char in text)


def test_junit_names_explain_themselves() -> None:
    """A case is named by its function and what it proves; its failure names and tells the cause; others say why not."""
    suite = ET.fromstring(junit(red()).encode("utf-8"))[0]
    (refused,) = suite.findall("testcase[@classname='test_401_unauthorized.py']")

    assert refused.attrib["classname"] == "test_401_unauthorized.py"
    assert refused.attrib["name"] == (
        "test_unacceptable_credentials_are_refused: "
        "Absent, malformed and wrong credentials are answered with the declared 401."
    )
    failure = refused.find("failure")
    assert failure is not None
    assert failure.attrib == {"type": "violated", "message": '"request_id" of the 401 is a number'}
    assert (failure.text or "").startswith(cause_text(wrong_type(), 1))
    assert (failure.text or "").endswith("\n   here      no header, empty header, other scheme, no colon")
    assert [skipped.attrib["message"] for skipped in suite.findall("testcase/skipped")] == [
        'blocked by: "id" is missing from the 200',
        "waived: the fix is released in January (until 2027-01-31)",
        "not run: the target has no failing token",
        'blocked by: "id" is missing from the 200',
    ]
    silent = ET.fromstring(junit(unanswered()).encode("utf-8"))[0].find("testcase/error")
    assert silent is not None
    assert silent.attrib == {"type": "unanswered", "message": "no answer came within 10 s"}


def test_annotations_stand_on_the_clauses_line() -> None:
    """Each cause becomes one error on its line of openapi.yaml, most exchanges first; a waived one a warning."""
    commands = annotate(red())

    assert [command.partition("::1  ")[0].partition("::2  ")[0].partition("::3  ")[0] for command in commands[:3]] == [
        '::error file=openapi.yaml,line=251,title="request_id" of the 401 is a number',
        '::error file=openapi.yaml,line=214,title="id" is missing from the 200',
        "::error file=openapi.yaml,line=57,title=malformed bodies are answered 200 instead of 400",
    ]
    assert commands[3].startswith("::warning file=openapi.yaml,line=57,title=waived%3A a spent session is")
    assert len(commands) == 4
    assert "%0A   expected  401 application/json" in commands[0]


def test_the_ten_annotations_that_are_shown_are_the_important_ones() -> None:
    """Of 60 causes the nine with most exchanges are annotated, and the tenth annotation counts the rest."""
    commands = annotate(many())

    assert len(commands) == 10
    assert all(command.startswith("::error ") for command in commands)
    assert [f"{60 - index} of 82 answers" in command for index, command in enumerate(commands[:9])] == [True] * 9
    assert "title=and 51 more causes::" in commands[9]


def test_a_verdict_without_a_cause_is_annotated_once() -> None:
    """A run that is red for another reason says so in one annotation; a green one has none."""
    assert annotate(empty()) == [
        "::error file=openapi.yaml,line=1,title=nothing was checked::Nothing was checked: no check was selected."
    ]
    assert annotate(green()) == []


@every_example
def test_no_text_starts_a_command_of_its_own(make: Callable[[], Report]) -> None:
    """Whatever a target answers, an annotation is one line with one title, and a percent sign is written out."""
    for command in annotate(make()):
        assert all(char.isprintable() for char in command)
        head, _, message = command[2:].partition("::")
        assert re.fullmatch(r"(error|warning) file=openapi\.yaml,line=\d+,title=[^,:]*", head)
        assert not re.search(r"%(?!25|0A|0D|3A|2C)", head + message)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class _Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_on_a_terminal_one_line_rewrites_itself() -> None:
    """The line tells response, exchanges and problems, is drawn at most ten times a second, and goes."""
    stream, clock = _Terminal(), _Clock()
    progress = Progress(stream, clock=clock)
    for exchanges in range(100):
        clock.now += 0.01
        progress.update("Title of the check", exchanges, 2)
    drawn = stream.getvalue().split("\r")[1:]

    assert 9 <= len(drawn) <= 11
    assert drawn[-1].startswith("checking the whole operation: 9")
    assert " exchanges, 2 problems  Title of" in drawn[-1]
    assert max(map(len, drawn)) < 80
    assert "\n" not in stream.getvalue()
    progress.close()
    progress.close()
    assert stream.getvalue().endswith(f"\r{' ' * len(drawn[-1].rstrip())}\r")


def test_elsewhere_there_is_a_sign_of_life() -> None:
    """Without a terminal a run of ten minutes is heard of once a minute."""
    stream, clock = io.StringIO(), _Clock()
    progress = Progress(stream, clock=clock)
    for exchanges in range(6_000):
        clock.now += 0.1
        progress.update("Title", exchanges, 0)

    lines = stream.getvalue().splitlines()
    assert lines[0] == "checking the whole operation: 0 exchanges, 0 problems"
    assert len(lines) == 10


@pytest.mark.parametrize("stream", [_Terminal(), io.StringIO()], ids=["terminal", "file"])
def test_progress_is_escaped_and_without_colour(stream: io.StringIO) -> None:
    """A hostile title moves no cursor and paints nothing; there is no escape sequence at all."""
    progress = Progress(stream)
    progress.update(HOSTILE, 1, 0)
    progress.close()

    assert all(char.isprintable() or char in "\r\n" for char in stream.getvalue())
    assert "\n:" not in stream.getvalue()

"""The forms of the report that are plain text: terminal, JUnit, annotations, the live line."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from contract_tests.report.github import annotations as annotate
from contract_tests.report.junit import junit
from contract_tests.report.progress import Progress
from contract_tests.report.terminal import failure, summary
from tests.example_reports import EXAMPLES, HOSTILE, Report, empty, green, hostile, violated

every_example = pytest.mark.parametrize("make", EXAMPLES.values(), ids=EXAMPLES)
LONG_LINES = re.compile(r"VIOLATED  |  (sent|expected|received|repeat) ")


def test_a_failure_has_its_one_shape() -> None:
    """A violation is told in five lines: the clause and the promise, sent, expected, received, repeat."""
    check = violated()["checks"][4]
    violation = check["violations"][0]

    head, sent, expected, received, repeat = failure(check, violation).splitlines()

    assert head == (
        "VIOLATED  responses/401  Absent, malformed and wrong credentials are answered with the declared 401."
        "  [no header 0]"
    )
    assert sent.startswith("  sent      PATCH /api/links/   credentials: no header 0   body: {")
    assert expected == "  expected  401 application/json matching #/components/schemas/ErrorList"
    assert received.startswith("  received  401 application/json [{")
    assert received.endswith('        at /0/request_id: 12345 is not of type "string"')
    assert repeat == f"  repeat    {violation['repeat']}"


def test_the_summary_tells_everything_once() -> None:
    """Violations, statuses, undeclared ones, checks, waivers, drift, advice, files and the verdict are all told."""
    text = summary(violated(), colour=False, files=[Path("reports/contract.html"), Path("reports/junit.xml")])

    for told in (
        "  401     Unauthorized             82          54  violated",
        "  500     Unexpected Error          0           0  accepted unseen",
        "  302                               4              not declared",
        "no answer: timeout, 2 times",
        "3 held · 3 violated · 1 not run · 1 waived",
        "the target has no failing token",
        "    until 2027-01-31: the fix is released in January",
        "until 2026-12-24, no longer needed",
        "500: staging cannot be made to fail",
        "200 /external_id (string), undeclared field in 41 answers",
        "200 /refresh_rate, never with a value in 41 answers",
        "The target closes the connection after every answer",
        "  reports/contract.html\n  reports/junit.xml",
        "and 5 more violations, in contract.html: test_401_unauthorized.py::test_unacceptable_credentials",
    ):
        assert text.count(told) == 1, told
    assert text.splitlines()[-1] == (
        "The contract is violated: 3 of 8 checks found violations, in the responses 400, 401 and 428. "
        "(exit 1: the contract is violated)"
    )
    assert text.index("VIOLATED") < text.index("  status  name")


def test_every_check_that_does_not_hold_is_listed() -> None:
    """However many checks do not hold, each one's id stands in the summary with why."""
    report = green()
    report["checks"] = [
        report["checks"][0] | {"id": f"test_x.py::test_{number}", "verdict": "error", "reason": f"reason {number}"}
        for number in range(90)
    ]

    text = summary(report, colour=False)

    assert all(f"::test_{number}\n" in text and f"reason {number}\n" in text for number in range(90))


@every_example
def test_the_summary_is_inert_and_fits_the_terminal(make: Callable[[], Report]) -> None:
    """No control, escape or bidi character is left, no line starts a workflow command, tables fit 100 columns."""
    text = summary(make(), colour=False)

    assert all(char.isprintable() or char == "\n" for char in text)
    lines = text.split("\n")
    assert not [line for line in lines[:-2] if len(line) > 100 and not LONG_LINES.match(line)]
    assert not [line for line in lines if line.lstrip().startswith(("::", "##["))]
    assert len(text) < 150_000


def test_colours_come_only_when_asked_for() -> None:
    """Without colour there is no escape; with it every escape is one of ours and the words are the same."""
    plain, painted = (summary(violated(), colour=colour) for colour in (False, True))

    assert "\x1b" not in plain
    assert painted != plain
    assert re.sub(r"\x1b\[[0-9;]+m", "", painted) == plain


def test_a_hostile_report_paints_nothing_of_its_own() -> None:
    """Escapes in the target's text stay written out when the summary is coloured."""
    painted = summary(hostile(), colour=True)

    assert "\\u001b[31mred\\u001b]0;title\\u0007" in painted
    assert all(char.isprintable() or char == "\n" for char in re.sub(r"\x1b\[[0-9;]+m", "", painted))


def test_a_repeat_line_stays_whole() -> None:
    """A long curl line is never cut, for half a command is not to be pasted; one past all reason is pointed to."""
    check = violated()["checks"][4]
    violation = check["violations"][0] | {"repeat": "curl " + "x" * 7_000}

    assert failure(check, violation).endswith("curl " + "x" * 7_000)
    assert failure(check, violation | {"repeat": "x" * 1_000_000}).endswith(
        "a command of 1,000,000 characters: see contract.json"
    )


@every_example
def test_junit_has_one_case_per_check(make: Callable[[], Report]) -> None:
    """The document is XML for any parser, counts what it holds, and names check, title and clause of each case."""
    report = make()

    suite = ET.fromstring(junit(report).encode("utf-8"))[0]

    cases = suite.findall("testcase")
    assert len(cases) == len(report["checks"]) == int(suite.attrib["tests"])
    for case, check in zip(cases, report["checks"], strict=True):
        outcome = [child.tag for child in case if child.tag != "properties"]
        assert outcome == {"holds": [], "violated": ["failure"]}.get(check["verdict"], ["skipped"])
        assert case.find("properties/property[@name='clause']") is not None
    assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
    assert all(char.isprintable() or char == "\n" for text in suite.itertext() for char in text)


def test_junit_names_explain_themselves() -> None:
    """A case is named by its function and what it proves; its failure is the one shape; a waived one says why."""
    report = violated()
    report["checks"][7] |= {"verdict": "incomplete", "reason": "no session was to be had"}

    suite = ET.fromstring(junit(report).encode("utf-8"))[0]

    refused, spent, secret = (suite.findall("testcase")[number] for number in (4, 3, 7))
    assert refused.attrib["classname"] == "test_401_unauthorized.py"
    assert refused.attrib["name"] == (
        "test_unacceptable_credentials_are_refused: "
        "Absent, malformed and wrong credentials are answered with the declared 401."
    )
    assert refused.find("properties/property[@name='clause']").attrib["value"] == (  # type: ignore[union-attr]
        "/paths/~1api~1links~1/patch/responses/401"
    )
    assert (refused.findtext("failure") or "").count("VIOLATED  responses/401") == 10
    assert "until 2027-01-31" in spent.find("skipped").attrib["message"]  # type: ignore[union-attr]
    assert secret.find("error").attrib["message"] == "no session was to be had"  # type: ignore[union-attr]


def test_annotations_stand_on_the_clauses_line() -> None:
    """Each violated check becomes one error on its line of openapi.yaml, a waived one a warning."""
    commands = annotate(violated())

    assert [command.partition(",title")[0] for command in commands] == [
        "::error file=openapi.yaml,line=57",
        "::error file=openapi.yaml,line=59",
        "::error file=openapi.yaml,line=61",
        "::warning file=openapi.yaml,line=57",
    ]
    assert "title=VIOLATED responses/401::VIOLATED  responses/401  Absent" in commands[1]
    assert "%0A  expected  401 application/json" in commands[1]
    assert "%0Aand 9 more violations of this check" in commands[1]


def test_a_verdict_without_a_violated_check_is_annotated_once() -> None:
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
    """The line tells response, exchanges and violations, is drawn at most ten times a second, and goes."""
    stream, clock = _Terminal(), _Clock()
    progress = Progress(stream, 420, clock=clock)
    for exchanges in range(100):
        clock.now += 0.01
        progress.update("Title of the check", "401", exchanges, 2)
    drawn = stream.getvalue().split("\r")[1:]

    assert 9 <= len(drawn) <= 11
    assert drawn[-1].startswith("checking 401: 9")
    assert "of 420 exchanges, 2 violations  Title of the check" in drawn[-1]
    assert max(map(len, drawn)) < 80
    assert "\n" not in stream.getvalue()
    progress.close()
    progress.close()
    assert stream.getvalue().endswith(f"\r{' ' * len(drawn[-1].rstrip())}\r")


def test_elsewhere_progress_is_a_few_plain_lines() -> None:
    """Without a terminal there is a line per response, however many exchanges there are."""
    stream, clock = io.StringIO(), _Clock()
    progress = Progress(stream, None, clock=clock)
    for exchanges in range(1_300):
        clock.now += 0.1
        progress.update("Title", ("200", "400", None)[exchanges * 3 // 1_300], exchanges, 1)
    progress.close()

    lines = stream.getvalue().splitlines()
    assert lines[0] == "checking 200: 0 exchanges, 1 violation"
    assert [line.split(":")[0] for line in lines] == [
        "checking 200",
        "checking 400",
        "checking the whole operation",
    ]


def test_a_long_check_gives_a_sign_of_life() -> None:
    """Without a terminal a check of ten minutes is heard of once a minute."""
    stream, clock = io.StringIO(), _Clock()
    progress = Progress(stream, None, clock=clock)
    for exchanges in range(6_000):
        clock.now += 0.1
        progress.update("Title", "200", exchanges, 0)

    assert len(stream.getvalue().splitlines()) == 10


@pytest.mark.parametrize("stream", [_Terminal(), io.StringIO()], ids=["terminal", "file"])
def test_progress_is_inert_and_without_colour(stream: io.StringIO) -> None:
    """A hostile title moves no cursor and paints nothing; there is no escape sequence at all."""
    progress = Progress(stream, 3)
    progress.update(HOSTILE, HOSTILE, 1, 0)
    progress.close()

    assert all(char.isprintable() or char in "\r\n" for char in stream.getvalue())
    assert "\n:" not in stream.getvalue()

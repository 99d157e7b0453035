"""Violations as annotations of GitHub Actions, on the line of openapi.yaml that each check's clause names."""

from collections.abc import Mapping
from typing import Any

from contract_tests.report.inert import one_line
from contract_tests.report.terminal import failure
from contract_tests.report.words import EXIT_CODES, Report, by_verdict, counted, place, violations_of, why

# The service shows ten of each kind per step; more would only fill the log.
ANNOTATIONS = 50
LEVELS = {"violated": "error", "error": "error", "unanswered": "error", "incomplete": "error", "waived": "warning"}


def annotations(report: Report) -> list[str]:
    """Return the workflow commands, one per check that does not hold, or one for a verdict that no check explains."""
    found = [
        _command(LEVELS[verdict], _message(check), title=_title(check), line=check["line"])
        for verdict, checks in by_verdict(report).items()
        if verdict in LEVELS
        for check in checks
    ]
    if report["exit_code"] and not any(command.startswith("::error") for command in found):
        found.append(_command("error", one_line(report["verdict"]), title=EXIT_CODES[report["exit_code"]], line=1))
    return found[:ANNOTATIONS]


def _title(check: Mapping[str, Any]) -> str:
    return one_line(f"{check['verdict'].upper()} {place(check['clause'])}", 200)


def _message(check: Mapping[str, Any]) -> str:
    if check["verdict"] != "violated" or not check["violations"]:
        return f"{one_line(check['title'], 300)}\n{one_line(why(check), 600)}"
    left = violations_of(check) - 1
    more = f"\nand {counted(left, 'more violation')} of this check" if left else ""
    return failure(check, check["violations"][0]) + more


def _command(level: str, message: str, *, title: str, line: int) -> str:
    return f"::{level} file=openapi.yaml,line={line},title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

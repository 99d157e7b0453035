"""Causes as annotations of GitHub Actions, each on the line of openapi.yaml that it breaks."""

from contract_tests.report.cause_text import cause_line, cause_text
from contract_tests.report.escaping import one_line
from contract_tests.report.model import Cause, Report
from contract_tests.report.words import EXIT_CODES, counted, open_causes, waived_causes

# The service shows ten errors and ten warnings of a step and leaves the others out.
SHOWN = 10


def annotations(report: Report) -> list[str]:
    """Return the workflow commands, most exchanges first: an error per cause, a warning per waived one.

    A red run without a cause is told in one error with its verdict.
    """
    causes = open_causes(report)
    shown = causes if len(causes) <= SHOWN else causes[: SHOWN - 1]
    commands = [
        _command("error", cause_text(cause, number), title=_title(cause), line=cause.line)
        for number, cause in enumerate(shown, 1)
    ]
    if left := len(causes) - len(shown):
        title = f"and {counted(left, 'more cause')}"
        commands.append(_command("error", "The page contract.html tells all of them.", title=title, line=1))
    if report.exit_code and not commands:
        commands.append(_command("error", one_line(report.verdict), title=EXIT_CODES[report.exit_code], line=1))
    for cause in waived_causes(report)[:SHOWN]:
        message = f"{cause_line(cause)}\n{one_line(cause.waived or '', 600)}"
        commands.append(_command("warning", message, title=f"waived: {_title(cause)}", line=cause.line))
    return commands


def _title(cause: Cause) -> str:
    return one_line(cause.problem, 200)


def _command(level: str, message: str, *, title: str, line: int) -> str:
    return f"::{level} file=openapi.yaml,line={line},title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

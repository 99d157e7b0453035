"""The issues of a history, as files: one for each cause that has to be fixed, one for each that is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from contract_tests.report.cause_text import cause_text
from contract_tests.report.escaping import one_line
from contract_tests.report.history import CauseHistory, History, day
from contract_tests.report.record import write

LONGEST_PROBLEM = 180  # a title has 255 characters on both services


@dataclass(frozen=True)
class Issue:
    """What an issue tracker is asked for: that the issue of a cause, whose id ends its title, is open or closed."""

    cause: str
    wanted: Literal["open", "closed"]
    title: str
    body: str


def issues(history: History) -> Iterator[Issue]:
    """Yield the issue of each cause that is new, open or fixed; a waived one is accepted, an unknown one waits."""
    for item in history.causes:
        cause = item.cause
        title = f"Resume contract: {one_line(cause.problem, LONGEST_PROBLEM)} [{cause.id}]"
        if item.fixed_on:
            body = f"Last seen {day(item.last_seen)}; the run of {day(item.fixed_on)} looked again and did not meet it."
            yield Issue(cause.id, "closed", title, body)
        elif item.state != "unknown" and cause.waived is None:
            yield Issue(cause.id, "open", title, _body(item))


def write_issues(history: History, folder: Path) -> None:
    """Write folder/open/ID.md and folder/closed/ID.md: the title in the first line, the body below it."""
    for wanted in ("open", "closed"):
        (folder / wanted).mkdir(parents=True)
    for issue in issues(history):
        write(folder / issue.wanted / f"{issue.cause}.md", f"{issue.title}\n{issue.body}\n")


def _body(item: CauseHistory) -> str:
    told = cause_text(item.cause, 1)
    # Within a fence no service reads markup, mentions or commands.
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", told))])
    return f"First seen {day(item.first_seen)}, last seen {day(item.last_seen)}.\n\n{fence}text\n{told}\n{fence}"

"""The one shape in which a cause is told in plain text, which needs no code read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence

from contract_tests.report.escaping import columns, escape, fit, one_line
from contract_tests.report.model import Cause, Example
from contract_tests.report.words import blocking, case_names, extent, is_pointer, place

Paint = Callable[[str, str], str]

INDENT = " " * 3
LABEL = 10
LINES_OF_A_KIND = 2
LONGEST_COMMAND = 8_000
# A log's own commands: a line that begins so is not text for GitHub Actions.
WORKFLOW_COMMAND = re.compile(r"^\s*(::|##\[)", re.MULTILINE)


def plain(text: str, _mood: str) -> str:
    """Return the text as it is: the paint of a place that has no colours."""
    return text


def cause_text(cause: Cause, number: int, *, width: int = 100, paint: Paint = plain, quoted: bool = True) -> str:
    """Return a cause: its number and problem, where the contract says so, how far it reaches, and one exchange."""
    lines = [*_heading(cause, number, width, paint), _reach(cause, width)]
    rows = [*_cases(cause, width), *_exchange(cause.example, width)]
    if quoted and cause.quote:
        rows.append(("clause", _short(cause.quote, width - len(INDENT) - LABEL)))
    rows += _listed("besides", cause.details, width)
    for label, text in rows:
        mood = "bad" if label == "at" else ""
        lines.append(f"{INDENT}{paint(f'{label:{LABEL}}', 'faint')}{paint(text, mood) if mood else text}")
    return "\n".join(lines)


def cause_line(cause: Cause, *, number: int | None = None, width: int = 100) -> str:
    """Return a cause on one line: its number, problem, reach and line of openapi.yaml."""
    head = f"{number}  " if number else ""
    ending = f"  {extent(cause)}  openapi.yaml:{cause.line}"
    return f"{head}{fit(cause.problem, width - columns(head + ending))}{ending}"


def _heading(cause: Cause, number: int, width: int, paint: Paint) -> Iterator[str]:
    left = f"{number}  ".ljust(len(INDENT))
    where = f"openapi.yaml:{cause.line}  "
    where += fit(place(cause.clause), width - len(INDENT) - len(where))
    problem = one_line(cause.problem, 400)
    gap = width - columns(left + problem + where)
    if gap >= 2:
        yield f"{paint(left + problem, 'bad')}{' ' * gap}{paint(where, 'faint')}"
        return
    yield paint(left + fit(problem, width - len(left)), "bad")
    yield f"{' ' * (width - columns(where))}{paint(where, 'faint')}"


def _reach(cause: Cause, width: int) -> str:
    parts = [extent(cause), blocking(cause), f"cause {cause.id}", f"waived: {cause.waived}" if cause.waived else ""]
    return INDENT + fit(" · ".join(filter(None, parts)), width - len(INDENT))


def _cases(cause: Cause, width: int) -> Iterator[tuple[str, str]]:
    """Yield the first cases by name where they are what is counted, and how many are not named."""
    names = [fit(name, 40) for name in case_names(cause)]
    if cause.unit == "answers" or not names:
        return
    room = width - len(INDENT) - LABEL
    shown = len(names)
    while shown > 1 and columns(_named(names, shown)) > room:
        shown -= 1
    yield "cases", fit(_named(names, shown), room)


def _named(names: Sequence[str], shown: int) -> str:
    left = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {left:,} more: see contract.html" if left else "")


def _exchange(example: Example | None, width: int) -> Iterator[tuple[str, str]]:
    if example is None:
        return
    room = width - len(INDENT) - LABEL
    yield from _listed("before", example.before, width)
    for label in ("sent", "expected", "received"):
        yield label, fit(getattr(example, label), room)
    if example.place:
        yield "at", fit(_spot(example), room)
    yield "repeat", _command(example.repeat)


def _listed(label: str, texts: Sequence[str], width: int) -> Iterator[tuple[str, str]]:
    room = width - len(INDENT) - LABEL
    for index, text in enumerate(texts[:LINES_OF_A_KIND]):
        yield label if index == 0 else "", fit(text, room)
    if len(texts) > LINES_OF_A_KIND:
        yield "", f"and {len(texts) - LINES_OF_A_KIND:,} more: see contract.html"


def _spot(example: Example) -> str:
    """Return the place that is wrong, with the value that stands there where it is a short one."""
    place_in_answer = example.place or ""
    if not is_pointer(place_in_answer) or example.answer is None:
        return place_in_answer
    try:
        value = json.loads(example.answer)
        for step in place_in_answer.split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            value = value[int(step)] if isinstance(value, list) else value[step]
    except (ValueError, LookupError, TypeError, RecursionError):
        return place_in_answer
    return place_in_answer if isinstance(value, dict | list) else f"{place_in_answer}: {json.dumps(value)}"


def _command(command: str) -> str:
    if len(command) > LONGEST_COMMAND:
        return f"a command of {len(command):,} characters: see contract.json"
    if WORKFLOW_COMMAND.search(command):
        return escape(command)
    # A script keeps its lines, so that it can be pasted.
    return "\n".join(f"{' ' * (len(INDENT) + LABEL)}{escape(line)}" for line in command.split("\n")).lstrip()


def _short(quote: str, room: int) -> str:
    """Return a quotation of openapi.yaml on one line."""
    lines = [line.strip() for line in quote.split("\n", LINES_OF_A_KIND)]
    return fit(" ".join(lines[:LINES_OF_A_KIND]) + (" …" if lines[LINES_OF_A_KIND:] else ""), room)

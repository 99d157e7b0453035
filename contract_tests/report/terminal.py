"""The summary that ends a run on the terminal: what is wrong first, the declared responses and the verdict last."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from contract_tests.report.cause_text import Paint, cause_line, cause_text, plain
from contract_tests.report.compare import Comparison, compared_text
from contract_tests.report.escaping import columns, escape, fit, one_line
from contract_tests.report.load_text import load_lines, load_table
from contract_tests.report.model import CheckResult, Drift, Report, WaiverResult
from contract_tests.report.words import (
    EXIT_CODES,
    by_reason,
    by_verdict,
    counted,
    open_causes,
    waived_causes,
)

CAUSES_IN_FULL = 5
CAUSES_IN_BRIEF = 40
ITEMS_PER_NOTE, REASONS = 2, 10
LINES_PER_ITEM = 2
MARGIN = 10
# Told by their causes, or by nothing at all.
SPEAK_FOR_THEMSELVES = ("holds", "violated", "blocked", "waived")
COLOURS = {"good": "32", "bad": "31;1", "poor": "33", "strong": "1", "faint": "2"}
MOODS = {"holds": "good", "violated": "bad", "waived": "poor", "not seen": "poor"}


def summary(
    report: Report,
    *,
    colour: bool,
    width: int = 100,
    files: Sequence[Path] = (),
    compared: Comparison | None = None,
) -> str:
    """Return all that a person at the terminal needs: causes first, the verdict last."""
    paint = _painter(colour)
    notes = [
        *_noted("checks", _checks(report), width, paint, limit=REASONS),
        *_noted("waived", [cause_line(cause, width=width - MARGIN) for cause in waived_causes(report)], width, paint),
        *_noted("waivers", [_waiver(waiver) for waiver in report.waivers], width, paint),
        *_noted("drift", [_drift(item, width - MARGIN) for item in report.drift], width, paint),
        *_noted("advice", report.advice, width, paint),
        *_noted("written", _written(files), width, paint),
    ]
    sections = [
        *_causes(report, width, paint),
        compared_text(compared, width=width) if compared else "",
        "\n".join(notes),
        "\n".join([paint("under load", "strong"), *(f"  {line}" for line in load_lines(report.load))])
        if report.load
        else "",
        "\n".join(load_table(report.load)) if report.load else "",
        _statuses(report, width, paint),
        _verdict(report, paint),
    ]
    return "\n\n".join(section for section in sections if section)


def _causes(report: Report, width: int, paint: Paint) -> Iterator[str]:
    causes = open_causes(report)
    for number, cause in enumerate(causes[:CAUSES_IN_FULL], 1):
        yield cause_text(cause, number, width=width, paint=paint, quoted=len(causes) == 1)
    brief = causes[CAUSES_IN_FULL : CAUSES_IN_FULL + CAUSES_IN_BRIEF]
    lines = [cause_line(cause, number=number, width=width) for number, cause in enumerate(brief, CAUSES_IN_FULL + 1)]
    left = len(causes) - CAUSES_IN_FULL - len(brief)
    if left > 0:
        lines.append(f"and {counted(left, 'more cause')}: see contract.html")
    if lines:
        yield "\n".join(lines)


def _checks(report: Report) -> list[str]:
    """Return how many checks have each verdict, and each reason once with the number of checks it holds for."""
    groups = by_verdict(report.checks)
    counts = [f"{len(groups.get('holds', [])):,} hold"]
    counts += [f"{len(checks):,} {verdict}" for verdict, checks in groups.items() if verdict != "holds"]
    lines = [" · ".join(counts)]
    for verdict, checks in groups.items():
        if verdict not in SPEAK_FOR_THEMSELVES:
            reasons = by_reason(checks).items()
            lines += [f"{verdict}: {_whose(members)}: {reason}" for reason, members in reasons if reason]
    return lines


def _whose(checks: Sequence[CheckResult]) -> str:
    return checks[0].id if len(checks) == 1 else counted(len(checks), "check")


def _waiver(waiver: WaiverResult) -> str:
    ending = "" if waiver.needed else "; no longer needed: take it out"
    return f"{waiver.check or f'cause {waiver.cause}'} until {waiver.expires}: {waiver.reason}{ending}"


def _drift(item: Drift, width: int) -> str:
    kind = f" ({fit(item.type, 20)})" if item.type else ""
    ending = f"{kind}, {item.kind} in {counted(item.count, 'answer')}"
    return f"{item.status} {fit(item.path, width - columns(ending) - 4)}{ending}"


def _written(files: Sequence[Path]) -> list[str]:
    return [" · ".join([str(files[0]), *(file.name for file in files[1:])])] if files else []


def _noted(title: str, texts: Sequence[str], width: int, paint: Paint, limit: int = ITEMS_PER_NOTE) -> list[str]:
    """Return texts beside their title, a few lines at most."""
    lines = [line for text in texts[:limit] for line in _wrapped(text, width - MARGIN)]
    if len(texts) > limit:
        lines.append(f"and {len(texts) - limit:,} more: see contract.html")
    heads = [paint(f"{title:{MARGIN}}", "strong"), *([" " * MARGIN] * len(lines))]
    return [head + line for head, line in zip(heads, lines, strict=False)]


def _statuses(report: Report, width: int, paint: Paint) -> str:
    names = max([columns(escape(status.name[:40])) for status in report.statuses.values()] + [4])
    names = min(names, width - 50)
    lines = [paint(f"status  {'name':{names}}  {'seen':>7}  {'conforming':>10}  verdict", "faint")]
    for code, status in report.statuses.items():
        name = fit(status.name, names)
        name += " " * (names - columns(name))
        verdict = paint(status.verdict, MOODS.get(status.verdict, "faint"))
        lines.append(f"{fit(code, 7):7} {name}  {status.seen:>7}  {status.conforming:>10}  {verdict}")
        if status.reason:
            lines += [" " * 8 + line for line in _wrapped(status.reason, width - 8)]
    for code, count in report.undeclared_statuses.items():
        lines.append(f"{fit(code, 7):7} {'':{names}}  {count:>7}  {'':>10}  {paint('not declared', 'poor')}")
    for reason, count in report.no_answers.items():
        lines.append(fit(f"no answer: {escape(reason[:width])}, {counted(count, 'time')}", width))
    return "\n".join(lines)


def _verdict(report: Report, paint: Paint) -> str:
    code = report.exit_code
    ran = f"{counted(report.exchanges, 'exchange')} in {report.seconds:.1f} s, seed {report.seed}"
    ran = f"{one_line(report.target, 200)}: {ran}{', partial' if report.partial else ''}"
    sentence = paint(one_line(report.verdict, 600), "good" if code == 0 else "bad")
    return f"{paint(ran, 'faint')}\n{sentence} (exit {code}: {EXIT_CODES[code]})"


def _wrapped(text: str, width: int) -> list[str]:
    # Wide characters take two columns: half as many of them fit.
    text = one_line(text, 600)
    room = width if columns(text) == len(text) else width // 2
    return textwrap.wrap(text, room, max_lines=LINES_PER_ITEM, placeholder=" …") if text else []


def _painter(colour: bool) -> Paint:
    if not colour:
        return plain
    return lambda text, mood: f"\x1b[{COLOURS[mood]}m{text}\x1b[0m"

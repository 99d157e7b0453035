"""The summary that ends a run on the terminal, and the one shape in which a violation is told."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from contract_tests.report.compare import compared_text
from contract_tests.report.inert import columns, fit, inert, one_line
from contract_tests.report.words import EXIT_CODES, Report, by_verdict, counted, place, violations_of, why

Paint = Callable[[str, str], str]

VIOLATIONS_PER_CHECK = 5
VIOLATIONS_IN_ALL = 60
ITEMS_PER_SECTION = 40
LONGEST_COMMAND = 8_000
COLOURS = {"good": "32", "bad": "31;1", "poor": "33", "strong": "1", "faint": "2"}
MOODS = {
    "holds": "good",
    "violated": "bad",
    "error": "bad",
    "waived": "poor",
    "unanswered": "poor",
    "incomplete": "poor",
    "not seen": "poor",
}


def summary(
    report: Report,
    *,
    colour: bool,
    width: int = 100,
    files: Sequence[Path] = (),
    compared: Mapping[str, Any] | None = None,
) -> str:
    """Return all that a person at the terminal needs: violations first, the verdict last."""
    paint = _painter(colour)
    groups = by_verdict(report)
    sections = [
        *_violations(groups.get("violated", []), width, paint),
        _statuses(report, width, paint),
        _section("checks", _checks(groups, width, paint), paint),
        _section("waivers", _listed(report["waivers"], lambda item: _waiver(item, width)), paint),
        _section("accepted unseen", _listed(report["accepted_unseen"].items(), lambda it: _accepted(it, width)), paint),
        _section("drift", _listed(report["drift"], lambda item: [_drift(item, width)]), paint),
        _section("advice", _listed(report["advice"], lambda text: _wrapped(text, width, "  - ")), paint),
        compared_text(compared, width=width) if compared else "",
        _section("written", [f"  {inert(str(path))}" for path in files], paint),
        _verdict(report, paint),
    ]
    return "\n\n".join(section for section in sections if section)


def failure(check: Mapping[str, Any], violation: Mapping[str, Any], *, paint: Paint = lambda text, _mood: text) -> str:
    """Return one violation in the shape that needs no code read: sent, expected, received, and how to repeat it."""
    case = f"  [{one_line(violation['case'], 120)}]" if violation["case"] else ""
    received = one_line(violation["received"], 600)
    if violation["at"]:
        received += f"        {_at(violation['at'])}"
    command = violation["repeat"]
    if len(command) > LONGEST_COMMAND:
        command = f"a command of {len(command):,} characters: see contract.json"
    head = f"{place(check['clause'])}  {one_line(check['title'], 300)}{case}"
    return "\n".join(
        [
            f"{paint('VIOLATED', 'bad')}  {paint(one_line(head, 600), 'strong')}",
            f"  {paint('sent', 'faint')}      {one_line(violation['sent'], 1_000)}",
            f"  {paint('expected', 'faint')}  {one_line(violation['expected'], 1_000)}",
            f"  {paint('received', 'faint')}  {received}",
            f"  {paint('repeat', 'faint')}    {inert(command)}",
        ]
    )


def _at(text: str) -> str:
    text = one_line(text, 1_000)
    return text if text.startswith("at ") else f"at {text}"


def _violations(checks: Sequence[Mapping[str, Any]], width: int, paint: Paint) -> Iterator[str]:
    room = VIOLATIONS_IN_ALL
    for check in checks:
        shown = check["violations"][: min(VIOLATIONS_PER_CHECK, room)]
        room -= len(shown)
        yield from (failure(check, violation, paint=paint) for violation in shown)
        if left := violations_of(check) - len(shown):
            more = f"{counted(left, 'more violation' if shown else 'violation')}, in contract.html"
            yield f"  and {more}: {fit(check['id'], width - len(more) - 8)}"


def _statuses(report: Report, width: int, paint: Paint) -> str:
    names = max([columns(inert(status["name"][:40])) for status in report["statuses"].values()] + [4])
    names = min(names, width - 50)
    lines = [paint(f"  status  {'name':{names}}  {'seen':>7}  {'conforming':>10}  verdict", "faint")]
    for code, status in report["statuses"].items():
        name = fit(status["name"], names)
        name += " " * (names - columns(name))
        verdict = paint(status["verdict"], MOODS.get(status["verdict"], "faint"))
        lines.append(f"  {code:6}  {name}  {status['seen']:>7}  {status['conforming']:>10}  {verdict}")
        if status["reason"]:
            lines += _wrapped(status["reason"], width, " " * 10)
    for code, count in report["undeclared_statuses"].items():
        verdict = paint("not declared", "poor")
        lines.append(f"  {fit(code, 6):6}  {'':{names}}  {count:>7}  {'':>10}  {verdict}")
    for reason, count in report["no_answers"].items():
        lines.append(fit(f"  no answer: {inert(reason[:width])}, {counted(count, 'time')}", width))
    return "\n".join(lines)


def _checks(groups: Mapping[str, Sequence[Mapping[str, Any]]], width: int, paint: Paint) -> list[str]:
    held = len(groups.get("holds", []))
    counts = [f"{held} held", f"{len(groups.get('violated', []))} violated"]
    counts += [f"{len(checks)} {verdict}" for verdict, checks in groups.items() if verdict not in ("holds", "violated")]
    lines = ["  " + " · ".join(counts)]
    for verdict, checks in groups.items():
        for check in checks if verdict != "holds" else []:
            lines.append(f"  {paint(f'{verdict:10}', MOODS.get(verdict, 'faint'))}  {fit(check['id'], width - 14)}")
            lines += _wrapped(why(check), width, " " * 14)
    return lines


def _listed(items: Collection[Any], lines_of: Callable[[Any], list[str]]) -> list[str]:
    shown = [line for item in islice(items, ITEMS_PER_SECTION) for line in lines_of(item)]
    left = len(items) - ITEMS_PER_SECTION
    return shown if left <= 0 else [*shown, f"  and {left:,} more, in contract.json"]


def _waiver(waiver: Mapping[str, Any], width: int) -> list[str]:
    until = f"until {waiver['expires']}" + ("" if waiver["needed"] else ", no longer needed: take it out")
    return [f"  {fit(waiver['check'], width - 2)}", *_wrapped(f"{until}: {waiver['reason']}", width)]


def _accepted(item: tuple[str, str], width: int) -> list[str]:
    return _wrapped(item[1], width, f"  {fit(item[0], 10)}: ")


def _drift(item: Mapping[str, Any], width: int) -> str:
    kind = f" ({fit(item['type'], 20)})" if item["type"] else ""
    ending = f"{kind}, {item['kind']} in {counted(item['count'], 'answer')}"
    return f"  {item['status']} {fit(item['path'], width - columns(ending) - 6)}{ending}"


def _verdict(report: Report, paint: Paint) -> str:
    code = report["exit_code"]
    ran = f"{counted(report['exchanges'], 'exchange')} in {report['seconds']:.1f} s, seed {report['seed']}"
    ran = f"{one_line(report['target'], 200)}: {ran}{', partial' if report['partial'] else ''}"
    sentence = paint(one_line(report["verdict"], 600), "good" if code == 0 else "bad")
    return f"{paint(ran, 'faint')}\n{sentence} (exit {code}: {EXIT_CODES[code]})"


def _section(title: str, lines: Sequence[str], paint: Paint) -> str:
    return "\n".join([paint(title, "strong"), *lines]) if lines else ""


def _wrapped(text: str, width: int, first: str = "    ") -> list[str]:
    # Wide characters take two columns: half as many of them fit.
    text = one_line(text, 600)
    room = width if columns(text) == len(text) else width // 2
    return textwrap.wrap(text, room, initial_indent=first, subsequent_indent=" " * len(first)) if text else []


def _painter(colour: bool) -> Paint:
    if not colour:
        return lambda text, _mood: text
    return lambda text, mood: f"\x1b[{COLOURS[mood]}m{text}\x1b[0m"

"""The run as one self-contained page that needs no network and no script, and stays small whatever it is fed."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from contract_tests.report.answer import marked
from contract_tests.report.compare import compared_counts
from contract_tests.report.inert import clip, inert, one_line
from contract_tests.report.latency import duration, picture, scale, spread
from contract_tests.report.words import EXIT_CODES, SYMBOLS, Report, by_verdict, counted, place, violations_of, why

FOLDER = Path(__file__).parent
# Bytes of the page that each part may take; together well below the 500 KB that a page may have.
ROOM_FOR_VIOLATIONS = 220_000
ROOM_FOR_BRIEF_VIOLATIONS = 50_000
ROOM_FOR_CHECKS = 50_000
ROOM_FOR_A_LIST = 15_000
MARKUP_OF_A_VIOLATION = 1_100
MARKUP_OF_A_ROW = 240
LONGEST_COMMAND = 6_000


def html(report: Report, *, compared: Mapping[str, Any] | None = None) -> str:
    """Return the page of a run; with the result of compare(), also what changed since an older run."""
    css, script = ((FOLDER / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    known = {entry["fingerprint"] for entry in compared["unchanged"]} if compared else None
    groups = by_verdict(report)
    untold = [check for verdict, checks in groups.items() if verdict not in ("holds", "violated") for check in checks]
    lists = ("waivers", "drift", "advice")
    parts = {
        "report": report,
        "meaning": EXIT_CODES[report["exit_code"]],
        "mood": {0: "holds", 1: "violated"}.get(report["exit_code"], "unsure"),
        "css": Markup(css),  # noqa: S704 our own file, and autoescape would break its quotes
        "script": Markup(script),  # noqa: S704 likewise
        "policy": _policy(css, script),
        "statuses": _statuses(report),
        "undeclared": _within(report["undeclared_statuses"].items(), 2_000),
        "no_answers": _within(report["no_answers"].items(), 2_000),
        "violations": _violations(groups.get("violated", []), known),
        "held": _within(groups.get("holds", []), ROOM_FOR_CHECKS, _row),
        "untold": _within(untold, ROOM_FOR_CHECKS // 2, _row),
        "accepted_unseen": _within(report["accepted_unseen"].items(), ROOM_FOR_A_LIST),
        "compared": _compared(compared),
    }
    parts |= {name: _within(report[name], ROOM_FOR_A_LIST) for name in lists}
    return _environment().get_template("page.html").render(parts)


@functools.cache
def _environment() -> Environment:
    # Every value that the template prints passes inert(), so that no field can be forgotten.
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: (
            value if isinstance(value, Markup) or not isinstance(value, str) else inert(value, keep="\n")
        ),
    )
    environment.filters.update(
        breakable=_breakable, clip=clip, counted=counted, duration=duration, line=one_line, place=place
    )
    environment.globals["symbols"] = SYMBOLS
    return environment


def _breakable(text: str) -> Markup:
    """Return a path, pointer or name that a narrow column breaks between its parts."""
    parts = re.split(r"(?<=[/_:.])(?![/_:.])", inert(text))
    return Markup("<wbr>").join(parts)


def _policy(css: str, script: str) -> str:
    """Return the content security policy: nothing but the page's own style and script, by their hashes."""
    style, code = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (css, script))
    return (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{code}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _statuses(report: Report) -> dict[str, Any]:
    spreads = {code: spread(status["milliseconds"]) for code, status in report["statuses"].items()}
    common = scale(spreads.values())
    cards = []
    for code, status in report["statuses"].items():
        of = spreads[code]
        cards.append(
            {
                "code": code,
                "share": status["seen"] / report["exchanges"] if report["exchanges"] else 0,
                "spread": of,
                "picture": picture(status["milliseconds"], of, common) if of and common else None,
            }
            | {key: status[key] for key in ("name", "seen", "conforming", "verdict", "reason")}
        )
    return {"cards": cards, "scale": common}


def _violations(checks: Sequence[Mapping[str, Any]], known: set[str] | None) -> dict[str, Any]:
    """Return the violations grouped by check: every check's first ones in full, as many as there is room for."""
    groups: dict[str, dict[str, Any]] = {
        check["id"]: _row(check) | {"full": [], "brief": [], "left": violations_of(check)} for check in checks
    }
    room = {"full": ROOM_FOR_VIOLATIONS, "brief": ROOM_FOR_BRIEF_VIOLATIONS}
    room["full"] -= sum(_cost(group, MARKUP_OF_A_ROW) for group in groups.values())
    # The first of every check, then the second of every check, …: no check is crowded out by another one.
    for layer in zip_longest(*([(check, found) for found in check["violations"]] for check in checks)):
        for check, found in filter(None, layer):
            group = groups[check["id"]]
            for kind, shape, markup in (("full", _full, MARKUP_OF_A_VIOLATION), ("brief", _brief, MARKUP_OF_A_ROW)):
                if room[kind] <= 0:
                    continue
                view = shape(found) | {"is_new": known is not None and found["fingerprint"] not in known}
                room[kind] -= _cost(view, markup)
                if room[kind] > 0:
                    group[kind].append(view)
                    group["left"] -= 1
                    break
        if max(room.values()) <= 0:
            break
    shown = [group for group in groups.values() if group["full"] or group["brief"]]
    return {
        "groups": shown,
        "more_checks": len(groups) - len(shown),
        "count": sum(violations_of(check) for check in checks),
    }


def _full(violation: Mapping[str, Any]) -> dict[str, Any]:
    command = violation["repeat"]
    return {
        "case": one_line(violation["case"], 200) if violation["case"] else None,
        "fingerprint": violation["fingerprint"],
        "at": one_line(violation["at"], 600).removeprefix("at ") if violation["at"] else None,
        "sent": one_line(violation["sent"], 1_000),
        "expected": one_line(violation["expected"], 600),
        # The answer stands below it in full.
        "received": one_line(violation["received"], 300 if violation["answer"] is None else 120),
        "answer": marked(violation["answer"], violation["pointer"]) if violation["answer"] is not None else None,
        "repeat": inert(command) if len(command) <= LONGEST_COMMAND else None,
        "repeat_length": len(command),
    }


def _brief(violation: Mapping[str, Any]) -> dict[str, Any]:
    place_or_answer = violation["at"] or violation["received"]
    return {"case": one_line(violation["case"] or "", 100), "at": one_line(place_or_answer, 140)}


def _row(check: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": one_line(check["id"], 200),
        "title": one_line(check["title"], 300),
        "clause": one_line(check["clause"], 200),
        "quote": "\n".join(one_line(line, 200) for line in check["quote"][:4_000].split("\n")[:24]),
        "why": one_line(why(check), 400),
        "more_lines": max(0, check["quote"].count("\n") - 23),
    } | {key: check[key] for key in ("line", "verdict", "cases", "exchanges", "seconds", "response")}


def _compared(compared: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if compared is None:
        return None
    lists = {kind: _within(compared[kind], ROOM_FOR_A_LIST) for kind in ("new", "mended", "unchecked", "drift")}
    return {**compared, **lists, "counts": compared_counts(compared)}


def _bounded(item: Any) -> Any:
    """Return an item with each text cut to a readable length."""
    if isinstance(item, str):
        return clip(inert(item[:2_000], keep="\n"), 600, of=len(item))
    if isinstance(item, Mapping):
        return {key: _bounded(value) for key, value in item.items()}
    return tuple(map(_bounded, item)) if isinstance(item, tuple) else item


def _within(items: Iterable[Any], room: int, shape: Callable[[Any], Any] = _bounded) -> dict[str, Any]:
    """Return the items that fit, in the shape in which they are shown, and how many do not fit."""
    everything = list(items)
    shown: list[Any] = []
    for item in map(shape, everything):
        room -= _cost(item, MARKUP_OF_A_ROW)
        if room <= 0:
            break
        shown.append(item)
    return {"shown": shown, "left": len(everything) - len(shown), "count": len(everything)}


def _cost(item: Any, markup: int) -> int:
    """Return about how many bytes of the page an item takes."""
    if isinstance(item, Mapping):
        item = tuple(item.values())
    if isinstance(item, tuple | list):
        return markup + sum(_cost(value, 0) for value in item)
    return markup + (len(str(escape(inert(item, keep="\n"))).encode()) if isinstance(item, str) else 0)

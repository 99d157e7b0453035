"""The run as one self-contained page that needs no network and no script: what is wrong first."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from contract_tests.report.answer import marked
from contract_tests.report.compare import Comparison, compared_counts
from contract_tests.report.escaping import clip, escape, one_line
from contract_tests.report.latency import Scale, Spread, duration, picture, scale, spread
from contract_tests.report.load_page import latency, throughput
from contract_tests.report.load_text import load_lines, rate
from contract_tests.report.model import Cause, Report, StatusResult
from contract_tests.report.words import (
    EXIT_CODES,
    SYMBOLS,
    blocking,
    by_verdict,
    counted,
    extent,
    is_pointer,
    numbered,
    place,
)

T = TypeVar("T")

FOLDER = Path(__file__).parent
TEMPLATES = ("page.html", "cause.html")
CAUSES_IN_FULL = 40
CAUSES_IN_BRIEF = 200
ROWS = 80
ITEMS = 30
# The caps bound any honest run; this one bounds a target that answers with nothing but characters to escape.
BYTES_OF_CAUSES = 280_000
LONGEST_COMMAND = 4_000
MOODS = {0: "holds", 1: "violated"}


@dataclass(frozen=True)
class Capped(Generic[T]):
    """The first items of a list, and how many there are that a page has no room for."""

    shown: Sequence[T]
    left: int

    @property
    def count(self) -> int:
        """How many items there are in all."""
        return len(self.shown) + self.left


@dataclass(frozen=True)
class Card:
    """A declared response with its share of all exchanges and a picture of its latency."""

    code: str
    status: StatusResult
    share: float
    spread: Spread | None
    picture: Markup | None


def html(report: Report, *, compared: Comparison | None = None) -> str:
    """Return the page of a run; with the result of compare(), also what changed since an older run."""
    css, script = style(), (FOLDER / "page.js").read_text(encoding="utf-8")
    groups = by_verdict(report.checks)
    untold = [check for verdict, checks in groups.items() if verdict not in ("holds", "violated") for check in checks]
    full = _in_full(report, compared)
    causes = list(numbered(report).values())
    spreads = {code: spread(status.milliseconds) for code, status in report.statuses.items()}
    common = scale(spreads.values())
    return (
        environment()
        .get_template("page.html")
        .render(
            report=report,
            meaning=EXIT_CODES[report.exit_code],
            mood=MOODS.get(report.exit_code, "unsure"),
            css=Markup(css),  # noqa: S704 our own file, and autoescape would break its quotes
            script=Markup(script),  # noqa: S704 likewise
            policy=policy(css, script),
            causes=full,
            brief=capped(causes[len(full) :], CAUSES_IN_BRIEF),
            numbers={identifier: number for identifier, (number, _) in numbered(report).items()},
            cards=[_card(report, code, spreads[code], common) for code in report.statuses],
            scale=common,
            undeclared=capped(report.undeclared_statuses.items()),
            no_answers=capped(report.no_answers.items()),
            violated=capped(groups.get("violated", []), ROWS),
            untold=capped(untold, ROWS),
            held=capped(groups.get("holds", []), ROWS),
            waivers=capped(report.waivers),
            accepted_unseen=capped(report.accepted_unseen.items()),
            drift=capped(report.drift),
            advice=capped(report.advice),
            compared=compared,
            load=report.load,
            load_lines=load_lines(report.load) if report.load else [],
            rates=_rates(report),
            plots=[throughput(report.load), latency(report.load)] if report.load else [],
        )
    )


def _rates(report: Report) -> dict[str, str]:
    """Return how many answers of each status are wrong in a million, for a run under load."""
    statuses = report.load.statuses if report.load else {}
    return {
        code: rate(found.wrong, found.seen, found.per_million, found.at_most_per_million)
        for code, found in statuses.items()
    }


def _in_full(report: Report, compared: Comparison | None) -> list[Markup]:
    """Return the cards of the first causes, as many as a page has room for."""
    template = environment().get_template("cause.html")
    titles = {check.id: check.title for check in report.checks}
    known = {cause.id for cause in compared.unchanged} if compared else None
    cards: list[Markup] = []
    room = BYTES_OF_CAUSES
    for number, cause in list(numbered(report).values())[:CAUSES_IN_FULL]:
        card = Markup(  # noqa: S704 the template escaped it
            template.render(
                cause=cause,
                number=number,
                titles=titles,
                is_new=known is not None and cause.id not in known,
                answer=_answer(cause),
            )
        )
        room -= len(card.encode())
        if room < 0:
            break
        cards.append(card)
    return cards


def _answer(cause: Cause) -> Markup | None:
    example = cause.example
    return marked(example.answer, example.place) if example and example.answer is not None else None


def _card(report: Report, code: str, of: Spread | None, on: Scale | None) -> Card:
    status = report.statuses[code]
    share = status.seen / report.exchanges if report.exchanges else 0
    return Card(code, status, min(share, 1), of, picture(status.milliseconds, of, on) if of and on else None)


def capped(items: Iterable[T], limit: int = ITEMS) -> Capped[T]:
    """Return the first items of a list, and how many more there are."""
    everything = list(items)
    return Capped(everything[:limit], max(0, len(everything) - limit))


@functools.cache
def environment() -> Environment:
    """Return the template engine: every text it prints is escaped, so that no field can be forgotten."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    made.filters.update(
        blocking=blocking,
        breakable=_breakable,
        capped=capped,
        clip=clip,
        counted=counted,
        duration=duration,
        extent=extent,
        line=one_line,
        lines=_lines,
        moment=_moment,
        place=place,
    )
    made.tests["pointer"] = is_pointer
    made.globals.update(symbols=SYMBOLS, compared_counts=compared_counts, longest_command=LONGEST_COMMAND)
    return made


def style() -> str:
    """Return the style sheet that all pages share."""
    return (FOLDER / "page.css").read_text(encoding="utf-8")


def policy(css: str, script: str | None = None) -> str:
    """Return the content security policy: nothing but the page's own style and script, by their hashes."""
    allowed = {"style-src": css} | ({"script-src": script} if script is not None else {})
    hashes = {name: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for name, text in allowed.items()}
    sources = "; ".join(f"{name} 'sha256-{value}'" for name, value in hashes.items())
    return f"default-src 'none'; {sources}; img-src data:; base-uri 'none'; form-action 'none'"


def _harmless(value: object) -> object:
    return escape(value, keep="\n") if isinstance(value, str) and not isinstance(value, Markup) else value


def _breakable(text: str) -> Markup:
    """Return a path, pointer or name that a narrow column breaks between its parts."""
    parts = re.split(r"(?<=[/_:.])(?![/_:.])", escape(text))
    return Markup("<wbr>").join(parts)


def _lines(text: str, most: int = 9) -> str:
    """Return the first lines of a text, each cut to a readable length."""
    lines = text.split("\n", most)
    shown = "\n".join(one_line(line, 200) for line in lines[:most])
    return f"{shown}\n…" if lines[most:] else shown


def _moment(text: str) -> str:
    """Return a date-time as people read it."""
    return one_line(text, 40).replace("T", " ").replace("Z", " UTC")

"""The quick path beside the full one: each shape of an answer is judged in full once, then only what can differ is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from contract_tests.cases.bodies import Body
from contract_tests.cases.credentials import RIGHT, Authorization
from contract_tests.cases.deliveries import PLAIN
from contract_tests.contract import DeclaredResponse, Schema
from contract_tests.contract.strict_json import NotStrictJson, parse
from contract_tests.exchange.disclosure import COUNTS, MOMENT, UUID
from contract_tests.exchange.judged import Exchange, Scene, judge
from contract_tests.exchange.problem import Problem
from contract_tests.exchange.validation import Reading
from contract_tests.wire import Answer, NoAnswer

SHAPES = 4_000
"""So many shapes are remembered; a target that writes each answer anew costs time, never memory."""
KEPT_BYTES = 1_000
"""A request that is longer is remembered by its digest."""
VARIABLE = re.compile(f"(?P<moment>{MOMENT.pattern})|{UUID.pattern}".encode())
IDENTIFIER = re.compile(UUID.pattern.encode())
WITHIN_AN_HOUR = re.compile(rb"\A[0-5]\d:[0-5]\d(?:\.\d+)?")
LONE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclass(frozen=True)
class _Known:
    """What the full judge said of a shape, and what is looked at again in each answer that has it."""

    reading: Reading
    problems: tuple[Problem, ...]
    declared: DeclaredResponse | None
    schema: Schema | None
    is_valid: bool
    has_moments: bool
    by_proxy: bool


class QuickJudge:
    """Judges the answers of a run as `judge` does, and as quickly as equal shapes allow.

    The shape of an answer is all of it, headers included, but for UUIDs and moments, and that of a request all of its
    body but for UUIDs. What the full judge says of an answer depends on these shapes alone, and on whether a UUID or a
    moment has the declared format: the body is parsed and held to its schema again each time. Whatever differs is
    judged in full.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._known: dict[tuple[object, ...], _Known] = {}
        self.in_full = 0

    @property
    def remembered(self) -> int:
        """How many shapes are remembered."""
        return len(self._known)

    def judge(
        self,
        number: int,
        body: Body,
        outcome: Answer | NoAnswer,
        credentials: Authorization = RIGHT,
        before: tuple[Exchange, ...] = (),
        at_once: int = 1,
    ) -> Exchange:
        """Compare an outcome with what its status declares."""
        if isinstance(outcome, NoAnswer):
            return judge(self._scene, number, body, credentials, outcome, before, at_once)
        shape = (
            outcome.status,
            outcome.reason,
            outcome.trailers,
            outcome.trailing_bytes,
            VARIABLE.sub(_mark, outcome.body),
            _fixed(outcome.headers),
            credentials.value(self._scene.login),
            _said(body),
            tuple([_said(exchange.body) for exchange in before]),
        )
        known = self._known.get(shape)
        if known is not None:
            reading = _read_again(known, outcome)
            if reading is not None:
                problems, by_proxy = known.problems, known.by_proxy
                return Exchange(
                    number, body, credentials, outcome, self._scene, reading, problems, before, at_once, PLAIN, by_proxy
                )
        self.in_full += 1
        exchange = judge(self._scene, number, body, credentials, outcome, before, at_once)
        if not LONE_SURROGATE.search(outcome.body):
            if len(self._known) >= SHAPES:
                self._known.clear()
            self._known[shape] = self._remembered(exchange, outcome)
        return exchange

    def _remembered(self, exchange: Exchange, answer: Answer) -> _Known:
        assert exchange.reading is not None
        declared = self._scene.contract.declared(answer.status)
        media_type = declared.media_type(answer.header("Content-Type")) if declared else None
        schema = media_type.schema if media_type and media_type.is_json else None
        return _Known(
            exchange.reading,
            exchange.problems,
            declared,
            schema,
            _is_valid(schema, exchange.reading.value),
            any(match.lastgroup == "moment" for match in VARIABLE.finditer(answer.body)),
            exchange.by_proxy,
        )


def _read_again(known: _Known, answer: Answer) -> Reading | None:
    """Return the reading of an answer whose shape is known, None where it has to be judged in full."""
    declared = known.declared
    if declared is not None and declared.headers and (declared.header_mismatches(answer.headers) or known.problems):
        return None
    reading = known.reading
    if known.schema is None and reading.value is None:
        return reading
    try:
        value = parse(answer.body)
    except NotStrictJson:
        return None if reading.value is not None else reading
    if _is_valid(known.schema, value) is not known.is_valid or (not known.is_valid and known.has_moments):
        return None
    return Reading(reading.problems, value, reading.undeclared, reading.valued, reading.advice)


def _is_valid(schema: Schema | None, value: object) -> bool:
    return schema is None or schema.validator.is_valid(value)


def _mark(found: re.Match[bytes]) -> bytes:
    """Return what stands for a UUID or a moment in a shape: two notations of a UUID are two shapes."""
    # One of them may not be the declared format, or not what a client reads.
    return b"\0m" if found.lastgroup == "moment" else b"\0u%d %d" % (len(found[0]), found[0].islower())


def as_read(body: bytes) -> bytes:
    """Return a body with its UUIDs, and the minutes and seconds of its moments, taken out.

    A client reads two bodies alike that are equal then. Kept are the notation of both, and of a moment its day, its
    hour, and a 61st second, which not every client knows.
    """
    return VARIABLE.sub(_as_read, body)


def _as_read(found: re.Match[bytes]) -> bytes:
    if found.lastgroup != "moment":
        return _mark(found)
    until_the_hour, within = found[0][: len("2026-03-09T08:")], found[0][len("2026-03-09T08:") :]
    return until_the_hour + WITHIN_AN_HOUR.sub(lambda digits: b"0" * len(digits[0]), within)


def _said(body: Body) -> tuple[object, ...]:
    """Return what the judge looks at of a request: what it says but for its UUIDs, and the token that was right."""
    content, token = IDENTIFIER.sub(b"\0", body.content), body.lease.token if body.lease else ""
    return (content if len(content) <= KEPT_BYTES else sha256(content).digest(), token, token.encode() in body.content)


@lru_cache(SHAPES)
def _fixed(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, MOMENT.sub("\0m", UUID.sub("\0u", value))) for name, value in headers if name.lower() not in COUNTS
    )

"""What is known of a run, as frozen data: `contract.json` is its serialised form, and every report is made from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

CheckVerdict = Literal["holds", "violated", "blocked", "waived", "unanswered", "incomplete", "error", "not run"]
StatusVerdict = Literal["holds", "violated", "waived", "not seen", "accepted unseen", "not selected"]
CauseKind = Literal["violation", "no answer"]
CauseUnit = Literal["answers", "requests", "cases"]


@dataclass(frozen=True)
class Example:
    """One exchange that shows a cause, redacted and bounded: what was sent, expected, received, and how to repeat it.

    `place` is the part of the answer that is wrong: a JSON pointer (RFC 6901), or the name of a header, `reason phrase`
    and the like; None where the whole answer is meant. `before` are the exchanges that led to it, a line each.
    """

    sent: str
    expected: str
    received: str
    place: str | None
    answer: str | None
    repeat: str
    before: tuple[str, ...] = ()


@dataclass(frozen=True)
class CauseCase:
    """A case of a check that met a cause; `case` is None for a check without parameters."""

    check: str
    case: str | None


@dataclass(frozen=True)
class Cause:
    """What one bug explains: a clause of openapi.yaml, a place in the answer or a kind of request, and what is wrong.

    `response` is the declared response that has to be fixed, None for the operation as a whole; `responses` are all
    that it violates. `of` counts what could have shown it, in `unit`: the answers with the response's status (wrong
    content), the requests, or the cases of a check (another status was expected), of which `cases` are those that did.
    `checks` met it and `blocked` could not tell because of it. `details` are further lines, such as what else the same
    answers got wrong.
    """

    id: str
    kind: CauseKind
    response: str | None
    responses: tuple[str, ...]
    clause: str
    line: int
    quote: str
    place: str | None
    problem: str
    exchanges: int
    of: int | None
    cases: tuple[CauseCase, ...]
    checks: tuple[str, ...]
    blocked: tuple[str, ...]
    example: Example | None
    details: tuple[str, ...] = ()
    waived: str | None = None
    unit: CauseUnit = "answers"


@dataclass(frozen=True)
class CheckViolation:
    """A cause that violates a check, and the cases that met it."""

    cause: str
    cases: tuple[str, ...]


@dataclass(frozen=True)
class CheckResult:
    """What the run says of one check; `blocked_by` are the causes that kept it from telling."""

    id: str
    title: str
    clause: str
    response: str | None
    line: int
    quote: str
    verdict: CheckVerdict
    reason: str | None
    cases: int
    exchanges: int
    seconds: float
    violations: tuple[CheckViolation, ...] = ()
    blocked_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class StatusResult:
    """What the run says of one declared response."""

    name: str
    seen: int
    conforming: int
    verdict: StatusVerdict
    reason: str | None
    milliseconds: tuple[float, ...]


@dataclass(frozen=True)
class WaiverResult:
    """A waiver of the target file: of a check or a case of it, or of a cause; `needed` is False when it can go."""

    reason: str
    expires: str
    needed: bool
    check: str | None = None
    cause: str | None = None


@dataclass(frozen=True)
class Drift:
    """A difference between declared and seen fields that breaks nothing: places and JSON types, never values."""

    kind: Literal["undeclared field", "never with a value"]
    status: str
    path: str
    type: str | None
    count: int


@dataclass(frozen=True)
class Quantiles:
    """How long something took, in milliseconds; `count` of them were measured, in steps of 2 %."""

    count: int
    p50: float
    p90: float
    p99: float
    p999: float


@dataclass(frozen=True)
class LoadStatus:
    """What a run under load says of one declared response.

    `per_million` are the wrong answers in a million; where none was seen, `at_most_per_million` are those that there
    still may be, with a confidence of 95 %. Times are those of the exchange, and from the moment it was to start.
    """

    seen: int
    conforming: int
    wrong: int
    per_million: float
    at_most_per_million: float | None
    service: Quantiles | None
    intended: Quantiles | None


@dataclass(frozen=True)
class LoadCause:
    """How often a cause was met under load, when first, and up to five examples."""

    cause: str
    exchanges: int
    per_million: float
    first_seen_seconds: float
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True)
class LoadSlice:
    """A stretch of a run under load: answers in a second and how long they took."""

    second: float
    answers_per_second: float
    wrong: int
    p50: float
    p99: float


@dataclass(frozen=True)
class LoadResult:
    """What a run under load did beside judging: offered are the starts there were to make, omitted those not made."""

    engine: str
    users: int
    workers: int
    lost_workers: int
    crowd: int
    seconds: float
    requests_per_second: float
    max_violations_per_million: float
    max_unanswered_percent: float
    offered: int
    achieved: int
    omitted: int
    omitted_wait: Quantiles | None
    throttled: int
    answers: int
    violations: int
    violations_per_million: float
    at_most_per_million: float | None
    unanswered_percent: float
    races_held: int
    races_lost: int
    intended: Quantiles | None
    statuses: dict[str, LoadStatus] = field(default_factory=dict)
    causes: tuple[LoadCause, ...] = ()
    timeline: tuple[LoadSlice, ...] = ()


@dataclass(frozen=True)
class Report:
    """Everything that is known about a run, free of secrets."""

    target: str
    contract_version: str
    started_at: str
    seconds: float
    seed: int
    workers: int
    partial: bool
    exchanges: int
    sessions: int
    exit_code: int
    verdict: str
    statuses: dict[str, StatusResult]
    undeclared_statuses: dict[str, int] = field(default_factory=dict)
    no_answers: dict[str, int] = field(default_factory=dict)
    causes: tuple[Cause, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    waivers: tuple[WaiverResult, ...] = ()
    accepted_unseen: dict[str, str] = field(default_factory=dict)
    drift: tuple[Drift, ...] = ()
    advice: tuple[str, ...] = ()
    load: LoadResult | None = None

"""First things first: whether there is anything to judge, found out with a few exchanges and told in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contract_tests.cases.bodies import Body, Subject, right
from contract_tests.cases.credentials import NO_HEADER
from contract_tests.cases.deliveries import KEPT
from contract_tests.cases.paused_sessions import PausedSessionUnavailable
from contract_tests.contract.protocol import BAD_REQUEST, OK, TOKEN_REQUIRED, UNAUTHORIZED
from contract_tests.exchange.expectation import assert_answer
from contract_tests.exchange.judged import PARTIAL, Exchange
from contract_tests.exchange.violation import Blocked
from contract_tests.run.run import Case
from contract_tests.target.settings import Values
from contract_tests.wire import GATEWAY, TOO_MANY_REQUESTS, UNREACHABLE, Answer, NoAnswer

PREFLIGHT = "preflight"
"""The name under which what it sends is recorded: it belongs to no check."""
SLOW_SECONDS = 0.1
CONCURRENCY, CONCURRENCY_WHERE_SLOW = 8, 32
PAUSES = (1.0, 2.0)
"""Seconds between tries where a gateway answers in place of the operation."""


@dataclass(frozen=True)
class Obstacle:
    """Why a run would judge nothing: `kind` tells a target that is away from a setting that is likely wrong."""

    kind: Literal["gateway", "setting"]
    sentence: str


def find_obstacle(case: Case) -> Obstacle | None:
    """Return what stands in the way of a run, or None.

    Raises Unanswered where no connection can be made, RunStopped where nothing may be sent.
    """
    answer = _first_answer(case)
    if isinstance(answer.outcome, NoAnswer):
        return None
    url = f"{case.target.base_url}{case.contract.path}"
    if _is_gateway(answer):
        rate = " Lower limits.requests_per_second." if answer.status == TOO_MANY_REQUESTS else ""
        return Obstacle(
            "gateway",
            f"A gateway answers {answer.status} in place of {url}: nothing can be said of the operation.{rate}",
        )
    if answer.status is not None and 300 <= answer.status < 400 and not _answers_a_right_request(case):
        sentence = f"{url} is redirected ({answer.status}{_location(answer)}): set base_url to where it leads."
        return Obstacle("setting", sentence)
    if _is_foreign(answer):
        other = case(_empty_object(), NO_HEADER)
        if _is_foreign(other) and other.status == answer.status and not _answers_a_right_request(case):
            what = f"{answer.status} {_media_type(answer)}"
            return Obstacle("setting", f"Nothing at {url} answers like the operation ({what}): is base_url right?")
        return None
    if answer.status == UNAUTHORIZED:
        if not _answers_a_right_request(case):
            return Obstacle(
                "setting", f"The right credentials are answered {UNAUTHORIZED}: check secret_id and secret_password."
            )
        return None
    return _refused_token(case)


def fitting_concurrency(case: Case) -> int:
    """Return how many cases go side by side where nobody says it, by the case that looked for obstacles.

    More of them in the profile full where each answer takes long, so that they mostly wait, and where no pace is set.
    """
    target = case.target
    took = [exchange.outcome.seconds for exchange in case.exchanges]
    is_slow = bool(took) and min(took) > SLOW_SECONDS and target.limits.requests_per_second is None
    return CONCURRENCY_WHERE_SLOW if is_slow and target.profile == "full" else CONCURRENCY


def _answers_a_right_request(case: Case) -> bool:
    """Tell whether the operation is there, however wrong its other answers are: a right token is answered as it is."""
    try:
        answer = case(right(case.lease_if_possible()))
    except PausedSessionUnavailable:
        return False
    expected = (OK, TOKEN_REQUIRED) if answer.body.lease and answer.body.lease.origin == "paused" else (BAD_REQUEST,)
    return answer.status in expected and not _is_foreign(answer)


def _first_answer(case: Case) -> Exchange:
    """Return the first answer, tried again where none comes or a gateway gives it."""
    answer = case(_empty_object())
    for pause in PAUSES:
        if isinstance(answer.outcome, NoAnswer):
            if answer.outcome.kind in PARTIAL:
                break
            if answer.outcome.kind in UNREACHABLE:
                assert_answer(answer)
        elif not _is_gateway(answer) or not case.run.budget.back_off(pause):
            break
        answer = case(_empty_object())
    if isinstance(answer.outcome, NoAnswer) and answer.outcome.kind not in PARTIAL:
        assert_answer(answer)
    return answer


def _refused_token(case: Case) -> Obstacle | None:
    if case.target.paused_session is None or isinstance(case.target.paused_session, Values):
        # Of those that were paused beforehand there may be few, each for a response that is not seen otherwise.
        return None
    try:
        last = case.resume_to_the_end(case.lease())[-1][1]
    except (PausedSessionUnavailable, Blocked):
        return None
    if last.status not in (BAD_REQUEST, TOKEN_REQUIRED) or _is_known_where_it_was_paused(case):
        return None
    return Obstacle(
        "setting", f"tokens.accepted is not accepted for a fresh session ({last.status}): is it the right token?"
    )


def _is_known_where_it_was_paused(case: Case) -> bool:
    """Tell whether the right token is accepted on the connection that paused a session: that is for a check to tell."""
    try:
        lease = case.lease("kept")
    except PausedSessionUnavailable:
        return False
    return case(right(lease), delivery=KEPT).status == OK


def _empty_object() -> Body:
    return Body("an empty object", b"{}", subject=Subject.MALFORMED)


def _is_gateway(exchange: Exchange) -> bool:
    """Tell whether a status is a gateway's: one that the contract names is the operation's own."""
    return exchange.status in GATEWAY and str(exchange.status) not in exchange.scene.contract.responses


def _is_foreign(exchange: Exchange) -> bool:
    """Tell whether an answer is none of the operation: an undeclared status, or a page."""
    undeclared = any(problem.kind == "status" for problem in exchange.problems)
    return undeclared or (exchange.value is None and _media_type(exchange) in ("text/html", "application/xhtml+xml"))


def _location(exchange: Exchange) -> str:
    location = exchange.outcome.header("Location") if isinstance(exchange.outcome, Answer) else None
    return f" to {exchange.scene.redactor.redact(location)[:200]}" if location else ""


def _media_type(exchange: Exchange) -> str:
    value = exchange.outcome.header("Content-Type") if isinstance(exchange.outcome, Answer) else None
    return (value or "without a Content-Type").partition(";")[0][:60]

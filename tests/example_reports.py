"""Reports of runs that never took place: green, one cause, many, blocked, waived, unanswered, hostile and long ones."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from contract_tests.report.model import (
    Cause,
    CauseCase,
    CheckResult,
    CheckVerdict,
    CheckViolation,
    Drift,
    Example,
    Report,
    StatusResult,
    WaiverResult,
)

# Terminal escapes, C0 and C1 controls, markup, right-to-left marks, a lone surrogate, an own line of a workflow log.
HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)>]]>&\"'\x1b[31mred\x1b]0;title\x07\x00\x9b2J"
    "\u202egnp.exe\u2066\u200b\ud800\ufffe\r\n::error file=x,line=1::forged\n##[error]forged {{ 7*7 }} %0A::error::x"
)
STAGING = "https://staging.example.com"
NAMES = {
    "200": "Ok",
    "400": "Bad request error",
    "401": "Unauthorized",
    "428": "MFA Token Required",
    "500": "Unexpected Error",
}
LINES = {"200": 55, "400": 57, "401": 59, "428": 61, "500": 63}
SHARES = {"200": 0.1, "400": 0.52, "401": 0.2, "428": 0.13, "500": 0.05}
REFUSED = "test_401_unauthorized.py::test_unacceptable_credentials_are_refused"
MALFORMED = "test_400_bad_request.py::test_a_malformed_body_is_refused"
SPENT = "test_400_bad_request.py::test_a_spent_session_is_refused"
FURTHER = "test_428_mfa_token_required.py::test_a_further_factor_is_asked_for"
FAILING = "test_500_unexpected_error.py::test_a_failing_institution_is_answered_500"
RIGHT = "test_200_ok.py::test_the_right_token_is_answered_200"
OWN_LINK = "test_200_ok.py::test_id_is_the_link_that_was_sent"
CLIENT = "test_generated_client.py::test_it_reads_every_declared_response"
SECRETS = "test_disclosure.py::test_no_answer_repeats_a_secret"
CHECKS = {
    RIGHT: ("200", "The right token is answered with the declared 200."),
    OWN_LINK: ("200", "The answer's id is the link that was sent."),
    MALFORMED: ("400", "A body that is malformed in one way is answered with 400."),
    SPENT: ("400", "A session is good for one resume."),
    REFUSED: ("401", "Absent, malformed and wrong credentials are answered with the declared 401."),
    FURTHER: ("428", "A 428 names the session to resume next."),
    FAILING: ("500", "A failing institution is answered with 500."),
    SECRETS: (None, "No answer repeats the password or the token."),
    CLIENT: (None, "The generated client reads every declared response."),
}
BODY = '{"session": "39cd6a88-8ee3-4e59-a861-b8a2187e0f4c", "token": "[redacted]", "link": "683005d6-f45c-4adb-b289-…"}'
LINK = {
    "institution": "gotham_mx_business",
    "access_mode": "recurrent",
    "last_accessed_at": "2026-03-09T08:15:27.160530Z",
    "status": "valid",
    "created_by": "bcef7f35-67f2-4b19-b009-cb38795faf09",
    "refresh_rate": "24h",
}


def green(exchanges: int = 412) -> Report:
    """Return the report of a run in which everything holds."""
    dice = random.Random(7)
    statuses = {}
    for code, share in SHARES.items():
        seen = round(exchanges * share)
        times = tuple(round(dice.lognormvariate(1.2 + 0.3 * (code == "500"), 0.45), 2) for _ in range(seen))
        statuses[code] = StatusResult(NAMES[code], seen, seen, "holds", None, times)
    return Report(
        target="http://127.0.0.1:43211",
        contract_version="1.0.0",
        started_at="2026-03-09T21:04:06Z",
        seconds=2.41,
        seed=1,
        workers=8,
        partial=False,
        exchanges=exchanges,
        sessions=40,
        exit_code=0,
        verdict=f"The contract holds: {len(CHECKS)} checks, {exchanges} exchanges.",
        statuses=statuses,
        checks=tuple(_check(name, exchanges // len(CHECKS)) for name in CHECKS),
        drift=(
            Drift("undeclared field", "200", "/external_id", "string", 41),
            Drift("never with a value", "200", "/refresh_rate", None, 41),
        ),
        advice=("The target closes the connection after every answer: keeping it open makes a run quicker.",),
    )


def missing_id(seen: int = 48) -> Cause:
    """Return the cause of a 200 without `id`, which blocks the checks that compare it."""
    return Cause(
        id=identifier("missing id"),
        kind="violation",
        response="200",
        responses=("200",),
        clause="/components/schemas/Link/required",
        line=214,
        quote="required: [id, institution, access_mode, last_accessed_at, status, created_by, refresh_rate]",
        place="/id",
        problem='"id" is missing from the 200',
        exchanges=seen,
        of=seen,
        cases=(CauseCase(RIGHT, None),),
        checks=(RIGHT,),
        blocked=(OWN_LINK, CLIENT),
        example=Example(
            sent=f"PATCH /api/links/   credentials: right   body: {BODY}",
            expected="200 application/json matching #/components/schemas/Link",
            received=f"200 application/json {json.dumps(LINK)}",
            place="/id",
            answer=json.dumps(LINK),
            repeat=repeat('-u "$CONTRACT_SECRET_ID:$CONTRACT_SECRET_PASSWORD"'),
        ),
    )


def accepted_bodies(names: int = 14, of: int = 55) -> Cause:
    """Return the cause of malformed bodies that are answered 200: a status cause with cases."""
    kinds = ("link null", "link missing", "token empty", "session not a UUID", "token a number", "session an object")
    cases = tuple(CauseCase(MALFORMED, f"{kinds[number % len(kinds)]} {number}") for number in range(names))
    return Cause(
        id=identifier("accepted bodies"),
        kind="violation",
        response="400",
        responses=("400",),
        clause="/paths/~1api~1links~1/patch/responses/400",
        line=57,
        quote="'400':\n  $ref: '#/components/responses/BadRequest'",
        place=None,
        problem="malformed bodies are answered 200 instead of 400",
        exchanges=names,
        of=of,
        cases=cases,
        checks=(MALFORMED,),
        blocked=(),
        example=Example(
            sent='PATCH /api/links/   credentials: right   body: {"session": "39cd6a88-…", "token": "[redacted]"}',
            expected="400 application/json matching #/components/schemas/ErrorList",
            received=f"200 application/json {json.dumps({'id': '683005d6-f45c-4adb-b289-f1a12f50f80c'} | LINK)}",
            place=None,
            answer=json.dumps({"id": "683005d6-f45c-4adb-b289-f1a12f50f80c"} | LINK),
            repeat=repeat('-u "$CONTRACT_SECRET_ID:$CONTRACT_SECRET_PASSWORD"'),
            before=("POST /api/links/ paused a session: 428",),
        ),
        details=('9 of these answers also lack "refresh_rate"',),
        unit="cases",
    )


def wrong_type(number: int = 0, *, seen: int = 82) -> Cause:
    """Return the cause of a field of the 401 with a wrong type, with the place deep in the answer."""
    answer = [
        {"code": "authentication_failed", "message": "The credentials are missing or wrong.", "request_id": 12345},
        {"code": "throttled", "message": "Try again later.", "request_id": "5f6ab2a1e5b04c6f9a4c2d7f3e1b0a98"},
    ]
    return Cause(
        id=identifier(f"wrong type {number}"),
        kind="violation",
        response="401",
        responses=("401",),
        clause="/components/schemas/Error/properties/request_id/type",
        line=251 + number,
        quote="type: string",
        place="/*/request_id",
        problem=f'"request_id" of the 401 is a number{f" ({number})" if number else ""}',
        exchanges=seen,
        of=82,
        cases=tuple(CauseCase(REFUSED, name) for name in ("no header", "empty header", "other scheme", "no colon")),
        checks=(REFUSED,),
        blocked=(),
        example=Example(
            sent="PATCH /api/links/   credentials: no header   body: {}",
            expected="401 application/json matching #/components/schemas/ErrorList",
            received=f"401 application/json {json.dumps(answer)}",
            place="/0/request_id",
            answer=json.dumps(answer),
            repeat=repeat(""),
        ),
    )


def silence() -> Cause:
    """Return the cause of requests that were not answered in time."""
    return Cause(
        id=identifier("silence"),
        kind="no answer",
        response=None,
        responses=(),
        clause="/paths/~1api~1links~1/patch",
        line=36,
        quote="patch:\n  operationId: resume\n  tags: [links]\n  summary: Resume a paused session\n  description: |",
        place=None,
        problem="no answer came within 10 s",
        exchanges=2,
        of=412,
        cases=(CauseCase(FURTHER, None),),
        checks=(FURTHER,),
        blocked=(),
        example=Example(
            sent=f"PATCH /api/links/   credentials: right   body: {BODY}",
            expected="an answer within 10 s",
            received="no answer: timeout",
            place=None,
            answer=None,
            repeat=repeat(""),
        ),
        unit="requests",
    )


def with_causes(report: Report, *causes: Cause) -> Report:
    """Return a red report with these causes, and each check and declared response as they make it."""
    violating = [cause for cause in causes if cause.kind == "violation" and cause.waived is None]
    checks = []
    for check in report.checks:
        met = [cause for cause in causes if check.id in cause.checks]
        blocked_by = tuple(cause.id for cause in causes if check.id in cause.blocked)
        verdict: CheckVerdict = check.verdict
        if met:
            silent = all(cause.kind == "no answer" for cause in met)
            waived = all(cause.waived for cause in met)
            verdict = "unanswered" if silent else "waived" if waived else "violated"
        elif blocked_by:
            verdict = "blocked"
        violations = tuple(
            CheckViolation(cause.id, tuple(item.case for item in cause.cases if item.check == check.id and item.case))
            for cause in met
        )
        reason = met[0].waived if verdict == "waived" else met[0].problem if verdict == "unanswered" else check.reason
        checks.append(replace(check, verdict=verdict, violations=violations, blocked_by=blocked_by, reason=reason))
    statuses = dict(report.statuses)
    for code in {code for cause in violating for code in cause.responses}:
        statuses[code] = replace(statuses[code], verdict="violated", conforming=statuses[code].seen // 3)
    codes = sorted({code for cause in violating for code in cause.responses})
    return replace(
        report,
        target=STAGING,
        exit_code=1 if violating else 6,
        verdict=f"The contract is violated: {', '.join(codes)}; {len(violating)} causes.",
        causes=tuple(sorted(causes, key=lambda cause: -cause.exchanges)),
        checks=tuple(checks),
        statuses=statuses,
    )


def one_cause() -> Report:
    """Return the report of a server that is wrong in one way: two checks are blocked by it."""
    return with_causes(green(), missing_id())


def red() -> Report:
    """Return the report of a broken staging server: four causes, one of them waived, and one response not seen."""
    waived = replace(
        accepted_bodies(1, 1),
        id=identifier("spent"),
        problem="a spent session is answered 500 instead of 400",
        cases=(CauseCase(SPENT, None),),
        checks=(SPENT,),
        waived="the fix is released in January (until 2027-01-31)",
        exchanges=1,
    )
    report = with_causes(green(), missing_id(41), accepted_bodies(), wrong_type(), waived)
    unseen = replace(
        report.statuses["500"],
        seen=0,
        conforming=0,
        verdict="accepted unseen",
        reason="staging cannot be made to fail",
        milliseconds=(),
    )
    skipped = "the target has no failing token"
    return replace(
        report,
        statuses=report.statuses | {"500": unseen},
        undeclared_statuses={"302": 4, "429": 1},
        no_answers={"timeout": 2},
        checks=tuple(
            replace(check, verdict="not run", reason=skipped, exchanges=0) if check.id == FAILING else check
            for check in report.checks
        ),
        waivers=(
            WaiverResult("the fix is released in January", "2027-01-31", needed=True, check=SPENT),
            WaiverResult("fixed last week", "2026-12-24", needed=False, cause=identifier("gone")),
        ),
        accepted_unseen={"500": "staging cannot be made to fail"},
    )


def many(number: int = 60) -> Report:
    """Return the report of a server that is wrong in many ways."""
    return with_causes(green(2_000), *(wrong_type(index, seen=1 + index % 82) for index in range(number)))


def unanswered() -> Report:
    """Return the report of a server that answers some requests and is silent on others."""
    report = with_causes(green(), silence())
    return replace(report, verdict="Nothing is said of 1 check: the target did not answer.", no_answers={"timeout": 2})


def empty() -> Report:
    """Return the report of a run that checked nothing."""
    report = green(0)
    return replace(
        report,
        exit_code=5,
        verdict="Nothing was checked: no check was selected.",
        partial=True,
        sessions=0,
        seconds=0.0,
        checks=(),
        drift=(),
        advice=(),
        statuses={code: replace(status, verdict="not selected") for code, status in report.statuses.items()},
    )


def hostile(text: str = HOSTILE) -> Report:
    """Return a report that holds the text wherever a text may stand."""
    report = red()
    answer = json.dumps([{"message": text, text: text}], ensure_ascii=False)
    example = Example(text, text, text, "/0/message", answer, text, (text,) * 9)
    texts: dict[str, Any] = {"clause": f"/paths/x/patch/{text}", "quote": text}
    names: dict[str, str] = {check.id: f"{text}::{number}{text}" for number, check in enumerate(report.checks)}
    causes = tuple(
        replace(
            cause,
            **texts,
            problem=text,
            place=text,
            example=example,
            details=(text,) * 9,
            cases=tuple(CauseCase(names[item.check], f"{text}{index}") for index, item in enumerate(cause.cases)),
            checks=tuple(names[check] for check in cause.checks),
            blocked=tuple(names[check] for check in cause.blocked),
            waived=text if cause.waived else None,
        )
        for cause in report.causes
    )
    checks = tuple(replace(check, **texts, id=names[check.id], title=text, reason=text) for check in report.checks)
    return replace(
        report,
        target=text,
        contract_version=text,
        verdict=text,
        advice=(text,) * 5,
        no_answers={text: 1},
        accepted_unseen={"500": text},
        statuses={code: replace(status, name=text, reason=text) for code, status in report.statuses.items()},
        causes=causes,
        checks=checks,
        waivers=(WaiverResult(text, "2027-01-31", needed=False, check=text),),
        drift=(Drift("undeclared field", "200", text, text, 1),) * 5,
    )


def hostile_and_many(text: str) -> Report:
    """Return a report with as many causes as a page shows, each with the text wherever a text may stand."""
    report = hostile(text)
    cause = report.causes[0]
    more = tuple(replace(cause, id=identifier(str(number))) for number in range(60))
    return replace(report, causes=(*report.causes, *more))


def nights(number: int = 60) -> list[Report]:
    """Return the reports of so many nights on one server: causes and a drift come and go, some are cut short."""
    return [night(index) for index in range(number)]


def night(index: int) -> Report:
    """Return the report of one night: a wrong type in nights 10 to 29, a missing id from night 50 on."""
    dice = random.Random(index)
    report = replace(green(), target=STAGING)
    if index < 20:
        report = replace(report, drift=())
    if 10 <= index < 30:
        report = with_causes(report, wrong_type())
    if index >= 50:
        report = with_causes(report, missing_id())
    pace = 40 * (1.02**index)
    statuses = {
        code: replace(
            status, milliseconds=tuple(round(dice.lognormvariate(0, 0.4) * pace, 2) for _ in range(status.seen))
        )
        for code, status in report.statuses.items()
    }
    report = replace(report, statuses=statuses, started_at=moment(index))
    if index % 17 == 16:
        return cut_short(report)
    return report


def cut_short(report: Report) -> Report:
    """Return the report of a run that was interrupted before a check had ended."""
    return replace(
        report,
        exit_code=2,
        verdict="Interrupted after 12 exchanges; the verdicts reached by then stand.",
        causes=(),
        checks=tuple(replace(check, verdict="not run", violations=(), blocked_by=()) for check in report.checks),
        statuses={code: replace(status, verdict="not seen", seen=0) for code, status in report.statuses.items()},
        drift=(),
    )


def moment(index: int) -> str:
    """Return when a night's run began."""
    return (datetime(2026, 1, 5, 2, 30, tzinfo=UTC) + timedelta(days=index)).strftime("%Y-%m-%dT%H:%M:%SZ")


def identifier(words: str) -> str:
    """Return a cause's id for some words, the same each time."""
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def repeat(credentials: str) -> str:
    """Return a command as an example holds one."""
    parts = [
        "curl -sS -i -X PATCH",
        *([credentials] if credentials else []),
        "-H 'Content-Type: application/json'",
        '--data-raw \'{"session": "\'"$SESSION"\'", "token": "\'"$TOKEN"\'", "link": "\'"$LINK"\'"}\'',
        f"{STAGING}/api/links/",
    ]
    return " ".join(parts)


def _check(name: str, exchanges: int) -> CheckResult:
    code, title = CHECKS[name]
    operation = "/paths/~1api~1links~1/patch"
    return CheckResult(
        id=name,
        title=title,
        clause=f"{operation}/responses/{code}" if code else operation,
        response=code,
        line=LINES[code] if code else 36,
        quote=f"'{code}':\n  $ref: …" if code else "patch:\n  operationId: resume\n  tags: [links]",
        verdict="holds",
        reason=None,
        cases=12,
        exchanges=exchanges,
        seconds=0.31,
    )


EXAMPLES: dict[str, Callable[[], Report]] = {
    "green": green,
    "one cause": one_cause,
    "red": red,
    "many causes": many,
    "no answer": unanswered,
    "empty": empty,
    "2,000 exchanges": lambda: green(2_000),
    "hostile": hostile,
    "long texts": lambda: hostile("<\u202e\x1b]" * 2_500),
    "long and many": lambda: hostile_and_many('"<\u202e\x1b]' * 2_000),
}

"""Records of runs that never were: contract.json of a green, a red, an empty, a long, a hostile one."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from typing import Any

Report = dict[str, Any]

NAMES = {
    "200": "Ok",
    "400": "Bad request error",
    "401": "Unauthorized",
    "428": "MFA Token Required",
    "500": "Unexpected Error",
}
LINES = {"200": 55, "400": 57, "401": 59, "428": 61, "500": 63}
COMPONENTS = {"200": "Ok", "400": "BadRequest", "401": "Unauthorized", "428": "TokenRequired", "500": "UnexpectedError"}
# Terminal escapes, C0 and C1 controls, markup, right-to-left marks, a lone surrogate, an own line of a workflow log.
HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)>]]>&\"'\x1b[31mred\x1b]0;title\x07\x00\x9b2J"
    "\u202egnp.exe\u2066\u200b\ud800\ufffe\r\n::error file=x,line=1::forged\n##[error]forged {{ 7*7 }} %0A::error::x"
)
_CHECKS = (
    (
        "200",
        "test_200_ok.py",
        "test_the_right_token_is_answered_200",
        "The right token is answered with the declared 200.",
    ),
    ("200", "test_200_ok.py", "test_id_is_the_link_that_was_sent", "The answer's id is the link that was sent."),
    (
        "400",
        "test_400_bad_request.py",
        "test_a_broken_body_is_refused",
        "A body broken in one way is answered with 400.",
    ),
    ("400", "test_400_bad_request.py", "test_a_spent_session_is_refused", "A session is good for one resume."),
    (
        "401",
        "test_401_unauthorized.py",
        "test_unacceptable_credentials_are_refused",
        "Absent, malformed and wrong credentials are answered with the declared 401.",
    ),
    (
        "428",
        "test_428_mfa_token_required.py",
        "test_a_further_factor_is_asked_for",
        "A 428 names the session to resume next.",
    ),
    (
        "500",
        "test_500_unexpected_error.py",
        "test_a_failing_institution",
        "A failing institution is answered with 500.",
    ),
    (None, "test_disclosure.py", "test_no_answer_repeats_a_secret", "No answer repeats the password or the token."),
)


def green(exchanges: int = 412) -> Report:
    """Return the record of a run in which everything holds."""
    dice = random.Random(7)
    shares = {"200": 0.1, "400": 0.52, "401": 0.2, "428": 0.13, "500": 0.05}
    statuses = {}
    for code, share in shares.items():
        seen = round(exchanges * share)
        times = [round(dice.lognormvariate(1.2 + 0.3 * (code == "500"), 0.45), 2) for _ in range(seen)]
        statuses[code] = {
            "name": NAMES[code],
            "seen": seen,
            "conforming": seen,
            "verdict": "holds",
            "reason": None,
            "milliseconds": times,
        }
    return {
        "target": "http://127.0.0.1:43211",
        "contract_version": "1.0.0",
        "started_at": "2026-03-09T21:04:06Z",
        "seconds": 2.41,
        "seed": 1,
        "workers": 1,
        "partial": False,
        "exchanges": exchanges,
        "sessions": 40,
        "planned_exchanges": exchanges + 8,
        "exit_code": 0,
        "verdict": "The contract holds: all five declared responses were seen and keep it.",
        "statuses": statuses,
        "undeclared_statuses": {},
        "no_answers": {},
        "checks": [_check(*check, exchanges=exchanges // len(_CHECKS)) for check in _CHECKS],
        "waivers": [],
        "accepted_unseen": {},
        "drift": [
            {"kind": "undeclared field", "status": "200", "path": "/external_id", "type": "string", "count": 41},
            {"kind": "never with a value", "status": "200", "path": "/refresh_rate", "type": None, "count": 41},
        ],
        "advice": ["The target closes the connection after every answer: keeping it open makes a run quicker."],
    }


def violated(violations: int = 20, exchanges: int = 412) -> Report:
    """Return the record of a run on a broken staging server, with so many violations in three of its checks."""
    report = green(exchanges)
    report |= {"exit_code": 1, "target": "https://staging.example.com", "undeclared_statuses": {"302": 4, "429": 1}}
    report["no_answers"] = {"timeout": 2}
    names = ["no header", "empty header", "other scheme", "no colon", "wrong password", "a prefix of the password"]
    for number in range(violations):
        check = report["checks"][(4, 4, 2, 5)[number % 4]]
        check["verdict"] = "violated"
        check["violations"].append(_violation(check, names[number % len(names)] + f" {number}", number))
    report["checks"][3] |= {"verdict": "waived", "reason": "waived until 2027-01-31: the fix is released in January"}
    report["checks"][3]["violations"] = [_violation(report["checks"][3], None, 2)]
    report["checks"][6] |= {"verdict": "not run", "reason": "the target has no failing token", "exchanges": 0}
    report["statuses"]["500"] |= {
        "seen": 0,
        "conforming": 0,
        "verdict": "accepted unseen",
        "reason": "staging cannot be made to fail",
        "milliseconds": [],
    }
    for code in ("400", "401", "428"):
        report["statuses"][code] |= {"verdict": "violated", "conforming": report["statuses"][code]["seen"] * 2 // 3}
    report["waivers"] = [
        {
            "check": "test_400_bad_request.py::test_a_spent_session_is_refused",
            "reason": "the fix is released in January",
            "expires": "2027-01-31",
            "needed": True,
        },
        {"check": "test_200_ok.py::test_gone", "reason": "fixed last week", "expires": "2026-12-24", "needed": False},
    ]
    report["accepted_unseen"] = {"500": "staging cannot be made to fail"}
    report["verdict"] = "The contract is violated: 3 of 8 checks found violations, in the responses 400, 401 and 428."
    return report


def empty() -> Report:
    """Return the record of a run that checked nothing."""
    report = green(0)
    report |= {"exit_code": 5, "verdict": "Nothing was checked: no check was selected.", "partial": True, "sessions": 0}
    report |= {"checks": [], "drift": [], "advice": [], "planned_exchanges": None, "seconds": 0.0}
    for status in report["statuses"].values():
        status["verdict"] = "not selected"
    return report


def hostile(text: str = HOSTILE) -> Report:
    """Return a record that holds the text wherever a text may stand."""
    report = violated(6)
    report |= {"target": text, "contract_version": text, "verdict": text, "advice": [text, text]}
    report["no_answers"] = {text: 1}
    report["accepted_unseen"] = {"500": text}
    for status in report["statuses"].values():
        status |= {"name": text, "reason": text}
    for check in report["checks"]:
        check |= {"id": f"{text}::{text}", "title": text, "clause": f"/paths/x/patch/{text}", "quote": text}
        check["reason"] = text
        for violation in check["violations"]:
            violation |= dict.fromkeys(("case", "keyword", "sent", "expected", "received", "at", "repeat"), text)
            violation |= {"answer": json.dumps([{"message": text, text: text}], ensure_ascii=False)}
            violation |= {"pointer": "/0/message"}
    report["waivers"] = [{"check": text, "reason": text, "expires": "2027-01-31", "needed": False}]
    report["drift"] = [{"kind": "undeclared field", "status": "200", "path": text, "type": text, "count": 1}]
    return report


def _check(code: str | None, file: str, function: str, title: str, *, exchanges: int) -> dict[str, Any]:
    clause = "/paths/~1api~1links~1/patch"
    quote = "patch:\n  operationId: resume\n  tags: [links]\n  summary: Resume a paused session"
    if code:
        clause += f"/responses/{code}"
        quote = f"'{code}':\n  $ref: '#/components/responses/{COMPONENTS[code]}'"
    return {
        "id": f"{file}::{function}",
        "title": title,
        "clause": clause,
        "response": code,
        "line": LINES[code] if code else 40,
        "quote": quote,
        "verdict": "holds",
        "reason": None,
        "cases": 12,
        "exchanges": exchanges,
        "seconds": 0.31,
        "violations": [],
    }


def _violation(check: dict[str, Any], case: str | None, number: int) -> dict[str, Any]:
    request_id: object = 12345 + number if number % 2 == 0 else "8c7f1c9d40e84c7e8f3ad0a5f7f3c0de"
    answer: list[dict[str, object]] = [
        {"code": "authentication_failed", "message": "The credentials are missing or wrong.", "request_id": request_id},
        {"code": "throttled", "message": "Try again later.", "request_id": "5f6ab2a1e5b04c6f9a4c2d7f3e1b0a98"},
    ]
    keyword, pointer, at = "type", "/0/request_id", f'at /0/request_id: {request_id} is not of type "string"'
    if number % 2:
        del answer[0]["request_id"]
        keyword, pointer, at = "required", "/0", 'at /0: "request_id" is a required property'
    words = f"{check['id']} {check['response']} {keyword} {number // 4}"
    credentials = "$CONTRACT_SECRET_ID:$CONTRACT_SECRET_PASSWORD"
    body = '{"session":"39cd6a88-8ee3-4e59-a861-b8a2187e0f4c","token":"[filtered]","link":"683005d6-…"}'
    return {
        "case": case,
        "fingerprint": hashlib.sha256(words.encode()).hexdigest()[:12],
        "status": int(check["response"] or 200),
        "pointer": pointer,
        "keyword": keyword,
        "sent": f"PATCH /api/links/   credentials: {case or 'right'}   body: {body}",
        "expected": f"{check['response']} application/json matching #/components/schemas/ErrorList",
        "received": f"{check['response']} application/json {json.dumps(answer)}",
        "at": at,
        "answer": json.dumps(answer),
        "repeat": f"curl -X PATCH -u \"{credentials}\" -H 'Content-Type: application/json' --data '{body}' "
        "https://staging.example.com/api/links/",
    }


EXAMPLES: dict[str, Callable[[], Report]] = {
    "green": green,
    "20 violations": violated,
    "empty": empty,
    "2,000 exchanges": lambda: green(2_000),
    "thousands of violations": lambda: violated(3_000, 2_000),
    "hostile": hostile,
    "long texts": lambda: hostile("<\u202e\x1b]" * 2_500),
}

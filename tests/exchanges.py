"""Exchanges by hand, judged as the run judges them: what was sent, and the answer or failure that came of it."""

from __future__ import annotations

import copy
import itertools
import json
from typing import Any, Literal

from contract_tests.cases.bodies import Body, right
from contract_tests.cases.credentials import RIGHT, UNACCEPTABLE, Authorization
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract import load
from contract_tests.exchange.judged import Exchange, Scene, judge
from contract_tests.exchange.redaction import Redactor
from contract_tests.target.settings import Credentials
from contract_tests.wire import Answer, NoAnswer

CONTRACT = load()
JSON = CONTRACT.media_type
LOGIN = Credentials("secret-id", "Right-password-1")
LEASE = Lease("39cd6a88-8ee3-4e59-a861-b8a2187e0f4c", "683005d6-f45c-4adb-b289-f1a12f50f80c", "tok-1234ab")
BAD_REQUEST = [{"code": "c", "message": "m", "request_id": "r"}]
WRONG = {credentials.name: credentials for credentials in UNACCEPTABLE}

_NUMBERS = itertools.count(1)


def example(status: int) -> Any:
    """Return the first example that openapi.yaml gives for a status."""
    examples = CONTRACT.responses[str(status)].node["content"][JSON]["examples"]
    return copy.deepcopy(next(iter(examples.values()))["value"])


def an_answer(
    status: int, value: object, content_type: str | None = JSON, trailing_bytes: int = 0, **headers: str
) -> Answer:
    """Return an answer: a value as JSON, or the bytes that it is given in."""
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    given = [("Content-Type", content_type)] if content_type is not None else []
    given += [(name.replace("_", "-"), text) for name, text in headers.items()]
    return Answer(status, tuple(given), content, 0.01, trailing_bytes)


def exchange_of(
    outcome: Answer | NoAnswer,
    body: Body | None = None,
    credentials: Authorization = RIGHT,
    *,
    before: tuple[Exchange, ...] = (),
    at_once: int = 1,
    login: Credentials = LOGIN,
    undeclared_fields: Literal["advise", "fail", "ignore"] = "advise",
) -> Exchange:
    """Return the next exchange of a run, with an outcome."""
    secrets = Redactor([login.secret_password, LEASE.session, LEASE.token])
    scene = Scene(CONTRACT, secrets, "http://127.0.0.1:9", login, undeclared_fields, "failing-token")
    sent = (body or right(LEASE)).typed(CONTRACT)
    return judge(scene, next(_NUMBERS), sent, credentials, outcome, before, at_once)


def answered(
    status: int, value: object = None, body: Body | None = None, credentials: Authorization = RIGHT, **more: Any
) -> Exchange:
    """Return an exchange that was answered; without a value with the contract's own example of the status."""
    return exchange_of(an_answer(status, example(status) if value is None else value), body, credentials, **more)

"""The quick path of judging beside the full one: they say the same of every answer, and the quick one forgets much."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.requests import Request as StarletteRequest

from contract_tests.cases.bodies import Body, right
from contract_tests.cases.credentials import RIGHT, UNACCEPTABLE, Authorization
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract import load
from contract_tests.embedded.server import PausedSession, Settings
from contract_tests.exchange.judged import Exchange, Scene, judge
from contract_tests.exchange.quick import SHAPES, QuickJudge
from contract_tests.exchange.redaction import Redactor
from contract_tests.target.settings import Credentials
from contract_tests.wire import Answer, NoAnswer
from tests.faulty_servers import DERIVED
from tests.faulty_servers.served import Served

TOKEN = Settings().accepted_token
LOGIN = Credentials("embedded-id", Settings().secret_password)
SCENE = Scene(load(), Redactor(), "http://127.0.0.1", LOGIN)
TIMES = 3


def sent() -> Body:
    """Return a right body of a session that is new each time."""
    return right(Lease(str(uuid.uuid4()), str(uuid.uuid4()), TOKEN))


def answers_of(served: Served) -> Iterator[Answer]:
    """Yield what a server answers, in each declared status, with ids and moments that are new each time."""
    request = StarletteRequest({"type": "http", "method": "PATCH", "headers": [], "path": "/api/links/"})
    session = PausedSession(uuid.uuid4(), uuid.uuid4(), "gotham", "recurrent", 1, 0)
    errors = served.errors_content([("a_code", "A message.")])
    for status, content in {
        200: served.link_content(session),
        400: errors,
        401: errors,
        428: served.token_required_content(session, "A message."),
        500: errors,
    }.items():
        response = served.answer_resume(request, status, content, {})
        headers = tuple((name.decode(), value.decode()) for name, value in response.raw_headers)
        yield Answer(response.status_code, headers, bytes(response.body), 0.001)


def said(exchange: Exchange) -> tuple[Any, ...]:
    """Return all that a judge says of an exchange."""
    reading = exchange.reading
    return exchange.problems, exchange.value, reading and (reading.undeclared, reading.valued, reading.advice)


def assert_agree(
    quick: QuickJudge, answer: Answer | NoAnswer, body: Body | None = None, login: Authorization = RIGHT
) -> Exchange:
    """Judge an answer both ways; they have to say the same."""
    body = body or sent()
    exchange = quick.judge(1, body, answer, login)
    assert said(exchange) == said(judge(SCENE, 1, body, login, answer))
    return exchange


@pytest.mark.parametrize("name", [name for name in DERIVED if "-request-" not in name])
def test_quick_and_full_agree_on_every_derived_fault(name: str) -> None:
    """Whatever is wrong in one declared answer is told alike, each time; a fault of reading requests shows in none."""
    quick = QuickJudge(SCENE)
    found = 0
    for _ in range(TIMES):
        for answer in answers_of(DERIVED[name]()):
            found += bool(assert_agree(quick, answer).problems)

    assert found >= TIMES


def test_the_same_shape_is_judged_in_full_once() -> None:
    """Answers that differ in UUIDs and moments alone cost one full judgement for each status."""
    quick = QuickJudge(SCENE)
    for _ in range(20):
        for answer in answers_of(Served()):
            assert_agree(quick, answer)

    assert quick.in_full == 5


def link(**changes: object) -> bytes:
    """Return the body of a 200, with other values in some of its fields."""
    served = Served()
    session = PausedSession(uuid.uuid4(), uuid.uuid4(), "gotham", "recurrent", 1, 0)
    return served.write_json({**served.link_content(session), **changes})


def ok(body: bytes, *headers: tuple[str, str], trailing: int = 0) -> Answer:
    """Return an answer 200 with a body."""
    return Answer(200, (("Content-Type", "application/json"), *headers), body, 0.001, trailing)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda: ok(link(id=uuid.uuid4().hex)), id="a UUID without hyphens"),
        pytest.param(lambda: ok(link(last_accessed_at="2026-13-45T99:99:99Z")), id="a moment that is none"),
        pytest.param(lambda: ok(link(last_accessed_at="2026-01-01 10:00:00")), id="a moment with a blank"),
        pytest.param(lambda: ok(link(status=TOKEN)), id="the token"),
        pytest.param(lambda: ok(link(status=f"x{TOKEN}")), id="the token in a word"),
        pytest.param(lambda: ok(link(status=LOGIN.secret_password)), id="the password"),
        pytest.param(lambda: ok(link(status="\\ud800")), id="what looks like a surrogate"),
        pytest.param(lambda: ok(link().replace(b"valid", b"\\ud800")), id="a lone surrogate"),
        pytest.param(lambda: ok(link()[:-1]), id="cut short"),
        pytest.param(lambda: ok(link()[:-1] + b',"status":"x"}'), id="a name twice"),
        pytest.param(lambda: ok(link(), trailing=3), id="trailing bytes"),
        pytest.param(lambda: ok(link(), ("X-Token", TOKEN)), id="the token in a header"),
        pytest.param(lambda: ok(link(more=[{"a": 1}])), id="a field that is not declared"),
        pytest.param(lambda: ok(link(status='File "a.py", line 7')), id="a stack trace"),
        pytest.param(lambda: Answer(200, (), link(), 0.001), id="no media type"),
        pytest.param(lambda: Answer(418, (), b"teapot", 0.001), id="an undeclared status"),
        pytest.param(lambda: NoAnswer("truncated", "broke off", 0.1, 200), id="broken off"),
        pytest.param(lambda: NoAnswer("timeout", "none", 0.1), id="no answer"),
    ],
)
def test_quick_and_full_agree_after_honest_answers(answer: Any) -> None:
    """What looks like an answer that is known, and is none, is not taken for it."""
    quick = QuickJudge(SCENE)
    for _ in range(TIMES):
        assert_agree(quick, ok(link()))
        assert_agree(quick, answer())


def test_what_one_request_may_hear_another_may_not() -> None:
    """The same answer is judged anew for a request with other secret words."""
    quick = QuickJudge(SCENE)
    body = link(status="Secret-word-8")
    assert not assert_agree(quick, ok(body)).problems

    token = right(Lease(str(uuid.uuid4()), str(uuid.uuid4()), "Secret-word-8"))
    assert [problem.keyword for problem in assert_agree(quick, ok(body), token).problems] == ["token"]


@pytest.mark.parametrize("login", UNACCEPTABLE, ids=lambda login: login.name)
def test_quick_and_full_agree_on_every_login(login: Authorization) -> None:
    """Whichever credentials were sent, an answer that repeats the password is told."""
    quick = QuickJudge(SCENE)
    for _ in range(TIMES):
        assert_agree(quick, ok(link()), login=login)
        assert assert_agree(quick, ok(link(status=LOGIN.secret_password)), login=login).problems


def test_memory_does_not_grow_with_shapes() -> None:
    """A target that writes each answer anew costs time and no memory."""
    quick = QuickJudge(SCENE)
    body = sent()
    for number in range(SHAPES + 10):
        quick.judge(number, body, ok(link(status=f"state {number}")))

    assert quick.remembered <= SHAPES


def test_redaction_does_not_grow_with_sessions() -> None:
    """A redactor with more words leaves the one it came from as it was, and knows the words of both."""
    base = Redactor(["the-password"])
    session = str(uuid.uuid4())
    more = base.with_words(session)

    assert base.redact(f"{session} the-password") == f"{session} [filtered]"
    assert more.redact(f"{session} the-password {session.replace('-', '')}") == "[filtered] [filtered] [filtered]"


def test_moments_of_now_are_taken_out() -> None:
    """Each form of a moment that servers write is one shape."""
    quick = QuickJudge(SCENE)
    for _ in range(3):
        assert_agree(quick, ok(link(last_accessed_at=datetime.now(UTC).isoformat())))
        assert_agree(quick, ok(link(last_accessed_at=datetime.now(UTC).isoformat().replace("+00:00", "Z"))))

    assert quick.in_full == 1

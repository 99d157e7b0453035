"""Answers of a proxy on the way: told from the operation's own by the request and the answer, and taken as advice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract_tests.cases.bodies import Body, Subject, right
from contract_tests.cases.credentials import RIGHT, Authorization
from contract_tests.cases.deliveries import PLAIN, Delivery
from contract_tests.exchange.expectation import assert_answer
from contract_tests.exchange.judged import Exchange, judge
from contract_tests.exchange.record import ExchangeRecord
from contract_tests.exchange.violation import CheckFailed
from contract_tests.wire import Answer
from tests.exchanges import LEASE, an_answer, exchange_of

PAGE = an_answer(400, b"<html><h1>400 Bad Request</h1><hr>nginx</html>", "text/html")
BYTES = Body("not UTF-8", b'{"note": "\xff"}', lease=LEASE, subject=Subject.MALFORMED)
LARGE = Authorization("5,000 bytes long", lambda _right: b"Basic " + b"x" * 5_000, "")


def judged(
    answer: Answer = PAGE,
    body: Body = BYTES,
    credentials: Authorization = RIGHT,
    delivery: Delivery = PLAIN,
    *,
    strict: bool = False,
) -> Exchange:
    """Return an exchange whose answer may be that of a proxy."""
    scene = replace(exchange_of(answer).scene, strict=strict)
    return judge(scene, 1, body, credentials, answer, delivery=delivery)


@pytest.mark.parametrize(
    "exchange",
    [
        judged(),
        judged(body=replace(BYTES, content=b"{}\0")),
        judged(credentials=LARGE, answer=replace(PAGE, status=431)),
        judged(body=right(LEASE), delivery=Delivery("in chunks", chunked=True), answer=replace(PAGE, status=411)),
        judged(
            body=right(LEASE), delivery=Delivery("expected", expect_continue=True), answer=replace(PAGE, status=417)
        ),
        judged(answer=an_answer(400, b"Bad Request", "text/plain")),
    ],
    ids=lambda exchange: exchange.case,
)
def test_a_refusal_of_a_proxy_is_advice(exchange: Exchange) -> None:
    """What HTTP stacks look at by themselves, answered in no JSON, is quoted as advice and breaks nothing."""
    assert exchange.by_proxy
    assert exchange.problems == ()
    assert exchange.reading is not None
    (advice,) = exchange.reading.advice
    assert "Bad Request" in advice
    assert_answer(exchange).has_status(200).names("/id", LEASE.link)


@pytest.mark.parametrize(
    "exchange",
    [
        judged(strict=True),
        judged(body=replace(BYTES, content=b"{}")),
        judged(answer=replace(PAGE, status=500)),
        judged(answer=replace(PAGE, status=302)),
        judged(answer=an_answer(413, {"detail": "too large"})),
    ],
    ids=["strict", "a request like any other", "a failure", "a redirection", "JSON"],
)
def test_any_other_answer_is_judged_as_the_operations(exchange: Exchange) -> None:
    """A strict target, another request, another status or an answer in JSON: all of it is judged."""
    assert not exchange.by_proxy
    assert exchange.problems
    with pytest.raises(CheckFailed):
        assert_answer(exchange).has_status(418)


def test_an_answer_of_a_proxy_is_none_of_the_operation() -> None:
    """It counts as no answer of a declared status, and as none that conforms."""
    record = ExchangeRecord.of(judged(), "check", None)

    assert (record.no_answer, record.conforming, record.findings) == ("proxy", False, ())


def test_a_proxy_that_tells_a_secret_discloses_it() -> None:
    """Whoever answers: a secret is one."""
    token = LEASE.token.encode()
    told = judged(replace(PAGE, body=b"<p>%s</p>" % token), replace(BYTES, content=b'"%s\xff"' % token))

    assert [problem.kind for problem in told.problems] == ["disclosure"]
    assert told.reading is not None
    assert LEASE.token not in told.reading.advice[0]

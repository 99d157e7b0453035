"""answers.py: a failure has one shape, is free of secrets and bounded, and keeps its fingerprint."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from contract_tests.cases.bodies import Body, valid
from contract_tests.cases.credentials import RIGHT, UNACCEPTABLE, Authorization
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract.document import MEDIA_TYPE, Mismatch, load
from contract_tests.exchange import validation
from contract_tests.exchange.expectation import SHOWN, Exchange, Unanswered, Violation, assert_answer
from contract_tests.exchange.redaction import Redactor
from contract_tests.target.settings import Credentials
from contract_tests.wire import Answer, NoAnswer

CONTRACT = load()
LOGIN = Credentials("secret-id", "Right-password-1")
LEASE = Lease("39cd6a88-8ee3-4e59-a861-b8a2187e0f4c", "683005d6-f45c-4adb-b289-f1a12f50f80c", "tok-1234ab")
FACTS = {"status", "pointer", "keyword", "sent", "expected", "received", "at", "answer", "repeat"}


def example(status: int) -> Any:
    """Return the first example that openapi.yaml gives for a status."""
    examples = CONTRACT.responses[str(status)].node["content"][MEDIA_TYPE]["examples"]
    return copy.deepcopy(next(iter(examples.values()))["value"])


def answered(
    status: int,
    value: object,
    body: Body | None = None,
    credentials: Authorization = RIGHT,
    undeclared_fields: str = "advise",
) -> Exchange:
    """Return an exchange with an answer, as the run makes it."""
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    answer = Answer(status, (("Content-Type", MEDIA_TYPE),), content, 0.01)
    return exchange_of(answer, body, credentials, undeclared_fields)


def exchange_of(
    outcome: Answer | NoAnswer,
    body: Body | None = None,
    credentials: Authorization = RIGHT,
    undeclared_fields: str = "advise",
) -> Exchange:
    """Return an exchange with an outcome."""
    reading = validation.read(CONTRACT, outcome) if isinstance(outcome, Answer) else None
    secrets = Redactor([LOGIN.secret_password, LEASE.session, LEASE.token])
    url = "http://127.0.0.1:9"
    return Exchange(
        body or valid(LEASE), credentials, outcome, reading, CONTRACT, secrets, url, LOGIN, undeclared_fields
    )


def violation(exchange: Exchange, *statuses: int) -> Violation:
    """Return the violation of an exchange that ought to have been answered with one of the statuses."""
    with pytest.raises(Violation) as raised:
        assert_answer(exchange).has_status(*statuses).keeps_the_contract()
    return raised.value


def test_a_right_answer_passes_every_step() -> None:
    """An answer that is declared, conforming and about what was sent raises nothing."""
    answer = answered(200, example(200))

    assert_answer(answer).has_status(200, 428).keeps_the_contract().names("/id", LEASE.link).is_true(
        True, "anything", Mismatch("", "x", "y")
    )
    assert (answer.status, answer.value) == (200, example(200))


def test_a_wrong_status_says_what_was_expected() -> None:
    """A wrong status is told with the statuses and schemas that were expected."""
    told = violation(answered(200, example(200)), 400, 401).told

    assert told.keys() == FACTS
    assert told["expected"] == "400 or 401 application/json matching #/components/schemas/ErrorList"
    assert (told["status"], told["keyword"], told["pointer"]) == (200, "status", "")
    assert told["received"].startswith("200 application/json {")
    assert told["at"] == "the status is 200"


def test_a_broken_schema_says_where() -> None:
    """A value that breaks the schema is told with its place, its keyword and the sentence of the validator."""
    told = violation(answered(400, [*example(400), example(400)[0] | {"request_id": 12345}]), 400).told

    assert (told["pointer"], told["keyword"]) == ("/2/request_id", "type")
    assert told["at"] == 'at /2/request_id: 12345 is not of type "string"'
    assert json.loads(told["answer"])[2]["request_id"] == 12345


def test_an_undeclared_status_names_the_declared_ones() -> None:
    """An answer held only to the contract is told which statuses are declared."""
    with pytest.raises(Violation) as raised:
        assert_answer(answered(302, {})).keeps_the_contract()

    assert raised.value.told["expected"] == "one of 200, 400, 401, 428, 500"


@pytest.mark.parametrize("link", [LEASE.link, LEASE.link.upper(), LEASE.link.replace("-", "")])
def test_uuids_are_compared_as_uuids(link: str) -> None:
    """A UUID in capitals or without hyphens is the same."""
    assert_answer(answered(200, example(200))).names("/id", link)


def test_another_uuid_is_a_violation() -> None:
    """An answer about another link is told where it says so."""
    with pytest.raises(Violation) as raised:
        assert_answer(answered(200, example(200))).names("/id", LEASE.session)

    assert (raised.value.told["pointer"], raised.value.told["at"]) == ("/id", "at /id: is another one")


def test_an_undeclared_field_is_a_violation_where_the_target_says_so() -> None:
    """An undeclared field violates the contract for a target with `undeclared_fields: fail`, and for no other."""
    value = example(200) | {"extra": 1}

    assert_answer(answered(200, value)).keeps_the_contract()
    told = violation(answered(200, value, undeclared_fields="fail"), 200).told
    assert (told["pointer"], told["keyword"], told["at"]) == (
        "/extra",
        "undeclared",
        "at /extra: integer is not declared",
    )


@pytest.mark.parametrize("kind", ["truncated", "too large", "undecodable"])
def test_an_answer_that_breaks_off_is_a_violation(kind: str) -> None:
    """An answer that came in part is a wrong answer."""
    with pytest.raises(Violation) as raised:
        assert_answer(exchange_of(NoAnswer(kind, "the answer broke off", 0.1, 200)))

    told = raised.value.told
    assert (told["status"], told["keyword"], told["expected"], told["answer"]) == (200, kind, "a whole answer", None)


@pytest.mark.parametrize("kind", ["refused", "dns", "tls", "timeout", "reset", "proxy", "rate limited"])
def test_no_answer_is_no_violation(kind: str) -> None:
    """Where no answer came nothing is said of the contract."""
    with pytest.raises(Unanswered, match="the sentence") as raised:
        assert_answer(exchange_of(NoAnswer(kind, "the sentence", 0.1)))

    assert kind in str(raised.value)


@pytest.mark.parametrize("credentials", [RIGHT, *UNACCEPTABLE], ids=lambda credentials: credentials.name)
def test_a_violation_shows_no_secret(credentials: Authorization) -> None:
    """Neither password, token nor session stands in anything that a violation tells."""
    value = [{"code": LEASE.token, "message": f"{LOGIN.secret_password} {LEASE.session}", "request_id": 7}]
    told = violation(answered(400, value, credentials=credentials), 400).told
    text = json.dumps(told)

    for secret in (LOGIN.secret_password, LEASE.token, LEASE.session):
        assert secret not in text
    assert "[filtered]" in told["received"]
    assert f"credentials: {credentials.name}" in told["sent"]


def test_what_is_shown_is_bounded() -> None:
    """A body of a megabyte, sent or received, costs a violation a few kilobytes."""
    body = valid(LEASE, "a long token", token="t" * 1_000_000)
    told = violation(answered(400, [{"code": "x" * 1_000_000}], body), 400).told

    assert all(len(str(fact)) < 8_000 for fact in told.values()), {name: len(str(fact)) for name, fact in told.items()}
    assert f"({len(body.content)} characters)" in told["sent"] or "characters)" in told["sent"]
    assert len(told["received"]) < SHOWN + 100


def test_a_body_says_how_it_is_broken_and_sent() -> None:
    """The line of what was sent names the breakage and a media type that is not the declared one."""
    body = Body("not JSON", b"\xff{", "text/plain")
    told = violation(answered(200, example(200), body), 400).told

    assert told["sent"] == "PATCH /api/links/   credentials: right   media type: text/plain   body (not JSON): \\xff{"


def test_the_right_credentials_refused_are_told_apart() -> None:
    """A 401 to the right credentials is marked, for a run in which every answer was one."""
    refused = answered(401, example(401))
    expected = answered(401, example(401), credentials=UNACCEPTABLE[0])

    assert violation(refused, 200).right_credentials_refused
    assert not violation(expected, 200).right_credentials_refused


def test_a_fingerprint_outlives_what_differs_from_run_to_run() -> None:
    """Other bodies, identifiers, messages and list positions leave a fingerprint as it is."""
    one = violation(answered(400, [example(400)[0] | {"request_id": 12345}]), 400)
    other_body = valid(Lease(LEASE.link, LEASE.session, "another"), "another body")
    other = violation(answered(400, [*example(400), example(400)[0] | {"request_id": 7, "code": "x"}], other_body), 400)

    assert one.told["pointer"] != other.told["pointer"]
    assert one.fingerprint("a check") == other.fingerprint("a check")
    assert len(one.fingerprint("a check")) == 12


def test_a_fingerprint_tells_different_violations_apart() -> None:
    """Another check, status, place or keyword makes another fingerprint."""
    wrong_type = answered(400, [example(400)[0] | {"request_id": 1}])
    found = [
        violation(wrong_type, 400).fingerprint("one"),
        violation(wrong_type, 400).fingerprint("two"),
        violation(wrong_type, 200).fingerprint("one"),
        violation(answered(400, [example(400)[0] | {"code": 1}]), 400).fingerprint("one"),
        violation(answered(400, [{"code": "c", "message": "m"}]), 400).fingerprint("one"),
        violation(answered(500, [example(400)[0] | {"request_id": 1}]), 500).fingerprint("one"),
    ]

    assert len(set(found)) == len(found)

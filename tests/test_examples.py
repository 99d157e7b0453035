"""The example of a cause: one shape, free of secrets, bounded, and with what led to it and shows it again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import astuple, replace

import pytest

from contract_tests.cases.bodies import Body, Subject, right, wrong_token
from contract_tests.cases.credentials import RIGHT, UNACCEPTABLE, Authorization
from contract_tests.cases.paused_sessions import Lease
from contract_tests.exchange.expectation import assert_answer
from contract_tests.exchange.judged import Exchange
from contract_tests.exchange.redaction import Redactor
from contract_tests.exchange.violation import CheckFailed, Finding
from contract_tests.exchange.wording import KEPT, SHOWN
from contract_tests.report.model import Example
from contract_tests.verdict.examples import example_of
from contract_tests.wire import NoAnswer
from tests.exchanges import BAD_REQUEST, CONTRACT, LEASE, LOGIN, an_answer, answered, example, exchange_of


def of_problem(exchange: Exchange) -> Example:
    """Return the example of the first problem of an answer."""
    return example_of(Finding(exchange, exchange.problems[0]))


def of_failure(step: Callable[[], object]) -> Example:
    """Return the example of what a check found."""
    with pytest.raises(CheckFailed) as raised:
        step()
    return example_of(raised.value.finding)


def test_a_wrong_status_says_what_was_expected() -> None:
    """A wrong status is told with the statuses and schemas that were expected."""
    told = of_failure(lambda: assert_answer(answered(200)).has_status(400, 401))

    assert told.expected == "400 or 401 application/json matching #/components/schemas/ErrorList"
    assert told.received.startswith("200 application/json {")
    assert told.place is None


def test_an_undeclared_status_names_the_declared_ones() -> None:
    """An answer of no declared response is told which there are."""
    assert of_problem(answered(302, {})).expected == "one of 200, 400, 401, 428, 500"


def test_wrong_content_says_where() -> None:
    """A value that breaks the schema is told with its place, the sentence of the validator, and the answer laid out."""
    told = of_problem(answered(400, [*example(400), BAD_REQUEST[0] | {"request_id": 12345}]))

    assert told.place == "/2/request_id"
    assert told.received.endswith("must be a string, is 12345")
    assert told.answer is not None
    assert json.loads(told.answer)[2]["request_id"] == 12345


@pytest.mark.parametrize(
    ("content_type", "place"), [("text/html", "header Content-Type"), (None, "header Content-Type")]
)
def test_a_header_that_is_wrong_is_named(content_type: str | None, place: str) -> None:
    """What is wrong with an answer is named wherever it stands."""
    assert of_problem(exchange_of(an_answer(200, example(200), content_type))).place == place


def test_a_relation_says_what_it_is() -> None:
    """What a check found about a value is told with what would have been right."""
    told = of_failure(lambda: assert_answer(answered(200)).names("/id", LEASE.session))

    assert (told.place, told.expected.rpartition(", ")[2]) == ("/id", "whose /id is the link that was sent")


@pytest.mark.parametrize("kind", ["truncated", "too large", "undecodable"])
def test_an_answer_that_breaks_off_is_shown_as_what_came(kind: str) -> None:
    """An answer that came in part is told with its status, and there is no body to show."""
    told = of_problem(exchange_of(NoAnswer(kind, "the answer broke off", 0.1, 200)))

    assert (told.expected, told.received, told.answer) == ("a whole answer", "200: the answer broke off", None)


@pytest.mark.parametrize("credentials", [RIGHT, *UNACCEPTABLE], ids=lambda credentials: credentials.name)
def test_no_example_shows_a_secret(credentials: Authorization) -> None:
    """Neither password, token nor session stands in anything that is told, whatever was sent and came back."""
    value = [{"code": LEASE.token, "message": f"{LOGIN.secret_password} {LEASE.session}", "request_id": 7}]
    before = answered(428, example(428) | {"session": LEASE.session}, wrong_token(LEASE))
    told = of_problem(answered(400, value, credentials=credentials, before=(before,)))
    text = "\n".join(str(part) for part in astuple(told))

    for secret in (LOGIN.secret_password, LEASE.token, LEASE.session):
        assert secret not in text
    assert "[filtered]" in told.received
    assert f"credentials: {credentials.name}" in told.sent


@pytest.mark.parametrize("password", ["İstanbul-2026", "STRAẞE-şifre", "ﬁnal-ﬂag-ŉ", "ΐΰ-ẖẗ", "K\u212aelvin-\u212b"])
@pytest.mark.parametrize("change", [str, str.upper, str.lower], ids=["as it is", "in capitals", "in small letters"])
def test_a_password_of_unusual_letters_is_redacted(password: str, change: Callable[[str], str]) -> None:
    """Letters whose other case has another length, or is another letter's, are found like any others."""
    redacted = Redactor([password]).redact(f"You sent {change(password)}, which is wrong.")

    assert change(password) not in redacted
    assert redacted == "You sent [filtered], which is wrong."


def test_text_around_a_secret_of_unusual_letters_is_left_alone() -> None:
    """Where letters change their length the text before and behind a secret stays what it was."""
    assert Redactor(["İİİ-geheim"]).redact("İstanbul: İİİ-geheim, ıİß") == "İstanbul: [filtered], ıİß"


def test_what_is_shown_is_bounded() -> None:
    """A body of a megabyte, sent or received, costs an example a few kilobytes."""
    body = wrong_token(LEASE, "t" * 1_000_000)
    told = of_problem(answered(400, [{"code": "x" * 1_000_000}], body))

    assert all(len(str(part)) < KEPT + 2_000 for part in astuple(told))
    assert told.sent.endswith(" characters)")
    assert len(told.sent) < 2 * SHOWN
    assert len(told.received) < 2 * SHOWN + 100


def test_a_body_says_how_it_is_invalid_and_sent() -> None:
    """The line of what was sent names the mutation and a media type that is not the declared one."""
    body = Body("not JSON", b"\xff{", "text/plain", subject=Subject.MALFORMED)
    told = of_failure(lambda: assert_answer(answered(200, body=body)).has_status(400))

    assert told.sent == "PATCH /api/links/   credentials: right   media type: text/plain   body (not JSON): \\xff{"


def test_a_race_is_repeated_as_a_race() -> None:
    """Ten requests at the same moment are repeated as ten that do not wait for one another."""
    told = of_failure(lambda: assert_answer(answered(200, at_once=10)).has_status(400))

    assert told.repeat.startswith("for _ in $(seq 10); do curl ")
    assert told.repeat.endswith(" & done; wait")


def test_what_led_to_it_is_told_and_repeated() -> None:
    """A session that a 428 handed out is taken out of that answer by the lines that show a cause again."""
    asked = answered(428, body=wrong_token(LEASE))
    following = Lease(example(428)["session"], LEASE.link, LEASE.token, "another try")
    told = of_failure(lambda: assert_answer(answered(400, body=right(following), before=(asked,))).has_status(200))

    assert told.before == ("a wrong token: 428",)
    first, second = told.repeat.splitlines()
    assert first.startswith("SESSION=$(curl ")
    assert second.startswith("curl ")


def test_a_repeat_of_the_same_session_takes_none_over() -> None:
    """What is sent again for a session that is spent goes for the session that was given."""
    done = answered(200)
    told = of_failure(lambda: assert_answer(answered(200, before=(done,))).has_status(400))

    assert [line.partition(" ")[0] for line in told.repeat.splitlines()] == ["curl", "curl"]


def test_the_clause_of_an_example_has_a_line() -> None:
    """Every problem has a clause that openapi.yaml resolves, so that its line can be shown."""
    spoilt = [
        answered(400, [{"code": 1}]),
        answered(302, {}),
        exchange_of(an_answer(200, b"{", "text/html")),
        exchange_of(an_answer(200, b"{")),
        exchange_of(an_answer(200, example(200), trailing_bytes=3)),
        exchange_of(NoAnswer("too large", "s", 0.1, None)),
        answered(400, [BAD_REQUEST[0] | {"message": LEASE.token}]),
    ]
    for exchange in spoilt:
        assert exchange.problems
        for problem in exchange.problems:
            assert CONTRACT.line(problem.clause) > 1
            assert CONTRACT.quote(problem.clause)
    assert replace(spoilt[0], number=1).problems == spoilt[0].problems

"""assert_answer: what a check says of an exchange, and the one shape in which it fails."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from contract_tests.cases.bodies import Body
from contract_tests.cases.credentials import Authorization
from contract_tests.contract.document import API_PATH, METHOD, Contract, Mismatch
from contract_tests.exchange import curl, validation
from contract_tests.exchange.redaction import Redactor
from contract_tests.target.settings import Credentials
from contract_tests.wire import Answer, NoAnswer

SHOWN = 400
KEPT = 6_000
SENT_IN_PART = {"truncated", "too large", "undecodable"}


@dataclass(frozen=True)
class Exchange:
    """A request and its answer, or why none came, with what is needed to judge and to show it."""

    body: Body
    credentials: Authorization
    outcome: Answer | NoAnswer
    reading: validation.Reading | None
    contract: Contract = field(repr=False)
    redactor: Redactor = field(repr=False)
    base_url: str = field(repr=False)
    login: Credentials = field(repr=False)
    undeclared_fields: str = "advise"
    failing_token: str | None = field(default=None, repr=False)

    @property
    def status(self) -> int | None:
        """The status of the answer, when one came whole."""
        return self.outcome.status if isinstance(self.outcome, Answer) else None

    @property
    def value(self) -> Any:
        """The JSON value of the answer; None where there is none."""
        return self.reading.value if self.reading else None


class Violation(AssertionError):  # noqa: N818 - the word of the contract
    """An exchange that breaks a clause: what was sent, expected and received, free of secrets and bounded."""

    def __init__(self, exchange: Exchange, expected: str, at: Mismatch | None = None) -> None:
        hide = exchange.redactor.redact
        status = exchange.outcome.status
        self.check: str | None = None
        self.right_credentials_refused = exchange.credentials.name == "right" and status == 401
        self.told: dict[str, Any] = {
            "status": status,
            "pointer": hide(at.pointer) if at else None,
            "keyword": at.keyword if at else None,
            "sent": hide(_sent(exchange)),
            "expected": expected,
            "received": hide(_received(exchange)),
            "at": _at(at, exchange.redactor) if at else None,
            "answer": _whole_answer(exchange),
            "repeat": curl.repeat(
                exchange.base_url, exchange.body, exchange.credentials, exchange.redactor, exchange.failing_token
            ),
        }
        super().__init__(f"expected {expected}, received {self.told['received']}")

    def fingerprint(self, check: str) -> str:
        """Return what stays the same when bodies, list positions and lines differ."""
        place = re.sub(r"/\d+", "/*", self.told["pointer"] or "")
        key = "\0".join(map(str, (check, self.told["status"], place, self.told["keyword"])))
        return hashlib.sha256(key.encode()).hexdigest()[:12]


class Unanswered(Exception):  # noqa: N818 - a finding, told apart from an error
    """No answer came, so nothing can be said of it."""

    def __init__(self, exchange: Exchange, outcome: NoAnswer) -> None:
        super().__init__(exchange.redactor.redact(f"{_sent(exchange)}: {outcome.sentence} ({outcome.kind})"))


class Expectation:
    """Says, step by step, what an exchange was answered; each step raises Violation where it was not."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._expected = ""
        outcome = exchange.outcome
        if isinstance(outcome, NoAnswer):
            if outcome.kind in SENT_IN_PART:
                raise Violation(exchange, "a whole answer", Mismatch("", outcome.kind, outcome.sentence))
            raise Unanswered(exchange, outcome)

    def has_status(self, *statuses: int) -> Expectation:
        """The status is one of those given."""
        self._expected = " or ".join(map(str, statuses))
        if self._exchange.status not in statuses:
            raise Violation(self._exchange, self._shape(), Mismatch("", "status", self._wrong_status()))
        return self

    def keeps_the_contract(self) -> Expectation:
        """The answer is what its status declares: status, media type, strict JSON, schema with formats, length."""
        reading = self._exchange.reading
        if reading is None:
            raise TypeError("an answer is read when it comes")
        if reading.mismatches:
            raise Violation(self._exchange, self._shape(), reading.mismatches[0])
        if reading.undeclared and self._exchange.undeclared_fields == "fail":
            path, kind = reading.undeclared[0]
            raise Violation(self._exchange, self._shape(), Mismatch(path, "undeclared", f"{kind} is not declared"))
        return self

    def names(self, pointer: str, identifier: str) -> Expectation:
        """The answer keeps the contract, and the UUID at a JSON pointer in it is the one given, in any letter case."""
        self.keeps_the_contract()
        value = self._exchange.value.get(pointer.removeprefix("/"))
        if uuid.UUID(value) != uuid.UUID(identifier):
            raise Violation(
                self._exchange, f"the {pointer} that was sent", Mismatch(pointer, "equal", "is another one")
            )
        return self

    def is_true(self, holds: bool, expected: str, at: Mismatch) -> Expectation:
        """What a check has found out by itself holds."""
        if not holds:
            raise Violation(self._exchange, expected, at)
        return self

    def _wrong_status(self) -> str:
        return f"the status is {self._exchange.status}"

    def _shape(self) -> str:
        contract = self._exchange.contract
        statuses = self._expected.split(" or ") if self._expected else [str(self._exchange.status)]
        schemas = dict.fromkeys(contract.responses[s].schema for s in statuses if s in contract.responses)
        if not schemas:
            return f"one of {', '.join(contract.responses)}"
        return f"{self._expected or statuses[0]} application/json matching {' or '.join(schemas)}"


def assert_answer(exchange: Exchange) -> Expectation:
    """Begin to say what an exchange was answered.

    Raises Unanswered when no answer came, Violation when one broke off or was too large.
    """
    return Expectation(exchange)


def _sent(exchange: Exchange) -> str:
    body = exchange.body
    media_type = "" if body.content_type == "application/json" else f"   media type: {body.content_type or 'none'}"
    name = "" if body.name == "right" else f" ({body.name})"
    return (
        f"{METHOD} {API_PATH}   credentials: {exchange.credentials.name}{media_type}   "
        f"body{name}: {_bounded(exchange.redactor.redact(body.content.decode('utf-8', 'backslashreplace')))}"
    )


def _received(exchange: Exchange) -> str:
    outcome = exchange.outcome
    if isinstance(outcome, NoAnswer):
        return f"{outcome.status or 'nothing'}: {outcome.sentence}"
    hide = exchange.redactor.redact
    # Filtered before they are cut, since half a secret is not recognised.
    content_type = _bounded(hide(outcome.header("Content-Type") or "no Content-Type"), 100)
    text = hide(outcome.body.decode("utf-8", "backslashreplace"))
    return f"{outcome.status} {content_type} {_bounded(text)}"


def _whole_answer(exchange: Exchange) -> str | None:
    if not isinstance(exchange.outcome, Answer):
        return None
    text = exchange.outcome.body.decode("utf-8", "backslashreplace")
    if isinstance(exchange.value, dict | list):
        text = json.dumps(exchange.value, indent=2, ensure_ascii=False)
    return _bounded(exchange.redactor.redact(text), KEPT)


def _at(mismatch: Mismatch, redactor: Redactor) -> str:
    message = _bounded(redactor.redact(mismatch.message))
    return f"at {redactor.redact(mismatch.pointer)}: {message}" if mismatch.pointer else message


def _bounded(text: str, length: int = SHOWN) -> str:
    return text if len(text) <= length else f"{text[:length]}… ({len(text)} characters)"

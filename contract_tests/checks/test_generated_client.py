"""The generated client: it reads every declared answer into the declared model, and writes it back equal."""

from __future__ import annotations

import sys
import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx
import pytest

from contract_tests.cases.bodies import Body, valid
from contract_tests.cases.credentials import RIGHT, UNACCEPTABLE, Authorization
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract.clauses import clause
from contract_tests.contract.document import Mismatch
from contract_tests.exchange.expectation import Exchange, assert_answer
from contract_tests.places import GENERATED
from contract_tests.run.run import MOST_FACTORS, Run, next_lease
from contract_tests.wire.client import Answer

RESPONSES = "/paths/~1api~1links~1/patch/responses"
WRONG = next(credentials for credentials in UNACCEPTABLE if credentials.name == "password with a suffix")


class ThroughTheRun(httpx.BaseTransport):
    """Lets the client send through the run: bounded, paced and recorded like every exchange."""

    def __init__(self, run: Run, lease: Lease, credentials: Authorization) -> None:
        self._run, self._lease, self._credentials = run, lease, credentials
        self._exchange: Exchange | None = None

    @property
    def sent(self) -> Exchange:
        """The exchange that was made last."""
        if self._exchange is None:
            raise RuntimeError("the client sent nothing")
        return self._exchange

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send what the client wrote; raises Unanswered when no answer comes."""
        body = Body("right", request.read(), request.headers.get("Content-Type"), self._lease)
        written = request.headers.get("Authorization", "").encode()
        # The header is the client's own; how curl says it is that of the credentials it was given.
        self._exchange = self._run(body, replace(self._credentials, value=lambda _login: written))
        assert_answer(self._exchange).keeps_the_contract()
        return _as_httpx(self._exchange.outcome)


class FromStore(httpx.BaseTransport):
    """Gives the client one answer that was seen before."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def handle_request(self, _request: httpx.Request) -> httpx.Response:
        """Return the answer."""
        return _as_httpx(self._answer)


@clause(RESPONSES)
@pytest.mark.parametrize("status", [200, 400, 401, 428, 500])
def test_client_reaches_each_status(exchange: Run, status: int) -> None:
    """Each declared status is reached through the client, which reads it into the declared model."""
    tokens = exchange.target.tokens
    if status == 500 and not (tokens and tokens.failing):
        pytest.skip("the target file names no tokens.failing")
    lease = exchange.invented() if status in (400, 401) else exchange.lease()
    login = exchange.target.credentials
    password = f"{login.secret_password}x" if status == 401 else login.secret_password
    token = (tokens.failing if tokens else None) if status == 500 else "wrong-token-8d1f" if status == 428 else None
    for _ in range(MOST_FACTORS):
        sent = replace(lease, token=token or lease.token)
        transport = ThroughTheRun(exchange, lease, WRONG if status == 401 else RIGHT)
        parsed = _resume(transport, sent, login.secret_id, password)
        answer = transport.sent
        _is_equal(answer, parsed)
        following = next_lease(answer, lease)
        if following is None or status == 428:
            break
        lease = following
    # An institution may refuse a wrong token with 400.
    assert_answer(answer).has_status(*((428, 400) if status == 428 else (status,)))


@clause(RESPONSES)
def test_client_reads_every_answer_seen(exchange: Run) -> None:
    """Every distinct answer seen so far is read by the client and written back equal."""
    answers = [exchange(Body("an empty object", b"{}")), exchange(valid(exchange.invented()), WRONG)]
    if exchange.target.paused_session:
        answers += [answer for _, answer in exchange.resume_to_the_end(exchange.lease())]
    for answer in answers:
        assert_answer(answer).keeps_the_contract()

    for seen in exchange.readable.values():
        _is_equal(seen, _resume(FromStore(seen.outcome), exchange.invented()))  # type: ignore[arg-type]


def _resume(transport: httpx.BaseTransport, lease: Lease, secret_id: str = "id", password: str = "password") -> Any:  # noqa: S107
    """Call the client; what it cannot read is a Violation."""
    # Late: only this file knows the generated client.
    if str(GENERATED) not in sys.path:
        sys.path.insert(0, str(GENERATED))
    from links_api_client import LinksApiError, basic_auth_client
    from links_api_client.api.links import resume
    from links_api_client.models import ResumeRequest

    client = basic_auth_client("http://client.invalid", secret_id, password, httpx_args={"transport": transport})
    request = ResumeRequest(session=uuid.UUID(lease.session), token=lease.token, link=uuid.UUID(lease.link))
    try:
        return resume.sync_detailed(client=client, body=request).parsed
    except LinksApiError as error:
        return error


def _is_equal(exchange: Exchange, parsed: Any) -> None:
    """The parsed answer is of a model, and written back it is the JSON that came."""
    if isinstance(parsed, Exception):
        back, problem = None, f"the client cannot read it: {parsed}"
    else:
        back = [item.to_dict() for item in parsed] if isinstance(parsed, list) else parsed.to_dict()
        problem = "the client writes it back otherwise"
    assert_answer(exchange).is_true(
        _same(exchange.value, back), "an answer that the client reads", Mismatch("", "client", problem)
    )


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other or (isinstance(one, str) and isinstance(other, str) and _meaning(one) == _meaning(other))


def _meaning(text: str) -> object:
    """Return a UUID or a moment for a text that spells one, so that two spellings compare equal."""
    for read in (uuid.UUID, datetime.fromisoformat):
        try:
            return read(text.upper())
        except ValueError:
            continue
    return text


def _as_httpx(answer: Any) -> httpx.Response:
    dropped = ("content-encoding", "content-length", "transfer-encoding")
    headers = [(name, value) for name, value in answer.headers if name.lower() not in dropped]
    return httpx.Response(answer.status, headers=headers, content=answer.body)

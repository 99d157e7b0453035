"""The generated client: it reads every declared answer into the declared model, and writes it back equal."""

from __future__ import annotations

import inspect
import json
import pkgutil
import re
import sys
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any, get_args

import httpx
import pytest

from contract_tests.cases.bodies import WRONG_TOKEN, Body, Subject, fields_of, right
from contract_tests.cases.credentials import NO_HEADER, RIGHT, UNACCEPTABLE, Authorization
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract.clauses import clause
from contract_tests.contract.places import GENERATED
from contract_tests.contract.protocol import BAD_REQUEST, OK, UNAUTHORIZED
from contract_tests.exchange.expectation import assert_answer
from contract_tests.exchange.judged import Exchange
from contract_tests.exchange.violation import Blocked, ClientError
from contract_tests.run.run import MOST_FACTORS, Case, next_lease
from contract_tests.wire import Answer

SUBJECTS = {
    200: Subject.RIGHT,
    400: Subject.SESSION,
    401: Subject.RIGHT,
    428: Subject.WRONG_TOKEN,
    500: Subject.FAILING_TOKEN,
}
RESPONSES = "responses"
WRONG = next(credentials for credentials in UNACCEPTABLE if credentials.name == "password with a suffix")


class ThroughTheRun(httpx.BaseTransport):
    """Lets the client send through the run: bounded, paced, judged and recorded like every exchange."""

    def __init__(self, run: Case, lease: Lease, given: Lease, credentials: Authorization, subject: Subject) -> None:
        self._run, self._lease, self._credentials, self._subject = run, lease, credentials, subject
        self._given = given
        self._exchange: Exchange | None = None

    @property
    def sent(self) -> Exchange:
        """The exchange that was made last."""
        if self._exchange is None:
            raise RuntimeError("the client sent nothing")
        return self._exchange

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send what the client wrote; raises Unanswered when no answer comes, Blocked when it breaks the contract.

        Raises ClientError, and sends nothing, when the client wrote something else than it was given.
        """
        given = fields_of(self._given)
        written = json.loads(request.read())
        if not _same({name: written.get(name) for name in given}, given):
            raise ClientError("links_api_client, request: the client writes other fields than it was given")
        body = Body("right", request.read(), request.headers.get("Content-Type"), self._lease, self._subject)
        header = request.headers.get("Authorization", "").encode()
        # The header is the client's own; how curl says it is that of the credentials it was given.
        self._exchange = self._run(body, replace(self._credentials, value=lambda _login: header))
        judged(self._exchange)
        return _as_httpx(self._exchange.outcome)


class FromStore(httpx.BaseTransport):
    """Gives the client one answer that was seen before."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def handle_request(self, _request: httpx.Request) -> httpx.Response:
        """Return the answer."""
        return _as_httpx(self._answer)


def judged(exchange: Exchange) -> None:
    """The answer is one that the client has to read; raises Blocked where it breaks the contract itself."""
    assert_answer(exchange)
    if any(problem.kind != "disclosure" for problem in exchange.problems):
        raise Blocked(exchange)


@clause(RESPONSES)
@pytest.mark.parametrize(
    "status",
    [pytest.param(status, marks=pytest.mark.wrong_credentials) if status == 401 else status for status in SUBJECTS],
)
def test_client_reaches_each_status(exchange: Case, status: int) -> None:
    """Each declared status is reached through the client, which reads it into the declared model."""
    tokens = exchange.target.tokens
    if status == 500 and not (tokens and tokens.failing):
        pytest.skip("the target file names no tokens.failing")
    lease = exchange.synthetic() if status in (400, 401) else exchange.lease()
    login = exchange.target.credentials
    password = f"{login.secret_password}x" if status == 401 else login.secret_password
    token = (tokens.failing if tokens else None) if status == 500 else WRONG_TOKEN if status == 428 else None
    subject = SUBJECTS[status]
    for _ in range(MOST_FACTORS):
        sent = replace(lease, token=token or lease.token)
        transport = ThroughTheRun(exchange, lease, sent, WRONG if status == 401 else RIGHT, subject)
        parsed = _resume(exchange, transport, sent, login.secret_id, password)
        answer = transport.sent
        _is_equal(answer, parsed)
        following = next_lease(answer, lease)
        if following is None or status == 428:
            break
        lease = following
    written = [str(uuid.UUID(text)) for text in (lease.session, lease.link)]
    if answer.status == 400 != status and written != [lease.session, lease.link]:
        exchange.advise("The server reads UUIDs only as it writes them itself, and the client writes them otherwise.")
        pytest.skip("the server refuses the form in which the client writes UUIDs")
    # An institution may refuse a wrong token with 400.
    assert_answer(answer).has_status(*((428, 400) if status == 428 else (status,)))


@clause(RESPONSES)
@pytest.mark.last
def test_client_reads_every_answer_seen(exchange: Case) -> None:
    """Every distinct answer seen so far is read by the client and written back equal."""
    # Of a run of a few checks the likeliest answers are yet to be seen.
    seen_already = {status for status, _ in list(exchange.run.readable)}
    if BAD_REQUEST not in seen_already:
        exchange(Body("an empty object", b"{}", subject=Subject.MALFORMED))
    if UNAUTHORIZED not in seen_already:
        exchange(right(exchange.synthetic()), NO_HEADER)
    if OK not in seen_already and exchange.target.paused_session:
        exchange.resume_to_the_end(exchange.lease())

    for seen in list(exchange.run.readable.values()):
        _is_equal(seen, _resume(exchange, FromStore(seen.outcome), exchange.synthetic()))  # type: ignore[arg-type]


def _resume(
    exchange: Case,
    transport: httpx.BaseTransport,
    lease: Lease,
    secret_id: str = "id",  # noqa: S107
    password: str = "password",  # noqa: S107
) -> Any:
    """Call the client; what it cannot read is returned as the error that it raises."""
    # Late: only this file knows the generated client.
    if str(GENERATED) not in sys.path:
        sys.path.insert(0, str(GENERATED))
    from links_api_client import LinksApiError, basic_auth_client

    call, model = _operation(exchange.contract.resume.id)
    client = basic_auth_client("http://client.invalid", secret_id, password, httpx_args={"transport": transport})
    try:
        return call(client=client, body=model.from_dict(fields_of(lease))).parsed
    except LinksApiError as error:
        return error


@cache
def _operation(identifier: str) -> tuple[Callable[..., Any], Any]:
    """Return the function of the client that calls an operation, and the model of the body that it takes."""
    from links_api_client import api

    for module in pkgutil.walk_packages(api.__path__, f"{api.__name__}."):
        if not module.ispkg and _letters(module.name.rpartition(".")[2]) == _letters(identifier):
            call: Callable[..., Any] = import_module(module.name).sync_detailed
            annotation = inspect.signature(call, eval_str=True).parameters["body"].annotation
            kinds = (annotation, *get_args(annotation))
            return call, next(kind for kind in kinds if hasattr(kind, "from_dict"))
    raise ClientError(f"links_api_client has no function that calls {identifier}: run `make generate`")


def _letters(name: str) -> str:
    """Return a name as it is in every style: resumeLink, resume_link and resume-link are one."""
    return "".join(filter(str.isalnum, name)).lower()


def _is_equal(exchange: Exchange, parsed: Any) -> None:
    """The parsed answer is of a model, and written back it is the JSON that came."""
    # The answer keeps the contract, so whoever misreads it is at fault: the generated client.
    if isinstance(parsed, Exception):
        raise ClientError(f"links_api_client, answer {exchange.status}: the client cannot read it: {parsed}")
    if exchange.value is None:
        return  # an answer without a body, or of no JSON: to be read at all is all that it says
    back = [_written(item) for item in parsed] if isinstance(parsed, list) else _written(parsed)
    if not _same(exchange.value, back):
        raise ClientError(f"links_api_client, answer {exchange.status}: the client writes it back otherwise")


def _written(parsed: Any) -> Any:
    """Return the JSON of what the client has read: of a model what it writes, of plain values themselves."""
    if hasattr(parsed, "to_dict"):
        return parsed.to_dict()
    return parsed if isinstance(parsed, str | int | float | None) else str(parsed)


def _same(one: Any, other: Any) -> bool:
    left = [(one, other)]  # and no recursion: what is not declared may be nested as deep as JSON is read
    while left:
        one, other = left.pop()
        if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
            left += [(one[key], other[key]) for key in one]
        elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            left += zip(one, other, strict=True)
        elif one != other and not (
            isinstance(one, str) and isinstance(other, str) and _meaning(one) == _meaning(other)
        ):
            return False
    return True


def _meaning(text: str) -> object:
    """Return a UUID or a moment for a text that spells one, so that two spellings compare equal."""
    # A leap second is written as 60, which datetime does not have: a client in Python reads the second before it.
    spelled = re.sub(r"(?<=T\d\d:\d\d:)60", "59", text.upper())
    for read in (uuid.UUID, datetime.fromisoformat):
        try:
            return read(spelled)
        except ValueError:
            continue
    return text


def _as_httpx(answer: Any) -> httpx.Response:
    dropped = ("content-encoding", "content-length", "transfer-encoding")
    # Bytes, as httpx takes them from the wire: a text of a header would have to be ASCII.
    headers = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in answer.headers if n.lower() not in dropped]
    return httpx.Response(answer.status, headers=headers, content=answer.body)

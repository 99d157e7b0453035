"""Requests sent to one target within its limits, by any number of threads, each request once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from urllib.parse import urlsplit

from contract_tests.target.settings import Limits, Target
from contract_tests.wire.budget import Budget, RunStopped
from contract_tests.wire.connections import Connection, Connections
from contract_tests.wire.environment import Way, way_to
from contract_tests.wire.http1 import Fields, Http1
from contract_tests.wire.messages import TOO_MANY_REQUESTS, Answer, NoAnswer, Request, retry_after
from contract_tests.wire.stream import WireError

RESENDS = 5
"""How often one request is sent again after a gateway's 429 with Retry-After."""
INTERRUPTED = "The run was interrupted."

Result = TypeVar("Result")


class Wire:
    """Sends requests to one target within its limits. Any number of threads may send at the same time."""

    def __init__(
        self, target: Target, budget: Budget, user_agent: str, *, accept: str = "*/*", declares_429: bool = False
    ) -> None:
        """Raises TargetError where a proxy or a certificate cannot be used.

        A 429 is a gateway's, and waited for, unless the operation declares one of its own.
        """
        way = way_to(target)
        self._limits = target.limits
        self._budget = budget
        self._declares_429 = declares_429
        self._connections = Connections(way)
        self._heads = _Heads(target.base_url, way, user_agent, accept)

    def send(self, request: Request, *, right_credentials: bool = True) -> Answer | NoAnswer:
        """Send one request. Raises RunStopped when nothing may be sent any more."""
        began = self._budget.acquire()
        outcome = self._send_once(request)
        return self._concluded(request, outcome, began, right_credentials=right_credentials)

    def send_together(
        self, requests: Sequence[Request], *, right_credentials: Sequence[bool] | None = None, apart: float = 0.0
    ) -> list[Answer | NoAnswer]:
        """Send requests whose last bytes leave at the same moment, each on a connection of its own.

        `right_credentials` says it of each request; without it all of them are sent with the right ones. With seconds
        between them (`apart`) the requests arrive in the order given, each while those before it are under way.
        """
        began = self._budget.acquire(len(requests))
        attempts = [self._attempt(request) for request in requests]
        with ThreadPoolExecutor(len(attempts), "together") as pool:
            try:
                list(pool.map(lambda attempt: attempt.write(hold_back=True), attempts))
                for attempt in attempts:
                    attempt.release()
                    time.sleep(apart)
                outcomes = list(pool.map(lambda attempt: attempt.read(), attempts))
            except BaseException:
                for attempt in attempts:
                    attempt.abort()
                raise
        rights = right_credentials or [True] * len(requests)
        return [
            self._concluded(request, outcome, began, right_credentials=right)
            for request, outcome, right in zip(requests, outcomes, rights, strict=True)
        ]

    def close(self) -> None:
        """Close every connection, those of exchanges under way when these have ended; may be called twice."""
        self._connections.close()

    def abort(self) -> None:
        """End the run at once: exchanges under way, and whoever waits to begin one, raise RunStopped."""
        self._budget.stop("interrupted", INTERRUPTED)
        self._connections.abort()

    def _asked_to_wait(self, outcome: Answer | NoAnswer) -> float | None:
        return None if self._declares_429 else retry_after(outcome)

    def _attempt(self, request: Request) -> _Attempt:
        return _Attempt(self._connections, self._heads, self._limits, request)

    def _send_once(self, request: Request) -> Answer | NoAnswer:
        attempt = self._attempt(request)
        attempt.write()
        return attempt.read()

    def _concluded(
        self, request: Request, outcome: Answer | NoAnswer, began: float, *, right_credentials: bool
    ) -> Answer | NoAnswer:
        """Return the outcome, past a gateway that answered 429, and let the budget know of it."""
        for _ in range(RESENDS):
            seconds = self._asked_to_wait(outcome)
            if seconds is None:
                break
            if not self._budget.back_off(seconds):
                sentence = f"a gateway answered 429 and asks to wait for {seconds:.0f} s, longer than a run waits"
                outcome = NoAnswer("rate limited", sentence, outcome.seconds, TOO_MANY_REQUESTS, outcome.connection)
                break
            # The gateway kept the request from the operation, so sending it again resumes nothing twice.
            began = self._budget.acquire()
            outcome = self._send_once(request)
        if self._asked_to_wait(outcome) is not None:
            sentence = f"a gateway answered 429 {RESENDS + 1} times in a row"
            outcome = NoAnswer("rate limited", sentence, outcome.seconds, TOO_MANY_REQUESTS, outcome.connection)
        if isinstance(outcome, Answer):
            self._budget.answered(right_credentials=right_credentials, status=outcome.status)
        elif self._connections.aborted:
            raise RunStopped(INTERRUPTED)
        else:
            self._budget.unanswered(outcome.kind, outcome.sentence, began)
        return outcome


class _Heads:
    """Makes the heads of requests to one target: the host, the path before theirs, and the wire's own headers."""

    def __init__(self, base_url: str, way: Way, user_agent: str, accept: str) -> None:
        parts = urlsplit(base_url)
        through = way.proxy if way.proxy and not way.tls else None
        # A proxy is told the whole URL (RFC 9112 section 3.2.2), unless it is only asked for a tunnel.
        self._prefix = (f"{parts.scheme}://{parts.netloc}" if through else "") + parts.path.rstrip("/")
        self._proxy_fields = through.headers if through else ()
        self._own = (
            (b"Host", parts.netloc.encode()),
            (b"User-Agent", user_agent.encode()),
            (b"Accept", accept.encode()),
            (b"Accept-Encoding", b"gzip, deflate"),
        )

    def target(self, request: Request) -> bytes:
        """Return the target of the request line."""
        return (self._prefix + request.path).encode()

    def fields(self, request: Request) -> Fields:
        """Return the header fields of a request."""
        fields = [*self._own]
        if request.chunked:
            fields.append((b"Transfer-Encoding", b"chunked"))
        else:
            fields.append((b"Content-Length", b"%d" % len(request.content)))
        if request.authorization is not None:
            # White space around a field's value is no part of it (RFC 9110 section 5.5), and none is sent.
            fields.append((b"Authorization", request.authorization.strip(b" \t")))
        if request.content_type is not None:
            fields.append((b"Content-Type", request.content_type.encode("latin-1")))
        if request.expect_continue:
            fields.append((b"Expect", b"100-continue"))
        if request.headers:
            replaced = {name.lower().encode() for name, _ in request.headers}
            fields = [field for field in fields if field[0].lower() not in replaced]
            fields += [(name.encode(), value.encode("latin-1")) for name, value in request.headers if value is not None]
        if request.header_names != "usual":
            in_capitals = request.header_names == "upper"
            fields = [(name.upper() if in_capitals else name.lower(), value) for name, value in fields]
        return [*fields, *self._proxy_fields]


class _Attempt:
    """One request on its way: written, released and read, until one of these steps fails."""

    def __init__(self, connections: Connections, heads: _Heads, limits: Limits, request: Request) -> None:
        self._connections, self._heads, self._limits, self._request = connections, heads, limits, request
        self._started = time.perf_counter()
        self._deadline = time.monotonic() + limits.timeout_seconds
        self._connection: Connection | None = None
        self._http: Http1 | None = None
        self._outcome: Answer | NoAnswer | None = None

    def write(self, *, hold_back: bool = False) -> None:
        """Take a connection and send the request, or all but its last byte."""
        self._outcome = self._step(lambda: self._write(hold_back=hold_back))

    def release(self) -> None:
        """Send the last byte."""
        if self._outcome is None and self._http is not None:
            self._outcome = self._step(self._http.release)

    def read(self) -> Answer | NoAnswer:
        """Return how the exchange ended."""
        if self._outcome is None:
            self._outcome = self._step(self._read)
        assert self._outcome is not None
        return self._outcome

    def abort(self) -> None:
        """End the connection under the thread that waits on it."""
        if self._connection is not None:
            self._connection.tcp.abort()

    def _write(self, *, hold_back: bool) -> None:
        self._connection = self._connections.take(self._request.connection, self._deadline)
        self._http = Http1(self._connection, self._deadline, self._limits.body_bytes)
        target, fields = self._heads.target(self._request), self._heads.fields(self._request)
        self._http.write(self._request, target, fields, hold_back=hold_back)

    def _read(self) -> Answer:
        assert self._connection is not None
        assert self._http is not None
        answer = self._http.read(self._started)
        if self._http.reusable:
            self._connections.give_back(self._connection)
        else:
            self._connections.drop(self._connection)
        return answer

    def _step(self, step: Callable[[], Result]) -> Result | NoAnswer:
        try:
            return step()
        except TimeoutError:
            kind, sentence = "timeout", f"no whole answer within {self._limits.timeout_seconds:g} s{self._so_far()}"
        except WireError as error:
            kind, sentence = error.kind, str(error)
        except BaseException:
            self._drop()
            raise
        self._drop()
        number = self._connection.number if self._connection else None
        status = self._http.status if self._http else None
        if kind == "reset" and self._connection is not None and self._connection.reused:
            # A server that drops connections may drop the next one in the middle of a resume.
            self._connections.close()
        return NoAnswer(kind, sentence, time.perf_counter() - self._started, status, number)

    def _so_far(self) -> str:
        if self._http is None or self._http.status is None:
            return ""
        return f", after {self._http.body_bytes} bytes of its body"

    def _drop(self) -> None:
        if self._connection is not None:
            self._connections.drop(self._connection)

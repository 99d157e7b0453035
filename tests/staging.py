"""A server that somebody else runs, as far as the suite knows: it keeps every request, and may disturb some."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from starlette.requests import Request
from starlette.responses import Response

from contract_tests.__main__ import main
from contract_tests.embedded.loopback import AsgiApp, serve_in_thread
from contract_tests.embedded.server import LinksApi, PausedSession, Settings
from tests.faulty_servers.proof import generated_once
from tests.suite_command import IN_PROCESS, Ended

TOKEN, FAILING = "Tok3n/of+staging", "Fail1ng/token+of"
SETTINGS = Settings(
    secret_id="staging-id",
    secret_password='Pass"wörd/of+staging&=~ 9',
    accepted_token=TOKEN,
    failing_token=FAILING,
)

PREFLIGHT_REQUESTS = 3
STEERING = ("CONTRACT_", "PYTEST_", "GITHUB_")

InTheWay = Callable[["Received"], Awaitable[Response | None]]
"""Answers a request in place of the API, or returns None and lets it pass."""


@dataclass(frozen=True)
class Received:
    """A request as the server has it."""

    at: float
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Staging:
    """The server that runs, and what it received."""

    base_url: str
    api: LinksApi
    received: list[Received] = field(default_factory=list)
    paused: list[PausedSession] = field(default_factory=list)

    @property
    def resumes(self) -> list[Received]:
        """The requests of the operation itself."""
        return [request for request in self.received if request.method == "PATCH"]

    def pause(self) -> dict[str, str]:
        """Pause a session as somebody else would, and return what `values` says of it."""
        paused = self.api.pause(PausedSession(uuid.uuid4(), uuid.uuid4(), "gotham_mx_business", None, 1, 0))
        return {"session": str(paused.id), "link": str(paused.link)}

    def target(self, folder: Path, **changes: Any) -> str:
        """Write a target file for it, in which None leaves a key out, and return its path."""
        settings: dict[str, Any] = {
            "base_url": self.base_url,
            "credentials": {"secret_id": SETTINGS.secret_id, "secret_password": SETTINGS.secret_password},
            "paused_session": {
                "register": {
                    "path": "/api/links/",
                    "json": {"institution": "gotham_mx_business", "username": "u", "password": "p"},
                }
            },
            "tokens": {"accepted": TOKEN, "failing": FAILING},
            "limits": {"timeout_seconds": 5},
        }
        settings = {key: value for key, value in (settings | changes).items() if value is not None}
        path = folder / "target.yaml"
        path.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
        return str(path)


@contextlib.contextmanager
def staging(in_the_way: InTheWay | None = None, kind: type[LinksApi] = LinksApi) -> Iterator[Staging]:
    """Run the server for the length of a `with` block."""
    api = kind(SETTINGS)
    server = Staging("", api)
    pause = api.pause

    def remembering(session: PausedSession) -> PausedSession:
        server.paused.append(pause(session))
        return server.paused[-1]

    api.pause = remembering  # type: ignore[method-assign]
    with serve_in_thread(_recording(api.app(), server, in_the_way)) as base_url:
        server.base_url = base_url
        yield server


def run_here(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
    """Run the suite to its end in this process, which is quicker, with no other setting than those given."""
    printed, complained = io.StringIO(), io.StringIO()
    outer = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(STEERING)}
    terminate = signal.getsignal(signal.SIGTERM)
    os.environ.update(environment or {})
    try:
        with generated_once(), contextlib.redirect_stdout(printed), contextlib.redirect_stderr(complained):
            code = main(["--report-dir", str(folder / "reports"), *IN_PROCESS, *arguments])
    finally:
        signal.signal(signal.SIGTERM, terminate)
        for name in environment or {}:
            os.environ.pop(name, None)
        os.environ.update(outer)
    return Ended(code, printed.getvalue(), complained.getvalue(), folder / "reports")


def answers(response: Response, *, method: str = "", path: str = "") -> InTheWay:
    """Answer alike what comes by a method, or on a path."""

    async def in_the_way(request: Received) -> Response | None:
        hit = (not method or request.method == method) and (not path or request.path == path)
        return response if hit else None

    return in_the_way


def takes(seconds: float) -> InTheWay:
    """Let each request pass after a while."""

    async def in_the_way(_request: Received) -> None:
        await asyncio.sleep(seconds)

    return in_the_way


def after_preflight(then: InTheWay) -> InTheWay:
    """Let what a run looks at first pass: a refusal, a registration, and its resume."""
    passed: list[Received] = []

    async def in_the_way(request: Received) -> Response | None:
        if len(passed) < PREFLIGHT_REQUESTS:
            passed.append(request)
            return None
        return await then(request)

    return in_the_way


def _recording(api: AsgiApp, server: Staging, in_the_way: InTheWay | None) -> AsgiApp:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        body = await request.body()
        got = Received(time.monotonic(), request.method, request.url.path, dict(request.headers), body)
        server.received.append(got)
        response = await in_the_way(got) if in_the_way else None
        if response is not None:
            await response(scope, receive, send)
            return
        messages = _again(body)
        await api(scope, lambda: anext(messages), send)

    return app


async def _again(body: bytes) -> AsyncIterator[dict[str, Any]]:
    yield {"type": "http.request", "body": body, "more_body": False}
    yield {"type": "http.disconnect"}

"""A server that somebody else runs, as far as the suite knows: it keeps every request, and may disturb some."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from starlette.requests import Request
from starlette.responses import Response

from contract_tests.loopback import AsgiApp, serve_in_thread
from contract_tests.reference_server import Settings, create_app

TOKEN, FAILING = "Tok3n/of+staging", "Fail1ng/token+of"
SETTINGS = Settings(
    secret_id="staging-id",
    secret_password='Pass"wörd/of+staging&=~ 9',
    accepted_token=TOKEN,
    failing_token=FAILING,
)

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
    received: list[Received] = field(default_factory=list)

    @property
    def resumes(self) -> list[Received]:
        """The requests of the operation itself."""
        return [request for request in self.received if request.method == "PATCH"]

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
def staging(in_the_way: InTheWay | None = None, settings: Settings = SETTINGS) -> Iterator[Staging]:
    """Run the server for the length of a `with` block."""
    server = Staging("")
    api = create_app(settings)
    with serve_in_thread(_recording(api, server, in_the_way)) as base_url:
        server.base_url = base_url
        yield server


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

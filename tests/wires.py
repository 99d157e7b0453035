"""Wires for tests: short deadlines, small limits, no proxy or certificate of the machine, and all of them closed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from contract_tests.target.settings import Credentials, Limits, Target
from contract_tests.wire import Budget, Request, Wire

TIMEOUT = 0.4
LIMIT = 10_000
REQUEST = Request(b'{"session": "s"}', "application/json", b"Basic aTpw", "PATCH", "/api/links/")
NOTHING = replace(REQUEST, content=b"", content_type=None, authorization=None)

Open = Callable[..., Wire]


def without_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take out of the environment what says how hosts are reached."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@contextlib.contextmanager
def wires() -> Iterator[Open]:
    """Give a function that makes wires to base URLs; they are closed at the end."""
    made: list[Wire] = []

    def make(base_url: str, budget: Budget | None = None, **changes: object) -> Wire:
        limits = Limits(timeout_seconds=TIMEOUT, body_bytes=LIMIT, requests_per_second=None)
        target = replace(Target(base_url, Credentials("i", "p"), limits=limits), **changes)  # type: ignore[arg-type]
        made.append(Wire(target, budget or Budget(1000, None), "resume-contract/1.0.0", accept="application/json"))
        return made[-1]

    try:
        yield make
    finally:
        for wire in made:
            wire.close()

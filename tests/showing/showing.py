"""What a right server answers to some requests, and the requests: a server with the fault answers otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.showing.caller import ONE_FACTOR, Caller, Login

Probe = Callable[[Caller], str]


@dataclass(frozen=True)
class Showing:
    """What a right server answers to some requests, and the requests: one with the fault answers otherwise."""

    expected: str
    probe: Probe


def right(token: str | None = None, *, institution: str = ONE_FACTOR, **sent: Any) -> Showing:
    """Resume a session rightly, in some clothes."""

    def probe(caller: Caller) -> str:
        paused = caller.pause(institution)
        return caller.resume(paused, token, **sent).outcome(paused)

    return Showing("200", probe)


def right_body(write: Callable[[dict[str, Any]], bytes | dict[str, Any]], expected: str = "200") -> Showing:
    """Resume a session with a body that is made of the three right members."""

    def probe(caller: Caller) -> str:
        paused = caller.pause()
        written = write(paused.fields(caller.token))
        body = written if isinstance(written, bytes) else json.dumps(written).encode()
        return caller.resume(paused, body=body).outcome(paused)

    return Showing(expected, probe)


def malformed(write: Callable[[dict[str, Any]], bytes | dict[str, Any]]) -> Showing:
    """Send a body or ids that have to be refused."""
    return right_body(write, "400")


def wrong_login(make: Callable[[Caller], Login], **sent: Any) -> Showing:
    """Resume a session with wrong credentials."""

    def probe(caller: Caller) -> str:
        paused = caller.pause()
        return caller.resume(paused, login=make(caller), **sent).outcome(paused)

    return Showing("401", probe)


def wrong_token(make: Callable[[str], str] | str, times: int = 1) -> Showing:
    """Send a wrong token for a link, some times in a row."""

    def probe(caller: Caller) -> str:
        paused = caller.pause()
        for _ in range(times - 1):
            paused = caller.resume(paused, _made(make, caller.token)).next()
        return caller.resume(paused, _made(make, caller.token)).outcome(paused)

    return Showing("428", probe)


def wrong_second_token(make: Callable[[str], str] | str) -> Showing:
    """Send a wrong token for the second of two factors."""

    def probe(caller: Caller) -> str:
        paused = caller.second()
        return caller.resume(paused, _made(make, caller.token)).outcome(paused)

    return Showing("428", probe)


def _made(make: Callable[[str], str] | str, right: str) -> str:
    return make if isinstance(make, str) else make(right)

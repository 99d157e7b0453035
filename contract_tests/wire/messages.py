"""What is sent and what comes back, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Literal

TOO_MANY_REQUESTS: Final = 429
GATEWAY: Final = frozenset({TOO_MANY_REQUESTS, 502, 503, 504})
"""The statuses that a gateway answers in place of the operation, where the contract does not declare them."""


@dataclass(frozen=True)
class Request:
    """What is sent: `authorization` is the header's value, or None for no header.

    `headers` are added; one takes the place of the wire's own of that name, and None as its value leaves that one out.
    `header_names` are written as usual, in lower case or in capitals (RFC 9110 section 5.1: they are the same names).
    `chunked`, `segments` (writes, a moment apart) and `expect_continue` say how the same request travels.
    `connection` "kept" prefers the one that this thread used last, where it is still open, "own" has it left to this
    thread from then on, and "new" opens one.
    """

    content: bytes = field(repr=False)
    content_type: str | None
    authorization: bytes | None = field(repr=False)
    method: str
    path: str
    headers: tuple[tuple[str, str | None], ...] = field(default=(), repr=False)
    header_names: Literal["usual", "lower", "upper"] = "usual"
    chunked: bool = False
    segments: int = 1
    expect_continue: bool = False
    connection: Literal["any", "new", "kept", "own"] = "any"


@dataclass(frozen=True)
class Answer:
    """A response that arrived whole. `trailing_bytes` counts what came behind its end.

    `connection` is the number of the connection it came on, counted from 1; `reused` says that it had served before.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)
    seconds: float
    trailing_bytes: int = 0
    reason: str = ""
    trailers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    connection: int = 0
    reused: bool = False

    def header(self, name: str) -> str | None:
        """Return a header field's value, several joined by a comma (RFC 9110 section 5.3), or None."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None


@dataclass(frozen=True)
class NoAnswer:
    """Why no whole answer came. `status` is known when at least the head of one did, `connection` when one was open."""

    kind: str
    sentence: str
    seconds: float
    status: int | None = None
    connection: int | None = None


def retry_after(outcome: Answer | NoAnswer) -> float | None:
    """Return the seconds a 429 asks to wait (Retry-After, RFC 9110 section 10.2.3), or None for any other answer."""
    if not isinstance(outcome, Answer) or outcome.status != TOO_MANY_REQUESTS:
        return None
    value = outcome.header("Retry-After")
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())

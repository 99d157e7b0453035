"""How a request travels: the same request in other clothes, which HTTP says mean the same (RFC 9110, RFC 9112)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Delivery:
    """A named way to send a request; what a field leaves at its default is sent as the wire does by itself.

    `headers` are added, or take the place of the wire's own of that name; None as a value leaves that one out.
    `header_names` are written as usual, in lower case or in capitals. `chunked`, `segments` (writes, a moment apart)
    and `expect_continue` say how the same bytes travel, and `connection` on which.
    """

    name: str
    headers: tuple[tuple[str, str | None], ...] = field(default=(), repr=False)
    content_type: str | None = None
    header_names: Literal["usual", "lower", "upper"] = "usual"
    chunked: bool = False
    segments: int = 1
    expect_continue: bool = False
    connection: Literal["any", "new", "kept", "own"] = "any"

    @property
    def curl(self) -> tuple[str, ...]:
        """The header lines that say the same to curl, as far as curl can."""
        lines = [f"{name}: {value}" if value is not None else f"{name}:" for name, value in self.headers]
        lines += ["Transfer-Encoding: chunked"] if self.chunked else []
        lines += ["Expect: 100-continue"] if self.expect_continue else []
        return tuple(lines)


PLAIN = Delivery("plain")
NEW = Delivery("on a new connection", connection="new")
KEPT = Delivery("on the connection used before", connection="kept")


def combined(deliveries: tuple[Delivery, ...]) -> Delivery:
    """Return one delivery that is all of those given at once; of two that set the same thing the last one counts."""
    headers = {name.lower(): (name, value) for delivery in deliveries for name, value in delivery.headers}
    types = [delivery.content_type for delivery in deliveries if delivery.content_type is not None]
    return Delivery(
        " + ".join(delivery.name for delivery in deliveries),
        tuple(headers.values()),
        types[-1] if types else None,
        next((delivery.header_names for delivery in deliveries if delivery.header_names != "usual"), "usual"),
        any(delivery.chunked for delivery in deliveries),
        max((delivery.segments for delivery in deliveries), default=1),
        any(delivery.expect_continue for delivery in deliveries),
        next((delivery.connection for delivery in deliveries if delivery.connection != "any"), "any"),
    )

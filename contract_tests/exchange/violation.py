"""What a check raises when it cannot hold, and the finding that says so: what was expected, received, and of what."""

from __future__ import annotations

from dataclasses import dataclass, field

from contract_tests.exchange.judged import Exchange
from contract_tests.exchange.problem import Problem


@dataclass(frozen=True)
class Finding:
    """One thing that an exchange, or a check of it, found wrong: the verdict room makes causes of them.

    `expected` are the statuses that would have been right, the likeliest first; empty where the status is not the
    problem. `attributed_to` names the declared response to fix where the check knows better than the status does.
    """

    exchange: Exchange = field(repr=False)
    problem: Problem
    expected: tuple[str, ...] = ()
    attributed_to: str | None = None
    group: str = ""


class CheckFailed(AssertionError):  # noqa: N818 - a finding, told apart from an error
    """A check that does not hold, with its finding; `own` tells whether the check's own clause is broken."""

    def __init__(self, finding: Finding, *, own: bool) -> None:
        super().__init__(finding.problem.message)
        self.finding = finding
        self.own = own


class Blocked(Exception):  # noqa: N818 - a finding, told apart from an error
    """A check cannot tell, because the answer it needs was wrong in another way."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__("an answer that it needs is wrong in another way")
        self.exchange = exchange


class Unanswered(Exception):  # noqa: N818 - a finding, told apart from an error
    """No answer came, so nothing can be said of it."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.problem.message)
        self.finding = finding


class NotAllowed(Exception):  # noqa: N818 - no failure, and no finding
    """A request that the target's own limits leave out, in a sentence that names the limit."""


class SessionExpired(Exception):  # noqa: N818 - no failure, and no finding
    """A case cannot tell, because the seconds of a session's expiry were over before it was resumed."""


class ClientError(Exception):
    """The generated client misreads an answer that keeps the contract: a fault of ours, never the server's."""

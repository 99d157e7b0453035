"""assert_answer and rely_on: what a check says of an exchange, each statement about its own clause alone."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from time import monotonic

from contract_tests.cases.bodies import Subject, right
from contract_tests.cases.deliveries import PLAIN
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract.protocol import BAD_REQUEST, OK, TOKEN_REQUIRED, UNAUTHORIZED
from contract_tests.exchange.disclosure import repeats_one_of, tokens_of
from contract_tests.exchange.judged import PARTIAL, Exchange
from contract_tests.exchange.problem import Problem
from contract_tests.exchange.violation import Blocked, CheckFailed, Finding, SessionExpired, Unanswered
from contract_tests.wire import Answer, NoAnswer

SPENT_BY_OTHERS = "spent by others"
"""The kind of requests that find their session spent by one whose credentials were refused."""
WITHIN_EXPIRY = "expiry"
"""The kind of requests that come within the expiry of their session and are refused, or after it and are not."""
ONLY_IN_A_CROWD = "only in a crowd"
"""The kind of requests that are answered otherwise when several come at once."""


class Expectation:
    """Says, step by step, what an exchange was answered; each step raises CheckFailed where it was not.

    Of what a proxy on the way has answered nothing can be said: every step is taken as it is.
    """

    def __init__(self, exchange: Exchange, *, own: bool) -> None:
        self._exchange, self._own = exchange, own
        outcome = exchange.outcome
        if isinstance(outcome, NoAnswer):
            if outcome.kind in PARTIAL:
                raise Blocked(exchange)
            clause = exchange.scene.contract.resume.pointer
            raise Unanswered(Finding(exchange, Problem("length", clause, "", outcome.kind, outcome.sentence)))

    def has_status(
        self, *statuses: int, group: str = "", because: str = "", attributed_to: str | None = None
    ) -> Expectation:
        """The status is one of those given, the likeliest first.

        `group` names the kind of request where it is another than the body's own, `because` says what is wrong, and
        `attributed_to` the declared response to fix where that is not the expected one.
        """
        received = self._exchange.status
        if received in statuses or self._exchange.by_proxy:
            return self
        lease = self._exchange.body.lease
        is_refused = self._exchange.subject == Subject.RIGHT and received == BAD_REQUEST
        if is_refused and lease and lease.may_be_over(monotonic()):
            raise SessionExpired(f"A session that announced {lease.expiry} seconds was resumed too late to tell.")
        contract = self._exchange.scene.contract
        if lease and self._is_to_be_asked(lease) and received != TOKEN_REQUIRED:
            # Another token is asked for, whichever answer the check is after in the end.
            statuses = tuple(dict.fromkeys((TOKEN_REQUIRED, *statuses)))
        expected = tuple(map(str, statuses))
        declared = contract.declared(int(attributed_to or expected[0]))
        clause = declared.pointer if declared else contract.resume.pointer
        if self._exchange.subject == Subject.MALFORMED and self._exchange.body.clause:
            clause = self._exchange.body.clause
        is_right = self._exchange.subject == Subject.RIGHT and attributed_to is None
        if is_right and lease and self._is_dead_end(lease.origin, received):
            # The session came from a 428: that answer promised that it can be resumed.
            attributed_to = str(TOKEN_REQUIRED)
            clause = contract.next_session
            because = because or f"the session of a {TOKEN_REQUIRED} cannot be resumed with the right token"
        problem = Problem("status", clause, "", str(received), because)
        raise self._failed(Finding(self._exchange, problem, expected, attributed_to, group))

    def is_unspent(self) -> Expectation:
        """The session was left alone by a request whose credentials were refused: who is not let in changes nothing."""
        if self._exchange.status == BAD_REQUEST:
            self.has_status(
                OK,
                group=SPENT_BY_OTHERS,
                because="a session is spent by a request whose credentials are refused",
                attributed_to=str(UNAUTHORIZED),
            )
        return self

    def names(self, pointer: str, identifier: str) -> Expectation:
        """The UUID at a JSON pointer of the answer is the one given, in any textual form.

        Raises Blocked where there is no UUID at all, which the judge has told already.
        """
        if self._exchange.by_proxy:
            return self
        value = self._exchange.value
        found = value.get(pointer.removeprefix("/")) if isinstance(value, dict) else None
        try:
            same = uuid.UUID(str(found)) == uuid.UUID(identifier)
        except ValueError:
            raise Blocked(self._exchange) from None
        return self.holds(lambda: same, pointer, "equal", "is not the link that was sent")

    def holds(self, condition: Callable[[], bool], pointer: str, keyword: str, message: str) -> Expectation:
        """What a check has found out by itself about the value at a JSON pointer of the answer holds."""
        if not self._exchange.by_proxy and not condition():
            contract = self._exchange.scene.contract
            clause = contract.property_pointer(self._exchange.status, pointer)
            raise self._failed(Finding(self._exchange, Problem("relation", clause, pointer, keyword, message)))
        return self

    def discloses_nothing(self) -> Expectation:
        """The answer repeats no secret of its request and shows no stack trace, which the judge has looked for."""
        for problem in self._exchange.problems:
            if problem.kind == "disclosure":
                raise self._failed(Finding(self._exchange, problem))
        return self

    def discloses_nothing_of(self, others: Iterable[Exchange]) -> Expectation:
        """The answer repeats no token of the requests that were sent beside its own."""
        outcome, scene = self._exchange.outcome, self._exchange.scene
        assert isinstance(outcome, Answer)
        strange = {word for other in others for word in tokens_of(other.body)} - tokens_of(self._exchange.body)
        if repeats_one_of(strange, outcome, self._exchange.value):
            told = "repeats the token of another request, sent at the same moment"
            problem = Problem("disclosure", scene.contract.place("description"), "", "token", told)
            raise self._failed(Finding(self._exchange, problem))
        return self

    def _is_to_be_asked(self, lease: Lease) -> bool:
        """Tell whether this is a right request as plain as can be, the first for a link that asks twice."""
        is_plain = self._exchange.delivery == PLAIN and self._exchange.body.content == right(lease).content
        return lease.asks_twice and lease.origin == "paused" and is_plain

    def _is_dead_end(self, origin: str, received: int | None) -> bool:
        if origin == "another try":
            return received in (BAD_REQUEST, TOKEN_REQUIRED)
        return origin == "further factor" and received == BAD_REQUEST

    def _failed(self, finding: Finding) -> CheckFailed:
        return CheckFailed(finding, own=self._own)


def assert_answer(exchange: Exchange) -> Expectation:
    """Begin to say what the check's own clause promises.

    Raises Unanswered when no answer came, Blocked when one broke off or was too large.
    """
    return Expectation(exchange, own=True)


def rely_on(exchange: Exchange) -> Expectation:
    """Begin to say what a check only needs to go on: where it is otherwise the check is blocked, not violated."""
    return Expectation(exchange, own=False)

"""A walk over the protocol: a model of several links' sessions that says what each step may be answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from contract_tests.cases.bodies import WRONG_TOKEN, Body, not_resumable, right, wrong_token
from contract_tests.cases.paused_sessions import Lease
from contract_tests.exchange.expectation import assert_answer
from contract_tests.exchange.judged import Exchange
from contract_tests.run.run import MOST_FACTORS, Case, next_lease


@dataclass
class Sessions:
    """The model: `live` ones can be resumed, `spent` ones were; what a wrong step may have spent is forgotten."""

    exchange: Case
    live: list[Lease] = field(default_factory=list)
    spent: list[Lease] = field(default_factory=list)

    def possible_steps(self) -> list[Callable[[], None]]:
        """Return the steps that can be made now."""
        steps = [self.pause]
        if self.live:
            steps += [self.resume, self.resume, self.resume_with_a_wrong_token]
        if self.spent:
            steps.append(self.resume_again)
        if len({lease.link for lease in (*self.live, *self.spent)}) > 1 and self.live:
            steps.append(self.resume_for_another_link)
        return steps

    def pause(self) -> None:
        """Pause a session of a new link."""
        self.live.append(self.exchange.lease())

    def resume(self) -> None:
        """Resume a live session with the right token, to the end: every session on the way is spent then."""
        lease = self._take()
        for _ in range(MOST_FACTORS):
            answer = self._send(lease, right(lease), 200, 428)
            self.spent.append(lease)
            following = next_lease(answer, lease)
            if following is None:
                return
            lease = following

    def resume_with_a_wrong_token(self) -> None:
        """Resume a live session with a wrong token; what a 428 hands out is live."""
        lease = self._take()
        following = next_lease(self._send(lease, wrong_token(lease), 428, 400), lease)
        if following is not None:
            self.live.append(following)

    def resume_again(self) -> None:
        """Resume a spent session, with the right token or a wrong one."""
        lease = self.exchange.random.choice(self.spent)
        token = self.exchange.random.choice([lease.token, WRONG_TOKEN])
        self._send(lease, not_resumable(lease, "a session that is spent", token=token), 400)

    def resume_for_another_link(self) -> None:
        """Resume a live session for a link that another session belongs to."""
        lease = self._take()
        others = [other.link for other in (*self.live, *self.spent) if other.link != lease.link]
        if others:
            link = self.exchange.random.choice(others)
            self._send(lease, not_resumable(lease, "the session of another link", link=link), 400)

    def _take(self) -> Lease:
        return self.live.pop(self.exchange.random.randrange(len(self.live)))

    def _send(self, lease: Lease, body: Body, *allowed: int) -> Exchange:
        answer = self.exchange(body)
        expectation = assert_answer(answer).has_status(*allowed)
        if answer.status == 428:
            expectation.names("/link", lease.link)
        if answer.status == 200:
            expectation.names("/id", lease.link)
        return answer

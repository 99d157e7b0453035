"""The protocol: several links at once, driven by a state machine whose model says what each step may be answered."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import seed
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)

from contract_tests.cases.bodies import WRONG_TOKEN, Body, not_resumable, right, wrong_token
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract.clauses import clause
from contract_tests.exchange.expectation import assert_answer
from contract_tests.exchange.judged import Exchange
from contract_tests.run.run import MOST_FACTORS, Case, next_lease
from contract_tests.run.search import Seen, settings_for

SHARDS = range(4)
EXAMPLES = 3
STEPS = 8


@clause("/paths/~1api~1links~1/patch")
@pytest.mark.parametrize("shard", SHARDS)
def test_sessions_follow_the_protocol(exchange: Case, shard: int) -> None:
    """Paused, resumed, spent and mixed-up sessions of several links are each answered as the protocol allows."""
    seen = Seen()
    machine = seed(exchange.seed * 100 + shard)(_machine(exchange, seen))

    seen.conclude(
        lambda: run_state_machine_as_test(machine, settings=settings_for(EXAMPLES, stateful_step_count=STEPS))
    )


def _machine(exchange: Case, seen: Seen) -> type[RuleBasedStateMachine]:
    """Return the machine: `live` can be resumed, `spent` was; what a wrong step may have spent is forgotten."""

    class Sessions(RuleBasedStateMachine):
        live: Bundle[Lease] = Bundle("live")
        spent: Bundle[Lease] = Bundle("spent")

        def _answer(self, lease: Lease, body: Body, *allowed: int) -> Exchange | None:
            found: list[Exchange] = []

            def step() -> None:
                answer = exchange(body)
                assert_answer(answer).has_status(*allowed)
                if answer.status == 428:
                    assert_answer(answer).names("/link", lease.link)
                if answer.status == 200:
                    assert_answer(answer).names("/id", lease.link)
                found.append(answer)

            seen.attempt(step)
            return found[0] if found else None

        def _paused(self) -> Any:
            leases: list[Lease] = []
            seen.attempt(lambda: leases.append(exchange.lease()))
            return multiple(*leases)

        @initialize(target=live)
        def pause_first(self) -> Any:
            return self._paused()

        @rule(target=live)
        def pause(self) -> Any:
            return self._paused()

        @rule(target=spent, lease=consumes(live))
        def resume(self, lease: Lease) -> Any:
            used: list[Lease] = []
            for _ in range(MOST_FACTORS):
                answer = self._answer(lease, right(lease), 200, 428)
                if answer is None:
                    return multiple()
                used.append(lease)
                following = next_lease(answer, lease)
                if following is None:
                    return multiple(*used)
                lease = following
            return multiple()

        @rule(target=live, lease=consumes(live))
        def resume_with_a_wrong_token(self, lease: Lease) -> Any:
            answer = self._answer(lease, wrong_token(lease), 428, 400)
            following = next_lease(answer, lease) if answer else None
            return multiple(following) if following else multiple()

        @rule(lease=spent, wrong=st.booleans())
        def resume_again(self, lease: Lease, wrong: bool) -> None:
            token = WRONG_TOKEN if wrong else lease.token
            self._answer(lease, not_resumable(lease, "a session that is spent", token=token), 400)

        @rule(one=consumes(live), other=st.one_of(live, spent))
        def resume_for_another_link(self, one: Lease, other: Lease) -> None:
            if one.link != other.link:
                self._answer(one, not_resumable(one, "the session of another link", link=other.link), 400)

    return Sessions

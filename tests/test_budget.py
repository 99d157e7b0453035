"""What may be sent, and when: one budget, pace and stop rule over all threads."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from contract_tests.wire.budget import LONGEST_BACK_OFF, REFUSED_BEFORE_STOPPING, Budget, BudgetState, RunStopped


def asks(budget: Budget) -> bool:
    """Ask for one request; tell whether it was given."""
    try:
        budget.acquire()
    except RunStopped:
        return False
    return True


def test_the_budget_is_never_exceeded_by_threads() -> None:
    """However many ask at once, no more requests are permitted than the budget holds."""
    budget = Budget(100, None)

    with ThreadPoolExecutor(8) as pool:
        permitted = sum(pool.map(lambda _: asks(budget), range(400)))

    assert permitted == 100
    assert budget.state().sent == 100


def test_requests_together_are_permitted_all_or_none() -> None:
    """A group that does not fit into what is left of the budget takes nothing of it."""
    budget = Budget(10, None)
    budget.acquire(9)

    with pytest.raises(RunStopped, match=r"^The budget of 10 requests \(limits\.requests\) is used up\.$"):
        budget.acquire(2)

    assert budget.state().sent == 9


@pytest.mark.parametrize("threads", [1, 8])
def test_the_pace_is_held(threads: int) -> None:
    """Each request is given a moment of its own, as far from the last as the pace asks, whoever asks for it."""
    budget = Budget(1000, 50)

    with ThreadPoolExecutor(threads) as pool:
        moments = sorted(pool.map(lambda _: budget.acquire(), range(12)))

    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert min(gaps) >= 0.02
    assert moments[-1] - moments[0] < 2


def test_requests_together_take_their_share_of_time() -> None:
    """Ten at one moment are given so much time before and after that no second holds more than the pace."""
    budget = Budget(1000, 50)

    moments = [budget.acquire(), *[budget.acquire(10)] * 10, budget.acquire()]

    assert moments[-1] - moments[0] >= 0.4
    for first in moments:
        assert sum(first <= moment < first + 0.2 for moment in moments) <= 10


@pytest.mark.parametrize("waits_for", ["its moment", "its turn"])
def test_a_stop_wakes_whoever_waits(waits_for: str) -> None:
    """Who waits for the pace or a gateway learns at once that the run was stopped."""
    budget = Budget(1000, None)
    assert budget.back_off(60)
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(asks, budget) for _ in range(1 if waits_for == "its moment" else 4)]
        time.sleep(0.05)
        began = time.monotonic()
        budget.stop("interrupted", "The run was interrupted.")
        given = [each.result(timeout=5) for each in waiting]

    assert not any(given)
    assert time.monotonic() - began < 1


def unanswered(budget: Budget, kind: str = "timeout", sentence: str = "too late") -> None:
    """Ask for one request, and note that nothing came."""
    budget.unanswered(kind, sentence, budget.acquire())


def test_three_unanswered_in_a_row_stop_the_run() -> None:
    """The third exchange in a row without an answer is the last."""
    budget = Budget(1000, None)
    for _ in range(2):
        unanswered(budget)
    assert asks(budget)
    unanswered(budget)

    assert not asks(budget)
    assert budget.state().stopped == ("unanswered", "The target did not answer 3 times, last: too late")


def test_five_unanswered_in_all_stop_the_run() -> None:
    """Answers in between allow no more than five exchanges without one."""
    budget = Budget(1000, None)
    for _ in range(5):
        unanswered(budget)
        budget.answered(right_credentials=True, status=200)

    assert not asks(budget)


def test_what_fails_together_counts_once() -> None:
    """Eight exchanges that were under way when the target stopped for a moment are one failure, not eight in a row."""
    budget = Budget(1000, None)
    for _ in range(2):
        for moment in [budget.acquire() for _ in range(8)]:
            budget.unanswered("timeout", "too late", moment)
    assert asks(budget)
    unanswered(budget)

    assert budget.state().stopped == ("unanswered", "The target did not answer 17 times, last: too late")


@pytest.mark.parametrize("kind", ["dns", "refused", "tls", "proxy"])
def test_a_target_that_cannot_be_reached_stops_the_run_at_once(kind: str) -> None:
    """Where nothing was ever answered, a second attempt would meet the same."""
    budget = Budget(1000, None)
    unanswered(budget, kind, "the connection was refused")

    assert not asks(budget)
    assert budget.state().stopped == ("unanswered", "The target did not answer: the connection was refused")


def test_a_target_that_was_reached_before_is_tried_again() -> None:
    """A connection that is refused after an answer may be a restart."""
    budget = Budget(1000, None)
    budget.answered(right_credentials=True, status=200)
    unanswered(budget, "refused", "the connection was refused")

    assert asks(budget)


def test_only_401_to_the_right_credentials_stops_the_run() -> None:
    """Where the right credentials are never accepted, the run ends soon and asks whether they are right."""
    budget = Budget(1000, None)
    for _ in range(50):
        budget.answered(right_credentials=False, status=401)
    assert asks(budget)
    for _ in range(REFUSED_BEFORE_STOPPING):
        budget.answered(right_credentials=True, status=401)

    assert budget.state().stopped == ("refused", "every answer was 401: are the credentials right?")
    with pytest.raises(RunStopped, match="are the credentials right"):
        budget.acquire()


def test_401_after_another_answer_does_not_stop_the_run() -> None:
    """Credentials that were accepted once are right."""
    budget = Budget(1000, None)
    budget.answered(right_credentials=True, status=400)
    for _ in range(50):
        budget.answered(right_credentials=True, status=401)

    assert asks(budget)


def test_backing_off_delays_everybody() -> None:
    """After a 429 nobody sends before the time is up."""
    budget = Budget(1000, None)
    began = time.monotonic()

    assert budget.back_off(0.1)
    assert budget.acquire() - began >= 0.1


def test_a_run_backs_off_only_so_long() -> None:
    """The run waits for gateways so long in all, but no longer."""
    budget = Budget(1000, None)

    assert budget.back_off(30)
    assert budget.back_off(LONGEST_BACK_OFF - 1)
    assert not budget.back_off(2 * LONGEST_BACK_OFF)
    assert not budget.back_off(float("inf"))


def test_each_value_is_given_once() -> None:
    """Threads that take paused sessions from one list get a different one each."""
    budget = Budget(1, None)

    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(lambda _: budget.value(), range(100)))

    assert sorted(values) == list(range(100))


def test_the_first_reason_to_stop_is_kept() -> None:
    """What stopped the run is told, and not what was stopped by it."""
    budget = Budget(10, None)
    budget.stop("budget", "enough")
    budget.stop("interrupted", "The run was interrupted.")

    with pytest.raises(RunStopped, match=r"^enough$"):
        budget.go_on()
    assert budget.state() == BudgetState(sent=0, stopped=("budget", "enough"))

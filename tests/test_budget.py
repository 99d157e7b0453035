"""What may be sent, and when: one budget, pace and stop rule over threads and over processes."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from contract_tests.wire.shared_budget import JoinedBudget, SharedBudget

from contract_tests.wire.budget import LONGEST_BACK_OFF, REFUSED_BEFORE_STOPPING, Budget, RunStopped

KEY = b"a key of sixteen"


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


def test_the_pace_is_held() -> None:
    """Each request is given a moment of its own, as far from the last as the pace asks."""
    budget = Budget(1000, 20)

    waits = [budget.acquire() for _ in range(5)]

    assert waits == pytest.approx([0, 0.05, 0.1, 0.15, 0.2], abs=0.02)


def test_requests_together_take_their_share_of_time() -> None:
    """Ten at one moment are given so much time before and after that no second holds more than the pace."""
    budget = Budget(1000, 10)

    moments = [budget.acquire(), *[budget.acquire(10)] * 10, budget.acquire()]

    assert moments[-1] - moments[0] >= 1.9
    for first in moments:
        assert sum(first <= moment < first + 0.99 for moment in moments) <= 10


def test_three_unanswered_in_a_row_stop_the_run() -> None:
    """The third exchange in a row without an answer is the last."""
    budget = Budget(1000, None)
    for _ in range(2):
        budget.unanswered("refused")
    assert asks(budget)
    budget.unanswered("refused")

    assert not asks(budget)
    assert budget.state().stopped == ("unanswered", "The target did not answer 3 times, last: refused")


def test_five_unanswered_in_all_stop_the_run() -> None:
    """Answers in between allow no more than five exchanges without one."""
    budget = Budget(1000, None)
    for count in range(5):
        assert asks(budget), count
        budget.unanswered("timeout")
        budget.answered(right_credentials=True, status=200)

    assert not asks(budget)


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


def test_a_hold_delays_everybody() -> None:
    """After a 429 nobody sends before the time is up, and the run waits so long in all, but no longer."""
    budget = Budget(1000, None)

    assert budget.back_off(30)
    assert budget.acquire() == pytest.approx(30, abs=0.1)
    assert budget.back_off(30)
    assert budget.back_off(LONGEST_BACK_OFF - 1)
    assert not budget.back_off(2 * LONGEST_BACK_OFF)
    assert not budget.back_off(float("inf"))


def test_processes_share_budget_pace_and_stop_rule() -> None:
    """Several processes get each moment, each value and each request of the budget once."""
    budget = Budget(30, 1000)
    shared = SharedBudget(budget, KEY)
    program = f"""
from contract_tests.wire.shared_budget import JoinedBudget
from contract_tests.wire import RunStopped
budget = JoinedBudget({shared.address!r}, {KEY!r})
budget.answered(right_credentials=True, status=200)
budget.back_off(0.0)
permitted, values = 0, []
try:
    while True:
        values.append(budget.value())
        budget.acquire(1)
        permitted += 1
except RunStopped as stopped:
    assert "budget of 30" in str(stopped), stopped
budget.leave()
print(permitted, *values)
"""
    workers = [
        subprocess.Popen([sys.executable, "-W", "error", "-c", program], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [list(map(int, worker.communicate(timeout=30)[0].split())) for worker in workers]
    shared.close()

    assert sum(permitted for permitted, *_ in told) == 30
    values = [value for _, *values in told for value in values]
    assert sorted(values) == list(range(len(values)))
    assert budget.state().sent == 30


def test_closing_leaves_nothing_behind() -> None:
    """After close there is no thread and no port, whoever was connected; who asks then is told that the run ended."""
    before = threading.active_count()
    shared = SharedBudget(Budget(10, None), KEY)
    joined, idle = JoinedBudget(shared.address, KEY), socket.create_connection(shared.address)
    assert joined.acquire() == 0

    began = time.monotonic()
    shared.close()
    shared.close()

    assert time.monotonic() - began < 1
    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(shared.address)
    with pytest.raises(RunStopped, match=r"^The run has ended\.$"):
        joined.acquire()
    joined.leave()
    idle.close()


def test_who_does_not_know_the_key_is_not_served() -> None:
    """A stranger on the port can neither read nor use up the limits."""
    budget = Budget(10, None)
    shared = SharedBudget(budget, KEY)
    stranger = JoinedBudget(shared.address, b"another key....")

    with pytest.raises(RunStopped):
        stranger.acquire()

    stranger.leave()
    shared.close()
    assert budget.state().sent == 0


def test_only_operations_of_traffic_are_done() -> None:
    """A line that asks for anything else ends the conversation."""
    shared = SharedBudget(Budget(10, None), KEY)
    joined = JoinedBudget(shared.address, KEY)

    with pytest.raises(RunStopped):
        joined._ask("__class__")

    joined.leave()
    shared.close()


def test_everything_a_traffic_does_is_done_from_afar() -> None:
    """Each operation has the same effect through the port."""
    budget = Budget(10, None)
    shared = SharedBudget(budget, KEY)
    joined = JoinedBudget(shared.address, KEY)

    joined.answered(right_credentials=True, status=200)
    joined.unanswered("timeout")
    assert not joined.back_off(float("inf"))
    joined.stop("budget", "enough")

    assert joined.state() == {"sent": 0, "stopped": ["budget", "enough"], "credentials_accepted": True}
    joined.leave()
    shared.close()

"""What may be sent, and when: one budget, pace and stop rule over threads and over processes."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from contract_tests.wire.budget import LONGEST_HOLD, REFUSED_BEFORE_STOPPING, RunStopped, Traffic
from contract_tests.wire.shared_budget import JoinedTraffic, SharedTraffic

KEY = b"a key of sixteen"


def asks(traffic: Traffic) -> bool:
    """Ask for one request; tell whether it was given."""
    try:
        traffic.permit()
    except RunStopped:
        return False
    return True


def test_the_budget_is_never_exceeded_by_threads() -> None:
    """However many ask at once, no more requests are permitted than the budget holds."""
    traffic = Traffic(100, None)

    with ThreadPoolExecutor(8) as pool:
        permitted = sum(pool.map(lambda _: asks(traffic), range(400)))

    assert permitted == 100
    assert traffic.state()["sent"] == 100


def test_requests_together_are_permitted_all_or_none() -> None:
    """A group that does not fit into what is left of the budget takes nothing of it."""
    traffic = Traffic(10, None)
    traffic.permit(9)

    with pytest.raises(RunStopped, match=r"^The budget of 10 requests \(limits\.requests\) is used up\.$"):
        traffic.permit(2)

    assert traffic.state()["sent"] == 9


def test_the_pace_is_held() -> None:
    """Each request is given a moment of its own, as far from the last as the pace asks."""
    traffic = Traffic(1000, 20)

    waits = [traffic.permit() for _ in range(5)]

    assert waits == pytest.approx([0, 0.05, 0.1, 0.15, 0.2], abs=0.02)


def test_requests_together_take_their_share_of_time() -> None:
    """Ten at one moment are given so much time before and after that no second holds more than the pace."""
    traffic = Traffic(1000, 10)

    moments = [traffic.permit(), *[traffic.permit(10)] * 10, traffic.permit()]

    assert moments[-1] - moments[0] >= 1.9
    for first in moments:
        assert sum(first <= moment < first + 0.99 for moment in moments) <= 10


def test_three_unanswered_in_a_row_stop_the_run() -> None:
    """The third exchange in a row without an answer is the last."""
    traffic = Traffic(1000, None)
    for _ in range(2):
        traffic.unanswered("refused")
    assert asks(traffic)
    traffic.unanswered("refused")

    assert not asks(traffic)
    assert traffic.state()["stopped"] == ("unanswered", "The target did not answer 3 times, last: refused")


def test_five_unanswered_in_all_stop_the_run() -> None:
    """Answers in between allow no more than five exchanges without one."""
    traffic = Traffic(1000, None)
    for count in range(5):
        assert asks(traffic), count
        traffic.unanswered("timeout")
        traffic.answered(right_credentials=True, status=200)

    assert not asks(traffic)


def test_only_401_to_the_right_credentials_stops_the_run() -> None:
    """Where the right credentials are never accepted, the run ends soon and asks whether they are right."""
    traffic = Traffic(1000, None)
    for _ in range(50):
        traffic.answered(right_credentials=False, status=401)
    assert asks(traffic)
    for _ in range(REFUSED_BEFORE_STOPPING):
        traffic.answered(right_credentials=True, status=401)

    assert traffic.state()["stopped"] == ("refused", "every answer was 401: are the credentials right?")
    with pytest.raises(RunStopped, match="are the credentials right"):
        traffic.permit()


def test_401_after_another_answer_does_not_stop_the_run() -> None:
    """Credentials that were accepted once are right."""
    traffic = Traffic(1000, None)
    traffic.answered(right_credentials=True, status=400)
    for _ in range(50):
        traffic.answered(right_credentials=True, status=401)

    assert asks(traffic)


def test_a_hold_delays_everybody() -> None:
    """After a 429 nobody sends before the time is up, and the run waits so long in all, but no longer."""
    traffic = Traffic(1000, None)

    assert traffic.hold(30)
    assert traffic.permit() == pytest.approx(30, abs=0.1)
    assert traffic.hold(30)
    assert traffic.hold(LONGEST_HOLD - 1)
    assert not traffic.hold(2 * LONGEST_HOLD)
    assert not traffic.hold(float("inf"))


def test_processes_share_budget_pace_and_stop_rule() -> None:
    """Several processes get each moment, each value and each request of the budget once."""
    traffic = Traffic(30, 1000)
    shared = SharedTraffic(traffic, KEY)
    program = f"""
from contract_tests.wire.shared_budget import JoinedTraffic
from contract_tests.wire.budget import RunStopped
traffic = JoinedTraffic({shared.address!r}, {KEY!r})
traffic.answered(right_credentials=True, status=200)
traffic.hold(0.0)
permitted, values = 0, []
try:
    while True:
        values.append(traffic.value())
        traffic.permit(1)
        permitted += 1
except RunStopped as stopped:
    assert "budget of 30" in str(stopped), stopped
traffic.leave()
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
    assert traffic.state()["sent"] == 30


def test_closing_leaves_nothing_behind() -> None:
    """After close there is no thread and no port, whoever was connected; who asks then is told that the run ended."""
    before = threading.active_count()
    shared = SharedTraffic(Traffic(10, None), KEY)
    joined, idle = JoinedTraffic(shared.address, KEY), socket.create_connection(shared.address)
    assert joined.permit() == 0

    began = time.monotonic()
    shared.close()
    shared.close()

    assert time.monotonic() - began < 1
    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(shared.address)
    with pytest.raises(RunStopped, match=r"^The run has ended\.$"):
        joined.permit()
    joined.leave()
    idle.close()


def test_who_does_not_know_the_key_is_not_served() -> None:
    """A stranger on the port can neither read nor use up the limits."""
    traffic = Traffic(10, None)
    shared = SharedTraffic(traffic, KEY)
    stranger = JoinedTraffic(shared.address, b"another key....")

    with pytest.raises(RunStopped):
        stranger.permit()

    stranger.leave()
    shared.close()
    assert traffic.state()["sent"] == 0


def test_only_operations_of_traffic_are_done() -> None:
    """A line that asks for anything else ends the conversation."""
    shared = SharedTraffic(Traffic(10, None), KEY)
    joined = JoinedTraffic(shared.address, KEY)

    with pytest.raises(RunStopped):
        joined._ask("__class__")

    joined.leave()
    shared.close()


def test_everything_a_traffic_does_is_done_from_afar() -> None:
    """Each operation has the same effect through the port."""
    traffic = Traffic(10, None)
    shared = SharedTraffic(traffic, KEY)
    joined = JoinedTraffic(shared.address, KEY)

    joined.answered(right_credentials=True, status=200)
    joined.unanswered("timeout")
    assert not joined.hold(float("inf"))
    joined.stop("budget", "enough")

    assert joined.state() == {"sent": 0, "stopped": ["budget", "enough"], "credentials_accepted": True}
    joined.leave()
    shared.close()

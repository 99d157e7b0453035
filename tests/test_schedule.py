"""schedule.py: in which order cases run, by what a target has little of."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Literal

import pytest

from contract_tests.cases.bodies import Body
from contract_tests.cases.credentials import RIGHT
from contract_tests.contract import load
from contract_tests.exchange.judged import judge
from contract_tests.exchange.record import CaseResult
from contract_tests.run.interruption import Interruption
from contract_tests.run.live_session import LiveSessions
from contract_tests.run.preflight import fitting_concurrency
from contract_tests.run.run import Run
from contract_tests.run.schedule import Job, Schedule, Stage, stage_of
from contract_tests.target.settings import EMBEDDED, Limits, PausedSession, Target, Values, load_target
from contract_tests.wire import Answer, Budget

TARGET = replace(
    load_target(target=EMBEDDED, base_url=None, environment={}, today=date(2026, 1, 1)), base_url="http://127.0.0.1:9"
)
FEW = replace(TARGET, paused_session=Values((PausedSession("s", "l"),)))
COUNTED = replace(TARGET, limits=Limits(wrong_credentials=5))


@pytest.mark.parametrize(
    ("marks", "target", "stage"),
    [
        ({"last"}, TARGET, Stage.LAST),
        ({"essential"}, TARGET, Stage.MAIN),
        ({"essential"}, FEW, Stage.ESSENTIAL),
        ({"wrong_credentials"}, TARGET, Stage.MAIN),
        ({"wrong_credentials"}, COUNTED, Stage.WRONG_CREDENTIALS),
        ({"wrong_credentials", "last"}, COUNTED, Stage.LAST),
        (set(), FEW, Stage.MAIN),
    ],
)
def test_the_stage_is_that_of_what_is_scarce(marks: set[str], target: Target, stage: Stage) -> None:
    """Few sessions go to what is not seen otherwise first, and counted credentials are sent late."""
    assert stage_of(marks, target) == stage


def ran(jobs: Sequence[tuple[str, Stage, bool, Callable[[], object]]], concurrency: int) -> list[str]:
    """Run jobs of some checks, and return these in the order in which they began."""
    run = Run(TARGET, load(), Budget(100, None), 1, concurrency)
    began: list[str] = []
    told: list[CaseResult] = []

    def job(check: str, stage: Stage, waits: bool, call: Callable[[], object]) -> Job:
        def begin() -> None:
            began.append(check)
            call()

        return Job(run.case(check, None), begin, stage, waits)

    interruption = Interruption()
    try:
        schedule = Schedule(run, LiveSessions(), told=told.append, interruption=interruption)
        schedule.execute([job(*each) for each in jobs])
    finally:
        interruption.undo()
    assert {result.outcome for result in told} == {"holds"}
    return began


def nothing() -> None:
    """Do nothing."""


def test_a_signal_that_wakes_another_thread_ends_the_run() -> None:
    """The system may give SIGTERM to the thread of a case: the main thread, which waits for cases, hears of it too."""
    run = Run(TARGET, load(), Budget(100, None), 1, 2)

    def hears_it() -> None:
        time.sleep(0.2)  # until the main thread waits
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
        until = time.monotonic() + 5
        while time.monotonic() < until:
            run.budget.go_on()
            time.sleep(0.01)

    interruption = Interruption()
    schedule = Schedule(run, LiveSessions(), told=lambda _: None, interruption=interruption)
    try:
        with interruption.held(), pytest.raises(KeyboardInterrupt):
            schedule.execute([Job(run.case("a", None), hears_it)])
    finally:
        interruption.undo()


def test_stages_follow_one_another() -> None:
    """Whatever the order of the registry, essential cases come first and last ones last."""
    stages = (Stage.LAST, Stage.WRONG_CREDENTIALS, Stage.MAIN, Stage.ESSENTIAL)

    assert ran([(stage.name, stage, False, nothing) for stage in stages], 4) == [
        "ESSENTIAL",
        "MAIN",
        "WRONG_CREDENTIALS",
        "LAST",
    ]


def test_of_what_is_counted_each_check_gets_its_first_case_first() -> None:
    """Where few wrong credentials may be sent, no check takes all of them."""
    names = ["a", "a", "a", "b", "b", "c"]

    assert ran([(name, Stage.WRONG_CREDENTIALS, False, nothing) for name in names], 1) == ["a", "b", "c", "a", "b", "a"]


def test_who_waits_starts_first_and_takes_nobody_s_place() -> None:
    """With two cases at a time, two that sleep and one that does not are under way together."""
    together = threading.Barrier(4, timeout=5)
    jobs = [("quick", Stage.MAIN, False, together.wait) for _ in range(2)]
    jobs += [("asleep", Stage.MAIN, True, together.wait) for _ in range(2)]

    assert ran(jobs, 2)[:2] == ["asleep", "asleep"]


def test_one_at_a_time_keeps_the_order() -> None:
    """With one case at a time, which is for debugging, cases that wait do not overtake the others."""
    jobs = [("quick", Stage.MAIN, False, nothing), ("asleep", Stage.MAIN, True, lambda: time.sleep(0.01))]

    assert ran(jobs, 1) == ["quick", "asleep"]


def test_checks_of_few_cases_begin_and_many_short_ones_fill_the_time() -> None:
    """Side by side the cases of a check begin in their order, and those of checks that have fewer before them."""
    jobs = [(name, Stage.MAIN, False, nothing) for name in ("many", "many", "many", "two", "two", "one")]

    assert ran(jobs, 2) == ["one", "two", "two", "many", "many", "many"]


def test_what_is_not_ready_lets_others_go_first() -> None:
    """A case that would wait for the generated bodies begins when they are made, or when nothing else is left."""
    run = Run(TARGET, load(), Budget(100, None), 1, 2)
    began: list[str] = []
    together = threading.Barrier(2, timeout=5)

    def job(check: str, is_ready: Callable[[], bool], call: Callable[[], object]) -> Job:
        def begin() -> None:
            began.append(check)
            call()

        return Job(run.case(check, None), begin, is_ready=is_ready)

    jobs = [
        job("never", lambda: False, nothing),
        job("later", lambda: len(began) == 2, nothing),
        job("first", lambda: True, together.wait),
        job("second", lambda: True, together.wait),
    ]
    interruption = Interruption()
    try:
        Schedule(run, LiveSessions(), told=lambda _: None, interruption=interruption).execute(jobs)
    finally:
        interruption.undo()

    assert sorted(began[:2]) == ["first", "second"]
    assert sorted(began[2:]) == ["later", "never"]


def test_one_end_is_asked_for_however_often() -> None:
    """Where it is raised Ctrl-C interrupts; SIGTERM after it, and either of them elsewhere, is only remembered."""
    interruption = Interruption(is_raised=True)
    try:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
    finally:
        interruption.undo()
    assert interruption.asked

    other = Interruption(is_raised=True)
    try:
        with other.held():
            signal.raise_signal(signal.SIGTERM)
    finally:
        other.undo()
    assert other.asked


def test_what_can_be_done_meanwhile_is_done_once() -> None:
    """A thread with nothing left to do has time to spare, while another still waits."""
    run = Run(TARGET, load(), Budget(100, None), 1, 2)
    spared = threading.Semaphore(0)
    interruption = Interruption()
    try:
        schedule = Schedule(run, LiveSessions(), told=lambda _: None, interruption=interruption, spare=spared.release)
        schedule.execute(
            [Job(run.case("a", None), lambda: spared.acquire(timeout=5) or pytest.fail("it was not called"))]
        )
    finally:
        interruption.undo()

    assert not spared.acquire(blocking=False)
    assert [result.outcome for result in schedule.results] == ["holds"]


@pytest.mark.parametrize(
    ("seconds", "profile", "pace", "concurrency"),
    [
        pytest.param(0.15, "full", None, 32, id="slow"),
        pytest.param(0.01, "full", None, 8, id="quick"),
        pytest.param(0.15, "quick", None, 8, id="few requests"),
        pytest.param(0.15, "full", 20.0, 8, id="a pace"),
    ],
)
def test_more_cases_go_side_by_side_where_they_mostly_wait(
    seconds: float, profile: Literal["quick", "full"], pace: float | None, concurrency: int
) -> None:
    """A slow target is asked by more at once, unless a pace is set, or the profile has fewer requests."""
    target = replace(TARGET, profile=profile, limits=Limits(requests_per_second=pace))
    case = Run(target, load(), Budget(100, None), 1).case("preflight", None)
    case.exchanges += [
        judge(case.run.scene, number, Body("", b"{}"), RIGHT, Answer(400, (), b"[]", took))
        for number, took in enumerate((seconds + 1, seconds))
    ]

    assert fitting_concurrency(case) == concurrency
    assert fitting_concurrency(case.run.case("preflight", None)) == 8

"""What a run under load counts: open schedules, histograms that merge, budgets, and what its causes are made of."""

from __future__ import annotations

import argparse
import dataclasses
import heapq
import json
import random
import uuid
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from contract_tests.cases.bodies import right, wrong_token
from contract_tests.cases.credentials import RIGHT
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract import load
from contract_tests.exchange.expectation import assert_answer
from contract_tests.exchange.judged import Exchange, Scene, judge
from contract_tests.exchange.redaction import Redactor
from contract_tests.exchange.violation import CheckFailed, Finding
from contract_tests.load.decision import Ended, is_saturated
from contract_tests.load.histogram import Histogram
from contract_tests.load.schedule import LATE_SECONDS, OpenSchedule
from contract_tests.load.settings import Settings, digests, settings_of, shares, target_of_share
from contract_tests.load.sightings import EXAMPLES, Sighting, kind_of, redacted
from contract_tests.load.steps import STEPS
from contract_tests.load.tally import Tally, total
from contract_tests.load.verdict import report_of
from contract_tests.report.model import Report
from contract_tests.target.file import SCHEMA
from contract_tests.target.sections import Credentials, Limits, Load, Tokens, Values
from contract_tests.target.settings import PausedSession, Target, TargetError
from contract_tests.wire import Answer, NoAnswer

CONTRACT = load()
LOGIN = Credentials("an-id", "Canary-password-91")
TARGET = Target("http://127.0.0.1:1", LOGIN, tokens=Tokens("1234ab"))
SCENE = Scene(CONTRACT, Redactor(TARGET.secret_words), TARGET.base_url, LOGIN)
SETTINGS = Settings(50, 60, 100, 20_000, 16, 0, 1, 1, 1)
ENDED = Ended(datetime.now(UTC), 60.0, "Locust")


# The schedule


def test_starts_have_their_moments() -> None:
    """A start is one interval after the one before, however early it is asked for."""
    schedule = OpenSchedule(10, 100.0, 200.0)

    assert [schedule.take(1, 100.0) for _ in range(3)] == pytest.approx([100.0, 100.1, 100.2])


def test_a_crowd_takes_as_many_starts_as_it_has_requests() -> None:
    """Sixteen requests together leave at the last of their sixteen moments."""
    schedule = OpenSchedule(10, 100.0, 200.0)

    assert schedule.take(16, 100.0) == pytest.approx(101.5)
    assert schedule.take(1, 100.0) == pytest.approx(101.6)


def test_a_missed_start_is_omitted_and_never_made_up_for() -> None:
    """After a second in which nobody was free nine starts are omitted with their waits, and one is late by less."""
    schedule = OpenSchedule(10, 100.0, 200.0)
    moment = schedule.take(1, 101.0)

    assert moment == pytest.approx(100.9)
    assert (schedule.omitted, schedule.waits.count) == (9, 9)
    assert schedule.waits.quantile(1.0) == pytest.approx(1.0, rel=0.02)


def test_a_start_that_is_slept_through_is_omitted() -> None:
    """Who wakes too late does not start: a stall would be followed by a burst."""
    schedule = OpenSchedule(10, 100.0, 200.0)
    assert not schedule.is_kept(100.0, 16, 100.0 + LATE_SECONDS * 2)
    assert schedule.is_kept(100.0, 1, 100.0 + LATE_SECONDS / 2)
    assert (schedule.kept, schedule.omitted, schedule.late) == (1, 16, 16)


def test_nothing_starts_while_a_gateway_asks_to_wait() -> None:
    """Starts before the moment that a gateway named are omitted, and none of them counts as our own fault."""
    schedule = OpenSchedule(10, 100.0, 200.0)
    before = schedule.take(1, 100.0)
    schedule.hold(101.0)

    assert before is not None
    assert not schedule.is_kept(before, 1, 100.0)
    assert schedule.take(1, 100.0) == pytest.approx(100.9)
    assert schedule.late == 0


def test_a_schedule_never_starts_more_than_was_asked_for() -> None:
    """However callers come, sleep and go, kept and omitted starts are the rate times the seconds, each of them once."""
    dice = random.Random(3)
    for _ in range(100):
        schedule = OpenSchedule(100, 0.0, 5.0)
        callers, now = [0.0] * 50, 0.0
        while callers:
            now = max(now, heapq.heappop(callers))
            count = dice.choice([1, 1, 1, 11, 16])
            moment = schedule.take(count, now)
            if moment is not None:
                woken = max(moment, now) + dice.choice([0.0, 0.001, 0.2])
                schedule.is_kept(moment, count, woken)
                heapq.heappush(callers, woken + dice.choice([0.005, 0.3]))
        schedule.close(5.5)
        assert schedule.offered == 500
        assert schedule.waits.count == schedule.omitted


# Histograms and tallies


def test_a_histogram_is_two_per_cent_wide() -> None:
    """Each quantile is within two per cent of the duration that it stands for."""
    dice = random.Random(5)
    durations = sorted(dice.lognormvariate(-5, 1) for _ in range(5_000))
    histogram = Histogram()
    for duration in durations:
        histogram.add(duration)

    for share in (0.5, 0.9, 0.99, 0.999):
        exact = durations[int(share * len(durations)) - 1]
        assert histogram.quantile(share) == pytest.approx(exact, rel=0.02)
    assert Histogram().quantile(0.5) is None


def test_histograms_merge_without_loss() -> None:
    """What two have counted together is what one would have counted."""
    one, two, both = Histogram(), Histogram(), Histogram()
    for number in range(100):
        (one if number % 2 else two).add(number / 1000)
        both.add(number / 1000)
    one.merge(two)

    assert one == both


def answered(status: int, body: bytes, *, lease: Lease | None = None) -> Exchange:
    """Return the exchange of a right request that was answered so."""
    lease = lease or Lease(str(uuid.uuid4()), str(uuid.uuid4()), "1234ab")
    outcome = Answer(status, (("Content-Type", "application/json"),), body, 0.01)
    return judge(SCENE, 1, right(lease), RIGHT, outcome)


def taken(tally: Tally, exchange: Exchange, *statuses: int, step: str = "resume", seconds: float = 1.0) -> None:
    """Count an exchange as a caller does, expecting one of these statuses."""
    asserted = []
    try:
        assert_answer(exchange).has_status(*statuses)
    except CheckFailed as failed:
        asserted = [failed.finding]
    findings = [*(Finding(exchange, problem) for problem in exchange.problems), *asserted]
    tally.step(step).exchanges += 1
    tally.count(exchange, 0.02, int(seconds), wrong=bool(findings))
    if findings:
        what = kind_of(step, exchange, findings, asserted)
        examples, messages = redacted(findings)
        sighting = tally.sightings.setdefault(
            what.id, Sighting(what, messages, seconds, examples=[[] for _ in findings])
        )
        sighting.count += 1
        for kept, one in zip(sighting.examples, examples, strict=True):
            kept.append(one)


def reported(tally: Tally, settings: Settings = SETTINGS) -> Report:
    """Return the report of a tally."""
    return report_of(tally, ENDED, settings, TARGET, SCENE, STEPS)


def test_tallies_of_workers_add_up_as_they_travel() -> None:
    """What two workers sent as messages is what both have counted, and the first is not changed by adding."""
    one, two = Tally(), Tally()
    for tally, times in ((one, 3), (two, 4)):
        for _ in range(times):
            taken(tally, answered(500, b"[]"), 200, seconds=float(times))
            taken(tally, answered(401, b"[]"), 200)
    sent = [msgspec.convert(msgspec.to_builtins(tally), Tally) for tally in (one, two)]
    together = total(sent)

    assert together == total(sent)
    assert together.statuses["500"].seen == 7
    assert together.wrong == 14
    assert sorted(sighting.count for sighting in together.sightings.values()) == [7, 7]
    assert min(sighting.first_seconds for sighting in together.sightings.values()) == 1.0
    assert all(len(kept) <= EXAMPLES for sighting in together.sightings.values() for kept in sighting.examples)


# Causes


def test_findings_become_the_causes_of_the_suite() -> None:
    """A thousand answers without a field are one cause with its count, its share and when it was first seen."""
    tally = Tally()
    for number in range(20):
        taken(tally, answered(428, b'{"code": "c"}'), 428, 200, seconds=5.0 + number)
    report = reported(tally)

    assert [cause.response for cause in report.causes] == ["428"]
    assert (report.causes[0].exchanges, report.causes[0].of) == (20, 20)
    assert report.load is not None
    told = report.load.causes[0]
    assert (told.cause, told.exchanges, told.first_seen_seconds) == (report.causes[0].id, 20, 5.0)
    assert told.per_million == 1_000_000
    assert len(told.examples) == EXAMPLES
    assert (report.exit_code, report.statuses["428"].verdict) == (1, "violated")


def test_examples_show_no_secret() -> None:
    """Session, token, password and every foreign UUID are taken out of what is shown; the link may stand there."""
    lease = Lease(str(uuid.uuid4()), str(uuid.uuid4()), "a-token-of-its-own")
    foreign = str(uuid.uuid4())
    body = f'{{"message": "{foreign} {LOGIN.secret_password} {lease.token} {lease.session.upper()}"}}'.encode()
    exchange = judge(
        SCENE, 1, wrong_token(lease), RIGHT, Answer(200, (("Content-Type", "application/json"),), body, 0.01)
    )
    examples, messages = redacted([Finding(exchange, problem) for problem in exchange.problems])

    told = repr(examples) + repr(messages)
    for secret in (lease.session, lease.session.upper(), lease.token, LOGIN.secret_password, foreign):
        assert secret not in told


def test_what_is_within_the_budget_is_no_violation() -> None:
    """One wrong answer of a hundred is accepted by a budget of ten thousand in a million, and told as such."""
    tally = Tally()
    good = b'[{"code": "c", "message": "m", "request_id": "r"}]'
    for status in (400, 401, 500):
        for _ in range(40):
            taken(tally, answered(status, good), status)
    taken(tally, answered(400, b"[]"), 400)

    assert reported(tally).exit_code == 1
    accepted = reported(tally, replace(SETTINGS, max_violations_per_million=10_000))
    assert accepted.causes[0].waived == "within load.max_violations_per_million (10000)"
    assert accepted.exit_code == 7  # 200 and 428 are not seen
    assert "200, 428 not seen" in accepted.verdict


def test_unanswered_requests_have_a_budget() -> None:
    """More of them than the budget allows are exit code 6."""
    tally = Tally()
    for _ in range(98):
        taken(tally, answered(500, b'[{"code": "c", "message": "m", "request_id": "r"}]'), 500)
    for _ in range(2):
        lease = Lease(str(uuid.uuid4()), str(uuid.uuid4()), "1234ab")
        exchange = judge(SCENE, 1, right(lease), RIGHT, NoAnswer("timeout", "no answer", 1.0))
        tally.count(exchange, 1.0, 0, wrong=False)

    assert reported(tally).exit_code == 6
    assert reported(tally, replace(SETTINGS, max_unanswered_percent=3)).exit_code == 7


def test_a_saturated_generator_makes_a_run_incomplete() -> None:
    """Starts that a busy processor misses, or sleeps through, are the generator's own; a slow target's are not."""
    slow = Tally(offered=1_000, omitted=400, worker_seconds=60, cpu_seconds=6)
    busy = dataclasses.replace(slow, cpu_seconds=59)
    late = dataclasses.replace(slow, late=100)

    assert [is_saturated(tally) for tally in (slow, busy, late)] == [False, True, True]


# Settings


def given(**changes: object) -> argparse.Namespace:
    """Return command line arguments as they are without any."""
    settings = ("users", "seconds", "requests_per_second", "requests", "crowd", "expect_workers")
    names = [*settings, "max_violations_per_million", "max_unanswered_percent"]
    return argparse.Namespace(**{**dict.fromkeys(names), "workers": 1, "seed": 1, "exit_first": False, **changes})


def test_settings_have_defaults_on_loopback() -> None:
    """A loopback target needs no section."""
    assert settings_of(TARGET, given()) == SETTINGS


def test_the_command_line_wins_over_the_target_file() -> None:
    """What is given on the command line is taken in place of the target file's."""
    target = replace(TARGET, load=Load(users=7, seconds=9))

    made = settings_of(target, given(seconds=3.0))
    assert (made.users, made.seconds) == (7, 3.0)


REMOTE = replace(TARGET, base_url="https://staging.example.com", source="staging.yaml")


@pytest.mark.parametrize("section", [None, Load(), Load(requests=5_000), Load(requests_per_second=5)])
def test_a_remote_host_is_loaded_only_where_its_file_says_how_much(section: Load | None) -> None:
    """Without both limits in the target file there is no load."""
    with pytest.raises(TargetError, match="is not loopback, and is loaded only where its target file says how much"):
        settings_of(replace(REMOTE, load=section), given(requests=10, requests_per_second=1.0))


@pytest.mark.parametrize(("key", "value"), [("requests", 5_001), ("requests_per_second", 5.5)])
def test_the_command_line_does_not_exceed_what_a_remote_host_allows(key: str, value: float) -> None:
    """The target file's limits are the most; less is fine."""
    target = replace(REMOTE, load=Load(requests=5_000, requests_per_second=5))

    with pytest.raises(TargetError, match=f"is more than load.{key} in staging.yaml allows"):
        settings_of(target, given(**{key: value}))
    assert settings_of(target, given(requests=100)).requests == 100


def test_shares_add_up() -> None:
    """No limit is exceeded by all workers together, and each session of a list is one worker's."""
    parts = shares(replace(SETTINGS, workers=3, requests=1_000))
    sessions = tuple(PausedSession(str(uuid.uuid4()), str(uuid.uuid4())) for _ in range(10))
    target = replace(TARGET, paused_session=Values(sessions), limits=Limits(wrong_credentials=5))
    targets = [target_of_share(target, part) for part in parts]

    assert sum(part.requests for part in parts) == 1_000
    assert sum(part.per_second for part in parts) == pytest.approx(100)
    assert sum(part.limits.wrong_credentials or 0 for part in targets) == 5
    leased = [
        one for part in targets if isinstance(part.paused_session, Values) for one in part.paused_session.sessions
    ]
    assert sorted(one.session for one in leased) == sorted(one.session for one in sessions)


def test_digests_say_what_differs_and_hold_no_secret() -> None:
    """Another password is no other target; another base URL is."""
    mine = digests(CONTRACT, TARGET)

    assert digests(CONTRACT, replace(TARGET, credentials=Credentials("x", "y"))) == mine
    other = digests(CONTRACT, replace(TARGET, base_url="http://127.0.0.1:2"))
    assert (other["contract"] == mine["contract"], other["target"] == mine["target"]) == (True, False)


def test_schema_and_code_agree_on_the_load_section() -> None:
    """The keys of `load:` and their defaults are the same in the target's schema and in the code."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"]["load"]["properties"]
    defaults = dataclasses.asdict(Load())

    assert set(schema) == set(defaults)
    assert {key: value.get("default") for key, value in schema.items()} == defaults

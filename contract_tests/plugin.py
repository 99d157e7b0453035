"""Wiring of the suite into pytest: options, fixtures, the schedule, the reports and the exit status."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Generator
from dataclasses import replace
from datetime import date
from inspect import signature
from pathlib import Path

import pytest

from contract_tests.contract import Contract, ContractError, load
from contract_tests.contract.places import GENERATED
from contract_tests.contract.protocol import require
from contract_tests.embedded.own_process import EmbeddedServer
from contract_tests.exchange.record import CaseResult
from contract_tests.exchange.redaction import Redactor
from contract_tests.exchange.violation import Unanswered
from contract_tests.hosting import Hosting, HostingError
from contract_tests.options import OPTIONS
from contract_tests.plan import plan_of, rehearsal_of
from contract_tests.registry import CHECKS, all_checks, attributed, case_of, check_of
from contract_tests.report.progress import Progress
from contract_tests.report.publishing import Publisher, PublishingError, publisher
from contract_tests.run.classification import classify
from contract_tests.run.interruption import Interruption
from contract_tests.run.live_session import LiveSessions
from contract_tests.run.preflight import CONCURRENCY, PREFLIGHT, find_obstacle, fitting_concurrency
from contract_tests.run.run import Case, Run
from contract_tests.run.schedule import Job, Schedule, stage_of
from contract_tests.target.settings import (
    Target,
    TargetError,
    check_accept_unseen,
    check_waivers,
    load_target,
    with_base_url,
)
from contract_tests.verdict.collector import ResultCollector, Stopped
from contract_tests.verdict.decision import NO_ANSWER
from contract_tests.wire import Budget, RunStopped, check_way

CLIENT = GENERATED / "links_api_client"
NARROWING = ("keyword", "markexpr", "deselect", "ignore", "ignore_glob", "collectonly")
"""Options by which a run may need no generated bodies."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options that pytest does not have."""
    group = parser.getgroup("contract", "the Resume contract", after="general")
    for flag, settings in OPTIONS:
        group.addoption(flag, **settings)


def pytest_configure(config: pytest.Config) -> None:
    """Read contract and target, and start what the run needs."""
    config.addinivalue_line("markers", "last: runs after all the other cases")
    config.addinivalue_line("markers", "full: left out of the profile quick")
    config.addinivalue_line(
        "markers", "essential: runs first where there are few sessions: it sees a declared response"
    )
    config.addinivalue_line("markers", "waits: starts first, and sleeps beside the other cases")
    config.addinivalue_line("markers", "generated: needs the generated bodies, and lets others go first until then")
    config.addinivalue_line("markers", "wrong_credentials: runs late where limits.wrong_credentials is set")
    option = config.getoption
    if option("help") or option("version"):
        return
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args[:] = [str(CHECKS)]
    if not (CLIENT / "__init__.py").is_file():
        raise pytest.UsageError(f"{CLIENT} is missing: the client is checked too. Make it with `make generate`.")
    if option("concurrency") is not None and option("concurrency") < 1:
        raise pytest.UsageError("--concurrency is the number of cases under way at the same time: give at least 1.")
    try:
        contract = load()
        file = Path(option("target")) if option("target") is not None else None
        target = load_target(target=file, base_url=option("base_url"), environment=os.environ, today=date.today())
        target = replace(target, profile=option("profile") or target.profile)
        require(contract)
        for check in all_checks():
            attributed(check, contract)
        check_accept_unseen(target, contract.responses)
        check_waivers(target, [check.id for check in all_checks()])
        check_way(target)
        publishes = publisher(option("report_dir"), option("compare"), os.environ)
    except (ContractError, TargetError, PublishingError) as error:
        raise pytest.UsageError(str(error)) from None
    try:
        config.pluginmanager.register(_Suite(config, target, contract, publishes), "contract-suite")
    except ContractError as error:
        raise pytest.UsageError(str(error)) from None
    except HostingError as error:
        pytest.exit(str(error), returncode=NO_ANSWER)


class _Suite:
    """Owns the run: its server, its limits, its cases, its verdict and its reports."""

    def __init__(self, config: pytest.Config, target: Target, contract: Contract, publisher: Publisher) -> None:
        self._config, self._contract, self._publisher = config, contract, publisher
        self._quiet = config.getoption("verbose") < -1  # -qq is given always
        self._started = time.monotonic()
        self.planning = bool(config.getoption("plan"))
        self._planned_for = target
        if self.planning:
            target = rehearsal_of(target)
        early = next(
            (plugin for plugin in config.pluginmanager.get_plugins() if isinstance(plugin, EmbeddedServer)), None
        )
        self._hosting = Hosting(target, early, publisher.folder)
        base_url = self._hosting.base_url(Redactor(target.secret_words).redact)
        if base_url is not None:
            target = with_base_url(target, base_url)
        concurrency = config.getoption("concurrency") or CONCURRENCY
        self._budget = Budget(target.limits.requests, target.limits.requests_per_second)
        self._run = Run(target, contract, self._budget, config.getoption("seed"), concurrency)
        self._sessions = LiveSessions()
        self.collector = ResultCollector(target, contract, config.getoption("seed"), concurrency)
        self._interruption = Interruption(is_raised=True)
        self._schedule = Schedule(
            self._run,
            self._sessions,
            told=self._hear,
            interruption=self._interruption,
            most_failures=int(config.getoption("maxfail") or 0),
            spare=publisher.make_ready,
        )
        self._jobs: list[Job] = []
        self._beyond_profile: set[str] = set()
        self._obstructed = False
        self._progress: Progress | None = None
        self._telling = threading.Lock()
        self._exchanges = self._problems = 0
        if config.args == [str(CHECKS)] and not any(map(config.getoption, NARROWING)):
            # Begun now: it takes a second process about a second. A run of a few checks begins it when one needs it.
            _ = self._run.generated

    @pytest.fixture
    def exchange(self, request: pytest.FixtureRequest) -> Case:
        """The case: called with a body and credentials, it makes an exchange."""
        nodeid = request.node.nodeid
        return self._run.case(check_of(nodeid), case_of(nodeid))

    @pytest.fixture
    def live_sessions(self) -> LiveSessions:
        """The paused sessions that refusals share."""
        return self._sessions

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what the profile leaves out: that is no narrowing of the run."""
        if self._run.target.profile == "quick":
            collected = {check_of(item.nodeid) for item in items}
            items[:] = [item for item in items if item.get_closest_marker("full") is None]
            self._beyond_profile = collected - {check_of(item.nodeid) for item in items}

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Learn that a run was narrowed, whichever option did it."""
        self.collector.partial = self.collector.partial or bool(items)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn which checks are selected."""
        known = {check.id: attributed(check, self._contract) for check in all_checks()}
        for item in session.items:
            check = known.get(check_of(item.nodeid))
            if check is None:
                foreign = f"{item.path.name}::{item.name.partition('[')[0]}"
                raise pytest.UsageError(
                    f"{foreign} is no check of the suite: name files of contract_tests/checks, or select some with -k."
                )
            self.collector.expect(check)
        narrowed = [Path(argument) for argument in self._config.args] != [CHECKS]
        if narrowed or known.keys() - self.collector.selected - self._beyond_profile:
            self.collector.partial = True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Look for obstacles, let pytest resolve the fixtures of every case, then run the cases side by side."""
        if session.testsfailed or self._config.getoption("collectonly") or not session.items:
            return (yield)
        # A loop that is obstructed still runs, and finds no case to keep: a wrapper has to yield.
        self._obstructed = self._is_obstructed()
        result = yield
        if not self._obstructed:
            try:
                with self._interruption.held():
                    self._schedule.execute(self._jobs)
            except KeyboardInterrupt:
                # The verdict says so, and pytest need not: it would print where the main thread was waiting.
                self.collector.interrupted = True
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool:
        """Keep a case for the schedule: pytest's own set-up belongs to this one thread."""
        given = {name: pyfuncitem.funcargs[name] for name in signature(pyfuncitem.obj).parameters}
        case = given["exchange"]
        assert isinstance(case, Case)
        marks = {mark.name for mark in pyfuncitem.iter_markers()}
        stage = stage_of(marks, self._run.target)
        job = Job(case, lambda: pyfuncitem.obj(**given), stage, "waits" in marks)
        if "generated" in marks:
            generated = self._run.generated
            job = replace(job, is_ready=lambda: generated.are_made)
        self._jobs.append(job)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in what went wrong before a case could be scheduled, which is a defect of ours."""
        if report.failed:
            text = self._run.redactor.redact(str(report.longrepr))[-1_000:]
            self.collector.add(CaseResult(check_of(report.nodeid), case_of(report.nodeid), "error", text))

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Leave the screen to the suite's own lines."""
        return report.outcome, "", ""

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the reports and decide the exit code."""
        with self._interruption.held():
            self._finish(session, exitstatus)

    def _finish(self, session: pytest.Session, exitstatus: int) -> None:
        if self._progress is not None:
            self._progress.close()
        if exitstatus in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR):
            return
        if self._config.getoption("collectonly"):
            return
        interrupted = exitstatus == pytest.ExitCode.INTERRUPTED or self.collector.interrupted
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED or not self.collector.selected:
            session.exitstatus = 5 if not interrupted else 3 if session.testsfailed else 2
            if session.exitstatus == 5:
                print("\nNothing was checked: no check was selected. Look at -k and the file names.")
            return
        self.collector.results += self._schedule.results
        if self.planning:
            print(plan_of(self.collector, self._planned_for))
            # What the target gives no means for is left out of the rehearsal as of the run: no failure of the plan.
            session.exitstatus = exitstatus if interrupted else 0
            return
        self.collector.interrupted = interrupted
        state = self._budget.state()
        self.collector.backed_off, self.collector.held = state.backed_off, state.held
        if state.stopped and self.collector.stopped is None:
            self.collector.stopped = Stopped(*state.stopped)
        report = self.collector.report(time.monotonic() - self._started)
        log = self._hosting.keep_log(self._run.redactor.redact)
        if self._hosting.has_ended:
            print(f"\nThe server under test ended by itself during the run. {log}")
        session.exitstatus = self._publisher.publish(report, sys.stdout)

    def pytest_unconfigure(self) -> None:
        """Leave nothing behind."""
        self._interruption.undo()
        self._run.close()
        self._hosting.end()

    def _is_obstructed(self) -> bool:
        case = self._run.case(PREFLIGHT, None)
        error: Exception | None = None
        obstacle = None
        try:
            obstacle = find_obstacle(case)
        except (Unanswered, RunStopped) as raised:
            error = raised
        if self._config.getoption("concurrency") is None:
            self._run.concurrency = self.collector.concurrency = fitting_concurrency(case)
        result = classify(case, error, 0.0, late=True)
        self.collector.add(result)
        if obstacle is not None:
            self.collector.stopped = Stopped(obstacle.kind, obstacle.sentence)
        elif error is not None:
            unanswered = ("unanswered", f"The target did not answer: {error}.")
            self.collector.stopped = Stopped(*(self._budget.state().stopped or unanswered))
        return self.collector.stopped is not None

    def _hear(self, result: CaseResult) -> None:
        """Tell where the run is, or with -v how each case ended; the threads of the schedule call this."""
        with self._telling:
            if not self._quiet:
                name = f"{result.check}[{result.case}]" if result.case else result.check
                if not result.late:
                    print(f"{result.outcome:10} {result.seconds:6.2f} s  {name}", flush=True)
                return
            self._exchanges += len(result.records)
            self._problems += len(result.findings) + sum(len(record.findings) for record in result.records)
            self._progress = self._progress or Progress(sys.stdout)
            title = self.collector.selected[result.check].title
            self._progress.update(title, self._exchanges, self._problems)

"""Wiring of the suite into pytest: options, fixtures, what workers share, the reports and the exit status."""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contract_tests.contract.document import Contract, ContractError, load
from contract_tests.embedded.own_process import EmbeddedServer
from contract_tests.exchange.redaction import Redactor
from contract_tests.interruption import EndsOnSigterm
from contract_tests.places import GENERATED
from contract_tests.plan import plan_of, rehearsal_of
from contract_tests.registry import all_checks, check_of, is_narrowed
from contract_tests.report import write
from contract_tests.report.inert import one_line
from contract_tests.report.publishing import Publisher, publisher
from contract_tests.run.classification import find
from contract_tests.run.run import LiveSession, Run
from contract_tests.run.server import Redact, ServerNotReadyError, TargetServer
from contract_tests.target.settings import Target, TargetError, check_waivers, load_target, with_base_url
from contract_tests.verdict.collector import NO_ANSWER, Ledger, case_of
from contract_tests.wire.budget import Budget, RunStopped
from contract_tests.wire.connections import check_way
from contract_tests.wire.shared_budget import JoinedBudget, SharedBudget

HERE = Path(__file__).parent
CHECKS = HERE / "checks"
CLIENT = GENERATED / "links_api_client"
DEFAULT_SEED = 1
SERVER_LOG = "server.log"
SHOWN_LINES = 20
SECONDS_TO_END = 0.5


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options that pytest does not have."""
    parser.prog = "python -m contract_tests"
    group = parser.getgroup("contract", "the Resume contract", after="general")
    group.addoption("--target", metavar="FILE", help="target file (CONTRACT_TARGET); without one: the embedded server")
    group.addoption("--base-url", metavar="URL", help="base URL of the server under test (CONTRACT_BASE_URL)")
    group.addoption("--report-dir", metavar="DIR", help="folder of the reports (CONTRACT_REPORT_DIR; default: reports)")
    group.addoption("--seed", type=int, default=DEFAULT_SEED, metavar="N", help="the same seed sends the same bodies")
    group.addoption("--plan", action="store_true", help="print what would be sent, and send nothing")
    group.addoption("--compare", metavar="OLD.json", help="compare with the contract.json of an earlier run")


def pytest_configure(config: pytest.Config) -> None:
    """Read contract and target, start the embedded server, and share the limits among the workers."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args[:] = [str(CHECKS)]
    if not (CLIENT / "__init__.py").is_file():
        raise pytest.UsageError(f"{CLIENT} is missing: the client is checked too. Make it with `make generate`.")
    try:
        contract = load()
        option = config.getoption
        file = Path(option("target")) if option("target") is not None else None
        target = load_target(target=file, base_url=option("base_url"), environment=os.environ, today=date.today())
        for check in all_checks():
            contract.resolve(check.clause)
        check_waivers(target, [check.id for check in all_checks()])
        check_way(target)
        # xdist gives its workers, and nobody else, what the controller tells them.
        told: dict[str, Any] | None = getattr(config, "workerinput", {}).get("contract")
        publishes = None if told else publisher(option("report_dir"), option("compare"), os.environ)
    except (ContractError, TargetError) as error:
        raise pytest.UsageError(str(error)) from None
    if publishes is not None:
        config.pluginmanager.register(_Controller(config, target, contract, publishes), "contract-controller")
    elif told:
        shared = JoinedBudget(tuple(told["address"]), bytes.fromhex(told["key"]))
        config.pluginmanager.register(_Checking(with_base_url(target, told["base_url"]), contract, shared, config))


class _Controller:
    """Runs once: owns the embedded server, the limits, the ledger, and the reports."""

    def __init__(self, config: pytest.Config, target: Target, contract: Contract, publisher: Publisher) -> None:
        self._config, self._contract, self._publisher = config, contract, publisher
        self._quiet = config.getoption("verbose") < 0
        self._key = secrets.token_bytes(16)
        self._shared: SharedBudget | None = None
        self._server: EmbeddedServer | TargetServer | None = None
        self._started = time.monotonic()
        self.planning = bool(config.getoption("plan"))
        self._planned_for = target
        if self.planning:
            target = rehearsal_of(target)
        if target.embedded:
            self._server = _started_early(config) or EmbeddedServer(_environment_of(target))
        elif target.server:
            self._server = TargetServer(target.server)
        if self._server:
            target = with_base_url(target, self._base_url_of(self._server, Redactor(target.secret_words).redact))
        self._target = target
        self._budget = Budget(target.limits.requests, target.limits.requests_per_second)
        workers = int(config.getoption("numprocesses", 0, skip=False) or 0)
        self.ledger = Ledger(
            target, contract, config.getoption("seed"), workers=max(workers, 1), partial=is_narrowed(config)
        )
        self._checking = _Checking(target, contract, self._budget, config)
        if workers:
            self._shared = SharedBudget(self._budget, self._key)
        else:
            config.pluginmanager.register(self._checking)
        self._progress: Any = None
        self._interruption = EndsOnSigterm()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker where the server and the limits are."""
        if self._shared is None:
            raise RuntimeError("workers are started without shared limits")
        node.workerinput["contract"] = {
            "base_url": self._target.base_url,
            "address": list(self._shared.address),
            "key": self._key.hex(),
        }

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Learn which checks a worker has selected."""
        self._select(ids)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """Let a worker that is through take over what another has not begun: checks take very different times."""
        # Late: a run without workers owes no time to it.
        from xdist.scheduler import WorkStealingScheduling  # type: ignore[import-untyped]

        return WorkStealingScheduling(config, log) if config.getoption("dist") == "load" else None

    def pytest_keyboard_interrupt(self) -> None:
        """Wait no longer for the workers, who may be in the middle of an exchange."""
        self._budget.stop("interrupted", "The run was interrupted.")
        workers = self._config.pluginmanager.get_plugin("dsession")
        if workers is not None:
            workers.nodemanager.EXIT_TIMEOUT = SECONDS_TO_END

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn which checks are selected."""
        self._select([item.nodeid for item in session.items])

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Take in what one phase of one case found."""
        told = getattr(report, "contract", None)
        if told is not None:
            self.ledger.add(check_of(report.nodeid), told)
            if self._quiet:
                self._show_progress(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, str] | None:
        """Leave the screen to the progress line, unless -v asks for pytest's own."""
        return (report.outcome, "", "") if self._quiet and isinstance(report, pytest.TestReport) else None

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the reports and decide the exit code."""
        if self._progress is not None:
            self._progress.close()
        if exitstatus in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR):
            return
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED or not self.ledger.checks:
            session.exitstatus = 5 if exitstatus != pytest.ExitCode.INTERRUPTED else _collection_status(session)
            if session.exitstatus == 5:
                print("\nNothing was checked: no check was selected. Look at -k and the file names.")
            return
        if self.planning:
            print(plan_of(self.ledger, self._planned_for))
            # What the target gives no means for is left out of the rehearsal as of the run: no failure of the plan.
            session.exitstatus = 0 if exitstatus == pytest.ExitCode.TESTS_FAILED else exitstatus
            return
        self.ledger.interrupted = exitstatus == pytest.ExitCode.INTERRUPTED
        self.ledger.stopped = self._budget.state()["stopped"]
        report = self.ledger.report(time.monotonic() - self._started)
        session.exitstatus = report["exit_code"]
        if isinstance(self._server, TargetServer):
            told = self._keep_log(self._server, self._checking.redact)
            if self._server.has_ended:
                print(f"\nThe server under test ended by itself during the run. {told}")
        self._publisher.publish(report, sys.stdout)

    def pytest_unconfigure(self) -> None:
        """Leave nothing behind."""
        self._interruption.undo()
        if self._shared is not None:
            self._shared.close()
        if self._server is not None:
            self._server.end()

    def _base_url_of(self, server: EmbeddedServer | TargetServer, redact: Redact) -> str:
        try:
            return server.wait_for_base_url()
        except ServerNotReadyError as error:
            assert isinstance(server, TargetServer)
            pytest.exit(f"{error} {self._keep_log(server, redact)}", returncode=NO_ANSWER)

    def _keep_log(self, server: TargetServer, redact: Redact) -> str:
        """Write what the server printed beside the reports, and return where it is and its last lines."""
        lines = server.printed(redact)
        log = write(self._publisher.folder / SERVER_LOG, "".join(f"{line}\n" for line in lines))
        shown = "".join(f"\n  | {one_line(line)}" for line in lines[-SHOWN_LINES:])
        return f"What it printed is in {log}{f'; the last of it:{shown}' if shown else ', which is empty.'}"

    def _select(self, nodeids: list[str]) -> None:
        known = {check.id: check for check in all_checks()}
        for check in dict.fromkeys(map(check_of, nodeids)):
            self.ledger.expect(check, known[check].title, known[check].clause)

    def _show_progress(self, nodeid: str) -> None:
        if self._progress is None:
            # Late: a run that stops at a wrong setting shows none.
            from contract_tests.report.progress import Progress

            self._progress = Progress(sys.stdout, self.ledger.planned)
        check = self.ledger.checks[check_of(nodeid)]
        violations = sum(len(record.violations) for record in self.ledger.checks.values())
        room = check.id.partition("::")[0].removeprefix("test_").removesuffix(".py").replace("_", " ")
        self._progress.update(check.title, room, len(self.ledger.records), violations)


class _Checking:
    """Runs in every process that runs checks: gives them the run, and reports how each case ended."""

    def __init__(self, target: Target, contract: Contract, budget: Budget, config: pytest.Config) -> None:
        self._target, self._contract, self._budget = target, contract, budget
        self._seed = config.getoption("seed")
        self._run: Run | None = None

    def redact(self, text: str) -> str:
        """Return a text without the secrets of the run."""
        return (self._run.redactor if self._run else Redactor(self._target.secret_words)).redact(text)

    def pytest_unconfigure(self) -> None:
        """Leave the limits that the workers share."""
        if isinstance(self._budget, JoinedBudget):
            self._budget.leave()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        """Let a check send the same bodies whichever ran before it, and in whichever worker."""
        if self._run is not None:
            self._run.begin(item.nodeid)

    @pytest.fixture(scope="session")
    def exchange(self) -> Iterator[Run]:
        """The run: called with a body and credentials, it makes an exchange."""
        self._run = Run(self._target, self._contract, self._budget, self._seed)
        yield self._run
        self._run.close()

    @pytest.fixture(scope="session")
    def target(self) -> Target:
        """The server under test."""
        return self._target

    @pytest.fixture(scope="module")
    def live_session_of_module(self, exchange: Run) -> Iterator[LiveSession]:
        """A paused session for the refusals of one file; it is proved alive when they are through."""
        live = LiveSession(exchange)
        yield live
        try:
            live.prove_alive()
        except RunStopped:
            return
        finally:
            exchange.advise(*live.advice)

    @pytest.fixture
    def live_session(self, live_session_of_module: LiveSession, request: pytest.FixtureRequest) -> LiveSession:
        """The paused session that refusals share, told which check it serves now."""
        live_session_of_module.check = check_of(request.node.nodeid)
        return live_session_of_module

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Begin no case once the run was stopped: to make up what is not sent takes time."""
        self._budget.go_on()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        """Attach to each report what was sent and how it ended, free of secrets."""
        report = yield
        finding = find(call, check_of(item.nodeid), self._run)
        report.contract = {
            **finding,
            "case": case_of(item.nodeid),
            "ended": int(call.when == "call"),
            "seconds": call.duration,
            "taken": self._run.take() if self._run else {"exchanges": [], "pauses": 0, "advice": [], "waits": 0},
        }
        report.sections = []
        if report.longrepr is not None and not report.skipped:
            report.longrepr = finding["reason"] or "violated"
        return report


def _started_early(config: pytest.Config) -> EmbeddedServer | None:
    """Return the embedded server that `contract_tests/__main__.py` has started, if it has."""
    return next((plugin for plugin in config.pluginmanager.get_plugins() if isinstance(plugin, EmbeddedServer)), None)


def _environment_of(target: Target) -> dict[str, str]:
    login = target.credentials
    return {**os.environ, "CONTRACT_SECRET_ID": login.secret_id, "CONTRACT_SECRET_PASSWORD": login.secret_password}


def _collection_status(session: pytest.Session) -> int:
    return 3 if session.testsfailed else 2

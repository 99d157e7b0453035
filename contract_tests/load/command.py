"""`python -m contract_tests load`: the contract under load, on this machine or with workers on others."""

from __future__ import annotations

import argparse
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

# Before all others: importing Locust turns sockets and threads into gevent's, and what has been made of them is not.
import locust  # noqa: F401 - for what its import does

from contract_tests.contract import Contract, ContractError, load
from contract_tests.contract.protocol import require
from contract_tests.exchange.disclosure import UUID
from contract_tests.exchange.judged import Scene
from contract_tests.exchange.redaction import FILTERED, Redactor
from contract_tests.exchange.violation import Unanswered
from contract_tests.hosting import Hosting, HostingError
from contract_tests.load.decision import Ended
from contract_tests.load.engine import ENGINE, keep_quiet, run_here
from contract_tests.load.generator import Generator, place_of
from contract_tests.load.master import Master, WorkerRefusedError
from contract_tests.load.plan import plan_of
from contract_tests.load.settings import Settings, digests, settings_of, shares
from contract_tests.load.steps import Step, possible_steps
from contract_tests.load.tally import Tally
from contract_tests.load.verdict import report_of
from contract_tests.load.worker import Worker
from contract_tests.report.command import Parser
from contract_tests.report.progress import Progress
from contract_tests.report.publishing import Publisher, PublishingError, publisher
from contract_tests.run.interruption import Interruption
from contract_tests.run.preflight import PREFLIGHT, find_obstacle
from contract_tests.run.run import Run
from contract_tests.server_process import ServerProcess
from contract_tests.target.settings import (
    EMBEDDED,
    Target,
    TargetError,
    check_accept_unseen,
    load_target,
    with_base_url,
)
from contract_tests.verdict.decision import NO_ANSWER, OUR_ERROR
from contract_tests.wire import Budget, RunStopped, check_way

PROGRAM = "python -m contract_tests load"
LOOPBACK = "127.0.0.1"
PREFLIGHT_REQUESTS = 50


def main(arguments: Sequence[str] | None = None) -> int:
    """Load a server and judge every answer; return the exit code: the table of docs/exit-codes.md."""
    parser = _parser()
    given = parser.parse_args(arguments)
    keep_quiet()
    try:
        contract = load()
        target = load_target(
            target=Path(given.target) if given.target else None,
            base_url=given.base_url,
            environment=os.environ,
            today=date.today(),
        )
        require(contract)
        check_accept_unseen(target, contract.responses)
        check_way(target)
        if given.worker:
            return _work(target, contract, *_address(given.worker))
        settings = settings_of(target, given)
        if given.plan:
            print(plan_of(target, settings, possible_steps(target)))
            return 0
        publishes = publisher(given.report_dir, given.compare, os.environ)
        return _Load(given, target, contract, settings, publishes).run()
    except (ContractError, TargetError, PublishingError, WorkerRefusedError) as error:
        return parser.refuse(str(error))
    except HostingError as error:
        print(error, file=sys.stderr)
        return NO_ANSWER
    except Exception as error:
        print(f"{PROGRAM}: an error of the suite's own: {place_of(error)}: report it.", file=sys.stderr)
        return OUR_ERROR


class _Load:
    """A run under load: its server, its users in this process or in workers, its verdict and its reports."""

    def __init__(
        self, given: argparse.Namespace, target: Target, contract: Contract, settings: Settings, publishes: Publisher
    ) -> None:
        self._given, self._contract, self._settings, self._publisher = given, contract, settings, publishes
        self._target = target
        self._steps: tuple[Step, ...] = possible_steps(target)
        self._interruption = Interruption()
        self._progress = Progress(sys.stdout)
        self._redactor = Redactor(target.secret_words)

    def run(self) -> int:
        """Run to the end, write the reports, and return the exit code."""
        started, clock = datetime.now(UTC), time.monotonic()
        hosting = Hosting(self._target, None, self._publisher.folder)
        ended = Ended(started, 0.0, ENGINE)
        tally = Tally()
        try:
            with self._interruption.raised():
                base_url = hosting.base_url(self._redactor.redact)
                if base_url is not None:
                    self._target = with_base_url(self._target, base_url)
                obstacle = self._obstacle()
            if obstacle is not None:
                ended = replace(ended, obstacle=obstacle)
            else:
                tally, lost = self._under_load()
                ended = replace(ended, lost_workers=lost)
            log = hosting.keep_log(self._redact_log)
            if hosting.has_ended:
                print(f"\nThe server under test ended by itself during the run. {log}")
        except KeyboardInterrupt:
            assert self._interruption.asked, "it raises this"
        finally:
            hosting.end()
        self._progress.close()
        ended = replace(ended, seconds=time.monotonic() - clock, interrupted=self._interruption.asked)
        scene = Scene(
            self._contract,
            self._redactor,
            self._target.base_url,
            self._target.credentials,
            self._target.undeclared_fields,
        )
        report = report_of(tally, ended, self._settings, self._target, scene, self._steps)
        return self._publisher.publish(report, sys.stdout)

    def _redact_log(self, text: str) -> str:
        """Redact what the server printed: there are too many sessions to know them, so no UUID is left in it."""
        return UUID.sub(FILTERED, self._redactor.redact(text))

    def _obstacle(self) -> tuple[str, str] | None:
        """Look for what stands in the way of the run, with a few exchanges."""
        budget = Budget(PREFLIGHT_REQUESTS, self._settings.per_second)
        run = Run(self._target, self._contract, budget, self._settings.seed)
        try:
            obstacle = find_obstacle(run.case(PREFLIGHT, None))
        except (Unanswered, RunStopped) as error:
            return budget.state().stopped or ("unanswered", f"The target did not answer: {error}.")
        finally:
            run.close()
        return (obstacle.kind, obstacle.sentence) if obstacle else None

    def _under_load(self) -> tuple[Tally, int]:
        """Return what was counted, and how many workers were lost."""
        if self._settings.workers > 1 or self._given.master:
            return self._with_workers()
        generator = Generator(self._target, self._contract, shares(self._settings)[0])
        return run_here(generator, self._steps, self._settings, self._interruption, self._tell), 0

    def _with_workers(self) -> tuple[Tally, int]:
        own = digests(self._contract, self._target)
        host, port = _address(self._given.master) if self._given.master else (LOOPBACK, 0)
        _require_free(host, port)
        master = Master(self._settings, self._steps, own, host, port)
        processes: list[ServerProcess] = []
        if self._given.master:
            print(f"waiting for {self._settings.workers} workers on {host}:{master.port}", flush=True)
        else:
            command = _command_of_worker(self._given, self._target, master.port)
            processes = [ServerProcess(command, environment=os.environ) for _ in range(self._settings.workers)]
        try:
            tally = master.run(processes, self._interruption, self._tell)
        finally:
            for process in processes:
                process.end()
        return tally, 0 if self._interruption.asked else master.lost

    def _tell(self, tally: Tally) -> None:
        done = f"{tally.worker_seconds / self._settings.workers:.0f} of {self._settings.seconds:g} s under load"
        self._progress.update(done, tally.sent, tally.wrong)


def _work(target: Target, contract: Contract, host: str, port: int) -> int:
    interruption = Interruption()
    try:
        worker = Worker(target, contract, host, port)
    except ConnectionError:
        raise TargetError(f"No master answers at {host}:{port}: start one with --master, or open the tunnel.") from None
    code = worker.work(interruption)
    if worker.refused:
        print(f"{PROGRAM}: {worker.refused}", file=sys.stderr)
    return code


def _command_of_worker(given: argparse.Namespace, target: Target, port: int) -> list[str]:
    """Return the command that starts a worker on this machine; its secrets come from the environment or the file."""
    file = given.target or os.environ.get("CONTRACT_TARGET") or (str(EMBEDDED) if target.embedded else None)
    command = [sys.executable, "-m", "contract_tests", "load", "--worker", f"{LOOPBACK}:{port}"]
    return [*command, "--base-url", target.base_url, *(["--target", file] if file else [])]


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdecimal():
        raise TargetError(f"{text} is no address: write HOST:PORT, or a port on {LOOPBACK} alone.")
    return host.strip("[]") or LOOPBACK, int(port)


def _require_free(host: str, port: int) -> None:
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        raise TargetError(f"A master cannot listen on {host}:{port} ({error.strerror}): choose another.") from None


def _parser() -> Parser:
    parser = Parser(prog=PROGRAM, description=main.__doc__)
    parser.add_argument(
        "--target", metavar="FILE", help="target file (CONTRACT_TARGET); without one: the embedded server"
    )
    parser.add_argument("--base-url", metavar="URL", help="base URL of the server under test (CONTRACT_BASE_URL)")
    parser.add_argument("--report-dir", metavar="DIR", help="folder of the reports (default: reports)")
    parser.add_argument("--compare", metavar="OLD.json", help="compare with the contract.json of an earlier run")
    parser.add_argument("--plan", action="store_true", help="print what would be sent, and send nothing")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed makes the same choices")
    parser.add_argument(
        "-x", "--exitfirst", action="store_true", dest="exit_first", help="end at the first wrong answer"
    )
    limits = parser.add_argument_group("the load, in place of what the target file says under load")
    limits.add_argument("--users", type=_positive(int), metavar="N", help="users at the same time (default: 50)")
    limits.add_argument("--seconds", type=_positive(float), metavar="S", help="how long (default: 60)")
    limits.add_argument(
        "--requests-per-second", type=_positive(float), metavar="N", help="starts in a second (default: 100)"
    )
    limits.add_argument("--requests", type=_positive(int), metavar="N", help="the most requests (default: 20000)")
    limits.add_argument("--crowd", type=_crowd, metavar="N", help="requests that leave together (default: 16)")
    limits.add_argument("--max-violations-per-million", type=_share, metavar="N", help="accepted (default: 0)")
    limits.add_argument("--max-unanswered-percent", type=_share, metavar="N", help="accepted (default: 1)")
    places = parser.add_argument_group("where the users are")
    places.add_argument(
        "--workers", type=_positive(int), default=1, metavar="N", help="processes on this machine (default: 1)"
    )
    places.add_argument("--master", metavar="HOST:PORT", help="wait for workers on other machines")
    places.add_argument(
        "--expect-workers", type=_positive(int), metavar="N", help="how many workers the master waits for"
    )
    places.add_argument("--worker", metavar="HOST:PORT", help="work for the master at this address")
    return parser


def _positive(kind: type[int] | type[float]) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = kind(text)
        if not 0 < value < float("inf"):
            raise ValueError
        return value

    read.__name__ = "positive number"
    return read


def _crowd(text: str) -> int:
    if not 2 <= int(text) <= 256:
        raise ValueError
    return int(text)


def _share(text: str) -> float:
    if not 0 <= float(text) < float("inf"):
        raise ValueError
    return float(text)

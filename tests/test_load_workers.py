"""A master and four workers as processes of their own: one rate, one set of counts, one report; and a lost one."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from contract_tests.embedded.server import PausedSession
from tests.faulty_servers.served import Served
from tests.load_command import command, environment, target_of
from tests.suite_command import PROJECT, Ended

pytestmark = pytest.mark.skipif(find_spec("locust") is None, reason="needs requirements-load.lock")
WORKERS, PER_SECOND, SECONDS = 4, 60, 9
CROWD = 8


class Counting(Served):
    """A server that forgets the status of every link, and keeps when each request came."""

    def __init__(self) -> None:
        super().__init__()
        self.moments: list[float] = []
        self.forgets = True

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        """Handle a request, and note when it came."""
        self.moments.append(time.monotonic())
        return await super().handle(request, operation)

    def link_content(self, session: PausedSession) -> dict[str, object]:
        """Show a registered link, without its status."""
        content = super().link_content(session)
        if self.forgets:
            content.pop("status")
        return content


@dataclass
class Team:
    """A master with its workers."""

    master: subprocess.Popen[str]
    workers: list[subprocess.Popen[str]]
    reports: Path

    def ended(self) -> Ended:
        """Wait for the end of all of them."""
        printed, complained = self.master.communicate(timeout=120)
        for worker in self.workers:
            worker.communicate(timeout=30)
        return Ended(self.master.returncode, printed, complained, self.reports)


def free_port() -> int:
    """Return a port that nobody listens on, below those that systems give to whoever connects in the meantime."""
    for port in random.SystemRandom().sample(range(10_000, 32_000), 20):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("twenty ports are all in use")


@contextlib.contextmanager
def team(folder: Path, target: str, workers: int = WORKERS, *, other: str | None = None) -> Iterator[Team]:
    """Start a master and its workers, the last one with another target file where one is given."""
    address = f"127.0.0.1:{free_port()}"
    reports = folder / "reports"
    load = ("--seconds", f"{SECONDS}", "--requests-per-second", f"{PER_SECOND}", "--users", "24", "--crowd", f"{CROWD}")

    def start(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command(reports, *arguments),
            cwd=PROJECT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.enter_context(process)
        processes.callback(process.kill)
        return process

    with contextlib.ExitStack() as processes:
        master = start("--target", target, "--master", address, "--expect-workers", f"{workers}", *load)
        files = [target] * (workers - 1) + [other or target]
        yield Team(master, [start("--target", file, "--worker", address) for file in files], reports)


def test_four_workers_keep_one_rate_and_write_one_report(tmp_path: Path) -> None:
    """The rate is kept and never exceeded, counts add up with the server's, and one bug of all is one cause."""
    served = Counting()
    with target_of(served, tmp_path) as target, team(tmp_path, target) as run:
        ended = run.ended()

    assert ended.exit_code == 1, ended.printed + ended.complained
    assert [worker.returncode for worker in run.workers] == [0] * WORKERS
    load = ended.report["load"]
    assert (load["workers"], load["lost_workers"]) == (WORKERS, 0)
    assert load["offered"] == PER_SECOND * SECONDS
    assert 0.95 * PER_SECOND * SECONDS <= load["achieved"] + load["omitted"] <= PER_SECOND * SECONDS
    # What came before the workers is the preflight.
    assert load["achieved"] <= len(served.moments) <= load["achieved"] + 5
    for moment in served.moments:
        within = sum(moment <= other < moment + 1 for other in served.moments)
        assert within <= PER_SECOND + WORKERS * (CROWD + 1)
    assert [cause["place"] for cause in ended.report["causes"]] == ["/status"]
    assert ended.report["causes"][0]["exchanges"] == ended.report["statuses"]["200"]["seen"]
    assert len(load["causes"][0]["examples"]) == 5


def test_a_killed_worker_makes_a_run_incomplete(tmp_path: Path) -> None:
    """Its counts up to then stand, the others go on, and the run is exit 7."""
    served = Counting()
    served.forgets = False
    with target_of(served, tmp_path) as target, team(tmp_path, target, 2) as run:
        deadline = time.monotonic() + 60
        while len(served.moments) < PER_SECOND * 4 and time.monotonic() < deadline:
            time.sleep(0.1)
        os.kill(run.workers[0].pid, signal.SIGKILL)
        ended = run.ended()

    assert ended.exit_code == 7, ended.printed + ended.complained
    assert "1 of 2 workers were lost" in ended.printed
    load = ended.report["load"]
    assert load["lost_workers"] == 1
    assert PER_SECOND * 4 * 0.7 < load["achieved"] < PER_SECOND * SECONDS


def test_a_worker_with_another_target_is_refused(tmp_path: Path) -> None:
    """Master and workers compare what they test before anything is sent: exit 4 for both."""
    served = Counting()
    other = tmp_path / "other"
    other.mkdir()
    with (
        target_of(served, tmp_path) as target,
        target_of(Served(), other) as another,
        team(tmp_path, target, 2, other=another) as run,
    ):
        ended = run.ended()

    assert ended.exit_code == 4, ended.printed + ended.complained
    assert "A worker has another target than the master" in ended.complained
    assert run.workers[-1].returncode == 4

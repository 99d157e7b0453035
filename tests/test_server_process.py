"""A server that the suite starts has a process group of its own, and is gone however the suite ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from contract_tests.__main__ import means_embedded_server
from contract_tests.embedded.own_process import EmbeddedServer
from contract_tests.server_process import ServerProcess
from tests.suite_command import PROJECT

WITH_A_CHILD = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("pids", os.getpid(), child.pid, flush=True)
time.sleep(60)
"""
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + WITH_A_CHILD
SHORT_LIVED = WITH_A_CHILD.replace("time.sleep(60)\n", "sys.exit(7)\n")


def eventually(holds: Callable[[], bool], seconds: float = 10) -> bool:
    """Tell whether something comes to hold within the time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def runs(pid: int) -> bool:
    """Tell whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def pids_of(printed: str | None) -> list[int]:
    """Return the process ids that a server has printed."""
    assert printed is not None
    return [int(word) for word in printed.split()[1:]]


@pytest.mark.parametrize("program", [WITH_A_CHILD, DEAF], ids=["obedient", "deaf to SIGTERM"])
def test_what_the_server_started_ends_with_it(program: str) -> None:
    """The whole process group is gone after `end`, also where SIGTERM is ignored."""
    server = ServerProcess([sys.executable, "-c", program])
    pids = pids_of(server.find(r"pids .*", 10))
    assert all(map(runs, pids))

    server.end()

    assert eventually(lambda: not any(map(runs, pids)))
    assert server.exit_code is not None


def test_a_server_that_ends_takes_its_children_along() -> None:
    """A server that ends by itself is known to have, with its exit code, and leaves no child behind."""
    server = ServerProcess([sys.executable, "-c", SHORT_LIVED])
    pids = pids_of(server.find(r"pids .*", 10))

    assert eventually(lambda: server.exit_code is not None)
    assert server.exit_code == 7
    assert eventually(lambda: not any(map(runs, pids)))
    server.end()


def test_a_command_that_is_not_there_is_told() -> None:
    """A program that cannot be started is the last line of the output."""
    server = ServerProcess(["./no-such-server"])

    assert not server.wait_until(lambda: False, 10)
    server.end()
    assert server.lines[-1] == "./no-such-server cannot be started: No such file or directory."


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_the_server_ends_with_whoever_started_it(number: signal.Signals) -> None:
    """However the starting process ends, the server and its children do."""
    parent = textwrap.dedent(f"""
        import sys, time
        from contract_tests.server_process import ServerProcess
        server = ServerProcess([sys.executable, "-c", {WITH_A_CHILD!r}])
        print(server.find(r"pids .*", 10), flush=True)
        time.sleep(60)
    """)
    command = [sys.executable, "-c", parent]
    with subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as starting:
        assert starting.stdout is not None
        pids = pids_of(starting.stdout.readline())
        starting.send_signal(number)
        starting.wait(timeout=10)

    assert eventually(lambda: not any(map(runs, pids)))


def test_the_embedded_server_has_a_process_of_its_own() -> None:
    """It answers on a port of its own with the credentials of its environment, and is gone at its end."""
    login = {"CONTRACT_SECRET_ID": "somebody", "CONTRACT_SECRET_PASSWORD": "some-Password-1"}
    server = EmbeddedServer(os.environ | login)
    url = server.wait_for_base_url()

    assert httpx.get(f"{url}/api/", auth=("somebody", "some-Password-1")).status_code == 200
    server.end()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/api/")


@pytest.mark.parametrize(
    ("arguments", "environment", "meant"),
    [
        ([], {}, True),
        (["-k", "428", "--seed=3"], {}, True),
        (["--target", "x.yaml"], {}, False),
        (["--base-url=http://127.0.0.1:1"], {}, False),
        (["--plan"], {}, False),
        ([], {"CONTRACT_TARGET": "x.yaml"}, False),
        ([], {"CONTRACT_BASE_URL": "http://127.0.0.1:1"}, False),
    ],
)
def test_the_embedded_server_starts_early_where_no_other_is_named(
    arguments: list[str], environment: dict[str, str], meant: bool
) -> None:
    """Only a run that names no server gets the embedded one before its settings are read."""
    assert means_embedded_server(arguments, environment) is meant

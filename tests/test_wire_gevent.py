"""The wire under gevent, whose greenlets take the place of threads in a run under load."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.suite_command import PROJECT

pytest.importorskip("gevent")


def test_the_wire_runs_unchanged_under_gevent() -> None:
    """Crowds, shared connections, TLS, deadlines and interruptions are the same with sockets and threads patched."""
    command = [sys.executable, "-m", "gevent.monkey", "--module", "pytest", "-q", "-p", "no:xdist"]
    done = subprocess.run(
        [*command, "tests/test_wire_threads.py", "tests/test_wire_requests.py"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr

"""A server in a process group of its own, which ends with the run however the run ends."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

GUARD = Path(__file__).parent / "server_guard.py"
KEPT_LINES = 10_000
LINE_BYTES = 4096
TICK_SECONDS = 0.01
DAEMON_SECONDS = 1.0


class ServerProcess:
    """A command that serves: started at once, watched by a guard, its latest output kept in memory.

    The output is as the server printed it and may hold secrets: it is redacted before it is shown or written.
    """

    def __init__(
        self, command: Sequence[str], *, directory: Path | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        # In a session of its own: Ctrl-C in a terminal reaches the run, which then ends the server.
        self._guard = subprocess.Popen(  # noqa: S603 (the user's own command, by their own target file)
            [sys.executable, "-I", "-S", str(GUARD), *command],
            cwd=directory,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def lines(self) -> tuple[str, ...]:
        """What the server has printed, on either stream, its latest lines last."""
        return tuple(self._lines)

    @property
    def exit_code(self) -> int | None:
        """The exit code of a server that has ended by itself or was ended; None while it runs."""
        return self._guard.poll()

    def wait_until(self, is_ready: Callable[[], bool], seconds: float) -> bool:
        """Wait until the server is ready; False when it ended before, or is not ready in time."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            if self.exit_code is not None or time.monotonic() > deadline:
                return False
            time.sleep(TICK_SECONDS)
        return True

    def find(self, pattern: str, seconds: float) -> str | None:
        """Wait for a line in which the pattern is found, and return what it matches there."""
        compiled, found = re.compile(pattern), ""

        def is_printed() -> bool:
            nonlocal found
            found = next((match[0] for line in self.lines if (match := compiled.search(line))), "")
            return bool(found)

        return found if self.wait_until(is_printed, seconds) else None

    def end(self) -> None:
        """End the server, and whatever is left in its process group."""
        assert self._guard.stdin is not None
        assert self._guard.stdout is not None
        self._guard.stdin.close()
        self._guard.wait()
        # What has left the group, a daemon, may hold the output open: nothing more of it is read.
        self._reader.join(DAEMON_SECONDS)
        if not self._reader.is_alive():
            self._guard.stdout.close()

    def _read(self) -> None:
        assert self._guard.stdout is not None
        while line := self._guard.stdout.readline(LINE_BYTES):
            self._lines.append(line.decode("utf-8", "replace").rstrip("\r\n"))

"""Runs a command until standard input ends, then ends the command and whatever it started in its process group.

`ServerProcess` holds the other end of that standard input, which the kernel closes however that process ends. The guard
is a script of the standard library alone, so that it starts in a hundredth of a second.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading

GRACE_SECONDS = 3.0
NOT_STARTED = 127


def main(command: list[str]) -> int:
    """Run the command to its end, or to the end of standard input; return its exit code, 128 and n for signal n."""
    try:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    except OSError as error:
        print(f"{command[0]} cannot be started: {error.strerror}.", file=sys.stderr)
        return NOT_STARTED
    ended = threading.Event()
    threading.Thread(target=_end_with_stdin, args=(server.pid, ended), daemon=True).start()
    # Not waited for yet: until then nobody else can be given the number of its group.
    os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOWAIT)
    ended.set()
    _signal_group(server.pid, signal.SIGKILL)
    code = server.wait()
    return code if code >= 0 else 128 - code


def _end_with_stdin(group: int, ended: threading.Event) -> None:
    while os.read(0, 1024):
        pass
    _signal_group(group, signal.SIGTERM)
    if not ended.wait(GRACE_SECONDS):
        _signal_group(group, signal.SIGKILL)


def _signal_group(group: int, number: signal.Signals) -> None:
    # macOS refuses with EPERM what Linux says with ESRCH: a group of which nobody is left but the unwaited first.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Runs a program without a shell, within a time and an amount of output, and leaves nothing of it running."""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

OUTPUT_BYTES = 64 * 1024
TICK_SECONDS = 0.02


class CommandError(Exception):
    """Why a program did not run to its end, as a clause without a word of its own."""


@dataclass(frozen=True)
class Outcome:
    """How a program ended (below 0: by that signal), what it printed, and the end of what it complained."""

    code: int
    out: bytes = field(repr=False)
    err: bytes = field(repr=False)


def run_bounded(
    argv: Sequence[str], directory: Path, seconds: float, go_on: Callable[[], object] = lambda: None
) -> Outcome:
    """Run a program in a folder; whatever it started in its process group ends with it.

    `go_on` is called again and again while nothing comes: what it raises ends the program.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 (the user's own command, by their own target file)
            argv,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise CommandError(f"cannot be started ({error.strerror})") from None
    with process:
        try:
            out, err = _collect(process, time.monotonic() + seconds, go_on)
        except TimeoutError:
            raise CommandError(f"did not end within {seconds:g} s (limits.timeout_seconds)") from None
        finally:
            # Before the process is waited for: until then its group's number belongs to nobody else.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
    return Outcome(process.returncode, out, err)


def _has_exited(process: subprocess.Popen[bytes]) -> bool:
    try:
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
    except ChildProcessError:
        # Under load gevent waits for every process as soon as it exits.
        return True


def _collect(process: subprocess.Popen[bytes], deadline: float, go_on: Callable[[], object]) -> tuple[bytes, bytes]:
    """Read until the process has exited, whoever else may still hold its output open."""
    assert process.stdout is not None
    assert process.stderr is not None
    out, err = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        for stream, kept in ((process.stdout, out), (process.stderr, err)):
            os.set_blocking(stream.fileno(), False)
            selector.register(stream, selectors.EVENT_READ, kept)
        while True:
            exited = _has_exited(process)
            arrived = False
            # With both ends closed and the process still there, select is a mere pause.
            for key, _ in selector.select(0 if exited else TICK_SECONDS):
                data = os.read(key.fd, OUTPUT_BYTES)
                key.data.extend(data)
                arrived = True
                if not data:
                    selector.unregister(key.fileobj)
            del err[:-OUTPUT_BYTES]
            if len(out) > OUTPUT_BYTES:
                raise CommandError(f"printed more than {OUTPUT_BYTES // 1024} KiB")
            if exited and not arrived:
                return bytes(out), bytes(err)
            if time.monotonic() > deadline:
                raise TimeoutError
            if not arrived:
                go_on()

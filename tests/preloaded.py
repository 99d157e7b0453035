"""Commands of Python, forked from a process that has imported other packages: importing takes longer than most runs.

What is the project's own is imported by each command anew, from the folder that it runs in.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from os import fork, waitpid  # before anything takes their places
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from typing import Any

SUITE = (
    *("pytest", "attrs", "h11", "httpx", "idna", "jinja2", "jsonschema", "jsonschema_rs", "msgspec", "yaml"),
    # and what these import late
    *("concurrent.futures.thread", "encodings.idna", "gzip", "pdb", "queue", "unittest", "xml.etree.ElementTree"),
)
LOAD = ("locust",)  # alone, since it changes the sockets of what is imported after it
SECONDS = 180


class Preloaded:
    """A process that imports modules once, and forks for each command."""

    def __init__(self, modules: Sequence[str]) -> None:
        self._in_turn = Lock()
        self._commands, theirs = socket.socketpair()
        command = [sys.executable, __file__, str(theirs.fileno()), *modules]
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        atexit.register(self._end)

    def run(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], given: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run `python -m …` or `python -c …` to its end, as `subprocess.run` does; after 180 s it is killed."""
        asked = json.dumps({"arguments": arguments, "folder": str(folder), "environment": dict(environment)})
        with self._in_turn, TemporaryFile() as stdin, TemporaryFile() as stdout, TemporaryFile() as stderr:
            stdin.write(given.encode())
            stdin.seek(0)
            streams = [stdin.fileno(), stdout.fileno(), stderr.fileno()]
            socket.send_fds(self._commands, [asked.encode() + b"\n"], streams)
            pid = self._number()
            if not select.select([self._commands], [], [], SECONDS)[0]:
                os.kill(pid, signal.SIGKILL)
            exit_code = self._number()
            for stream in (stdout, stderr):
                stream.seek(0)
            return subprocess.CompletedProcess(arguments, exit_code, stdout.read().decode(), stderr.read().decode())

    def _end(self) -> None:
        self._commands.close()
        self._process.wait()

    def _number(self) -> int:
        said = b""
        while not said.endswith(b"\n"):
            part = self._commands.recv(1)
            assert part, "the process that commands are forked from has ended"
            said += part
        return int(said)


@cache
def preloaded(*modules: str) -> Preloaded:
    """Return this process's own, started when it is needed first: it ends with this process."""
    return Preloaded(modules)


def serve(commands: socket.socket) -> None:
    """Fork for each command until nobody is there to send one; what is forked leaves by the command's own exit."""
    while True:
        asked, streams, _, _ = socket.recv_fds(commands, 1 << 20, 3)
        if not asked:
            return
        while not asked.endswith(b"\n"):
            asked += commands.recv(1 << 20)
        pid = fork()
        if not pid:
            commands.close()
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
                os.close(stream)
            become(**json.loads(asked))
            return
        for stream in streams:
            os.close(stream)
        commands.sendall(b"%d\n" % pid)
        _, status = waitpid(pid, 0)
        commands.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def become(arguments: Sequence[str], folder: str, environment: dict[str, str]) -> None:
    """Do what the interpreter does for such arguments."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:1] = [folder, *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    option, what, *rest = arguments
    if option == "-m":
        sys.argv = [what, *rest]
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        sys.argv = [option, *rest]
        main: dict[str, Any] = {"__name__": "__main__"}
        exec(compile(what, "<string>", "exec"), main)


if __name__ == "__main__":
    asking = socket.socket(fileno=int(sys.argv[1]))
    for module in sys.argv[2:]:
        import_module(module)
    gc.freeze()
    serve(asking)

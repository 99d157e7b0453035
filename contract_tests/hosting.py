"""The server that a run starts itself: the embedded one, or the program that the target file names."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from contract_tests.embedded.own_process import EmbeddedServer
from contract_tests.report.escaping import one_line
from contract_tests.report.record import write
from contract_tests.run.server import ServerNotReadyError, TargetServer
from contract_tests.target.settings import Target

SERVER_LOG = "server.log"
SHOWN_LINES = 20

Redact = Callable[[str], str]


class HostingError(Exception):
    """Why the server under test does not answer, with the last lines that it printed, redacted."""


class Hosting:
    """Starts what a target asks for, and ends it; what it prints is kept beside the reports, redacted."""

    def __init__(self, target: Target, early: EmbeddedServer | None, folder: Path) -> None:
        """`early` is the embedded server where one was started before pytest was imported."""
        self._folder = folder
        self._server: EmbeddedServer | TargetServer | None = None
        if target.embedded:
            self._server = early or EmbeddedServer(_environment_of(target))
        elif target.server:
            self._server = TargetServer(target.server)

    def base_url(self, redact: Redact) -> str | None:
        """Return where the started server answers, None where none was to be started; raises HostingError."""
        if self._server is None:
            return None
        try:
            return self._server.wait_for_base_url()
        except ServerNotReadyError as error:
            raise HostingError(f"{error} {self.keep_log(redact)}") from None

    def keep_log(self, redact: Redact) -> str:
        """Write what the server printed beside the reports; return where it is, and its last lines if it has ended."""
        if not isinstance(self._server, TargetServer):
            return ""
        lines = self._server.printed(redact)
        log = write(self._folder / SERVER_LOG, "".join(f"{line}\n" for line in lines))
        shown = "".join(f"\n  | {one_line(line)}" for line in lines[-SHOWN_LINES:])
        return f"What it printed is in {log}{f'; the last of it:{shown}' if shown else ', which is empty.'}"

    @property
    def has_ended(self) -> bool:
        """Whether the server has ended by itself during the run."""
        return isinstance(self._server, TargetServer) and self._server.has_ended

    def end(self) -> None:
        """End the server and whatever it started."""
        if self._server is not None:
            self._server.end()


def _environment_of(target: Target) -> dict[str, str]:
    login = target.credentials
    return {**os.environ, "CONTRACT_SECRET_ID": login.secret_id, "CONTRACT_SECRET_PASSWORD": login.secret_password}

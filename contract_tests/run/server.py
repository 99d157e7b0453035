"""The server under test, where the suite starts it: on a free port, until the run ends."""

from __future__ import annotations

import http.client
import os
import socket
from collections.abc import Callable

from contract_tests.server_process import ServerProcess
from contract_tests.target.sections import PORT, Server

HOST = "127.0.0.1"
ASKING_SECONDS = 2.0
ENDING_SECONDS = 1.0

Redact = Callable[[str], str]


class ServerNotReadyError(Exception):
    """Why the server under test does not answer, as a sentence that holds no secret."""


class TargetServer:
    """The program of a target file, started at once; what it prints is shown and kept only redacted."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._port = _free_port()
        self._process = ServerProcess(
            [self._with_port(text) for text in server.command],
            directory=server.directory,
            environment=os.environ | {key: self._with_port(text) for key, text in server.environment.items()},
        )

    def wait_for_base_url(self) -> str:
        """Return the base URL as soon as the server answers there; where it does not, it is ended."""
        if not self._process.wait_until(self._answers, self._server.ready_seconds):
            code = self._process.exit_code
            self._process.end()
            raise ServerNotReadyError(
                f"The server under test ended with exit code {code} before it answered."
                if code is not None
                else f"The server under test did not answer GET {self._server.ready_path} on port {self._port} within "
                f"{self._server.ready_seconds:g} s (server.ready)."
            )
        return f"http://{HOST}:{self._port}"

    @property
    def has_ended(self) -> bool:
        """Whether the server has ended by itself."""
        # What watches over it ends a moment later: while nobody listens, that moment is waited for.
        return not self._process.wait_until(self._listens, ENDING_SECONDS) and self._process.exit_code is not None

    def printed(self, redact: Redact) -> list[str]:
        """Return the lines that the server printed, as far as they are kept."""
        # As one text: a secret may go over several lines.
        return redact("\n".join(self._process.lines)).splitlines()

    def end(self) -> None:
        """End the server and whatever it started."""
        self._process.end()

    def _with_port(self, text: str) -> str:
        return text.replace(PORT, str(self._port))

    def _listens(self) -> bool:
        try:
            socket.create_connection((HOST, self._port), timeout=ASKING_SECONDS).close()
        except OSError:
            return False
        return True

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=ASKING_SECONDS)
        try:
            connection.request("GET", self._server.ready_path)
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
    return port

"""The embedded server in a process of its own: it computes on another core than the suite, and starts before it."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from contract_tests.contract.places import PACKAGE
from contract_tests.server_process import ServerProcess

COMMAND = (sys.executable, "-m", "contract_tests", "serve", "--port", "0")
URL = r"http://127\.0\.0\.1:\d+"
READY_SECONDS = 30.0


class EmbeddedServer:
    """`python -m contract_tests serve` on a free port, from now until `end`; its secrets come from the environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = ServerProcess(COMMAND, directory=PACKAGE.parent, environment=environment)

    def wait_for_base_url(self) -> str:
        """Return the base URL as soon as the server answers there."""
        url = self._process.find(URL, READY_SECONDS)
        if url is None:
            self.end()
            raise RuntimeError("the embedded server did not start: " + " | ".join(self._process.lines))
        return url

    def end(self) -> None:
        """End the server."""
        self._process.end()

"""Bodies that Schemathesis generates out of openapi.yaml, made by a second process while the first checks run."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from functools import cached_property

from contract_tests.cases.bodies import Body, Subject

SHARDS = range(4)
VALID, INVALID = 32, 52


class GenerationError(RuntimeError):
    """Why no bodies were generated: a defect of ours, or of this installation."""


class GeneratedBodies:
    """The generated bodies of a run, the same for the same seed; begun when this is made, waited for when asked."""

    def __init__(self, seed: int) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603 - this suite's own module
            [sys.executable, "-m", "contract_tests.cases.generation", str(seed), str(VALID), str(INVALID)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    @property
    def are_made(self) -> bool:
        """Whether the process is through: nobody who asks for them has to wait."""
        return self._process.poll() is not None

    def valid(self, shard: int) -> list[Body]:
        """Return the valid bodies of a shard; each names a session that nobody paused."""
        return [Body("generated", content, subject=Subject.SESSION) for content in self._of("valid", shard)]

    def invalid(self, shard: int) -> list[Body]:
        """Return the bodies of a shard that break the request's schema."""
        return [Body("generated", content, subject=Subject.MALFORMED) for content in self._of("invalid", shard)]

    def tokens(self, shard: int) -> list[str]:
        """Return the hostile texts of a shard."""
        return [json.loads(content) for content in self._of("tokens", shard)]

    def stop(self) -> None:
        """End the process, whether or not it is through; may be called twice."""
        self._process.kill()
        self._process.communicate()

    def _of(self, kind: str, shard: int) -> list[bytes]:
        with self._lock:
            bodies = self._bodies
        return bodies[kind][shard :: len(SHARDS)]

    @cached_property
    def _bodies(self) -> dict[str, list[bytes]]:
        out, err = self._process.communicate()
        if self._process.returncode != 0:
            raise GenerationError(f"No bodies could be generated: {err.decode(errors='replace').strip()[-300:]}")
        return {kind: [base64.b64decode(text) for text in texts] for kind, texts in json.loads(out).items()}

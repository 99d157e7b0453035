"""One Budget for all the workers of a run, over a loopback port that asks for a key and speaks lines of JSON."""

from __future__ import annotations

import contextlib
import hmac
import json
import socket
import threading
from typing import Any

from contract_tests.wire.budget import Budget, RunStopped

OPERATIONS = frozenset({"acquire", "answered", "unanswered", "back_off", "value", "stop", "state"})
LONGEST_LINE = 65_536


class SharedBudget:
    """Serves a Budget to whoever knows the key, in threads that end with `close`."""

    def __init__(self, budget: Budget, key: bytes) -> None:
        self._budget, self._key = budget, key
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address: tuple[str, int] = self._listener.getsockname()
        self._lock = threading.Lock()
        self._closed = False
        self._serving: dict[socket.socket, threading.Thread] = {}
        self._accepting = threading.Thread(target=self._accept, daemon=True, name="shared budget")
        self._accepting.start()

    def close(self) -> None:
        """Give the port back and end every thread; may be called twice."""
        with self._lock:
            closed, self._closed = self._closed, True
            serving = dict(self._serving)
        if closed:
            return
        # What waits in recv is woken by a shutdown and not by a close; what waits in accept, by a connection.
        for connection in serving:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            socket.create_connection(self.address, timeout=1).close()
        for thread in (self._accepting, *serving.values()):
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True, name="shared budget")
            with self._lock:
                if self._closed:
                    connection.close()
                    return
                self._serving[connection] = thread
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as lines, contextlib.suppress(OSError, ValueError):
            if hmac.compare_digest(lines.readline(LONGEST_LINE).strip(), self._key.hex().encode()):
                while line := lines.readline(LONGEST_LINE):
                    operation, arguments = json.loads(line)
                    lines.write(json.dumps(self._do(operation, arguments)).encode() + b"\n")
                    lines.flush()
        with self._lock:
            if not self._closed:
                del self._serving[connection]

    def _do(self, operation: str, arguments: dict[str, Any]) -> tuple[str, Any]:
        if operation not in OPERATIONS:
            raise ValueError(operation)
        try:
            return "returned", getattr(self._budget, operation)(**arguments)
        except RunStopped as stopped:
            return "stopped", str(stopped)


class JoinedBudget(Budget):
    """The Budget that another process serves; where that process has gone, the run has stopped."""

    def __init__(self, address: tuple[str, int], key: bytes) -> None:
        super().__init__(0, None)
        self._asking = threading.Lock()
        self._connection = socket.create_connection(address)
        self._lines = self._connection.makefile("rwb")
        self._lines.write(key.hex().encode() + b"\n")

    def acquire(self, count: int = 1) -> float:
        """Take `count` requests out of the budget and return the seconds to wait."""
        return float(self._ask("acquire", count=count))

    def answered(self, *, right_credentials: bool, status: int) -> None:
        """Note an answer."""
        self._ask("answered", right_credentials=right_credentials, status=status)

    def unanswered(self, sentence: str) -> None:
        """Note an exchange without an answer."""
        self._ask("unanswered", sentence=sentence)

    def back_off(self, seconds: float) -> bool:
        """Let nothing be sent for so many seconds."""
        # JSON has no infinity; what is longer than a run waits is all the same.
        return bool(self._ask("back_off", seconds=min(seconds, 1e9)))

    def value(self) -> int:
        """Return the index of the next paused session of a list."""
        return int(self._ask("value"))

    def stop(self, kind: str, sentence: str) -> None:
        """Stop the run."""
        self._ask("stop", kind=kind, sentence=sentence)

    def state(self) -> dict[str, Any]:
        """Return what was sent so far."""
        return dict(self._ask("state"))

    def leave(self) -> None:
        """Close the connection."""
        with contextlib.suppress(OSError):
            self._lines.close()
        self._connection.close()

    def _ask(self, operation: str, **arguments: Any) -> Any:
        with self._asking:
            try:
                self._lines.write(json.dumps([operation, arguments]).encode() + b"\n")
                self._lines.flush()
                how, result = json.loads(self._lines.readline())
            except (OSError, ValueError):
                raise RunStopped("The run has ended.") from None
        if how == "stopped":
            raise RunStopped(result)
        return result

"""SIGTERM, which pipelines send, ends a run as Ctrl-C does: with the reports written."""

from __future__ import annotations

import signal
import threading
from typing import Any


class EndsOnSigterm:
    """Turns SIGTERM into SIGINT until it is undone. Only the main thread may say what signals do."""

    def __init__(self) -> None:
        self._before: Any = None
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGTERM, lambda _signal, _frame: signal.raise_signal(signal.SIGINT))

    def undo(self) -> None:
        """Let SIGTERM do again what it did before."""
        if self._before is not None:
            signal.signal(signal.SIGTERM, self._before)
            self._before = None

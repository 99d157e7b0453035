"""Ctrl-C, and SIGTERM, which pipelines send: what ends a run in order, with its reports written."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interruption:
    """Hears Ctrl-C and SIGTERM from now on, until undone: the first raises KeyboardInterrupt, the second kills.

    While it is held, the first is only remembered, in `asked`: raised between any two instructions of the main thread,
    it could leave locks held that other threads wait for. Whoever waits then looks at `asked` now and then: a signal
    may wake any thread, and what waits in the main thread would not hear of it.
    """

    def __init__(self) -> None:
        self.asked = False
        self._is_held = False
        self._before: dict[int, signal._HANDLER] = {}
        # Another thread can set no handlers, and is not interrupted either.
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._hear) for number in (signal.SIGINT, signal.SIGTERM)}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Raise nothing until the `with` block ends."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False

    def undo(self) -> None:
        """Let both signals do again what they did before; may be called twice."""
        while self._before:
            signal.signal(*self._before.popitem())

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        self.asked = True
        signal.signal(number, signal.SIG_DFL)
        if not self._is_held:
            raise KeyboardInterrupt

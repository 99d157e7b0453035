"""Ctrl-C, and SIGTERM, which pipelines send: what ends a run in order, with its reports written."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType


class Interruption:
    """Hears Ctrl-C and SIGTERM from now on, until undone: the first is remembered in `asked`, a second one alike kills.

    Where it is raised, the first is a KeyboardInterrupt as well. Elsewhere it is not: between any two instructions of
    the main thread, that could leave locks held that other threads wait for, or reports half written. Whoever waits
    then looks at `asked` now and then: a signal may wake any thread, and the main thread would not hear of it.
    """

    def __init__(self, *, is_raised: bool = False) -> None:
        self.asked = False
        self._is_raised = is_raised
        self._before: dict[int, signal._HANDLER] = {}
        # Another thread can set no handlers, and is not interrupted either.
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._hear) for number in (signal.SIGINT, signal.SIGTERM)}

    def raised(self) -> AbstractContextManager[None]:
        """Raise the first until the `with` block ends."""
        return self._with(is_raised=True)

    def held(self) -> AbstractContextManager[None]:
        """Raise nothing until the `with` block ends."""
        return self._with(is_raised=False)

    def undo(self) -> None:
        """Let both signals do again what they did before; may be called twice."""
        while self._before:
            signal.signal(*self._before.popitem())

    @contextmanager
    def _with(self, *, is_raised: bool) -> Iterator[None]:
        before, self._is_raised = self._is_raised, is_raised
        try:
            yield
        finally:
            self._is_raised = before

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        # A pipeline that sends SIGINT sends SIGTERM some seconds later: one end was asked for, and is under way.
        is_first, self.asked = not self.asked, True
        signal.signal(number, signal.SIG_DFL)
        if is_first and self._is_raised:
            raise KeyboardInterrupt

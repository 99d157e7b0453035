"""What a person sees while the suite runs: how far the run is, and what was found so far."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import TextIO

from contract_tests.report.escaping import columns, fit
from contract_tests.report.words import counted

REDRAW_SECONDS = 0.1
SIGN_OF_LIFE_SECONDS = 60.0


class Progress:
    """One line that rewrites itself on a terminal; elsewhere, rarely, a sign of life.

    It writes no colour and no escape sequence at all, so NO_COLOR and dumb terminals need no case of their own.
    """

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._live = stream.isatty()
        self._next = 0.0
        self._drawn = 0

    def update(self, check_title: str, exchanges: int, problems: int) -> None:
        """Tell where the run is; cheap enough to be called at every exchange."""
        now = self._clock()
        if now < self._next:
            return
        state = f"checking the whole operation: {exchanges:,} exchanges, {counted(problems, 'problem')}"
        if self._live:
            self._next = now + REDRAW_SECONDS
            self._draw(f"{state}  {check_title[:200]}")
        else:
            self._next = now + SIGN_OF_LIFE_SECONDS
            self._write(f"{state}\n")

    def close(self) -> None:
        """Take the live line away; what was told in plain lines stays."""
        if self._live and self._drawn:
            self._draw("")
            self._write("\r")
            self._drawn = 0

    def _draw(self, line: str) -> None:
        # One column stays free: a full line wraps on some terminals and could not be rewritten.
        line = fit(line, shutil.get_terminal_size().columns - 1)
        self._write(f"\r{line}{' ' * (self._drawn - columns(line))}")
        self._drawn = columns(line)

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except BrokenPipeError:
            # Whoever read the output has gone: there is nobody left to tell.
            self._live, self._next = False, float("inf")

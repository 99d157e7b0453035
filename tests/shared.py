"""What one process of the tests makes for all of them: a package that is built, or a run that many tests look at."""

from __future__ import annotations

import fcntl
import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Made = TypeVar("Made")


@dataclass(frozen=True)
class Shared:
    """A folder that all processes of the tests share."""

    folder: Path

    def once(self, name: str, make: Callable[[Path], Made]) -> Made:
        """Make something in an empty folder; whoever asks for the same name later, or meanwhile, is given a copy."""
        place, kept = self.folder / name, self.folder / f"{name}.pickle"
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                shutil.rmtree(place, ignore_errors=True)  # what failed to be made is tried again
                place.mkdir()
                kept.write_bytes(pickle.dumps(make(place)))
            made: Made = pickle.loads(kept.read_bytes())
        return made

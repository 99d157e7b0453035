"""What of a table of cases each profile runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import pytest


class Named(Protocol):
    """A case of a table: its name, and whether the profile quick leaves it out."""

    @property
    def name(self) -> str: ...  # noqa: D102 - the class says what it is

    @property
    def rare(self) -> bool: ...  # noqa: D102


def by_profile(cases: Iterable[Named]) -> list[object]:
    """Return the cases as parameters of a check, the rare ones left out of the profile quick."""
    return [pytest.param(case, id=case.name, marks=pytest.mark.full if case.rare else ()) for case in cases]

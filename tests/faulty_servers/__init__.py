"""Servers that are broken in one named way each, and servers that are only odd; `python -m tests.faulty_servers`."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TypeVar

from tests.faulty_servers import (
    authentication,
    bodies,
    disclosure,
    fields,
    refusals,
    seldom,
    sessions,
    styles_of_deciding,
    styles_of_sending,
    styles_of_writing,
    tokens,
    transport,
    values,
    writing,
)
from tests.faulty_servers.derived import derive
from tests.faulty_servers.served import Fault, Served, Style, kebab

S = TypeVar("S", bound=Served)

THEMES = (authentication, refusals, bodies, fields, values, sessions, tokens, seldom, disclosure, transport, writing)
STYLE_THEMES = (styles_of_writing, styles_of_sending, styles_of_deciding)
# What several servers have in common, and no server by itself.
SHARED = {fields.TokenFault, values.FailsOn, styles_of_writing.Rewritten}


def _served_by(modules: tuple[ModuleType, ...], base: type[S]) -> dict[str, Callable[[], S]]:
    own = [(value, module) for module in modules for value in vars(module).values() if isinstance(value, type)]
    return {
        kebab(made.__name__): made
        for made, module in own
        if issubclass(made, base) and made.__module__ == module.__name__ and made not in SHARED
    }


DERIVED: dict[str, Callable[[], Fault]] = dict(derive())
BY_HAND = _served_by(THEMES, Fault)
FAULTS = {**DERIVED, **BY_HAND}
STYLES = _served_by(STYLE_THEMES, Style)

"""Servers that are broken in one named way each, and servers that are only odd; `python -m tests.faulty_servers`."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TypeVar

from tests.faulty_servers import (
    authentication,
    bodies,
    credential_look_ups,
    credential_memory,
    crowds,
    disclosure,
    fields,
    identifiers,
    json_bodies,
    members,
    nearly_written,
    overlooked,
    places_of_disclosure,
    places_of_traces,
    production,
    refusals,
    right_requests,
    second_factors,
    seldom,
    session_memory,
    session_misuse,
    sessions,
    styles_of_deciding,
    styles_of_odd_rules,
    styles_of_odd_wires,
    styles_of_odd_words,
    styles_of_sending,
    styles_of_writing,
    token_attempts,
    token_comparisons,
    tokens,
    transport,
    values,
    writing,
)
from tests.faulty_servers.derived import derive
from tests.faulty_servers.served import Fault, Served, Style, kebab

S = TypeVar("S", bound=Served)

THEMES = (
    authentication,
    refusals,
    bodies,
    fields,
    values,
    sessions,
    tokens,
    seldom,
    disclosure,
    transport,
    writing,
    right_requests,
    members,
    identifiers,
    json_bodies,
    places_of_disclosure,
    places_of_traces,
    nearly_written,
    credential_look_ups,
    credential_memory,
    token_comparisons,
    token_attempts,
    second_factors,
    session_memory,
    session_misuse,
    crowds,
    production,
    overlooked,
)
STYLE_THEMES = (
    styles_of_writing,
    styles_of_odd_words,
    styles_of_sending,
    styles_of_odd_wires,
    styles_of_deciding,
    styles_of_odd_rules,
)
# What several servers have in common, and no server by itself.
SHARED = {
    fields.TokenFault,
    values.FailsOn,
    styles_of_writing.Rewritten,
    styles_of_odd_words.Moments,
    styles_of_odd_words.Says,
    styles_of_odd_words.Expiries,
    members.FailsOnMembers,
    credential_look_ups.LooksUp,
    credential_look_ups.Reads,
    token_comparisons.Takes,
    token_attempts.CountsWrongTokens,
    second_factors.OnTheSecondFactor,
    identifiers.IgnoresBits,
    identifiers.ReadsMore,
    identifiers.FailsOnUuidsWritten,
    json_bodies.ReadsToo,
    json_bodies.FailsOnBodies,
    session_memory.Revives,
    session_misuse.EndsAll,
    crowds.Crowded,
    places_of_disclosure.Discloses,
    places_of_traces.ShowsInside,
    nearly_written.WritesTimes,
    nearly_written.WritesBytes,
    overlooked.Failing,
}


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
# Faults that few requests show say which; the requests are sent by tests.
SHOWN = {name: make for name, make in FAULTS.items() if getattr(make, "shown_by", "")}
STYLES = _served_by(STYLE_THEMES, Style)

"""Odd servers put together: those that do not disturb one another are one server, odd in all their ways at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.faulty_servers.served import Served, Style

HANDED_ON = ("__init__", "answer_resume", "handle")
"""What each adds to, and hands on to the next by `super()`; of anything else one server of a group has its own way."""
OF_TOKENS = frozenset(("settings_used", "target", "factors_of", "answer_token", "answer_token_required"))
"""What together decides how a token is answered, so that one server of a group has its own way of all of it."""
OF_EVERY_CLASS = frozenset(vars(type("Class", (), {})))


def groups(styles: Mapping[str, Callable[[], Served]]) -> dict[str, type[Style]]:
    """Return the servers that the styles are together, each by the names of its styles."""
    kinds = {name: type(make()) for name, make in styles.items()}
    fewest = max(Counter(name for kind in kinds.values() for name in _own(kind)).values())
    found: list[dict[str, type[Any]]] = [{} for _ in range(fewest)]
    for name, kind in kinds.items():
        fitting = [group for group in found if not any(_own(kind) & _own(other) for other in group.values())]
        if not fitting:
            fitting = [{}]
            found += fitting
        min(fitting, key=len)[name] = kind
    return {" ".join(group): _together(group.values()) for group in found}


def _together(kinds: Iterable[type[Any]]) -> type[Style]:
    # Behind one that hands nothing on none would be asked: it comes last.
    return type("Together", tuple(sorted(kinds, key=lambda kind: not _own(kind).isdisjoint(HANDED_ON))), {})


def _own(kind: type[Served]) -> frozenset[str]:
    """Return what a server has its own way of, and hands on to no other."""
    ours = kind.__mro__[: kind.__mro__.index(Style)]
    names = {name for each in ours for name in vars(each) if name not in OF_EVERY_CLASS}
    return frozenset("tokens" if name in OF_TOKENS else name for name in names if not _hands_on(kind, name))


def calls_super(method: Callable[..., object]) -> bool:
    """Tell whether a method asks the next class for its own way."""
    return "super" in method.__code__.co_names


def _hands_on(kind: type[Served], name: str) -> bool:
    return name in HANDED_ON and calls_super(getattr(kind, name))

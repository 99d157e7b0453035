"""Places within a request's body: every field of it, those of nested objects, and the items of lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from contract_tests.contract import Schema

DEEPEST = 6
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Place:
    """A place in a body, its schema, and whether it has to be there."""

    path: Path
    required: bool
    schema: Schema = field(repr=False)

    @property
    def name(self) -> str:
        """The place as a report names it, like address.lines[0]."""
        text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return text.removeprefix(".")


def places(schema: Schema, body: Any) -> Iterator[Place]:
    """Yield the places below the top of a body, those of one object before those within them."""
    waiting: list[tuple[Path, Schema]] = [((), schema)]
    for path, owner in waiting:
        for place in _below(path, owner, at(body, path)):
            yield place
            if len(place.path) < DEEPEST:
                waiting.append((place.path, place.schema))


def at(body: Any, path: Path) -> Any:
    """Return what stands at a path; raises LookupError where nothing does."""
    for step in path:
        body = body[step]
    return body


def changed(body: Any, path: Path, change: Callable[[Any], Any], whole: Any) -> Any:
    """Return a copy of a body in which what stands at a path is changed.

    What the body leaves out on the way there is taken from a whole one.
    """
    if not path:
        return change(body)
    body = deepcopy(body)
    owner, model = body, whole
    for step in path[:-1]:
        _fill(owner, step, model)
        owner, model = owner[step], model[step]
    _fill(owner, path[-1], model)
    owner[path[-1]] = change(owner[path[-1]])
    return body


def without(body: Any, path: Path, whole: Any) -> Any:
    """Return a copy of a body that lacks the field at a path."""

    def leave_out(owner: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in owner.items() if name != path[-1]}

    return changed(body, path[:-1], leave_out, whole)


def _fill(owner: Any, step: str | int, model: Any) -> None:
    if isinstance(owner, dict) and step not in owner:
        owner[step] = deepcopy(model[step])
    elif isinstance(owner, list) and not owner:
        owner.append(deepcopy(model[0]))


def _below(path: Path, schema: Schema, value: Any) -> Iterator[Place]:
    if isinstance(value, dict):
        for name, inner in schema.all_properties.items():
            if name in value:
                yield Place((*path, name), name in schema.required, inner)
    elif isinstance(value, list) and value and schema.items is not None:
        yield Place((*path, 0), False, schema.items)

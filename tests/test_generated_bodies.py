"""Generated bodies: what Schemathesis generates is what it claims to be, by the word of another validator."""

from __future__ import annotations

import importlib
import json
import uuid
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from contract_tests.run.search import search

from contract_tests.cases.bodies import Subject
from contract_tests.cases.generated_bodies import GeneratedBody, bodies, is_valid
from contract_tests.cases.paused_sessions import Lease
from contract_tests.checks.test_generated_cases import INVALID_EXAMPLES, SHARDS, VALID_EXAMPLES
from contract_tests.contract.document import MEDIA_TYPE, load

CONTRACT = load()
REQUEST = jsonschema_rs.Draft202012Validator(
    {"$ref": "#/components/schemas/ResumeRequest", "components": CONTRACT.document["components"]},
    validate_formats=True,
)
LEASE = Lease("39cd6a88-8ee3-4e59-a861-b8a2187e0f4c", "683005d6-f45c-4adb-b289-f1a12f50f80c", "1234ab")


@cache
def generated(*, valid: bool, seed: int = 1) -> tuple[GeneratedBody, ...]:
    """Return what a run with a seed sends, all of its shards together."""
    made: list[GeneratedBody] = []
    examples = VALID_EXAMPLES if valid else INVALID_EXAMPLES
    for shard in SHARDS:
        search(bodies(CONTRACT, valid=valid), made.append, examples=examples, number=seed * 100 + shard)
    return tuple(made)


def value_of(content: bytes) -> Any:
    """Return a body as a JSON value, its UUIDs in the one form that the schema's format knows."""
    value = json.loads(content)
    if isinstance(value, dict):
        for name in ("session", "link"):
            try:
                value[name] = str(uuid.UUID(value[name]))
            except (KeyError, TypeError, ValueError, AttributeError):
                continue
    return value


def test_as_many_are_generated_as_are_asked_for() -> None:
    """Every shard of a run has its examples."""
    assert len(generated(valid=True)) == len(SHARDS) * VALID_EXAMPLES
    assert len(generated(valid=False)) == len(SHARDS) * INVALID_EXAMPLES


def test_valid_bodies_are_valid() -> None:
    """Each generated valid body is valid under the request's schema, formats asserted, as it is sent."""
    for made in generated(valid=True):
        assert list(REQUEST.iter_errors(json.loads(made.body.content))) == []
        assert made.body.content_type == MEDIA_TYPE


def test_invalid_bodies_are_invalid() -> None:
    """Each generated invalid body is no JSON or breaks the request's schema, read as leniently as a server may."""
    for made in generated(valid=False):
        try:
            value = value_of(made.body.content)
        except ValueError:
            continue
        assert not REQUEST.is_valid(value), made.body.content


BROKEN_BY: dict[str, Callable[[Any], bool]] = {
    "a field left out": lambda value: isinstance(value, dict) and not {"session", "token", "link"} <= value.keys(),
    "a field of another type": lambda value: (
        isinstance(value, dict)
        and any(not isinstance(value.get(name, ""), str) for name in ("session", "token", "link"))
    ),
    "a text that is no UUID": lambda value: (
        isinstance(value, dict)
        and any(isinstance(value.get(name), str) and not is_uuid(value[name]) for name in ("session", "link"))
    ),
    "not an object": lambda value: not isinstance(value, dict),
}


def is_uuid(text: str) -> bool:
    """Tell whether a text can be read as a UUID."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("kind", BROKEN_BY)
def test_each_kind_of_broken_body_does_come_up(kind: str) -> None:
    """A run of the suite sends at least one body of each kind."""
    values = []
    for made in generated(valid=False):
        try:
            values.append(json.loads(made.body.content))
        except ValueError:
            continue

    assert any(BROKEN_BY[kind](value) for value in values)


def test_bodies_differ() -> None:
    """Most of what is generated is not the same body again."""
    for valid in (True, False):
        made = generated(valid=valid)
        assert len({each.body.content for each in made}) > len(made) / 2


def test_the_same_seed_makes_the_same_bodies() -> None:
    """A seed stands for its bodies, and another one for others."""

    def first(seed: int) -> list[bytes]:
        made: list[GeneratedBody] = []
        search(bodies(CONTRACT, valid=True), made.append, examples=5, number=seed)
        return [each.body.content for each in made]

    assert first(7) == first(7)
    assert first(7) != first(8)


def test_the_seed_alone_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What else is loaded, in a worker or for another check, changes no body."""
    before = [each.body.content for each in generated(valid=True)]
    words = ", ".join(repr(f"word {number}") for number in range(200))
    (tmp_path / "somebody_elses_words.py").write_text(f"WORDS = [{words}]\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("somebody_elses_words")
    generated.cache_clear()

    assert [each.body.content for each in generated(valid=True)] == before


def test_a_generated_token_goes_into_a_body_of_a_live_session() -> None:
    """A generated token is sent with session and link of a lease, and is valid there."""
    made = generated(valid=True)[-1]
    body = made.for_lease(LEASE)

    assert json.loads(body.content) == {"session": LEASE.session, "token": made.token, "link": LEASE.link}
    assert is_valid(CONTRACT, body.content)
    assert body.subject == Subject.WRONG_TOKEN


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"null", b"[]", b"{}", b'{"session": 1, "token": "a", "link": "b"}', b"\xff", b"[" * 100_000],
)
def test_what_is_no_valid_body_is_told(content: bytes) -> None:
    """What is no JSON, or breaks the schema, is not valid, and nothing is raised for it."""
    assert not is_valid(CONTRACT, content)

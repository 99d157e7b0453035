"""Generated bodies: what Schemathesis generates is what it claims to be, by the word of another validator."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import jsonschema_rs
import pytest

from contract_tests.cases.bodies import Body, Subject
from contract_tests.cases.generated_bodies import INVALID, SHARDS, VALID, GeneratedBodies, GenerationError
from contract_tests.cases.generation import is_valid
from contract_tests.cases.hostile import FAMILIES, LONGEST, hostile_texts
from contract_tests.contract import load
from contract_tests.registry import CHECKS
from tests.staging import run_here

CONTRACT = load()
JSON = CONTRACT.media_type
REQUEST = jsonschema_rs.Draft202012Validator(
    {"$ref": "#/components/schemas/ResumeRequest", "components": CONTRACT.document["components"]},
    validate_formats=True,
)


@cache
def of_a_run(seed: int) -> tuple[tuple[Body, ...], tuple[Body, ...], tuple[str, ...]]:
    """Return what a run with a seed sends: valid bodies, invalid ones and tokens, all of its shards together."""
    generated = GeneratedBodies(seed)
    try:
        return (
            tuple(body for shard in SHARDS for body in generated.valid(shard)),
            tuple(body for shard in SHARDS for body in generated.invalid(shard)),
            tuple(token for shard in SHARDS for token in generated.tokens(shard)),
        )
    finally:
        generated.stop()


def valid() -> tuple[Body, ...]:
    """Return the valid bodies of a run with the default seed."""
    return of_a_run(1)[0]


def invalid() -> tuple[Body, ...]:
    """Return the invalid bodies of a run with the default seed."""
    return of_a_run(1)[1]


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
    """A run has its examples, no two of them the same."""
    assert VALID - 2 <= len(valid()) <= VALID
    assert INVALID - 2 <= len(invalid()) <= INVALID
    for made in (valid(), invalid()):
        assert len({body.content for body in made}) == len(made)


def test_valid_bodies_are_valid() -> None:
    """Each generated valid body is valid under the request's schema, formats asserted, as it is sent."""
    for body in valid():
        assert list(REQUEST.iter_errors(json.loads(body.content))) == []
        assert (body.typed(CONTRACT).content_type, body.subject) == (JSON, Subject.SESSION)


def test_invalid_bodies_are_invalid() -> None:
    """Each generated invalid body is no JSON or breaks the request's schema, read as leniently as a server may."""
    for body in invalid():
        assert body.subject == Subject.MALFORMED
        try:
            value = value_of(body.content)
        except ValueError:
            continue
        assert not REQUEST.is_valid(value), body.content


def test_tokens_are_hostile_texts_of_each_family() -> None:
    """The tokens are texts of one family each, a short one and a longer one, the same for the same seed."""
    tokens = of_a_run(1)[2]

    of_family = {
        family: [token for token in tokens if {*token} <= {*characters}] for family, characters in FAMILIES.items()
    }
    assert sorted(token for some in of_family.values() for token in some) == sorted(tokens)
    for some in of_family.values():
        short, longer = sorted(some, key=len)
        assert 1 == len(short) < len(longer) <= LONGEST
    assert [*tokens] != hostile_texts(2)


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
    "no JSON object": lambda value: not isinstance(value, dict),
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
    for made in invalid():
        try:
            values.append(json.loads(made.content))
        except ValueError:
            values.append(None)

    assert any(BROKEN_BY[kind](value) for value in values)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Another home and folder to keep things in, in which whatever is left behind is found."""
    for name in ("HYPOTHESIS_STORAGE_DIRECTORY", "HOME", "TMPDIR"):
        monkeypatch.setenv(name, str(tmp_path))
    of_a_run.cache_clear()
    yield tmp_path
    of_a_run.cache_clear()


def test_the_seed_alone_decides(elsewhere: Path) -> None:
    """The same seed makes the same bodies whatever another run left behind; another seed makes others."""
    first = of_a_run(1)
    of_a_run.cache_clear()
    for folder in ("unicode_data", "constants", "examples"):
        (elsewhere / folder).mkdir()
        (elsewhere / folder / "foreign").write_bytes(os.urandom(100))

    assert of_a_run(1) == first
    assert of_a_run(8)[0] != first[0]


def test_nothing_is_left_behind(elsewhere: Path) -> None:
    """Generation keeps nothing for another run."""
    of_a_run(1)

    assert [*elsewhere.rglob("*")] == []


def test_a_generation_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that cannot generate is told with its last words, and each time that bodies are asked for."""
    monkeypatch.setenv("PYTHONHASHSEED", "no number")
    generated = GeneratedBodies(1)
    try:
        for _ in range(2):
            with pytest.raises(GenerationError, match=r"No bodies could be generated: .*PYTHONHASHSEED"):
                generated.valid(0)
    finally:
        generated.stop()


def test_a_process_that_nobody_waited_for_is_ended() -> None:
    """A run that ends early leaves no process, and stopping twice is nothing."""
    generated = GeneratedBodies(1)
    generated.stop()
    generated.stop()

    assert generated._process.poll() is not None


@pytest.mark.parametrize(
    ("narrowed", "begun"),
    [
        pytest.param([], [1], id="not at all"),
        pytest.param(["-k", "judged_before"], [], id="-k"),
        pytest.param(["-m", "last"], [], id="-m"),
        pytest.param([f"--ignore={CHECKS / 'test_generated_cases.py'}"], [], id="--ignore"),
        pytest.param(["--ignore-glob=*generated*"], [], id="--ignore-glob"),
        pytest.param(["--deselect=contract_tests/checks/test_generated_cases.py"], [], id="--deselect"),
    ],
)
def test_a_narrowed_run_generates_nothing_early(
    narrowed: list[str], begun: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process begins before the target is asked for the first time only where the run is a whole one."""
    seeds: list[int] = []

    def generated(seed: int) -> mock.Mock:
        seeds.append(seed)
        return mock.Mock(GeneratedBodies)

    monkeypatch.setattr("tests.faulty_servers.proof._generated", generated)
    login = {"CONTRACT_SECRET_ID": "i", "CONTRACT_SECRET_PASSWORD": "p"}
    ended = run_here(tmp_path, "--base-url", "http://127.0.0.1:9", *narrowed, environment=login)

    assert (ended.exit_code, seeds) == (6, begun)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"null", b"[]", b"{}", b'{"session": 1, "token": "a", "link": "b"}', b"\xff", b"[" * 100_000],
)
def test_what_is_no_valid_body_is_told(content: bytes) -> None:
    """What is no JSON, or breaks the schema, is not valid, and nothing is raised for it."""
    assert not is_valid(CONTRACT, content)

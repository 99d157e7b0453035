"""The facts of openapi.yaml are written there and nowhere else in the suite, but for what its protocol is about."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract_tests.contract import load
from tests.suite_command import PROJECT

SUITE = PROJECT / "contract_tests"
CONTRACT = load()
BY_HAND = ("load/steps.py", "run/crowd.py", "run/walk.py", "contract/protocol.py")
PROTOCOL = ("checks", "cases", "embedded", *BY_HAND)
"""Where the protocol of sessions, tokens and links is written by hand: no schema says it."""
OF_HTTP = {
    # Which media types are JSON is HTTP's to say.
    "contract/media_types.py": {"application/json"},
    # The request that pauses a session is the target's: no contract declares it.
    "run/requests.py": {"application/json"},
    # A target file has names of its own, some of them the same.
    "target/sections.py": {"session", "link"},
    # The kind of secret that is looked for, in the words of a report.
    "exchange/disclosure.py": {"token"},
    "exchange/expectation.py": {"token"},
}
STATUSES = {int(status) for status in CONTRACT.responses if status.isdecimal()}
FACTS = {
    CONTRACT.method,
    CONTRACT.path,
    *(field.name for field in CONTRACT.request.fields),
    *(media_type.name for media_type in CONTRACT.request.media_types),
    *CONTRACT.resume.answer_types,
    *map(str, STATUSES),
}
MODULES = [path for path in sorted(SUITE.rglob("*.py")) if not path.relative_to(SUITE).as_posix().startswith(PROTOCOL)]


def facts_in(source: str) -> Iterator[str]:
    """Yield the facts of the contract that code names: as a text, or as a status that it compares or hands on."""
    tree = ast.parse(source)
    texts = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in texts:
            if node.value in FACTS:
                yield node.value
        elif isinstance(node, ast.Compare | ast.Call):
            parts = [node.left, *node.comparators] if isinstance(node, ast.Compare) else node.args
            about = ast.unparse(node.left if isinstance(node, ast.Compare) else node.func)
            numbers = [each for part in parts for each in ast.walk(part) if isinstance(each, ast.Constant)]
            if "status" in about:
                yield from (str(each.value) for each in numbers if each.value in STATUSES)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(SUITE).as_posix())
def test_a_fact_of_the_contract_is_read_from_it(path: Path) -> None:
    """A module outside the protocol names no status, field, path, method or media type that openapi.yaml declares."""
    allowed = OF_HTTP.get(path.relative_to(SUITE).as_posix(), set())

    assert {*facts_in(path.read_text(encoding="utf-8"))} == allowed


@pytest.mark.parametrize(
    "source",
    [
        'send("PATCH", path)',
        'path = f"{base}" + "/api/links/"',
        'value["token"]',
        'KIND = "application/json"',
        "if answer.status in (400, 404): pass",
        "assert_answer(answer).has_status(200)",
        'ACCEPTED = ("200",)',
    ],
)
def test_a_fact_is_found(source: str) -> None:
    """Facts are found wherever they stand in code, and in no docstring or other number."""
    assert [*facts_in(source)]
    assert [*facts_in('"""PATCH"""\nlength = 200\nred = line(400)')] == []

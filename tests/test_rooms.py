"""The rooms of contract_tests/ and the ways between them, read off the source by `ast`: nothing is imported for it."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
SUITE = PROJECT / "contract_tests"
MODULES = {path: path.relative_to(PROJECT).with_suffix("").parts for path in sorted(SUITE.rglob("*.py"))}

BELOW_RUN = ("exchange", "cases", "wire", "target", "contract")
WAYS: dict[str, tuple[str, ...]] = {
    "contract": (),
    "target": ("contract", "server_process"),
    "wire": ("target", "contract"),
    "cases": ("wire", "target", "contract"),
    "exchange": ("cases", "wire", "target", "contract"),
    "run": (*BELOW_RUN, "server_process"),
    # A verdict is told in the report's words.
    "verdict": (*BELOW_RUN, "report"),
    "report": ("contract",),
    "embedded": ("contract", "server_process"),
    # Programs that a run starts, and what guards them: they stand below every room.
    "server_process": (),
    "server_guard": (),
    "hosting": ("embedded", "report", "run", *BELOW_RUN),
    "options": (),
    "load": ("hosting", "run", "verdict", "report", "embedded", "server_process", *BELOW_RUN),
    "checks": ("run", *BELOW_RUN),
    "registry": ("checks", "verdict", *BELOW_RUN),
    "plan": ("run", "verdict", *BELOW_RUN),
    "plugin": ("registry", "plan", "hosting", "options", "run", "verdict", "report", "embedded", *BELOW_RUN),
    "__main__": ("plugin", "options", "report", "embedded", "contract"),
}
"""What each room may import, itself aside."""

CHECKS = {
    "test_200_ok",
    "test_400_bad_request",
    "test_401_unauthorized",
    "test_428_mfa_token_required",
    "test_500_unexpected_error",
    "test_resume_protocol",
    "test_generated_cases",
    "test_generated_client",
    "test_disclosure",
}
OF_THE_CLIENT = SUITE / "checks" / "test_generated_client.py"
NEVER = {"tests", "scripts", "links_api_client"}


def imports(path: Path, *, at_load: bool = False) -> Iterator[str]:
    """Yield what a module imports, as dotted names; `at_load` leaves out what is imported late or for types alone."""
    for node in _loaded(ast.parse(path.read_text(encoding="utf-8"))) if at_load else _all(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}, line {node.lineno}: a relative import hides which room it leads to"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _all(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def _loaded(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk what is executed when a module is loaded: no function, and nothing under `if TYPE_CHECKING`."""
    for node in ast.iter_child_nodes(tree):
        for_types = isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        if not for_types and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from _loaded(node)


def room(name: str) -> str | None:
    """Return the room that a dotted name of the suite leads to; None for what is not the suite's."""
    package, _, rest = name.partition(".")
    return rest.partition(".")[0] if package == SUITE.name and rest and rest != "__version__" else None


def room_of(path: Path) -> str:
    """Return the room that a module stands in."""
    return MODULES[path][1]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SUITE)))
def test_imports_go_downwards_only(path: Path) -> None:
    """A module imports its own room and the rooms below it, also where it does so late or for a type."""
    if path == SUITE / "__init__.py":
        assert list(imports(path)) == []
        return
    rooms = {found for name in imports(path) if (found := room(name)) is not None}

    assert rooms - {room_of(path)} <= {*WAYS[room_of(path)]}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SUITE)))
def test_the_suite_stands_by_itself(path: Path) -> None:
    """The suite imports neither tests nor scripts, and the generated client in the one file that checks it."""
    packages = {name.partition(".")[0] for name in imports(path)}

    assert packages & NEVER == ({"links_api_client"} if path == OF_THE_CLIENT else set())


def test_rooms_go_in_no_circle() -> None:
    """What a room may import never leads back to it."""
    order = [*TopologicalSorter(WAYS).static_order()]

    assert set(order) == {*WAYS} == {room_of(path) for path in MODULES} - {"__init__"}


def test_modules_go_in_no_circle() -> None:
    """No module is loaded by what it loads, within a room either."""
    names = {".".join(parts).removesuffix(".__init__"): path for path, parts in MODULES.items()}
    ways: dict[str, set[str]] = defaultdict(set)
    for module, path in names.items():
        for name in imports(path, at_load=True):
            found = name if name in names else name.rpartition(".")[0]
            if found in names and found != module:
                ways[module].add(found)
    try:
        TopologicalSorter(ways).prepare()
    except CycleError as error:
        pytest.fail(f"modules load one another: {' -> '.join(error.args[1])}")


def test_the_folder_of_checks_holds_checks_alone() -> None:
    """One file per declared response, and those of the protocol, generated cases, the client and disclosure."""
    assert {path.name for path in (SUITE / "checks").iterdir()} - {"__pycache__"} == {f"{name}.py" for name in CHECKS}


def test_every_function_of_a_check_file_that_pytest_collects_is_a_check() -> None:
    """Checks are functions at the top of a file: a class would be collected and stand in no registry."""
    for path in (SUITE / "checks").glob("*.py"):
        for node in _all(path):
            assert not (isinstance(node, ast.ClassDef) and node.name.startswith("Test")), path


def test_a_way_upwards_is_found(tmp_path: Path) -> None:
    """An import within a function, or for a type alone, counts; for a circle only what is loaded at once does."""
    module = tmp_path / "module.py"
    module.write_text(
        "import json\n"
        "from contract_tests.wire.client import Wire\n"
        "if TYPE_CHECKING:\n    from contract_tests.run.run import Run\n"
        "def late():\n    import contract_tests.plugin\n",
        encoding="utf-8",
    )

    assert [room(name) for name in imports(module)] == [None, "wire", "run", "plugin"]
    assert [*imports(module, at_load=True)] == ["json", "contract_tests.wire.client.Wire"]

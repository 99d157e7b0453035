"""The locks hold what is installed where: the suite's own needs, those of developing, and Locust's."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RUN, DEV, LOAD = (ROOT / f"requirements{part}.lock" for part in ("", "-dev", "-load"))
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; [^\\]+)? \\$", re.MULTILINE)
ONLY_FOR_DEVELOPING = {
    "basedpyright",
    "fastapi",
    "hatchling",
    "locust",
    "mypy",
    "openapi-python-client",
    "playwright",
    "pytest-xdist",
    "ruff",
}


def pins(lock: Path) -> dict[str, str]:
    """Return the version of each package of a lock."""
    return dict(PIN.findall(lock.read_text(encoding="utf-8")))


def names(requirements: list[str]) -> set[str]:
    """Return the names of requirements as pyproject.toml lists them."""
    return {re.split(r"[=<>\[ ]", requirement, maxsplit=1)[0] for requirement in requirements}


@pytest.mark.parametrize("lock", [RUN, DEV, LOAD], ids=lambda lock: lock.stem)
def test_a_lock_holds_pins_and_hashes_alone(lock: Path) -> None:
    """Every line is a pin or a sha256 of the pin above it: no option, no index, no address."""
    lines = lock.read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if not re.match(r"(    --hash=sha256:[0-9a-f]{64}|[a-z0-9-]+==\S+)", line)] == []
    assert len(pins(lock)) == sum(not line.startswith(" ") for line in lines)
    assert all(after.startswith("    --hash") for line, after in pairwise(lines) if "==" in line)


def test_the_suite_installs_nothing_that_only_developing_needs() -> None:
    """No type checker, browser driver or generator is installed to check a server."""
    assert pins(DEV).keys() >= ONLY_FOR_DEVELOPING
    assert pins(RUN).keys().isdisjoint(ONLY_FOR_DEVELOPING)


def test_locks_agree_with_each_other_and_with_the_project() -> None:
    """A package has one version in all locks, and each lock holds what pyproject.toml asks for."""
    text = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project, everything = text["project"], pins(DEV)

    assert names(project["dependencies"]) <= pins(RUN).keys()
    assert names(project["optional-dependencies"]["load"]) <= pins(LOAD).keys()
    assert names(text["dependency-groups"]["dev"]) <= everything.keys()
    assert pins(RUN).items() <= everything.items()
    assert pins(LOAD).items() <= everything.items()


def test_the_suite_imports_only_what_its_lock_installs() -> None:
    """Each package that the suite imports is in requirements.lock; what load/ alone imports is in Locust's."""
    of_module = packages_distributions()
    missing = {}
    for file in [*(ROOT / "contract_tests").rglob("*.py"), *(ROOT / "generated" / "links_api_client").rglob("*.py")]:
        locked = pins(RUN) | (pins(LOAD) if "load" in file.relative_to(ROOT).parts else {})
        for module in _imported(file) - sys.stdlib_module_names - {"contract_tests", "links_api_client"}:
            packages = {name.lower().replace("_", "-") for name in of_module.get(module, [module])}
            if packages.isdisjoint(locked):
                missing[file.relative_to(ROOT)] = module

    assert missing == {}


def _imported(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found

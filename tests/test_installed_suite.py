"""The suite as a package: built, installed into a new environment, and run from an empty folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

import contract_tests
from contract_tests.contract.document import load
from tests.faulty_servers.authentication import AcceptsAnyCredentials
from tests.shared import Shared
from tests.suite_command import PROJECT


@dataclass(frozen=True)
class Installed:
    """A new environment with the suite in it, and the empty folder in which its command is run."""

    command: Path
    packages: Path
    folder: Path

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the command as its user does, with no setting but those given."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("CONTRACT_", "PYTHON"))}
        return subprocess.run(
            [str(self.command), *arguments],
            cwd=self.folder,
            env=inherited | {"PYTHONDONTWRITEBYTECODE": "1"} | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def files(self) -> set[tuple[str, int]]:
        """Return each installed file with the moment of its last change."""
        return {(str(file), file.stat().st_mtime_ns) for file in self.packages.rglob("*") if file.is_file()}


def build(folder: Path) -> Path:
    """Build the wheel by way of the sdist, as `make wheel` does."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(PROJECT)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    return wheel


def new_environment(home: Path) -> Path:
    """Make an environment that has what this one has, but for what is installed into it; return its site-packages."""
    venv.create(home, with_pip=False)
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(home), "platbase": str(home)}))
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return packages


@pytest.fixture(scope="session")
def wheel(shared: Shared) -> Path:
    """The wheel of the suite."""
    return shared.once("suite", build)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel alone, installed; what it depends on is that of this environment."""
    home, folder = tmp_path_factory.mktemp("environment"), tmp_path_factory.mktemp("empty")
    packages = new_environment(home)
    install = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "install", "--quiet"]
    subprocess.run([*install, "--no-deps", "--no-index", str(wheel)], check=True, timeout=60)
    return Installed(home / "bin" / "resume-contract", packages, folder)


def test_the_embedded_server_is_checked_from_an_empty_folder(installed: Installed) -> None:
    """The command alone checks the embedded server; it writes reports, and nothing beside them or into the package."""
    before = installed.files()

    ended = installed.run()

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert [file.name for file in installed.folder.iterdir() if file.name != ".hypothesis"] == ["reports"]
    assert json.loads((installed.folder / "reports" / "contract.json").read_text(encoding="utf-8"))["exit_code"] == 0
    assert installed.files() == before


def test_from_nothing_to_a_verdict(wheel: Path, tmp_path: Path) -> None:
    """What README.md says, as it stands: one install, one target file of ten lines at most, one command."""
    readme = (PROJECT / "README.md").read_text(encoding="utf-8").partition("## Your own server")[2]
    (commands,) = re.findall(r"```sh\n(.*?)```", readme, re.DOTALL)
    (target,) = re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)
    home, folder = tmp_path / "environment", tmp_path / "service"
    new_environment(home)
    folder.mkdir()
    (folder / "target.yaml").write_text(target, encoding="utf-8")
    shutil.copy(PROJECT / "tests" / "links_app.py", folder / "app.py")
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("CONTRACT_", "PYTHON", "PIP_"))}
    environment = {"PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheel.parent)}  # the wheel's folder in place of a package index

    ended = subprocess.run(
        ["bash", "-e", "-c", commands],
        cwd=folder,
        env=inherited | environment | index,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert len(commands.splitlines()) == 2
    assert len(target.splitlines()) <= 10
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "The contract holds" in ended.stdout
    assert {"contract.html", "junit.xml", "server.log"} <= {path.name for path in (folder / "reports").iterdir()}


def test_another_server_is_checked(installed: Installed, tmp_path: Path) -> None:
    """`check` takes the options of `python -m contract_tests`, and finds what is wrong with a server."""
    login = {"CONTRACT_SECRET_ID": "embedded-id", "CONTRACT_SECRET_PASSWORD": "embedded-Password-1"}
    with AcceptsAnyCredentials().serve() as base_url:
        ended = installed.run("check", "--base-url", base_url, "--report-dir", str(tmp_path), "-k", "401", **login)

    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert json.loads((tmp_path / "contract.json").read_text(encoding="utf-8"))["target"] == base_url


def test_the_page_is_made_again(installed: Installed) -> None:
    """`report` makes the page from a record, with the templates that the package brings."""
    installed.run("-k", "401")
    page = installed.folder / "page.html"

    ended = installed.run("report", "reports/contract.json", "--output", str(page))

    assert ended.returncode == 0, ended.stderr
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_versions_are_told(installed: Installed) -> None:
    """`--version` names the suite's version and the contract's."""
    told = installed.run("--version").stdout

    assert told == f"resume-contract {contract_tests.__version__}, contract {load().version}\n"


def test_the_wheel_holds_what_a_run_reads_and_is_the_same_each_time(wheel: Path, tmp_path: Path) -> None:
    """Contract, client, templates, target files and pipelines are in it, all below the package."""
    names = set(zipfile.ZipFile(wheel).namelist())
    needed = {
        "openapi.yaml",
        "generated/links_api_client/py.typed",
        "pytest.ini",
        "report/page.html",
        "targets/staging.yaml",
        "targets/target.schema.json",
    }

    assert {f"contract_tests/{name}" for name in needed} <= names
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {"contract_tests"}
    assert not [name for name in names if name.endswith((".pyc", ".webp"))]
    assert build(tmp_path).read_bytes() == wheel.read_bytes()

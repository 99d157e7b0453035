"""The generated package is typed, documented by an example that runs, and built into the same small wheel each time."""

import contextlib
import hashlib
import io
import os
import re
import subprocess
import sys
import tarfile
import uuid
import zipfile
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path

import httpx
import links_api_client
import pytest
import yaml

from contract_tests.embedded.server import Settings, create_app, serve_in_thread
from tests.shared import Shared
from tests.type_checkers import mypy, pyright

ROOT = Path(__file__).parent.parent
GENERATED = ROOT / "generated"
CONSUMER = ROOT / "tests" / "consumer.py"
SURROUNDINGS = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}


def command(*words: object, cwd: Path = ROOT, variables: dict[str, str] | None = None) -> str:
    """Run a module of this Python and return what it prints; a failure shows all of it."""
    run = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=cwd,
        env=SURROUNDINGS | (variables or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def build(target: Path, **variables: str) -> dict[str, bytes]:
    """Build wheel and sdist as `make wheel` does."""
    command("-m", "build", "--no-isolation", "--outdir", target, GENERATED, variables=variables)
    return {path.name: path.read_bytes() for path in target.iterdir()}


@pytest.fixture
def built(shared: Shared) -> dict[str, bytes]:
    """The wheel and the sdist."""
    return shared.once("client", build)


def wheel_of(built: dict[str, bytes]) -> zipfile.ZipFile:
    """Open the one wheel."""
    (name,) = (name for name in built if name.endswith(".whl"))
    return zipfile.ZipFile(io.BytesIO(built[name]))


def test_every_exported_name_is_there() -> None:
    """What the package says it exports can be imported from it."""
    assert set(links_api_client.__all__) == {
        "ApiError",
        "AuthenticatedClient",
        "Client",
        "InvalidBody",
        "LinksApiError",
        "UnexpectedStatus",
        "basic_auth_client",
    }
    assert all(getattr(links_api_client, name).__doc__ for name in links_api_client.__all__)
    for error in (links_api_client.ApiError, links_api_client.InvalidBody, links_api_client.UnexpectedStatus):
        assert issubclass(error, links_api_client.LinksApiError)


def test_docstring_says_that_nothing_is_sent_twice() -> None:
    """A caller who asks for help learns of the missing retry, the timeout and the redirects."""
    told = links_api_client.basic_auth_client.__doc__ or ""
    for word in ("30 s", "Redirects are not followed", "Nothing is ever sent\n    twice"):
        assert word in told


def test_consumer_is_clean_under_mypy_strict(tmp_path: Path) -> None:
    """An application that uses all of the client passes mypy's strict mode, and so does the client."""
    assert "no issues" in mypy(tmp_path, CONSUMER, GENERATED / "links_api_client", path=str(GENERATED))


def test_consumer_is_clean_under_pyright_strict(tmp_path: Path) -> None:
    """An application that uses all of the client passes pyright's strict mode, and so does the client."""
    summary = pyright(tmp_path, CONSUMER, GENERATED / "links_api_client", path=str(GENERATED))
    assert summary["filesAnalyzed"] > 10
    assert (summary["errorCount"], summary["warningCount"]) == (0, 0)


def test_wheel_and_sdist_are_the_same_bytes_each_time(built: dict[str, bytes], tmp_path: Path) -> None:
    """Hash seed, time zone, file modes and times leave no trace in what is published."""
    old = os.umask(0o077)
    try:
        again = build(tmp_path / "again", PYTHONHASHSEED="7", TZ="Asia/Tokyo")
    finally:
        os.umask(old)
    assert {name: hashlib.sha256(it).hexdigest() for name, it in again.items()} == {
        name: hashlib.sha256(it).hexdigest() for name, it in built.items()
    }


def test_build_takes_the_date_it_is_given(tmp_path: Path) -> None:
    """SOURCE_DATE_EPOCH is the date of every file."""
    made = build(tmp_path / "dated", SOURCE_DATE_EPOCH="1700000000")
    assert {info.date_time[:3] for info in wheel_of(made).infolist()} == {(2023, 11, 14)}


def test_wheel_is_small_and_whole(built: dict[str, bytes]) -> None:
    """The wheel stays under 25 KB and carries the package, its types and the licence, and nothing else."""
    (size,) = (len(content) for name, content in built.items() if name.endswith(".whl"))
    names = set(wheel_of(built).namelist())
    package = {path.relative_to(GENERATED).as_posix() for path in (GENERATED / "links_api_client").rglob("*.py")} | {
        "links_api_client/py.typed"
    }

    assert size < 25_000
    assert {name for name in names if ".dist-info/" not in name} == package
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_sdist_holds_what_a_build_needs(built: dict[str, bytes]) -> None:
    """The source distribution has metadata, readme and licence beside the package."""
    (content,) = (content for name, content in built.items() if name.endswith(".tar.gz"))
    with tarfile.open(fileobj=io.BytesIO(content)) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "links_api_client/__init__.py"} <= names


def test_metadata_is_what_an_index_shows(built: dict[str, bytes]) -> None:
    """Name, version, licence, description, Python range and readme are in the metadata."""
    info = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))["info"]
    wheel = wheel_of(built)
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = Parser().parsestr(wheel.read(name).decode())

    assert (metadata["Name"], metadata["Version"]) == ("links-api-client", info["version"])
    assert (metadata["License-Expression"], metadata["Summary"]) == ("MIT", info["summary"])
    assert metadata["Requires-Python"] == ">=3.11"
    assert sorted(requirement.split("<")[0].split(">")[0] for requirement in metadata.get_all("Requires-Dist", [])) == [
        "attrs",
        "httpx",
    ]
    assert "```python" in metadata.get_payload()


def test_wheel_works_alone(built: dict[str, bytes], tmp_path: Path) -> None:
    """The unpacked wheel is imported from where it lies, with its version told by its metadata."""
    wheel_of(built).extractall(tmp_path)
    code = (
        "import importlib.metadata, links_api_client, links_api_client.api.links.resume;"
        "print(links_api_client.__file__, importlib.metadata.version('links-api-client'))"
    )
    told = command("-W", "error", "-c", code, cwd=tmp_path, variables={"PYTHONPATH": str(tmp_path)})
    version = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))["info"]["version"]
    assert told.split() == [str(tmp_path / "links_api_client" / "__init__.py"), version]


@pytest.fixture(scope="module")
def readme_example() -> str:
    """The Python of the package's README."""
    (example,) = re.findall(r"```python\n(.*?)```", (GENERATED / "README.md").read_text("utf-8"), re.DOTALL)
    return str(example)


SETTINGS = Settings()


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    """Serve the embedded Links API."""
    with serve_in_thread(create_app(SETTINGS)) as url:
        yield url


@pytest.mark.parametrize(
    ("token", "printed"),
    [
        (SETTINGS.accepted_token, r"Link\(.*status='valid'.*\)\n"),
        (SETTINGS.further_token, r"428 TokenRequired\(.*session=UUID.*\)\n"),
        (SETTINGS.refused_token, r"400 \[Error\(code='invalid_token'.*\)\]\n"),
        (SETTINGS.failing_token, r"500 \[Error\(code='unexpected_error'.*\)\]\n"),
    ],
)
def test_readme_example_runs(base_url: str, readme_example: str, token: str, printed: str) -> None:
    """The README's example does what it shows, for each way a resume can end."""
    auth = (SETTINGS.secret_id, SETTINGS.secret_password)
    registration = {"institution": "gotham_mx_business", "username": "u", "password": "p"}
    paused = httpx.post(f"{base_url}/api/links/", json=registration, auth=auth).json()
    names = {
        "base_url": base_url,
        "secret_id": auth[0],
        "secret_password": auth[1],
        "session": uuid.UUID(paused["session"]),
        "token": token,
        "link": uuid.UUID(paused["link"]),
    }
    with contextlib.redirect_stdout(io.StringIO()) as told:
        exec(compile(readme_example, "README.md", "exec"), names)

    assert re.fullmatch(printed, told.getvalue())

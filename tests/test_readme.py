"""README.md says what the project does: its script runs, and its tables and links are those of the code."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract_tests.embedded.loopback import serve_in_thread
from contract_tests.embedded.requests import Settings
from contract_tests.embedded.server import create_app
from contract_tests.verdict import decision

Paused = tuple[str, Settings, dict[str, Any]]
ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
FIELDS = ["id", "institution", "access_mode", "last_accessed_at", "status", "created_by", "refresh_rate"]


@pytest.fixture
def paused() -> Iterator[Paused]:
    """An embedded server with one paused session."""
    settings = Settings()
    with serve_in_thread(create_app(settings)) as base_url:
        answer = httpx.post(
            f"{base_url}/api/links/",
            json={"institution": "gotham_mx_business", "username": "u", "password": "p"},
            auth=(settings.secret_id, settings.secret_password),
            timeout=5,
        )
        yield base_url, settings, answer.json()


def run_script(base_url: str, settings: Settings, *fields: str) -> subprocess.CompletedProcess[str]:
    """Run the README's script with the generated client."""
    (script,) = re.findall(r"```python\n(import sys\n.*?)```", README, re.DOTALL)
    return subprocess.run(
        [sys.executable, "-c", script, base_url, settings.secret_id, settings.secret_password, *fields],
        env={"PYTHONPATH": str(ROOT / "generated")},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_script_shows_the_seven_fields(paused: Paused) -> None:
    """The script sends one Resume and prints the seven fields of the link."""
    base_url, settings, asked = paused

    done = run_script(base_url, settings, asked["session"], settings.accepted_token, asked["link"])

    assert done.returncode == 0, done.stderr
    assert [line.partition(" = ")[0] for line in done.stdout.splitlines()] == FIELDS
    assert f"id = {asked['link']}" in done.stdout


def test_script_shows_status_and_errors(paused: Paused) -> None:
    """The script prints the status and the errors of any other answer, and fails."""
    base_url, settings, asked = paused

    done = run_script(base_url, settings, asked["session"], settings.refused_token, asked["link"])

    assert done.returncode == 1
    assert done.stderr.startswith("400: [Error(")


def test_every_exit_code_is_explained() -> None:
    """The table of exit codes has a row for each exit code there is."""
    rows = re.findall(r"^\| (\d) \| ", README, re.MULTILINE)

    assert [int(row) for row in rows] == list(range(decision.INCOMPLETE + 1))


def test_every_target_key_is_explained() -> None:
    """The table of the target file names each key of its schema, and no other."""
    schema = json.loads((ROOT / "contract_tests/targets/target.schema.json").read_text(encoding="utf-8"))
    table = README.partition("### The target file")[2].partition("### Exit codes")[0]

    keys = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))

    assert keys == set(schema["properties"])


def test_every_job_exists() -> None:
    """Each `make` job that the README names is one of the Makefile."""
    jobs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert set(re.findall(r"`make ([a-z-]+)", README)) <= jobs


def test_every_link_leads_somewhere() -> None:
    """Each relative link and picture of the README is a file of the project."""
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)\)", README)

    assert [link for link in links if not (ROOT / link).exists()] == []
    assert links

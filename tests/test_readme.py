"""README.md and docs/ say what the project does: the script runs, and tables and links are those of the code."""

import ast
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
from contract_tests.options import OPTIONS
from contract_tests.verdict import decision as verdicts

Paused = tuple[str, Settings, dict[str, Any]]
ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
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


def script() -> str:
    """Return the README's script."""
    (found,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    return str(found)


def run_script(base_url: str, settings: Settings, *fields: str) -> subprocess.CompletedProcess[str]:
    """Run the README's script with the generated client."""
    return subprocess.run(
        [sys.executable, "-c", script(), base_url, settings.secret_id, settings.secret_password, *fields],
        env={"PYTHONPATH": str(ROOT / "generated")},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_script_shows_the_seven_fields(paused: Paused) -> None:
    """The script, of ten lines, sends one Resume and prints the seven fields of the link."""
    base_url, settings, asked = paused

    done = run_script(base_url, settings, asked["session"], settings.accepted_token, asked["link"])

    assert done.returncode == 0, done.stderr
    link = ast.literal_eval(done.stdout)
    assert list(link) == FIELDS
    assert link["id"] == asked["link"]
    assert len([line for line in script().splitlines() if line]) == 10


def test_script_shows_status_and_errors(paused: Paused) -> None:
    """The script prints the status and the errors of any other answer, and fails."""
    base_url, settings, asked = paused

    done = run_script(base_url, settings, asked["session"], settings.refused_token, asked["link"])

    assert done.returncode == 1
    assert done.stderr.startswith("400: [Error(")


def test_every_exit_code_is_explained() -> None:
    """The table of exit codes has a row for each code of the verdicts."""
    rows = re.findall(r"^\| (\d) \| ", (DOCS / "exit-codes.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert [int(row) for row in rows] == list(range(verdicts.INCOMPLETE + 1))


def test_every_target_key_is_explained() -> None:
    """The table of the target file names each key of its schema, and no other."""
    schema = json.loads((ROOT / "contract_tests/targets/target.schema.json").read_text(encoding="utf-8"))
    table = (DOCS / "target-file.md").read_text(encoding="utf-8").partition("## Keys")[2]

    keys = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))

    assert keys == set(schema["properties"])
    for section in ("server", "limits", "load"):
        assert [key for key in schema["properties"][section]["properties"] if f"`{key}`" not in table] == [], section


def test_every_job_exists() -> None:
    """Each `make` job that a page names is one of the Makefile."""
    jobs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {job for page in PAGES for job in re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8"))}

    assert named <= jobs
    assert named


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """Each relative link and picture of a page is a file of the project, each anchor a heading of it."""
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text)
    broken = []
    for link in links:
        name, _, anchor = link.partition("#")
        file = page.parent / name if name else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(link)

    assert broken == []


def test_every_option_is_explained() -> None:
    """docs/target-file.md names each option that `--help` lists, and README.md none that does not exist."""
    options = {flag for flag, _ in OPTIONS}
    named = set(re.findall(r"(--[a-z][a-z-]+)", (DOCS / "target-file.md").read_text(encoding="utf-8")))
    in_readme = set(re.findall(r"--[a-z][a-z-]+", re.sub(r"```.*?```|<!--.*?-->", "", README, flags=re.DOTALL)))

    assert options - named == set()
    assert in_readme - options == set()
    assert in_readme


def test_readme_leads_to_every_page() -> None:
    """README.md names each page of docs/, and is one page itself."""
    assert set(re.findall(r"\]\(docs/([a-z-]+\.md)\)", README)) == {page.name for page in DOCS.glob("*.md")}
    assert len(README.splitlines()) <= 140

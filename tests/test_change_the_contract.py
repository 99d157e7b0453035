"""docs/developing.md, "Change the contract": its edits are made in a copy of the project, and end as it says."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

from tests.suite_command import PROJECT, copy_of_project, run_suite

PAGE = (PROJECT / "docs" / "developing.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("\n## Change the contract\n")[2].partition("\n## ")[0]


def fences(kind: str) -> list[str]:
    """Return the fenced blocks of the section that are of a kind."""
    return [
        textwrap.dedent(text) for text in re.findall(rf"^ *```{kind}\n(.*?)^ *```$", SECTION, re.MULTILINE | re.DOTALL)
    ]


def applied(project: Path, patch: str) -> None:
    """Make the edits of a patch."""
    subprocess.run(["git", "apply", "-"], cwd=project, input=patch, text=True, check=True, capture_output=True)


def script(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run what `make` calls, on other places."""
    command = [sys.executable, str(PROJECT / "scripts" / name), *arguments]
    return subprocess.run(command, text=True, capture_output=True, check=False)


def test_the_page_leads_from_an_edit_to_green(tmp_path: Path) -> None:
    """A field and a status are added: client and suite follow, the server is told what it lacks, and then it holds."""
    of_the_contract, of_the_server = fences("diff")
    (told,) = fences("text")
    project = copy_of_project(tmp_path / "project")
    spec = project / "openapi.yaml"

    applied(project, of_the_contract)
    generated = script("generate_client.py", "--spec", str(spec), "--output", str(project / "generated"))
    before = run_suite(tmp_path / "before", project=project)
    applied(project, of_the_server)
    after = run_suite(tmp_path / "after", project=project)
    compatible = script("check_compatible.py", "--spec", str(spec), "--against", str(PROJECT / "openapi.yaml"))

    assert generated.returncode == 0, generated.stderr
    assert "channel" in (project / "generated/links_api_client/models/resume_request.py").read_text(encoding="utf-8")
    (cause,) = before.report["causes"]
    assert before.exit_code == 1
    assert cause["problem"] == told.strip()
    assert cause["clause"] == "/components/schemas/ResumeRequest/properties/channel"
    assert after.exit_code == 0, after.printed + after.complained
    assert after.report["statuses"]["409"]["verdict"] == "accepted unseen"
    assert compatible.returncode == 0, compatible.stdout + compatible.stderr

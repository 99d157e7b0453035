"""The pipelines to copy are valid, and say what the target file and the suite say."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contract_tests.contract import strict_yaml
from contract_tests.target import file as target_file

ROOT = Path(__file__).parent.parent
TARGETS = ROOT / "contract_tests" / "targets"
PIPELINES = TARGETS.parent / "pipelines"
GITHUB, GITLAB = PIPELINES / "staging.github.yaml", PIPELINES / "staging.gitlab.yaml"
ON_GITHUB, ON_GITLAB = (sorted(PIPELINES.glob(f"*.{service}.yaml")) for service in ("github", "gitlab"))
SCHEMAS = {
    "vendor.github-workflows": ON_GITHUB,
    "custom.github-workflows-require-timeout": ON_GITHUB,
    "vendor.gitlab-ci": ON_GITLAB,
}


def lint(schema: str, *files: Path) -> subprocess.CompletedProcess[str]:
    """Hold pipelines to a schema that the linter brings along."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, files)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def github() -> dict[str, Any]:
    """Return the job that checks staging."""
    job: dict[str, Any] = strict_yaml.parse(GITHUB.read_text(encoding="utf-8"))["jobs"]["contract"]
    return job


def gitlab() -> dict[str, Any]:
    """Return the job that checks staging."""
    job: dict[str, Any] = strict_yaml.parse(GITLAB.read_text(encoding="utf-8"))["contract-staging"]
    return job


def commands() -> dict[str, list[str]]:
    """Return what each pipeline runs."""
    return {
        "GitHub": [step["run"] for step in github()["steps"] if "run" in step],
        "GitLab": [*gitlab()["before_script"], *gitlab()["script"], *gitlab()["after_script"]],
    }


def test_each_use_has_a_pipeline_for_both_services() -> None:
    """There are three uses, each with a file for GitHub Actions and one for GitLab CI, and the linter is given all."""
    uses = {f"{use}.{service}.yaml" for use in ("contract", "provider", "staging") for service in ("github", "gitlab")}

    assert {file.name for file in PIPELINES.iterdir()} == uses
    assert {file.name for files in SCHEMAS.values() for file in files} == uses


@pytest.mark.parametrize("schema", SCHEMAS)
def test_pipelines_are_valid(schema: str) -> None:
    """The linter finds nothing, without network."""
    result = lint(schema, *SCHEMAS[schema])

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("file", "schema", "right", "wrong"),
    [
        (GITHUB, "vendor.github-workflows", "runs-on:", "run-on:"),
        (GITHUB, "custom.github-workflows-require-timeout", "timeout-minutes: 15", ""),
        (GITLAB, "vendor.gitlab-ci", "when: always", "when: ever"),
    ],
)
def test_the_linter_sees_a_mistake(tmp_path: Path, file: Path, schema: str, right: str, wrong: str) -> None:
    """A pipeline with a mistake is refused: the test above is not empty."""
    text = file.read_text(encoding="utf-8")
    mistaken = tmp_path / "mistaken.yaml"
    mistaken.write_text(text.replace(right, wrong, 1), encoding="utf-8")

    assert right in text
    assert lint(schema, mistaken).returncode == 1


@pytest.mark.parametrize("pipeline", ["GitHub", "GitLab"])
def test_a_pipeline_installs_what_is_locked_and_checks_staging(pipeline: str) -> None:
    """Hashes are required, and the suite is given a target file that is there and a folder for its reports."""
    install, check, _history = (shlex.split(command) for command in commands()[pipeline])

    assert {"--require-hashes", "--no-deps", "requirements.lock"} <= set(install)
    assert check[:3] == ["python", "-m", "contract_tests"]
    assert (ROOT / check[check.index("--target") + 1]).is_file()
    assert check[check.index("--report-dir") + 1] == "reports"


def test_pipelines_bring_the_variables_of_the_target_file() -> None:
    """GitHub hands over exactly the secrets that staging.yaml names; none stands on a command line."""
    text = "\n".join(
        line
        for line in (TARGETS / "staging.yaml").read_text(encoding="utf-8").splitlines()
        if not line.lstrip().startswith("#")
    )
    needed = {match["name"] for match in target_file.INTERPOLATION.finditer(text) if match["name"]}
    (given,) = [step["env"] for step in github()["steps"] if "env" in step]

    assert given == {name: f"${{{{ secrets.{name} }}}}" for name in needed}
    assert not [line for lines in commands().values() for line in lines[:2] if re.search(r"\$|secret", line)]
    assert needed.isdisjoint(gitlab()["variables"])


def test_reports_are_kept_also_of_a_failed_run() -> None:
    """The reports are artefacts of every run, and JUnit is published."""
    (upload,) = [step for step in github()["steps"] if step.get("uses", "").startswith("actions/upload-artifact@")]
    jobs = strict_yaml.parse(GITHUB.read_text(encoding="utf-8"))["jobs"]
    publish = jobs["publish"]

    assert upload["if"] == "always()"
    assert upload["with"]["path"] == "reports/"
    assert publish["if"].startswith("always()")
    assert publish["steps"][1]["with"]["report_paths"] == "reports/junit.xml"
    assert "secrets." not in str(publish) + str(jobs["issues"])
    assert gitlab()["artifacts"]["when"] == "always"
    assert gitlab()["artifacts"]["paths"] == ["reports/"]
    assert gitlab()["artifacts"]["reports"] == {"junit": "reports/junit.xml"}


def test_two_runs_never_share_staging() -> None:
    """A second run waits for the first, and both end in time."""
    concurrency = strict_yaml.parse(GITHUB.read_text(encoding="utf-8"))["concurrency"]

    assert concurrency == {"group": "contract-staging", "cancel-in-progress": False}
    assert gitlab()["resource_group"] == "contract-staging"
    assert gitlab()["interruptible"] is False
    assert gitlab()["retry"] == 0
    assert github()["timeout-minutes"] <= 15
    assert gitlab()["timeout"] == "15 minutes"

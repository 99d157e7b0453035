"""The shell steps of the pipelines to copy do what they say, run as they stand; what would publish is only recorded."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contract_tests.contract import strict_yaml
from contract_tests.embedded.server import Settings, create_app, serve_in_thread
from contract_tests.report.publishing import write_all
from tests.example_reports import green, missing_id, moment, with_causes
from tests.shared import Shared
from tests.suite_command import PROJECT
from tests.test_installed_suite import build, new_environment

PIPELINES = PROJECT / "contract_tests" / "pipelines"
UV = """#!/bin/sh
# uv pip install, and uv tool install, without an index: by pip, into the environment that has what is locked; as uv
# does, it compiles nothing.
[ "$2" = install ] || exit 2
shift 2
[ "$1" = --system ] && shift
exec python -m pip install --quiet --no-compile "$@"
"""
SERVICE = """#!/bin/sh
# gh and glab: what they are asked for is recorded, with what they are given to read; OPEN has the issues that are open.
case "$*" in
  "issue list "*) cat "$OPEN" ;;
  *) { echo "$(basename "$0") $*"; case "$*" in *"-file -") cat ;; esac; } >> "$RECORD" ;;
esac
"""
RED = with_causes(green(), missing_id())
SEEN = "First seen 2026-01-05, last seen 2026-01-05."
GONE = "Last seen 2026-01-06; the run of 2026-01-07 looked again and did not meet it."
IN_CI_RUN = ("make lint", "make test", "make wheel")
"""What .ci/run and other tests run already, and what takes a minute."""


def steps(file: str, job: str) -> list[str]:
    """Return the shell steps of a job, in their order."""
    pipeline: dict[str, Any] = strict_yaml.parse((PIPELINES / file).read_text(encoding="utf-8"))
    if file.endswith(".github.yaml"):
        return [step["run"] for step in pipeline["jobs"][job]["steps"] if "run" in step]
    return [step for part in ("before_script", "script", "after_script") for step in pipeline[job].get(part, ())]


def stand_in(path: Path, script: str) -> None:
    """Write a program that stands in for one that needs the network."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(script, encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def dist(shared: Shared) -> Path:
    """A folder with the suite's wheel, which stands in for the package index."""
    return shared.once("suite", build).parent


@pytest.fixture
def environment(tmp_path: Path, dist: Path) -> dict[str, str]:
    """The variables of a pipeline whose python is that of a new environment."""
    return variables_of(tmp_path / "environment", dist)


def variables_of(home: Path, dist: Path) -> dict[str, str]:
    """Make a new environment, and return the variables of a pipeline in it, which has no way to a package index."""
    new_environment(home)
    inherited = {
        key: value for key, value in os.environ.items() if not key.startswith(("CONTRACT_", "GITHUB_", "PIP_"))
    }
    stand_in(home / "bin" / "uv", UV)
    path = f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return inherited | {"PATH": path, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(dist)}


def run(step: str, folder: Path, environment: dict[str, str]) -> str:
    """Run one step as the services do, assert that it succeeds, and return its output."""
    done = subprocess.run(
        ["bash", "-e", "-c", step],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, f"{step}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_a_provider_checks_its_own_service(tmp_path: Path, dist: Path) -> None:
    """The suite is installed, starts the service of contract/target.yaml, and says that it keeps the contract."""
    repository = tmp_path / "service"
    (repository / "contract").mkdir(parents=True)
    shutil.copy(PROJECT / "tests" / "links_app.py", repository / "contract")
    target = (PROJECT / "tests" / "links_app.yaml").read_text(encoding="utf-8")
    (repository / "contract" / "target.yaml").write_text(f"{target}\nprofile: quick\n", encoding="utf-8")

    checks = []
    for service in ("github", "gitlab"):
        environment = variables_of(tmp_path / service, dist)
        install, check = steps(f"provider.{service}.yaml", "contract")
        run(install, repository, environment)
        assert "contract 1." in run("resume-contract --version", repository, environment)
        checks.append(check)

    assert checks[0] == checks[1]  # so that it need not run twice
    assert "The contract holds" in run(checks[0], repository, environment)
    assert {"contract.html", "junit.xml", "server.log"} <= {path.name for path in (repository / "reports").iterdir()}


@pytest.fixture(scope="module")
def staging() -> Iterator[dict[str, str]]:
    """A server that stands in for staging, and the variables that its target file takes."""
    settings = Settings()
    with serve_in_thread(create_app(settings)) as base_url:
        yield {
            "CONTRACT_BASE_URL": base_url,
            "STAGING_ID": settings.secret_id,
            "STAGING_PASSWORD": settings.secret_password,
            "STAGING_BANK_USER": "bank-user",
            "STAGING_BANK_PASSWORD": "bank-Password-1",
            "STAGING_TOKEN": settings.accepted_token,
        }


def test_staging_is_checked(tmp_path: Path, environment: dict[str, str], staging: dict[str, str]) -> None:
    """From a clone of this project, what is locked is installed, and what staging.yaml names is checked."""
    repository = tmp_path / "clone"
    repository.mkdir()
    for name in ("requirements.lock", "openapi.yaml"):
        shutil.copy(PROJECT / name, repository)
    for name in ("contract_tests", "generated"):
        shutil.copytree(PROJECT / name, repository / name, ignore=shutil.ignore_patterns("*.pyc.*"))
    target = repository / "contract_tests" / "targets" / "staging.yaml"
    paced = target.read_text(encoding="utf-8")
    assert "requests_per_second: 20 " in paced
    target.write_text(paced.replace("requests_per_second: 20 ", "requests_per_second: 400 "), encoding="utf-8")

    run_id = {"GITHUB_RUN_ID": "1", "CI_JOB_ID": "1", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    variables = environment | staging | run_id
    jobs = [steps("staging.github.yaml", "contract"), steps("staging.gitlab.yaml", "contract-staging")]
    installs, checks, additions = zip(*jobs, strict=True)

    for install in installs:
        run(install, repository, variables)
    assert checks[0] == checks[1]  # so that it need not run twice
    assert "The contract holds" in run(checks[0], repository, variables)
    reports = repository / "reports"
    assert (reports / "junit.xml").exists()
    for add_to_history in additions:
        run(add_to_history, repository, variables)
        assert {"history.html", "issues"} <= {path.name for path in reports.iterdir()}
        (reports / "history.html").unlink()  # the other is to make its own
        shutil.rmtree(reports / "issues")
        shutil.rmtree(repository / "history")


@pytest.mark.parametrize(
    ("file", "jobs", "created", "closed"),
    [
        (
            "staging.github.yaml",
            ("contract", "issues"),
            "gh issue create --title Resume contract: {title} --body-file -\n" + SEEN,
            ["gh issue close 7 --comment " + GONE],
        ),
        (
            "staging.gitlab.yaml",
            ("contract-staging", "contract-issues"),
            "glab issue create --repo url --yes --title Resume contract: {title} --description " + SEEN,
            [
                "glab issue note --repo url 7 --message " + GONE,
                "glab issue close --repo url 7",
            ],
        ),
    ],
)
def test_a_new_cause_is_an_issue_until_it_is_gone(
    tmp_path: Path, environment: dict[str, str], file: str, jobs: tuple[str, str], created: str, closed: list[str]
) -> None:
    """The first night opens one, the second finds it open, the third, in which the cause is gone, closes it."""
    checking, tracking = jobs
    *_, add_to_history = steps(file, checking)
    (track,) = steps(file, tracking)
    for name in ("gh", "glab"):
        stand_in(tmp_path / "bin" / name, SERVICE)
    path = f"{tmp_path / 'bin'}{os.pathsep}{environment['PATH']}"
    variables = environment | {"PATH": path, "PYTHONPATH": str(PROJECT), "CI_PROJECT_URL": "url"}
    asked = []
    for night, (report, open_issues) in enumerate([(RED, ""), (RED, "7\n"), (green(), "7\n"), (green(), "")]):
        for name, content in (("OPEN", open_issues), ("RECORD", ""), ("GITHUB_STEP_SUMMARY", "")):
            (tmp_path / name).write_text(content, encoding="utf-8")
            variables[name] = str(tmp_path / name)
        variables |= {"GITHUB_RUN_ID": f"{night}", "CI_JOB_ID": f"{night}"}
        shutil.rmtree(tmp_path / "reports", ignore_errors=True)
        write_all(replace(report, started_at=moment(night)), tmp_path / "reports")

        run(add_to_history, tmp_path, variables)
        run(track, tmp_path, variables)

        asked.append((tmp_path / "RECORD").read_text(encoding="utf-8"))
    first, second, third, fourth = asked
    assert first.startswith(created.format(title=f'"id" is missing from the 200 [{missing_id().id}]'))
    assert "   sent      PATCH /api/links/" in first
    assert (second, third.splitlines(), fourth) == ("", closed, "")


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A clone of this project whose last release is what it is now, with the environment of `make install-dev`."""
    repository = tmp_path / "clone"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (PROJECT / name).is_file():
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, repository / name)
    (repository / ".venv").mkdir()
    for part in ("bin", "lib", "pyvenv.cfg"):
        (repository / ".venv" / part).symlink_to((PROJECT / ".venv").resolve() / part)
    for stamp in (".installed", ".installed-dev"):
        (repository / ".venv" / stamp).touch()
    author = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "-q"], ["add", "-A"], [*author, "commit", "-qm", "A release"], ["tag", "v1.0.0"]):
        subprocess.run(["git", *command], cwd=repository, check=True, capture_output=True)
    return repository


def test_the_contract_is_compared_and_generated_anew(
    released: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    """The contract's own jobs pass on this project, and the changes are in the summary of the run."""
    summary = tmp_path / "summary.md"
    github, gitlab = (steps(f"contract.{service}.yaml", "client") for service in ("github", "gitlab"))

    # What is the same for both need not run twice.
    for step in dict.fromkeys([*github, *gitlab]):
        if not step.startswith(IN_CI_RUN):
            run(step, released, environment | {"GITHUB_STEP_SUMMARY": str(summary)})

    assert {"make check-compatible", "make check-generated"} <= {*github} & {*gitlab}
    assert summary.read_text(encoding="utf-8").startswith("## What changed for callers\n```\n")


@pytest.mark.parametrize(
    ("file", "jobs", "command", "tag"),
    [
        ("contract.github.yaml", ["release"], "gh release create v1.0.0 dist/a.whl", "GITHUB_REF_NAME"),
        ("contract.gitlab.yaml", ["publish", "release"], "glab release create v1.0.0", "CI_COMMIT_TAG"),
    ],
)
def test_a_tag_is_released_with_its_notes(
    tmp_path: Path, environment: dict[str, str], file: str, jobs: list[str], command: str, tag: str
) -> None:
    """The notes of a release are its section of the changelog; the services' commands are given the packages."""
    for name in ("gh", "glab", "uv"):
        stand_in(tmp_path / "bin" / name, SERVICE)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "a.whl").touch()
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## 1.0.0, 2026-12-01\n\n- New.\n\n## 0.9.0\n\n- Old.\n", "utf-8"
    )
    record = tmp_path / "record"
    variables = {tag: "v1.0.0", "RECORD": str(record), "PATH": f"{tmp_path / 'bin'}{os.pathsep}{environment['PATH']}"}

    for job in jobs:
        for step in steps(file, job):
            run(step, tmp_path, environment | variables)

    assert (tmp_path / "notes.md").read_text(encoding="utf-8") == "## 1.0.0, 2026-12-01\n\n- New.\n\n"
    recorded = record.read_text(encoding="utf-8").splitlines()
    assert recorded[-1].startswith(command)
    assert recorded[:-1] == ["uv publish --trusted-publishing always dist/a.whl"] * ("publish" in jobs)

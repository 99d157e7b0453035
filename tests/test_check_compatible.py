"""check-compatible: what it compares with, how it writes the changes, and its exit codes."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import check_compatible
import pytest
import yaml

from tests.contracts_to_compare import GONE, Edits, changed, written

SPEC = Path(__file__).parent.parent / "openapi.yaml"
CONTRACT = SPEC.read_text("utf-8")
STATUS_REMOVED: Edits = {"/paths/~1api~1links~1/patch/responses/401": GONE}
LINK = "/components/schemas/Link"
FIELD_REMOVED: Edits = {f"{LINK}/properties/status": GONE}
FIELD_ADDED: Edits = {f"{LINK}/properties/colour": {"type": "string"}}
Run = Callable[..., tuple[int, str, str]]


def edited(folder: Path, edits: Edits, version: str = "1.0.0") -> Path:
    """Write the project's contract with some places changed."""
    return written(folder, changed(edits | {"/info/version": version}, CONTRACT))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call the script with arguments, and return its exit code and what it printed."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["check_compatible.py", *map(str, arguments)])
        code = check_compatible.main()
        return code, *capsys.readouterr()

    return call


def test_breaking_change_needs_a_new_major_version(tmp_path: Path, run: Run) -> None:
    """A breaking change is one line with its place and whom it breaks, and fails until the major version is new."""
    for version, expected in {"1.9.9": 1, "2.0.0": 0}.items():
        code, printed, error = run("--spec", edited(tmp_path, FIELD_REMOVED, version), "--against", SPEC)

        assert code == expected
        (line,) = [line for line in printed.splitlines() if line.startswith("breaking ")]
        assert line.startswith("breaking  PATCH /api/links/ 200 $  property status removed: the client's class loses")
        assert line.endswith(f"(openapi.yaml:1 {LINK}/properties/status)")
        assert ("needs a new major version" in error) == bool(expected)


def test_other_change_is_fine(tmp_path: Path, run: Run) -> None:
    """What callers may ignore is listed, and needs no new version."""
    code, printed, error = run("--spec", edited(tmp_path, FIELD_ADDED), "--against", SPEC)

    assert (code, error) == (0, "")
    assert printed.startswith("fine      PATCH /api/links/ 200 $  property colour added  (openapi.yaml:1 ")
    assert f"1 change(s) since {SPEC} (1.0.0), 0 of them breaking for callers." in printed


def test_unchanged_contract_has_no_change(run: Run) -> None:
    """A contract compared with itself differs in nothing."""
    assert run("--against", SPEC) == (0, f"0 change(s) since {SPEC} (1.0.0), 0 of them breaking for callers.\n", "")


def test_line_is_that_of_the_contract(tmp_path: Path, run: Run) -> None:
    """The line is that of the place in openapi.yaml, or of what is left around it."""
    spec = tmp_path / "openapi.yaml"
    spec.write_text(CONTRACT.replace("type: integer", "type: string"), "utf-8")
    lines = CONTRACT.splitlines()

    printed = json.loads(run("--spec", spec, "--against", SPEC, "--format", "json")[1])
    (change,) = printed["changes"]
    assert lines[change["line"] - 1].strip() == "type: integer"
    assert change["pointer"] == "/components/schemas/TokenRequired/properties/expiry/type"

    start = CONTRACT.index("        refresh_rate:\n          description: How often")
    spec.write_text(CONTRACT[:start] + CONTRACT[CONTRACT.index("    ErrorList:\n      description") :], "utf-8")
    printed = json.loads(run("--spec", spec, "--against", SPEC, "--format", "json")[1])
    (change,) = printed["changes"]
    assert change["pointer"] == f"{LINK}/properties/refresh_rate"
    assert lines[change["line"] - 1].strip() == "properties:"


def test_json_holds_the_changes(tmp_path: Path, run: Run) -> None:
    """`--format json` is one object with the verdict and each change."""
    spec = edited(tmp_path, FIELD_REMOVED | FIELD_ADDED)

    code, printed, _ = run("--spec", spec, "--against", SPEC, "--format", "json")

    record: dict[str, Any] = json.loads(printed)
    assert (code, record["exit_code"], record["version"]) == (1, 1, "1.0.0")
    assert record["against"] == {"source": str(SPEC), "version": "1.0.0"}
    assert [(change["rule"], change["breaking"]) for change in record["changes"]] == [
        ("property_removed", True),
        ("property_added", False),
    ]
    assert record["changes"][0]["direction"] == "response"
    assert record["changes"][0]["where"] == ["PATCH /api/links/ 200 $"]


def test_annotations_in_github_actions(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """In GitHub Actions the changes are annotations, named from the root of the repository."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    edits = FIELD_REMOVED | FIELD_ADDED

    code, printed, _ = run("--spec", edited(tmp_path / "api", edits), "--against", SPEC)
    assert code == 1
    error, notice = printed.splitlines()
    assert error.startswith(
        "::error file=api/openapi.yaml,line=1,title=PATCH /api/links/ 200 $::property status removed"
    )
    assert notice.startswith("::notice file=api/openapi.yaml,line=1,")

    code, printed, _ = run("--spec", edited(tmp_path / "api", edits, "2.0.0"), "--against", SPEC)
    assert code == 0
    assert printed.startswith("::warning ")

    assert run("--against", SPEC, "--format", "text")[1].startswith("0 change(s)")
    code, printed, _ = run("--spec", tmp_path / "none.yaml", "--against", SPEC)
    assert code == 2
    assert printed.startswith("::error file=none.yaml,line=1,title=check-compatible::")


def git(folder: Path, *words: str) -> None:
    """Run git as somebody in particular."""
    who = ["-c", "user.name=n", "-c", "user.email=e@e.test", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def test_last_tag_is_the_last_release(tmp_path: Path, run: Run) -> None:
    """Without --against the contract of the last v* tag is compared with; other tags are no release."""
    git(tmp_path, "init", "-q")
    spec = edited(tmp_path, {})
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    nothing = "No version is released yet (no tag v*): nothing to compare with."
    assert run("--spec", spec) == (0, f"{nothing}\n", "")
    assert json.loads(run("--spec", spec, "--format", "json")[1])["summary"] == nothing
    git(tmp_path, "tag", "v1.0.0")
    spec = edited(tmp_path, STATUS_REMOVED, "2.0.0")
    assert run("--spec", spec)[0] == 0
    git(tmp_path, "commit", "-qam", "two")
    git(tmp_path, "tag", "v2.0.0")
    git(tmp_path, "tag", "a-tag-of-another-kind")

    code, printed, _ = run("--spec", spec)
    assert (code, printed) == (0, "0 change(s) since v2.0.0 (2.0.0), 0 of them breaking for callers.\n")
    spec = edited(tmp_path, STATUS_REMOVED | FIELD_REMOVED, "2.1.0")
    code, _, error = run("--spec", spec)
    assert code == 1
    assert "since v2.0.0 (2.0.0)" in error

    for revision in ("v1.0.0", "HEAD~1"):
        code, printed, error = run("--spec", spec, "--against", revision)
        assert code == 0
        assert f"since {revision} (1.0.0), 2 of them breaking for callers; info.version 2.1.0 says so." in printed


def test_split_contract_of_a_git_revision(tmp_path: Path, run: Run) -> None:
    """The files that a released contract refers to are read from the same revision."""
    git(tmp_path, "init", "-q")
    document = changed({}, CONTRACT)
    spec = written(tmp_path, changed({LINK: {"$ref": "schemas/link.yaml"}}, CONTRACT))
    beside = written(tmp_path / "schemas", document["components"]["schemas"]["Link"], "link.yaml")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    beside.write_text(yaml.safe_dump(changed(FIELD_REMOVED, CONTRACT)["components"]["schemas"]["Link"]), "utf-8")

    code, printed, _ = run("--spec", spec, "--against", "HEAD")
    assert code == 1
    assert "property status removed" in printed
    assert "(schemas/link.yaml:" in printed


def test_wheel_of_the_client_carries_its_contract(tmp_path: Path, run: Run) -> None:
    """A released wheel is compared by the contract in it; one without is no verdict."""
    released = tmp_path / "links_api_client-1.0.0-py3-none-any.whl"
    with zipfile.ZipFile(released, "w") as wheel:
        wheel.writestr("links_api_client/openapi.yaml", CONTRACT)
    code, _, error = run("--spec", edited(tmp_path, FIELD_REMOVED), "--against", released)
    assert code == 1
    assert f"since {released} (1.0.0)" in error

    with zipfile.ZipFile(released, "w") as wheel:
        wheel.writestr("links_api_client/__init__.py", "")
    code, _, error = run("--against", released)
    assert code == 2
    assert f"{released} carries no links_api_client/openapi.yaml" in error
    released.write_bytes(b"")
    code, _, error = run("--against", released)
    assert code == 2
    assert f"{released} cannot be read" in error


USABLE = "openapi: 3.1.0\ninfo: {version: 1.0.0}\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "cannot be read"),
        (b"\xff", "cannot be read"),
        (b"a: [", "line 1: this is not YAML"),
        (b"[]", "it holds no mapping"),
        (b"", "it holds no mapping"),
        (b"openapi: 3.1.0\nopenapi: 3.1.0", "line 2: the key 'openapi' is there twice"),
        (b"swagger: '2.0'\ninfo: {version: 1.0.0}", "its `openapi` is absent"),
        (b"openapi: 3.1.0\npaths: {}\ninfo: {version: next}", "its `info.version` is next"),
        (USABLE.encode() + b"paths: {/: {get: {}}}", "has get without responses"),
        (USABLE.encode() + b"paths: {/: {get: {$ref: '#/none'}}}", "$ref #/none leads to nothing (at /paths/~1/get)"),
        (USABLE.encode() + b"paths: {/: {get: {$ref: '#/paths/~1/get'}}}", "leads back to itself (at /paths/~1/get)"),
        (
            USABLE.encode() + b"paths: {/: {get: {$ref: 'https://x.test/a'}}}",
            "$ref https://x.test/a names another machine",
        ),
        (USABLE.encode() + b"security: [{a: []}]\npaths: {/: {get: {responses: {}}}}", "no security scheme a"),
        (
            USABLE.encode() + b"components: {schemas: {A: {allOf: [{$ref: '#/components/schemas/A'}]}}}",
            "/components/schemas/A is made of itself",
        ),
    ],
)
def test_incomparable_contract_is_one_sentence(tmp_path: Path, run: Run, content: bytes | None, expected: str) -> None:
    """A contract that cannot be read is one line with its name, and no verdict."""
    other = tmp_path / "released.yaml"
    if content is not None:
        other.write_bytes(content)

    for arguments in (("--against", other), ("--spec", other, "--against", SPEC)):
        code, printed, error = run(*arguments)
        assert (code, printed) == (2, "")
        assert str(other) in error
        assert expected in error
        assert error.count("\n") == 1


def test_folder_without_git_is_one_sentence(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no repository the released contract has to be named."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    code, _, error = run("--spec", edited(tmp_path, {}))
    assert (code, "--against FILE" in error, error.count("\n")) == (2, True, 1)

    monkeypatch.setenv("PATH", str(tmp_path))
    code, _, error = run("--spec", tmp_path / "openapi.yaml")
    assert (code, error) == (
        2,
        "check-compatible: git cannot be run; name the released contract with --against FILE.\n",
    )

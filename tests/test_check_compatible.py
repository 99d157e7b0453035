"""Each change of the contract is told as breaking for callers or not, and a breaking one needs a new major version."""

import copy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import check_compatible
import pytest
import yaml

SPEC = Path(__file__).parent.parent / "openapi.yaml"
CONTRACT: dict[str, Any] = yaml.safe_load(SPEC.read_text("utf-8"))
OPERATION = ("paths", "/api/links/", "patch")
REQUEST = ("components", "schemas", "ResumeRequest")
LINK = ("components", "schemas", "Link")
ERRORS = ("components", "schemas", "ErrorList")
TOKEN_REQUIRED = ("components", "schemas", "TokenRequired")
OK = ("components", "responses", "Ok", "content")
BODY = ("components", "requestBodies", "Resume")
GONE = object()
Edit = tuple[tuple[str, ...], Any]

BREAKING: dict[str, tuple[list[Edit], str]] = {
    "operation removed": ([(OPERATION, GONE)], "PATCH /api/links/  operation removed"),
    "operation moved": (
        [(OPERATION, GONE), (("paths", "/api/links/", "post"), CONTRACT["paths"]["/api/links/"]["patch"])],
        "PATCH /api/links/  operation removed",
    ),
    "operation renamed": ([((*OPERATION, "operationId"), "resume2")], "operationId resume became resume2"),
    "tag renamed": ([((*OPERATION, "tags"), ["sessions"])], "tags ['links'] became ['sessions']"),
    "other security": ([(("components", "securitySchemes", "basic", "scheme"), "bearer")], "security"),
    "no security": ([(("security",), [])], "security"),
    "parameter added": (
        [((*OPERATION, "parameters"), [{"name": "X-A", "in": "header", "required": True}])],
        "parameters [] became",
    ),
    "status removed": ([((*OPERATION, "responses", "401"), GONE)], "401  response removed"),
    "media type of an answer replaced": (
        [((*OK, "application/xml"), CONTRACT["components"]["responses"]["Ok"]["content"]["application/json"])],
        "200  application/xml added",
    ),
    "media type of the request removed": ([((*BODY, "content"), {})], "request  application/json removed"),
    "request field added as required": (
        [
            ((*REQUEST, "properties", "device"), {"type": "string"}),
            ((*REQUEST, "required"), ["session", "token", "link", "device"]),
        ],
        "request $.device  added, required",
    ),
    "request field removed": ([((*REQUEST, "properties", "token"), GONE)], "request $.token  removed"),
    "request format tightened": (
        [((*REQUEST, "properties", "token", "format"), "uuid")],
        "$.token  format None became uuid",
    ),
    "request format dropped": ([((*REQUEST, "properties", "link", "format"), GONE)], "$.link  format uuid became None"),
    "request retyped": (
        [((*REQUEST, "properties", "token", "type"), "integer")],
        "$.token  type string became integer",
    ),
    "request shortened": ([((*REQUEST, "properties", "token", "maxLength"), 6)], "$.token  maxLength None became 6"),
    "request lengthened": ([((*REQUEST, "properties", "token", "minLength"), 4)], "$.token  minLength 1 became 4"),
    "request pattern added": (
        [((*REQUEST, "properties", "token", "pattern"), "^x")],
        "$.token  pattern None became ^x",
    ),
    "request values listed": (
        [((*REQUEST, "properties", "token", "enum"), ["a"])],
        "$.token  enum anything became 'a'",
    ),
    "request closed": ([((*REQUEST, "additionalProperties"), False)], "$  additionalProperties None became False"),
    "answer field removed": ([((*LINK, "properties", "status"), GONE)], "200 $.status  removed"),
    "answer field optional": (
        [((*LINK, "required"), ["id", "institution", "access_mode", "last_accessed_at", "created_by", "refresh_rate"])],
        "200 $.status  became optional",
    ),
    "answer field null": (
        [((*LINK, "properties", "id", "type"), ["string", "null"])],
        "200 $.id  type string became null/string",
    ),
    "answer field retyped": (
        [((*TOKEN_REQUIRED, "properties", "expiry", "type"), "string")],
        "428 $.expiry  type integer became string",
    ),
    "answer field widened": (
        [((*TOKEN_REQUIRED, "properties", "expiry", "type"), "number")],
        "type integer became integer/number",
    ),
    "answer format dropped": ([((*LINK, "properties", "id", "format"), GONE)], "200 $.id  format uuid became None"),
    "answer within retyped": (
        [(("components", "schemas", "TokenGenerationData", "properties", "value", "type"), "integer")],
        "428 $.token_generation_data.value  type string became integer",
    ),
    "answer container replaced": ([((*ERRORS, "type"), "object")], "400 $  type array became object"),
    "answer list may be empty": ([((*ERRORS, "minItems"), GONE)], "500 $  minItems 1 became None"),
    "answer item retyped": (
        [(("components", "schemas", "Error", "properties", "code", "type"), "integer")],
        "401 $[].code  type string became integer",
    ),
}
FINE: dict[str, tuple[list[Edit], str]] = {
    "other words": (
        [((*LINK, "description"), "Else."), ((*OPERATION, "summary"), "Else."), (("info", "title"), "Else")],
        "",
    ),
    "other example": ([((*OK, "application/json", "examples"), {})], ""),
    "extension": ([((*LINK, "x-stable"), True)], ""),
    "schema moved into place": (
        [
            (
                (*TOKEN_REQUIRED, "properties", "token_generation_data"),
                CONTRACT["components"]["schemas"]["TokenGenerationData"],
            )
        ],
        "",
    ),
    "operation added": (
        [(("paths", "/api/links/", "post"), CONTRACT["paths"]["/api/links/"]["patch"])],
        "operation added",
    ),
    "status added": ([((*OPERATION, "responses", "503"), {"description": "Busy"})], "503  response added"),
    "request field added": ([((*REQUEST, "properties", "device"), {"type": "string"})], "request $.device  added"),
    "request field optional": ([((*REQUEST, "required"), ["session", "token"])], "request $.link  became optional"),
    "request widened": ([((*REQUEST, "properties", "token", "type"), ["string", "integer"])], "became integer/string"),
    "request bound dropped": ([((*REQUEST, "properties", "token", "minLength"), GONE)], "minLength 1 became None"),
    "request bound eased": ([((*REQUEST, "properties", "token", "minLength"), 0)], "minLength 1 became 0"),
    "answer field added": ([((*LINK, "properties", "colour"), {"type": "string"})], "200 $.colour  added"),
    "answer never null": ([((*LINK, "properties", "access_mode", "type"), "string")], "type null/string became string"),
    "answer bounded": ([((*LINK, "properties", "status", "maxLength"), 9)], "maxLength None became 9"),
    "answer values listed": ([((*LINK, "properties", "status", "enum"), ["valid"])], "enum anything became 'valid'"),
    "answer list longer": ([((*ERRORS, "minItems"), 2)], "minItems 1 became 2"),
}


def written(folder: Path, edits: list[Edit], version: str = "1.0.0") -> Path:
    """Write the contract with these places changed."""
    spec = copy.deepcopy(CONTRACT)
    for keys, value in [*edits, (("info", "version"), version)]:
        place = spec
        for key in keys[:-1]:
            place = place[key]
        if value is GONE:
            del place[keys[-1]]
        else:
            place[keys[-1]] = value
    (folder / "openapi.yaml").write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
    return folder / "openapi.yaml"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Call the script with arguments, and return its exit code and what it printed."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["check_compatible.py", *map(str, arguments)])
        code = check_compatible.main()
        return code, *capsys.readouterr()

    return call


Run = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(("edits", "told"), BREAKING.values(), ids=BREAKING.keys())
def test_breaking_change_needs_a_new_major_version(tmp_path: Path, run: Run, edits: list[Edit], told: str) -> None:
    """What makes a caller's code, or its reading of an answer, fail is breaking, and needs a new major version."""
    for version, expected in {"1.9.9": 1, "2.0.0": 0}.items():
        code, printed, error = run("--spec", written(tmp_path, edits, version), "--against", SPEC)

        assert code == expected, printed
        assert any(line.startswith("breaking ") and told in line for line in printed.splitlines()), printed
        assert ("needs a new major version" in error) == bool(expected)


@pytest.mark.parametrize(("edits", "told"), FINE.values(), ids=FINE.keys())
def test_other_change_is_fine(tmp_path: Path, run: Run, edits: list[Edit], told: str) -> None:
    """What callers do not notice, or may ignore, is told at most and needs no new version."""
    code, printed, error = run("--spec", written(tmp_path, edits), "--against", SPEC)

    assert (code, error) == (0, "")
    assert "breaking  " not in printed
    assert told in printed
    assert ("fine " in printed) == bool(told)


def test_unchanged_contract_has_no_change(run: Run) -> None:
    """A contract compared with itself differs in nothing."""
    assert run("--against", SPEC) == (0, f"0 change(s) since {SPEC} (1.0.0), 0 of them breaking for callers.\n", "")


def test_schema_that_holds_itself_is_compared(tmp_path: Path, run: Run) -> None:
    """A recursive schema comes to an end."""
    edits: list[Edit] = [((*LINK, "properties", "parent"), {"$ref": "#/components/schemas/Link"})]
    (tmp_path / "old").mkdir()
    old, new = written(tmp_path / "old", edits), written(tmp_path, [*edits, ((*LINK, "properties", "status"), GONE)])

    code, printed, _ = run("--spec", new, "--against", old)
    assert code == 1
    assert "200 $.status  removed" in printed


def git(folder: Path, *words: str) -> None:
    """Run git as somebody in particular."""
    who = ["-c", "user.name=n", "-c", "user.email=e@e.test", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def test_last_tag_is_the_last_release(tmp_path: Path, run: Run) -> None:
    """Without --against the contract of the last v* tag is compared with; other tags are no release."""
    git(tmp_path, "init", "-q")
    spec = written(tmp_path, [])
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    assert run("--spec", spec) == (0, "No version is released yet (no tag v*): nothing to compare with.\n", "")
    git(tmp_path, "tag", "v1.0.0")
    spec = written(tmp_path, BREAKING["status removed"][0], "2.0.0")
    assert run("--spec", spec)[0] == 0
    git(tmp_path, "commit", "-qam", "two")
    git(tmp_path, "tag", "v2.0.0")
    git(tmp_path, "tag", "a-tag-of-another-kind")

    code, printed, _ = run("--spec", spec)
    assert (code, printed) == (0, "0 change(s) since v2.0.0 (2.0.0), 0 of them breaking for callers.\n")
    spec = written(tmp_path, BREAKING["answer field removed"][0], "2.1.0")
    code, _, told = run("--spec", spec)
    assert code == 1
    assert "since v2.0.0 (2.0.0)" in told


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "cannot be read"),
        (b"\xff", "cannot be read"),
        (b"a: [", "is no OpenAPI document"),
        (b"[]", "is no OpenAPI document"),
        (b"", "is no OpenAPI document"),
        (b"openapi: 3.1.0\npaths: {}\ninfo: {version: next}", "is no OpenAPI document"),
        (b"openapi: 3.1.0\npaths: {/: {get: {}}}\ninfo: {version: 1.0.0}", "is no OpenAPI document"),
        (b"openapi: 3.1.0\npaths: {/: {get: {$ref: '#/none'}}}\ninfo: {version: 1.0.0}", "is no OpenAPI document"),
    ],
)
def test_incomparable_contract_is_one_sentence(tmp_path: Path, run: Run, content: bytes | None, expected: str) -> None:
    """A contract that cannot be read is told in one line with its name, and is no verdict."""
    other = tmp_path / "released.yaml"
    if content is not None:
        other.write_bytes(content)

    for arguments in (("--against", other), ("--spec", other, "--against", SPEC)):
        code, printed, told = run(*arguments)
        assert (code, printed) == (2, "")
        assert str(other) in told
        assert expected in told
        assert told.count("\n") == 1


def test_folder_without_git_is_one_sentence(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no repository the released contract has to be named."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    code, _, told = run("--spec", written(tmp_path, []))
    assert (code, "--against FILE" in told, told.count("\n")) == (2, True, 1)

    monkeypatch.setenv("PATH", str(tmp_path))
    code, _, told = run("--spec", tmp_path / "openapi.yaml")
    assert (code, told) == (2, "check-compatible: git cannot be run; name the released contract with --against FILE.\n")

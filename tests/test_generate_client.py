"""The generator makes the same package everywhere, replaces the old one whole, and says in a sentence why it cannot."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import check_generated
import generate_client
import openapi_python_client
import pytest
import yaml

from tests.next_contracts import Document, NextContract, link_field, operation, response

ROOT = Path(__file__).parent.parent
REPLACEMENT = re.compile(r"""(?:filter |\| )replace\(['"]""")
TEMPLATES = sorted((ROOT / "scripts" / "templates").glob("*.jinja"))
SOURCES = [ROOT / "scripts" / f"{name}.py" for name in ("generate_client", "client_document", "client_outcomes")]
SOURCES += [ROOT / "scripts" / f"{name}.py" for name in ("client_parser", "answer_checks", "read_contract")]
# Fields of the contract whose names are words of Python, of JSON Schema or of the client's own credentials.
COMMON = {"id", "message", "status", "token", "type", "value"}
ANCHORS = [(one.name, at) for one in TEMPLATES for at in range(len(REPLACEMENT.findall(one.read_text("utf-8"))))]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Call a script's main with arguments, and return its exit code and what it printed."""

    def call(main: Callable[[], int], *arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["script", *map(str, arguments)])
        code = main()
        return code, *capsys.readouterr()

    return call


Run = Callable[..., tuple[int, str, str]]


def spec_without(tmp_path: Path, *keys: str) -> Path:
    """Write the contract without one of its places."""
    spec = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))
    place: Any = spec
    for key in keys[:-1]:
        place = place[key]
    del place[keys[-1]]
    (tmp_path / "openapi.yaml").write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
    return tmp_path / "openapi.yaml"


def tree(folder: Path) -> dict[str, bytes]:
    """Read every file of a folder but Python's caches."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_committed_package_is_what_the_contract_makes(run: Run) -> None:
    """`generated/` is in step with openapi.yaml and the templates."""
    assert run(check_generated.main) == (0, "", "")


def test_package_has_everything_to_be_published() -> None:
    """The tree is a package with types, licence, readme and the version of the contract."""
    names = set(tree(ROOT / "generated"))
    version = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))["info"]["version"]

    assert {"pyproject.toml", "README.md", "LICENSE", "links_api_client/py.typed"} <= names
    assert {f"links_api_client/{name}.py" for name in ("__init__", "client", "errors", "types")} <= names
    assert "links_api_client/api/links/resume.py" in names
    assert f'version = "{version}"' in (ROOT / "generated" / "pyproject.toml").read_text("utf-8")


@pytest.mark.parametrize("seed", ["0", "4242"])
def test_generation_is_the_same_everywhere(tmp_path: Path, seed: str) -> None:
    """Hash seed, working folder, PATH, locale and ruff's own settings leave no trace in the output."""
    odd = tmp_path / "a folder with spaces"
    odd.mkdir()
    (odd / "ruff.toml").write_text("line-length = 40\n")
    ruff = tmp_path / "bin" / "ruff"
    ruff.parent.mkdir()
    ruff.write_text("#!/bin/sh\nexit 3\n")
    ruff.chmod(0o755)
    environment = {"PATH": str(ruff.parent), "PYTHONHASHSEED": seed, "LC_ALL": "C", "TZ": "Asia/Tokyo"}
    environment |= {"RUFF_LINE_LENGTH": "40", "HOME": str(odd), "RUFF_CONFIG": "nowhere.toml"}
    command = [sys.executable, str(ROOT / "scripts" / "generate_client.py"), "--output", "client"]
    made = subprocess.run(command, cwd=odd, env=environment, capture_output=True, text=True, check=False)

    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    assert tree(odd / "client") == tree(ROOT / "generated")
    assert sorted(path.name for path in odd.iterdir()) == ["client", "ruff.toml"]


def test_output_is_replaced_whole(tmp_path: Path, run: Run) -> None:
    """Nothing of what was in the folder before is left, and nothing beside it."""
    output = tmp_path / "generated"
    (output / "links_api_client").mkdir(parents=True)
    (output / "links_api_client" / "stale.py").write_text("")
    mode = output.stat().st_mode

    assert run(generate_client.main, "--output", output) == (0, "", "")
    assert tree(output) == tree(ROOT / "generated")
    assert output.stat().st_mode == mode
    assert list(tmp_path.iterdir()) == [output]


@pytest.mark.parametrize("when", ["_build", "_run_ruff", "put_in_place"])
@pytest.mark.parametrize("how", [KeyboardInterrupt, SystemExit, OSError])
def test_interruption_leaves_the_old_package(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, when: str, how: type[BaseException]
) -> None:
    """However far a generation came, what stops it leaves the old package as it was, and nothing beside it."""
    output = tmp_path / "generated"
    output.mkdir()
    (output / "old.py").write_text("old")

    def stop(*_: object) -> None:
        raise how

    monkeypatch.setattr(generate_client, when, stop)
    if how is KeyboardInterrupt:
        assert run(generate_client.main, "--output", output)[0] == 130
    else:
        with pytest.raises(how):
            run(generate_client.main, "--output", output)
    assert tree(tmp_path) == {"generated/old.py": b"old"}


def test_replacement_without_an_exchange_of_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a system cannot exchange two folders, they are renamed, and renamed back if that fails."""
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    fresh, output = tmp_path / "scratch" / "generated", tmp_path / "generated"
    for folder, text in ((fresh, "new"), (output, "old")):
        folder.mkdir(parents=True)
        (folder / "file").write_text(text)

    generate_client.put_in_place(fresh, output)
    assert (output / "file").read_text() == "new"
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError):
        generate_client.put_in_place(tmp_path / "empty" / "generated", output)
    assert (output / "file").read_text() == "new"


def test_anchors_are_found_in_the_templates() -> None:
    """The next check alters each replacement there is."""
    assert len(ANCHORS) >= 10


@pytest.mark.parametrize(("name", "at"), ANCHORS)
def test_anchor_that_upstream_lost_stops_the_generation(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, name: str, at: int
) -> None:
    """An override whose anchor upstream no longer has is named, and the old package stays."""
    templates = tmp_path / "templates"
    shutil.copytree(ROOT / "scripts" / "templates", templates)
    text = (templates / name).read_text("utf-8")
    place = list(REPLACEMENT.finditer(text))[at].end()
    (templates / name).write_text(f"{text[:place]}gone upstream {text[place:]}", "utf-8")
    monkeypatch.setattr(generate_client, "TEMPLATES", templates)

    code, _, told = run(generate_client.main, "--output", tmp_path / "generated")
    assert code == 1
    assert f"scripts/templates/{name}" in told
    assert "'gone upstream " in told or '"gone upstream ' in told
    assert told.count("\n") == 1
    assert not (tmp_path / "generated").exists()


def test_templates_hold_no_upstream_text() -> None:
    """Every override of a module either wraps what upstream has, or takes over none of its lines."""
    upstream = Path(openapi_python_client.__file__).parent / "templates"
    for override in TEMPLATES:
        original = (upstream / override.name).read_text("utf-8") if (upstream / override.name).exists() else ""
        ours, theirs = (
            {line.strip() for line in text.splitlines()} for text in (override.read_text("utf-8"), original)
        )
        shared = {line for line in ours & theirs if len(line) > 40 and not line.startswith("{%")}
        assert not shared, f"{override.name}: {shared}"


LINKS = "/paths/~1api~1links~1/patch"
LINK = "/components/schemas/Link/properties"
TWO_OBJECTS = [{"type": "object", "required": ["a"], "properties": {"a": {}}}, {"type": "object", "required": ["b"]}]
# What the contract may not say: the patch, where that stands, and what to write instead.
REFUSED: dict[str, tuple[Callable[[Document], None], str, str]] = {
    "no operation": (lambda document: document["paths"].clear(), "/paths", "write one"),
    "no responses": (
        lambda document: operation(document).pop("responses"),
        f"{LINKS}/responses",
        "write a mapping of them by status",
    ),
    "no success": (
        lambda document: operation(document)["responses"].pop("200"),
        f"{LINKS}/responses",
        "write a response 2XX or default",
    ),
    "no such status": (response("4xx", {"description": "x"}), f"{LINKS}/responses/4xx", "404, a range like 4XX"),
    "no version": (lambda document: document["info"].pop("version"), "/info/version", "write it, in quotes"),
    "version as a number": (
        lambda document: document["info"].update(version=1.0),
        "/info/version",
        "write it, in quotes",
    ),
    "response component gone": (
        lambda document: document["components"]["responses"].pop("Ok"),
        f"{LINKS}/responses/200",
        "$ref #/components/responses/Ok leads to nothing",
    ),
    "schema gone": (
        lambda document: document["components"]["schemas"].pop("TokenGenerationData"),
        "/components/schemas/TokenRequired/properties/token_generation_data",
        "leads to nothing",
    ),
    "file gone": (link_field("x", {"$ref": "none.yaml#/X"}), f"{LINK}/x", "Add the file."),
    "network": (link_field("x", {"$ref": "https://h.test/x"}), f"{LINK}/x", "Copy the file beside this one."),
    "circle of responses": (
        lambda document: document["components"]["responses"].update(Ok={"$ref": "#/components/responses/Ok"}),
        f"{LINKS}/responses/200",
        "/components/responses/Ok leads back to itself",
    ),
    "binary in JSON": (
        link_field("x", {"type": "string", "format": "binary"}),
        f"{LINK}/x/format",
        "write contentEncoding: base64",
    ),
    "objects alike": (link_field("x", {"oneOf": TWO_OBJECTS}), f"{LINK}/x/oneOf", "a required const property"),
    "keyword not checked": (link_field("x", {"not": {"type": "string"}}), f"{LINK}/x/not", "leave not out"),
    "unreadable pattern": (link_field("x", {"pattern": r"\p{L}"}), f"{LINK}/x/pattern", "write a simpler one"),
    "const of an object": (link_field("x", {"const": {"a": 1}}), f"{LINK}/x/const", "describe it by type"),
    "empty enum": (link_field("x", {"enum": []}), f"{LINK}/x/enum", "write at least one"),
    "no type": (link_field("x", {"type": "text"}), f"{LINK}/x/type", "write it another way"),
    "true for a schema": (link_field("x", {"items": True}), f"{LINK}/x/items", "write {}"),
    "properties beside oneOf": (
        link_field("x", {"oneOf": [{"type": "object"}], "properties": {"a": {}}}),
        f"{LINK}/x",
        "write them into each of the alternatives",
    ),
    "allOf of a text": (
        link_field("x", {"allOf": [{"$ref": "#/components/schemas/ErrorList"}, {"type": "object"}]}),
        f"{LINK}/x/allOf/0",
        "write the schema out",
    ),
    "media type": (
        response("503", {"description": "x", "content": {"image/png": {}}}),
        f"{LINKS}/responses/503/content/image~1png",
        "write application/json, text/* or application/octet-stream",
    ),
    "two schemas": (
        response("503", {"description": "x", "content": {"application/json": {}, "text/plain": {}}}),
        f"{LINKS}/responses/503/content",
        "write one only",
    ),
    "text of a number": (
        response("503", {"description": "x", "content": {"text/plain": {"schema": {"type": "integer"}}}}),
        f"{LINKS}/responses/503/content/text~1plain/schema",
        "write type: string",
    ),
    "header as an object": (
        response("503", {"description": "x", "headers": {"X-A": {"schema": {"type": "object"}}}}),
        f"{LINKS}/responses/503/headers/X-A",
        "write type: string",
    ),
    "parameter by content": (
        lambda document: operation(document).update(parameters=[{"name": "a", "in": "query", "content": {}}]),
        f"{LINKS}/parameters/0",
        "write a schema",
    ),
    "UUID in a header": (
        lambda document: operation(document).update(
            parameters=[{"name": "a", "in": "header", "schema": {"type": "string", "format": "uuid"}}]
        ),
        f"{LINKS}/parameters/0/schema",
        "write type: string alone",
    ),
    "parameter in a style": (
        lambda document: operation(document).update(
            parameters=[{"name": "a", "in": "query", "style": "deepObject", "schema": {"type": "object"}}]
        ),
        f"{LINKS}/parameters/0",
        "leave out style and explode",
    ),
    "body of two media types": (
        lambda document: document["components"]["requestBodies"]["Resume"]["content"].update(
            {"application/vnd.links+json": {"schema": {"$ref": "#/components/schemas/ResumeRequest"}}}
        ),
        "/components/requestBodies/Resume/content",
        "write one of them",
    ),
    "list of positions": (
        link_field("x", {"type": "array", "prefixItems": [{"type": "string"}]}),
        f"{LINK}/x/prefixItems",
        "leave prefixItems out",
    ),
    "one name twice": (
        lambda document: document["paths"].update({"/b/": {"get": operation(document)}}),
        "/paths/~1b~1/get/operationId",
        "write another name",
    ),
    "one name in another style": (
        lambda document: document["paths"].update({"/b/": {"get": operation(document) | {"operationId": "Re-sume"}}}),
        "/paths/~1b~1/get/operationId",
        "write another name",
    ),
    "a field without a schema": (link_field("x", None), f"{LINK}/x", "write a mapping"),  # type: ignore[arg-type]
    "a response without a word": (response("200", None), f"{LINKS}/responses/200", "write a mapping"),  # type: ignore[arg-type]
    "a field named as the models' own": (link_field("d", {"type": "string"}), f"{LINK}/d", "write another name"),
    "a schema named as a type": (
        lambda document: document["components"]["schemas"].update(UUID={"type": "object"}),
        "/components/schemas/UUID",
        "write another name",
    ),
    "nothing said of any answer": (
        lambda document: operation(document).update(
            responses={"200": {"description": "x", "content": {"application/json": {}}}}
        ),
        f"{LINKS}/responses/200/content/application~1json/schema",
        "write a schema with a type",
    ),
}


@pytest.mark.parametrize(("patch", "pointer", "instead"), REFUSED.values(), ids=REFUSED.keys())
def test_refusal_names_the_place_and_what_to_write(
    tmp_path: Path, run: Run, patch: Callable[[Document], None], pointer: str, instead: str
) -> None:
    """What cannot be generated is one sentence with the JSON pointer of it, and what to write instead."""
    spec = NextContract("refused", patch).write(tmp_path)
    code, _, told = run(generate_client.main, "--spec", spec, "--output", tmp_path / "generated")

    assert code == 1
    assert told.startswith(f"generate: {spec}")
    assert f"#{pointer} " in told or f"(at {pointer})" in told
    assert instead in told
    assert "object at 0x" not in told
    assert told.count("\n") == 1
    assert not (tmp_path / "generated").exists()


def test_no_name_of_the_contract_is_written_in_the_generator() -> None:
    """Scripts and templates take every path, status, operation, schema and field from the document."""
    document = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))
    fields = {name for schema in document["components"]["schemas"].values() for name in schema.get("properties", {})}
    names = {*document["paths"], "resume", *document["components"]["schemas"], *(fields - COMMON), "428", "401"}
    for path in [*SOURCES, *TEMPLATES]:
        words = set(re.findall(r"[\w/]+", path.read_text("utf-8")))
        assert not words & (names - {"Error"}), path.name


BAD_CONTRACTS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda tmp: tmp / "openapi.yaml", "openapi.yaml is missing"),
    "a folder": (lambda tmp: tmp, "cannot be read"),
    "schema gone": (lambda tmp: spec_without(tmp, "components", "schemas", "Error"), "leads to nothing"),
}
NOT_YAML = {
    "not YAML": (b"a: [", "line 1: this is not YAML"),
    "two keys alike": (b"a: 1\na: 2\n", "line 2: the key 'a' is there twice"),
    "odd key": (b"{null: 1}", "line 1: a key is not text"),
}
for kind, (content, told) in NOT_YAML.items():
    BAD_CONTRACTS[kind] = (lambda tmp, content=content: written(tmp, content), told)  # type: ignore[misc]
BAD_CONTRACTS["not UTF-8"] = (lambda tmp: written(tmp, b"title: \xff"), "cannot be read")
BAD_CONTRACTS["a list"] = (lambda tmp: written(tmp, b"- 1\n"), "is not an OpenAPI document")
BAD_CONTRACTS["empty"] = (lambda tmp: written(tmp, b""), "is not an OpenAPI document")


def written(tmp_path: Path, content: bytes) -> Path:
    """Write a contract of these bytes."""
    (tmp_path / "openapi.yaml").write_bytes(content)
    return tmp_path / "openapi.yaml"


@pytest.mark.parametrize("bad", BAD_CONTRACTS.values(), ids=BAD_CONTRACTS.keys())
@pytest.mark.parametrize("script", [generate_client, check_generated], ids=["generate", "check-generated"])
def test_bad_contract_is_one_sentence(
    tmp_path: Path, run: Run, bad: tuple[Callable[[Path], Path], str], script: Any
) -> None:
    """A contract that cannot be generated from is told in one line, with its name; the package stays as it was."""
    make, expected = bad
    before = tree(ROOT / "generated")

    code, printed, told = run(script.main, "--spec", make(tmp_path))
    assert (code, printed) == (1, "")
    assert expected in told
    assert str(tmp_path) in told
    assert told.count("\n") == 1
    assert tree(ROOT / "generated") == before


def test_bad_contract_as_a_user_meets_it(tmp_path: Path) -> None:
    """The command ends with a sentence and a code, without a traceback."""
    command = [sys.executable, str(ROOT / "scripts" / "generate_client.py"), "--spec", str(tmp_path / "openapi.yaml")]
    made = subprocess.run(command, capture_output=True, text=True, check=False)

    assert made.returncode == 1
    assert made.stderr == (
        f"generate: {tmp_path}/openapi.yaml cannot be read: {tmp_path}/openapi.yaml is missing: the contract is read "
        "from it. Restore it.\n"
    )


def test_missing_ruff_is_one_sentence(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the formatter of this environment nothing is generated, and PATH is not asked for another."""
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
    code, _, told = run(generate_client.main, "--output", tmp_path / "generated")

    assert code == 1
    assert told == f"generate: ruff is missing at {tmp_path}/ruff; run `make install`.\n"


def drifted(tmp_path: Path) -> Path:
    """Copy the package, so that it can be spoilt."""
    shutil.copytree(ROOT / "generated", tmp_path / "generated", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "generated"


def test_missing_file_is_drift(tmp_path: Path, run: Run) -> None:
    """A file that the contract makes and the package lacks is named."""
    output = drifted(tmp_path)
    (output / "links_api_client" / "models" / "link.py").unlink()

    code, printed, told = run(check_generated.main, "--output", output)
    assert (code, printed) == (1, "missing: generated/links_api_client/models/link.py\n")
    assert "Run `make generate`" in told


@pytest.mark.parametrize("name", ["links_api_client/extra.py", ".hidden", "dist/ignored.whl", "links_api_client/a.pyi"])
def test_extra_file_is_drift(tmp_path: Path, run: Run, name: str) -> None:
    """A file that the contract does not make is named, also where git ignores or does not know it."""
    output = drifted(tmp_path)
    (output / name).parent.mkdir(exist_ok=True)
    (output / name).write_text("")

    code, printed, told = run(check_generated.main, "--output", output)
    assert (code, printed) == (1, f"extra: generated/{name}\n")
    assert "Run `make generate`" in told


def test_changed_file_is_drift(tmp_path: Path, run: Run) -> None:
    """A file edited by hand is shown as a diff of what is there and what is made."""
    output = drifted(tmp_path)
    errors = output / "links_api_client" / "errors.py"
    errors.write_text(errors.read_text("utf-8").replace("class InvalidBody", "class WrongBody"), "utf-8")

    code, printed, told = run(check_generated.main, "--output", output)
    assert code == 1
    assert printed.startswith("changed: generated/links_api_client/errors.py\n")
    assert "-class WrongBody(LinksApiError):" in printed
    assert "+class InvalidBody(LinksApiError):" in printed
    assert "Run `make generate`" in told


def test_changed_contract_is_drift(tmp_path: Path, run: Run) -> None:
    """A contract that was changed without `make generate` is drift."""
    spec = spec_without(tmp_path, "components", "schemas", "Link", "properties", "status")
    code, printed, _ = run(check_generated.main, "--spec", spec)

    assert code == 1
    assert "changed: generated/links_api_client/models/link.py" in printed
    assert "-    status: str" in printed


def test_caches_are_no_drift(tmp_path: Path, run: Run) -> None:
    """What Python and the linters leave in the folder is no difference."""
    output = drifted(tmp_path)
    (output / "links_api_client" / "__pycache__").mkdir()
    (output / "links_api_client" / "__pycache__" / "client.cpython-311.pyc").write_bytes(b"")

    assert run(check_generated.main, "--output", output) == (0, "", "")


def test_missing_package_is_one_sentence(tmp_path: Path, run: Run) -> None:
    """A package that is not there at all is told with the command that makes it."""
    code, printed, told = run(check_generated.main, "--output", tmp_path / "generated")

    assert (code, printed) == (1, "")
    assert told == (
        f"check-generated: {tmp_path}/generated is missing. Run `make generate` and commit what it changes.\n"
    )


def test_check_leaves_the_tree_alone(tmp_path: Path, run: Run) -> None:
    """The check writes nothing beside or into the package."""
    output = drifted(tmp_path)
    before = tree(tmp_path)
    run(check_generated.main, "--output", output)

    assert tree(tmp_path) == before
    assert list(tmp_path.iterdir()) == [output]

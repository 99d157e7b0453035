"""contract.py: a contract that cannot be used is refused in one sentence, and a clause is found where it stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract_tests.contract.document import DECLARED, OPENAPI, OPERATION, ContractError, load

Change = Callable[[dict[str, Any]], object]
CONTRACT = load()
RESPONSES = ("paths", "/api/links/", "patch", "responses")


def within(document: dict[str, Any], *steps: str) -> Any:
    """Return the place of a document that lies so many keys down."""
    for step in steps:
        document = document[step]
    return document


def written(folder: Path, content: str | bytes) -> Path:
    """Write a contract into a folder of its own."""
    path = folder / "openapi.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path: Path) -> str:
    """Return the sentence with which a contract is refused."""
    with pytest.raises(ContractError) as refused:
        load(path)
    sentence = str(refused.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def test_a_missing_file_is_named_with_its_place(tmp_path: Path) -> None:
    """A contract that is not there is told with the path it was looked for at."""
    assert refusal(tmp_path / "openapi.yaml") == (
        f"{tmp_path / 'openapi.yaml'} is missing: the contract is read from it. Restore it."
    )


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    """A folder under the contract's name is told as what cannot be read."""
    (tmp_path / "openapi.yaml").mkdir()

    assert "cannot be read: Is a directory" in refusal(tmp_path / "openapi.yaml")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param("openapi: [3.1.1\n", "openapi.yaml, line 2 is not YAML", id="a bracket left open"),
        pytest.param("a: 1\n\tb: 2\n", "openapi.yaml, line 2 is not YAML", id="a tab"),
        pytest.param("a: *nowhere\n", "openapi.yaml, line 1 is not YAML", id="an alias of nothing"),
        pytest.param("a: \0\n", "openapi.yaml is not YAML", id="a NUL"),
        pytest.param("a: !!python/object:os.system {}\n", "is not YAML", id="a Python object"),
        pytest.param("a: 2026-99-99\n", "openapi.yaml holds a value that cannot be read", id="a day there is not"),
        pytest.param("a: 1\n---\nb: 2\n", "is not YAML", id="two documents"),
        pytest.param(b"info: \xff\xfe\n", "cannot be read: it is not UTF-8", id="not UTF-8"),
        pytest.param("", "is not an OpenAPI document", id="nothing"),
        pytest.param("# a comment\n", "is not an OpenAPI document", id="only a comment"),
        pytest.param("- openapi\n", "is not an OpenAPI document", id="a list"),
        pytest.param("{}\n", "no longer declares its version (at /info/version)", id="an empty mapping"),
    ],
)
def test_what_is_no_contract_is_refused(tmp_path: Path, content: str | bytes, told: str) -> None:
    """What is no UTF-8, no YAML or no mapping is refused with its line, where YAML has one."""
    assert told in refusal(written(tmp_path, content))


def lacking_response(status: str) -> tuple[Change, str]:
    """Return how to take a response away, and the words with which that is told."""
    return (
        lambda document: within(document, *RESPONSES).pop(status),
        f"no longer declares the response {status} (at {OPERATION}/responses/{status})",
    )


LACKING: dict[str, tuple[Change, str]] = {
    "the path": (
        lambda document: document["paths"].pop("/api/links/"),
        f"no longer declares the operation PATCH /api/links/ (at {OPERATION})",
    ),
    "the method": (
        lambda document: document["paths"]["/api/links/"].pop("patch"),
        f"no longer declares the operation PATCH /api/links/ (at {OPERATION})",
    ),
    "the paths": (
        lambda document: document.update(paths=None),
        f"no longer declares the operation PATCH /api/links/ (at {OPERATION})",
    ),
    "the request body": (
        lambda document: document["paths"]["/api/links/"]["patch"].pop("requestBody"),
        f"no longer declares the request body (at {OPERATION}/requestBody)",
    ),
    "the media type of the body": (
        lambda document: document["components"]["requestBodies"]["Resume"]["content"].clear(),
        "has no application/json schema for the request body",
    ),
    "the schema of an answer": (
        lambda document: document["components"]["schemas"].pop("Link"),
        "has no application/json schema for the response 200",
    ),
    "the content of an answer": (
        lambda document: document["components"]["responses"]["TokenRequired"].pop("content"),
        "has no application/json schema for the response 428",
    ),
    "the component of an answer": (
        lambda document: document["components"]["responses"].pop("Unauthorized"),
        f"no longer declares the response 401 (at {OPERATION}/responses/401)",
    ),
    "an end to its references": (
        lambda document: document["components"]["schemas"].update(Link={"$ref": "#/components/schemas/Link"}),
        "has no application/json schema for the response 200",
    ),
    "a reference that is a text": (
        lambda document: document["components"]["schemas"].update(Link={"$ref": 7}),
        "has no application/json schema for the response 200",
    ),
    "a type there is": (
        lambda document: document["components"]["schemas"]["TokenRequired"].update(type="record"),
        "has no usable schema for the response 428: Unexpected type (at /components/schemas/TokenRequired/type)",
    ),
    "what a property refers to": (
        lambda document: document["components"]["schemas"].pop("TokenGenerationData"),
        "has no usable schema for the response 428: Pointer '/components/schemas/TokenGenerationData' does not exist",
    ),
    **{f"the response {status}": lacking_response(status) for status in DECLARED},
}


@pytest.mark.parametrize("what", LACKING)
def test_what_a_contract_lacks_is_named(tmp_path: Path, what: str) -> None:
    """A contract without the operation, a response or a schema is refused with what is gone and where it stood."""
    change, told = LACKING[what]
    document = yaml.safe_load(CONTRACT.source)
    change(document)

    assert told in refusal(written(tmp_path, yaml.safe_dump(document)))


@pytest.mark.parametrize(
    "pointer",
    [
        "/info",
        OPERATION,
        f"{OPERATION}/responses/428",
        "/components/schemas/Link/required/2",
        "/components/schemas/ErrorList/minItems",
    ],
)
def test_the_line_is_that_of_the_key(pointer: str) -> None:
    """The line of a clause is the one that an editor shows for its last key or its list item."""
    name = pointer.rpartition("/")[2]
    line = CONTRACT.source.splitlines()[CONTRACT.line(pointer) - 1]

    assert (CONTRACT.resolve(pointer) if name.isdecimal() and int(name) < 100 else name) in line.replace("'", "")


def test_lines_are_counted_from_one(tmp_path: Path) -> None:
    """The first line of the file is line 1, for whoever opens the file there."""
    path = written(tmp_path, OPENAPI.read_bytes())

    assert load(path).line("/openapi") == 1
    assert load(path).line("") == 1


def test_a_quote_is_the_words_and_those_referred_to() -> None:
    """A quote has the clause's own line and the first lines of what it refers to, with the indentation taken off."""
    quote = CONTRACT.quote(f"{OPERATION}/responses/401").splitlines()

    assert quote[:4] == [
        "'401':",
        "  $ref: '#/components/responses/Unauthorized'",
        "Unauthorized:",
        "  description: >-",
    ]


def test_a_long_quote_is_cut() -> None:
    """A quote of the whole operation ends early, and says so."""
    quote = CONTRACT.quote(OPERATION).splitlines()

    assert (quote[0], quote[-1], len(quote)) == ("patch:", "…", 15)


def test_a_quote_ends_where_the_next_key_begins() -> None:
    """A quote of a property holds no line of the property that follows it."""
    quote = CONTRACT.quote("/components/schemas/ResumeRequest/properties/token")

    assert quote.splitlines()[0] == "token:"
    assert quote.splitlines()[-1] == "  writeOnly: true"


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("/a~1b", 1), ("/~0", 2), ("/~01", 3), ("/list/1", 5), ("/", 6), ("/list", [4, 5])],
)
def test_pointers_are_read_as_their_rfc_says(tmp_path: Path, pointer: str, value: object) -> None:
    """A pointer names a key with `/` as `~1` and one with `~` as `~0`, an empty key, and the item of a list."""
    document = yaml.safe_load(CONTRACT.source)
    document |= {"a/b": 1, "~": 2, "~1": 3, "list": [4, 5], "": 6}

    assert load(written(tmp_path, yaml.safe_dump(document))).resolve(pointer) == value


@pytest.mark.parametrize(
    "pointer", ["/nothing", f"{OPERATION}/responses/999", "/servers/7", "/servers/first", "/openapi/deeper", "no-slash"]
)
def test_a_pointer_that_names_nothing_is_an_error(pointer: str) -> None:
    """A pointer that names nothing, or is none, is refused and repeated in the sentence."""
    with pytest.raises(ContractError, match=r"\.$") as refused:
        CONTRACT.resolve(pointer)

    assert pointer in str(refused.value)


def test_a_mismatch_says_where_and_which_keyword() -> None:
    """A value that differs from its schema is told by its pointer and the keyword it breaks."""
    errors = [{"code": "c", "message": "m", "request_id": "r"}, {"code": 1, "message": "m"}]
    found = CONTRACT.responses["400"].mismatches(errors)

    assert {(mismatch.pointer, mismatch.keyword) for mismatch in found} == {("/1/code", "type"), ("/1", "required")}


@pytest.mark.parametrize(
    ("field", "value"), [("request_id", "not-a-uuid"), ("session", "39cd6a888ee34e59a861"), ("expiry", 1.5)]
)
def test_formats_are_asserted(field: str, value: object) -> None:
    """A text in a wrong format is a mismatch, as a value of a wrong type is."""
    answer = CONTRACT.responses["428"]
    (example,) = answer.node["content"]["application/json"]["examples"].values()

    assert answer.mismatches(example["value"]) == []
    assert [found.pointer for found in answer.mismatches(example["value"] | {field: value})] == [f"/{field}"]

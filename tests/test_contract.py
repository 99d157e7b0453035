"""contract.py: a contract that cannot be used is refused in one sentence, and a clause is found where it stands."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract_tests.contract import OPENAPI, ContractError, load
from tests.contracts import contract, with_fields

Change = Callable[[dict[str, Any]], object]
CONTRACT = load()
OPERATION = CONTRACT.resume.pointer
RESPONSES = ("paths", "/api/links/", "patch", "responses")


def within(document: Any, *steps: str | int) -> Any:
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
        pytest.param("openapi: [3.1.1\n", "openapi.yaml, line 2: this is not YAML", id="a bracket left open"),
        pytest.param("a: 1\n\tb: 2\n", "openapi.yaml, line 2: this is not YAML", id="a tab"),
        pytest.param("a: &b\n  c: *b\n", "openapi.yaml, line 2: an alias stands", id="an alias of itself"),
        pytest.param("a: &b 1\nc: &d [*b]\ne: *d", "openapi.yaml, line 3: an alias stands", id="an alias of an alias"),
        pytest.param("a: &b {c: 1}\nd:\n  <<: *b\n", "openapi.yaml, line 3: a key << would merge", id="a merge key"),
        pytest.param("a: *nowhere\n", "openapi.yaml, line 1: this is not YAML", id="an alias of nothing"),
        pytest.param("a: 1\nb: 2\na: 3\n", "openapi.yaml, line 3: the key 'a' is there twice", id="a key twice"),
        pytest.param("200: 1\n'200': 3\n", "line 2: the key '200' is there twice", id="a key twice, once a number"),
        pytest.param("a: 1\ntrue: 3\n", "openapi.yaml, line 2: a key is not text", id="a key that is no text"),
        pytest.param("a: \0\n", "openapi.yaml, line 1: this is not YAML", id="a NUL"),
        pytest.param("a: !!python/object:os.system {}\n", "line 1: a value has a tag", id="a Python object"),
        pytest.param("a: !!timestamp 2026-03-09\n", "line 1: a value has a tag", id="a timestamp by its tag"),
        pytest.param("a: 1\n---\nb: 2\n", "line 2: this is not YAML", id="two documents"),
        pytest.param(b"info: \xff\xfe\n", "cannot be read: it is not UTF-8", id="not UTF-8"),
        pytest.param("", "is not an OpenAPI document", id="nothing"),
        pytest.param("# a comment\n", "is not an OpenAPI document", id="only a comment"),
        pytest.param("- openapi\n", "is not an OpenAPI document", id="a list"),
        pytest.param("{}\n", "openapi.yaml says no `openapi: 3.1.x` or 3.0.x", id="an empty mapping"),
        pytest.param("openapi: 3.2.0\n", "openapi.yaml says no `openapi: 3.1.x` or 3.0.x", id="a later OpenAPI"),
        pytest.param('swagger: "2.0"\n', "line 1: this is Swagger 2.0 (at /swagger)", id="Swagger 2.0"),
        pytest.param("openapi: 3.1.1\ninfo: {}\n", "declares no version (at /info/version)", id="no version"),
        pytest.param(f"a: {'[' * 9999}\n", "line 1: there is nesting", id="nesting without end"),
    ],
)
def test_what_is_no_contract_is_refused(tmp_path: Path, content: str | bytes, told: str) -> None:
    """What is no UTF-8, no YAML or no mapping is refused with its line, where YAML has one."""
    assert told in refusal(written(tmp_path, content))


SCHEMAS = ("components", "schemas")
UNUSABLE: dict[str, tuple[Change, str]] = {
    "no path": (
        lambda document: document["paths"].clear(),
        "declares no operation (at /paths). Declare the one to check there.",
    ),
    "no paths": (lambda document: document.update(paths=None), "declares no paths (at /paths)"),
    "two operations of other names": (
        lambda document: document["paths"]["/api/links/"].update(
            put={"operationId": "replace"}, patch={"operationId": "continue"}
        ),
        "has no operation resume, the one to check, only replace, continue. Name it so.",
    ),
    "two operations of one name": (
        lambda document: document["paths"]["/api/links/"].update(put={"operationId": "resume"}),
        "operationId resume is there twice (at /paths/~1api~1links~1/patch)",
    ),
    "no request body": (
        lambda document: document["paths"]["/api/links/"]["patch"].pop("requestBody"),
        f"the operation resume has no requestBody (at {OPERATION})",
    ),
    "no media type of the body": (
        lambda document: document["components"]["requestBodies"]["Resume"]["content"].clear(),
        "the request body has no schema of a JSON media type (at /components/requestBodies/Resume)",
    ),
    "no response": (
        lambda document: within(document, *RESPONSES).clear(),
        f"the operation declares no response (at {OPERATION})",
    ),
    "a status that is none": (
        lambda document: within(document, *RESPONSES).update({"20": {"description": "?"}}),
        f"20 is no status (at {OPERATION}/responses/20)",
    ),
    "a media type that is none": (
        lambda document: document["components"]["responses"]["Ok"].update(content={"json": {}}),
        "'json' is no media type (at /components/responses/Ok/content/json)",
    ),
    "a list of responses": (
        lambda document: document["paths"]["/api/links/"]["patch"].update(responses=[]),
        f"there is no mapping where OpenAPI has one (at {OPERATION}/responses)",
    ),
    "a mapping of parameters": (
        lambda document: document["paths"]["/api/links/"]["patch"].update(parameters={"a": 1}),
        f"there is no list where OpenAPI has one (at {OPERATION}/parameters)",
    ),
    "a security scheme that is not declared": (
        lambda document: document.update(security=[{"bearer": []}]),
        "the security scheme bearer is not declared (at /security/0)",
    ),
    "a link without operation": (
        lambda document: document["components"]["responses"]["TokenRequired"]["links"]["ResumeNext"].pop("operationId"),
        "the link ResumeNext names no operation (at /components/responses/TokenRequired/links/ResumeNext)",
    ),
    "a header without schema": (
        lambda document: document["components"]["responses"]["Ok"].update(headers={"X-A": {}}),
        "there is no schema (at /components/responses/Ok/headers/X-A)",
    ),
    "a header that is an object": (
        lambda document: document["components"]["responses"]["Ok"].update(
            headers={"X-A": {"schema": {"type": "object"}}}
        ),
        "the header X-A is an object, which is not read here (at /components/responses/Ok/headers/X-A/schema)",
    ),
    "no schema where one is referred to": (
        lambda document: within(document, *SCHEMAS).pop("Link"),
        "$ref #/components/schemas/Link leads to nothing "
        "(at /components/responses/Ok/content/application~1json/schema)",
    ),
    "a reference without end": (
        lambda document: within(document, *SCHEMAS).update(Link={"$ref": "#/components/schemas/Link"}),
        "#/components/schemas/Link leads back to itself",
    ),
    "a circle of two": (
        lambda document: within(document, *SCHEMAS).update(
            Link={"$ref": "#/components/schemas/Next"}, Next={"$ref": "#/components/schemas/Link"}
        ),
        "leads back to itself",
    ),
    "a reference that is no text": (
        lambda document: within(document, *SCHEMAS).update(Link={"$ref": 7}),
        "$ref is not text (at /components/schemas/Link)",
    ),
    "a reference by name": (
        lambda document: within(document, *SCHEMAS).update(Link={"$ref": "#link"}),
        "$ref #link is no JSON pointer (at /components/schemas/Link)",
    ),
    "a reference to another machine": (
        lambda document: within(document, *SCHEMAS).update(Link={"$ref": "https://example.com/a.yaml#/Link"}),
        "$ref https://example.com/a.yaml#/Link names another machine (at /components/schemas/Link)",
    ),
    "a reference out of the folder": (
        lambda document: within(document, *SCHEMAS).update(Link={"$ref": "../secret.yaml#/Link"}),
        "$ref ../secret.yaml#/Link leaves the folder of openapi.yaml (at /components/schemas/Link)",
    ),
    "a reference to a file that is missing": (
        lambda document: within(document, *SCHEMAS).update(Link={"$ref": "schemas.yaml#/Link"}),
        "$ref names the file schemas.yaml, which is missing (at /components/schemas/Link)",
    ),
    "an identifier": (
        lambda document: within(document, *SCHEMAS, "Link").update({"$id": "https://example.com/link"}),
        "$id is not read here (at /components/schemas/Link)",
    ),
    "a type there is not": (
        lambda document: within(document, *SCHEMAS, "TokenRequired").update(type="record"),
        'this is no usable schema: must be "array", "boolean", "integer", "null", "number", "object" or "string", '
        'is "record" (at /components/schemas/TokenRequired/type)',
    ),
    "a bound that is text": (
        lambda document: within(document, *SCHEMAS, "Error", "properties", "code").update(minLength="1"),
        'this is no usable schema: must be an integer, is "1" (at /components/schemas/Error/properties/code/minLength)',
    ),
    "a pattern that is none": (
        lambda document: within(document, *SCHEMAS, "Error", "properties", "code").update(pattern="[a"),
        "(at /components/schemas/Error/properties/code/pattern)",
    ),
}


@pytest.mark.parametrize("what", UNUSABLE)
def test_what_cannot_be_used_is_named(tmp_path: Path, what: str) -> None:
    """What cannot be used is refused with the problem, its place in the document, and what to do."""
    change, told = UNUSABLE[what]
    document = yaml.safe_load(CONTRACT.source)
    change(document)

    assert told in refusal(written(tmp_path, yaml.safe_dump(document)))


def test_an_alias_is_what_it_stands_for(tmp_path: Path) -> None:
    """A value that is written once and named again, as YAML's own writers do, stands at both places."""
    text = OPENAPI.read_text(encoding="utf-8")
    once = "    EMPTY: &empty {description: None.}\n    AGAIN: *empty\n"
    contract = load(written(tmp_path, text.replace("\n  responses:\n", f"\n  responses:\n{once}", 1)))

    assert contract.resolve("/components/responses/AGAIN") == {"description": "None."}
    assert contract.line("/components/responses/AGAIN") == contract.line("/components/responses/EMPTY") + 1


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

    assert {(mismatch.pointer, mismatch.keyword, mismatch.clause) for mismatch in found} == {
        ("/1/code", "type", "/components/schemas/Error/properties/code/type"),
        ("/1/request_id", "required", "/components/schemas/Error/required"),
    }


@pytest.mark.parametrize(
    ("field", "value"), [("request_id", "not-a-uuid"), ("session", "39cd6a888ee34e59a861"), ("expiry", 1.5)]
)
def test_formats_are_asserted(field: str, value: object) -> None:
    """A text in a wrong format is a mismatch, as a value of a wrong type is."""
    answer = CONTRACT.responses["428"]
    (example,) = answer.node["content"]["application/json"]["examples"].values()

    assert answer.mismatches(example["value"]) == []
    assert [found.pointer for found in answer.mismatches(example["value"] | {field: value})] == [f"/{field}"]


def nodes(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every part of a document."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in children:
        yield (*path, step)
        yield from nodes(inner, (*path, step))


@pytest.mark.parametrize("wrong", [None, 7, "x", [], {}, [{}], {"$ref": "#/info"}], ids=str)
def test_no_document_ends_in_a_traceback(tmp_path: Path, wrong: object) -> None:
    """Whatever stands at any place of a contract, it is read or refused in one sentence."""
    whole = contract(
        tmp_path,
        body=with_fields({"extra": {"$ref": "#/components/schemas/Id"}}),
        schemas={"Id": {"type": "integer", "format": "int32", "nullable": True}},
        ok={"headers": {"X-A": {"schema": {"type": "string"}}}, "links": {"Next": {"operationId": "resume"}}},
        operation={"security": [{}], "parameters": [{"name": "a", "in": "query", "schema": {}}]},
    )
    path = tmp_path / "openapi.json"
    refusals: list[str] = []
    for place in nodes(whole.document):
        document = json.loads(whole.source)
        within(document, *place[:-1])[place[-1]] = wrong
        path.write_text(json.dumps(document), encoding="utf-8")
        try:
            load(path)
        except ContractError as refused:
            refusals.append(str(refused))

    assert refusals
    assert not [sentence for sentence in refusals if "\n" in sentence or not sentence.endswith(".")]

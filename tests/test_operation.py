"""contract/: an operation is read as OpenAPI 3.1 and 3.0 mean it, with everything it declares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract_tests.contract import OPENAPI, Contract, ContractError, load
from tests.contracts import BODY, KNOWN, contract

CONTRACT = load()


def with_files(folder: Path, main: str, **files: str) -> Path:
    """Write a contract of several files, and return the main one."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    path = folder / "openapi.yaml"
    path.write_text(main, encoding="utf-8")
    return path


def test_the_operation_is_read_whole() -> None:
    """Method, path, credentials, fields, responses and links are those of openapi.yaml."""
    resume = CONTRACT.operation("resume")

    assert (resume.id, resume.method, resume.path) == ("resume", "PATCH", "/api/links/")
    assert resume.pointer == "/paths/~1api~1links~1/patch"
    assert [[(scheme.type, scheme.scheme) for scheme in schemes] for schemes in resume.security] == [
        [("http", "basic")]
    ]
    assert resume.parameters == ()
    assert list(resume.responses) == ["200", "400", "401", "428", "500"]
    assert CONTRACT.other_operations == ()
    assert resume.request is not None
    assert resume.request.required
    assert [(field.name, field.required, field.keywords["type"]) for field in resume.request.fields] == [
        ("session", True, "string"),
        ("token", True, "string"),
        ("link", True, "string"),
    ]
    (link,) = resume.responses["428"].links
    assert (link.name, link.operation, link.body["session"]) == ("ResumeNext", "resume", "$response.body#/session")


def test_an_operation_there_is_not_is_refused() -> None:
    """Who asks for another operation is told which ones there are."""
    with pytest.raises(ContractError, match=r"openapi\.yaml has no operation register: it has resume\."):
        CONTRACT.operation("register")


def test_json_is_read_as_yaml_is(tmp_path: Path) -> None:
    """A contract in JSON, indented with tabs, has the lines of its file; a character may be escaped as two halves."""
    read = contract(tmp_path, ok={"description": "Ok \U0001f600. More."})

    assert read.responses["200"].name == "Ok \U0001f600"
    assert '"responses"' in read.source.splitlines()[read.line("/paths/~1api~1links~1/patch/responses") - 1]


def test_a_json_file_must_be_json(tmp_path: Path) -> None:
    """YAML under the name of a JSON file is refused with its line."""
    (tmp_path / "openapi.json").write_text('{"openapi": "3.1.1",\n}', encoding="utf-8")

    with pytest.raises(ContractError, match=r"openapi\.json, line 2: this is not JSON: "):
        load(tmp_path / "openapi.json")


def test_a_status_and_a_date_need_no_quotes(tmp_path: Path) -> None:
    """A status without quotes is its text, as for other tools, and an unquoted date is text, as YAML 1.2 says."""
    text = (
        OPENAPI.read_text(encoding="utf-8").replace("'428':", "428:").replace("version: 1.0.0", "version: 2026-03-09")
    )
    read = load(with_files(tmp_path, text))

    assert list(read.responses) == ["200", "400", "401", "428", "500"]
    assert read.version == "2026-03-09"
    assert read.line("/paths/~1api~1links~1/patch/responses/428") == CONTRACT.line(
        "/paths/~1api~1links~1/patch/responses/428"
    )


def test_references_lead_to_files_beside(tmp_path: Path) -> None:
    """A schema in a file of its own is found, from there another, and each problem is told with its file and line."""
    text = OPENAPI.read_text(encoding="utf-8").replace("'#/components/schemas/Link'", "./schemas/link.yaml#/Link")
    (tmp_path / "schemas").mkdir()
    read = load(
        with_files(
            tmp_path,
            text,
            **{
                "schemas/link": "Link:\n  type: object\n  required: [id]\n  properties: {id: {$ref: '#/Id'}}\n"
                "Id:\n  $ref: ../ids.yaml#/Uuid\n",
                "ids": "Uuid: {type: string, format: uuid}\n",
            },
        )
    )

    missing, wrong = read.responses["200"].mismatches({}), read.responses["200"].mismatches({"id": "x"})

    assert [found.clause for found in missing + wrong] == ["schemas/link.yaml#/Link/required", "ids.yaml#/Uuid/format"]
    assert (read.file(missing[0].clause), read.line(missing[0].clause)) == ("schemas/link.yaml", 3)
    assert read.quote(missing[0].clause) == "required: [id]"
    assert read.responses["200"].schema == "schemas/link.yaml#/Link"
    assert read.resolve(wrong[0].clause) == "uuid"
    assert read.follow({"$ref": "schemas/link.yaml#/Id"}) == {"type": "string", "format": "uuid"}


def test_a_problem_beside_is_told_with_its_file(tmp_path: Path) -> None:
    """A reference that leads nowhere from a second file names that file and the line."""
    text = OPENAPI.read_text(encoding="utf-8").replace("'#/components/schemas/Link'", "link.yaml#/Link")

    with pytest.raises(ContractError, match=r"link\.yaml, line 2: \$ref link\.yaml#/Nothing leads to nothing"):
        load(with_files(tmp_path, text, link="Other: 1\nLink:\n  $ref: '#/Nothing'\n"))
    with pytest.raises(ContractError, match=r"link\.yaml, line 2: the key 'Link' is there twice"):
        load(with_files(tmp_path, text, link="Link: {}\nLink: {}\n"))


def test_a_property_may_be_called_like_a_keyword(tmp_path: Path) -> None:
    """A property named $ref, and the data of an example, are no references."""
    answer = {
        "type": "object",
        "properties": {"$ref": {"type": "string"}, "example": {"$ref": "#/components/schemas/Id"}},
        "example": {"$ref": "nowhere.yaml", "example": 7},
    }
    read = contract(tmp_path, answer=answer, schemas={"Id": {"type": "integer"}})

    assert [found.clause for found in read.responses["200"].mismatches({"$ref": "", "example": ""})] == [
        "/components/schemas/Id/type"
    ]


def test_parameters_of_the_path_count(tmp_path: Path) -> None:
    """A parameter of the path belongs to its operations, unless one declares it again."""
    path = contract(tmp_path, operation={"parameters": [{"name": "a", "in": "query", "schema": {"type": "integer"}}]})
    of_the_path = '[{"name": "a", "in": "query", "schema": {}}, {"name": "b", "in": "header", "schema": {}}]'
    document = path.source.replace('"patch": {', f'"parameters": {of_the_path}, "patch": {{')
    read = load(with_files(tmp_path, document))

    assert [(found.name, found.location, found.schema.types == {"integer"}) for found in read.resume.parameters] == [
        ("a", "query", True),
        ("b", "header", False),
    ]


RESPONSES: dict[str, Any] = {
    "200": {"description": "Ok."},
    "4XX": {"description": "Refused."},
    "404": {"description": "Not found."},
    "default": {"description": "Anything else."},
}


@pytest.mark.parametrize(
    ("status", "key"), [(200, "200"), (404, "404"), (409, "4XX"), (204, "default"), (503, "default")]
)
def test_a_status_has_its_own_response_or_its_range(tmp_path: Path, status: int, key: str) -> None:
    """A status is declared by itself, else by its range, else by the default."""
    declared = contract(tmp_path, operation={"responses": RESPONSES}).resume.response_for(status)

    assert declared is not None
    assert (declared.status, declared.has_body, declared.mismatches({"any": 1})) == (key, False, [])


def test_a_status_may_be_undeclared() -> None:
    """Nothing is declared for a status that has neither itself, nor a range, nor a default."""
    assert CONTRACT.resume.response_for(409) is None


CONTENT: dict[str, Any] = {
    "application/json": {"schema": {"required": ["json"]}},
    "application/*+json": {"schema": {"required": ["plus"]}},
    "application/vnd.a+json; version=1": {"schema": {"required": ["vendor"]}},
    "text/*": {},
}


@pytest.mark.parametrize(
    ("content_type", "declared", "missing"),
    [
        ("application/json", "application/json", ["/json"]),
        ("Application/JSON; charset=utf-8", "application/json", ["/json"]),
        ("application/problem+json", "application/*+json", ["/plus"]),
        ("application/vnd.a+json", "application/vnd.a+json; version=1", ["/vendor"]),
        ("text/html", "text/*", []),
        ("application/xml", None, ["/json"]),
        (None, None, ["/json"]),
    ],
)
def test_an_answer_is_compared_with_its_media_type(
    tmp_path: Path, content_type: str | None, declared: str | None, missing: list[str]
) -> None:
    """The most exact media type that names a Content-Type counts; without one, the first that is declared."""
    answer = contract(tmp_path, ok={"content": CONTENT}).responses["200"]
    found = answer.media_type(content_type)

    assert (found.name if found else None) == declared
    assert [mismatch.pointer for mismatch in answer.mismatches({}, content_type)] == missing


HEADERS: dict[str, Any] = {
    "X-Request-Id": {"required": True, "schema": {"type": "string", "format": "uuid"}},
    "X-Left": {"schema": {"type": "integer", "maximum": 5}},
    "X-Yes": {"schema": {"type": "boolean"}},
    "X-List": {"schema": {"type": "array", "items": {"type": "integer"}, "maxItems": 2}},
    "X-Json": {"content": {"application/json": {"schema": {"type": "object", "required": ["a"]}}}},
    "Content-Type": {"required": True, "schema": {"type": "integer"}},
}
REQUEST_ID = ("x-request-id", KNOWN["session"])


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ([REQUEST_ID], None),
        ([REQUEST_ID, ("X-Left", "5"), ("x-yes", "true"), ("X-List", "1, 2"), ("X-Json", '{"a": 1}')], None),
        ([REQUEST_ID, ("X-List", "1"), ("X-List", "2")], None),
        ([], ("header X-Request-Id", "required", "X-Request-Id/required")),
        ([("X-Request-Id", "7")], ("header X-Request-Id", "format", "X-Request-Id/schema/format")),
        ([REQUEST_ID, ("X-Left", "6")], ("header X-Left", "maximum", "X-Left/schema/maximum")),
        ([REQUEST_ID, ("X-Left", "five")], ("header X-Left", "type", "X-Left/schema/type")),
        ([REQUEST_ID, ("X-Left", "9" * 5000)], ("header X-Left", "type", "X-Left/schema/type")),
        ([REQUEST_ID, ("X-Yes", "yes")], ("header X-Yes", "type", "X-Yes/schema/type")),
        ([REQUEST_ID, ("X-List", "1,2,3")], ("header X-List", "maxItems", "X-List/schema/maxItems")),
        ([REQUEST_ID, ("X-List", "1,b")], ("header X-List/1", "type", "X-List/schema/items/type")),
        (
            [REQUEST_ID, ("X-Json", "{}")],
            ("header X-Json/a", "required", "X-Json/content/application~1json/schema/required"),
        ),
        ([REQUEST_ID, ("X-Json", "{")], ("header X-Json", "type", "X-Json/content/application~1json/schema/type")),
    ],
)
def test_headers_are_compared(
    tmp_path: Path, headers: list[tuple[str, str]], told: tuple[str, str, str] | None
) -> None:
    """A declared header is there where it is required and matches its schema; Content-Type is none of them."""
    found = contract(tmp_path, ok={"headers": HEADERS}).responses["200"].header_mismatches(headers)
    home = "/paths/~1api~1links~1/patch/responses/200/headers"

    assert [(mismatch.pointer, mismatch.keyword, mismatch.clause) for mismatch in found] == (
        [(told[0], told[1], f"{home}/{told[2]}")] if told else []
    )


NULLABLE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "a": {"type": "string", "nullable": True, "format": "uuid"},
        "b": {"nullable": True, "allOf": [{"$ref": "#/components/schemas/Part"}]},
        "c": {"type": "integer", "minimum": 1, "exclusiveMinimum": True, "maximum": 9, "exclusiveMaximum": False},
        "d": {"$ref": "#/components/schemas/Part", "minProperties": 5},
    },
}
PART: dict[str, Any] = {"type": "object", "required": ["x"]}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"a": None, "b": None, "c": 2}, None),
        ({"b": {"x": 1}, "c": 9, "d": {"x": 1}}, None),
        ({"a": "x"}, ("/a", "/properties/a/format")),
        ({"a": 7}, ("/a", "/properties/a/type")),
        ({"b": {}}, ("/b/x", "/components/schemas/Part/required")),
        ({"b": 7}, ("/b", "/components/schemas/Part/type")),
        ({"c": 1}, ("/c", "/properties/c/exclusiveMinimum")),
        ({"c": 10}, ("/c", "/properties/c/maximum")),
        ({"d": None}, ("/d", "/components/schemas/Part/type")),
    ],
)
def test_openapi_3_0_is_read_as_it_means(tmp_path: Path, value: object, told: tuple[str, str] | None) -> None:
    """`nullable` and the bounds that 3.0 calls exclusive count, and a problem is told at the words of the document."""
    read = contract(tmp_path, openapi="3.0.3", answer=NULLABLE, schemas={"Part": PART})
    found = read.responses["200"].mismatches(value)
    home = "/paths/~1api~1links~1/patch/responses/200/content/application~1json/schema"

    assert [(mismatch.pointer, mismatch.clause) for mismatch in found] == (
        [(told[0], told[1] if told[1].startswith("/components") else f"{home}{told[1]}")] if told else []
    )
    assert all(read.line(mismatch.clause) > 1 for mismatch in found)


def schema_of(read: Contract, name: str) -> Any:
    """Return a component as a reader sees it."""
    return read.schema(f"/components/schemas/{name}")


def test_a_schema_tells_its_fields(tmp_path: Path) -> None:
    """Fields are found through references, `allOf` and choices; optional are those that may be absent or null."""
    schemas: dict[str, Any] = {
        "Base": {"type": "object", "required": ["a"], "properties": {"a": {"type": ["string", "null"]}}},
        "Whole": {
            "allOf": [{"$ref": "#/components/schemas/Base"}],
            "required": ["b", "e"],
            "properties": {
                "b": {"anyOf": [{"$ref": "#/components/schemas/Base"}, {"type": "null"}]},
                "c": {"type": "array", "items": {"$ref": "#/components/schemas/Base"}},
                "e": {"type": "integer"},
            },
            "oneOf": [{"properties": {"d": {}}}, {"properties": {"f": {}}}],
        },
    }
    whole = schema_of(contract(tmp_path, schemas=schemas), "Whole")

    assert list(whole.properties) == ["b", "c", "e", "a"]
    assert set(whole.all_properties) == {"a", "b", "c", "d", "e", "f"}
    assert whole.required == {"a", "b", "e"}
    assert set(whole.optional) == {"a", "b", "c", "d", "f"}
    assert whole.properties["b"].nullable
    assert list(whole.properties["b"].properties) == ["a"]
    assert whole.properties["c"].items.pointer == "/components/schemas/Base"


def test_the_narrower_keyword_counts(tmp_path: Path) -> None:
    """Where two parts of a schema bound the same thing, the narrower bound counts, with its own clause."""
    schemas: dict[str, Any] = {
        "Whole": {"minLength": 2, "maxLength": 9, "allOf": [{"type": "string", "minLength": 4, "maxLength": 20}]}
    }
    keywords = schema_of(contract(tmp_path, schemas=schemas), "Whole").keywords

    assert (keywords["minLength"].value, keywords["minLength"].clause) == (
        4,
        "/components/schemas/Whole/allOf/0/minLength",
    )
    assert (keywords["maxLength"].value, keywords["maxLength"].clause) == (9, "/components/schemas/Whole/maxLength")


def test_other_operations_are_named(tmp_path: Path) -> None:
    """Every other operation of the document is named, and can be asked for."""
    text = OPENAPI.read_text(encoding="utf-8").replace(
        "    patch:\n",
        "    post:\n      operationId: register\n      responses:\n        201: {description: Made.}\n    patch:\n",
    )
    read = load(with_files(tmp_path, text))

    assert [(other.method, other.path, other.id) for other in read.other_operations] == [
        ("POST", "/api/links/", "register")
    ]
    assert read.operation("register").responses["201"].name == "Made"
    assert read.resume.id == "resume"


def test_the_only_operation_needs_no_name(tmp_path: Path) -> None:
    """An operation of another name is the one to check where it is the only one."""
    read = contract(tmp_path, operation={"operationId": "continue"}, body=BODY)

    assert read.resume.id == "continue"

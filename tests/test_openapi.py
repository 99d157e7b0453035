"""openapi.yaml: its examples, its words, and the source's facts, which stand here a second time by hand."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import jsonschema_rs
import pytest

from contract_tests.contract.document import OPENAPI, load

CONTRACT = load()
DOCUMENT = CONTRACT.document
COMPONENTS: dict[str, Any] = DOCUMENT["components"]
JSON = "application/json"


class Field(NamedTuple):
    """What the source says of one field: its JSON type, its format, and whether it may be null."""

    type: str
    format: str | None = None
    nullable: bool = False


TEXT, UUID, SECONDS = Field("string"), Field("string", "uuid"), Field("integer")

# The source's facts, copied by hand: the operation, its answers by name, and every field of every body.
METHOD, PATH = "patch", "/api/links/"
NAMES = {
    "200": "Ok",
    "400": "Bad request error",
    "401": "Unauthorized",
    "428": "MFA Token Required",
    "500": "Unexpected Error",
}
RESUME = {"session": UUID, "token": Field("string", "password"), "link": UUID}
ERROR = {"code": TEXT, "message": TEXT, "request_id": TEXT}
OBJECTS: dict[str, dict[str, Field]] = {
    "request": RESUME,
    "200": {
        "id": UUID,
        "institution": TEXT,
        "access_mode": Field("string", nullable=True),
        "last_accessed_at": Field("string", "date-time", nullable=True),
        "status": TEXT,
        "created_by": UUID,
        "refresh_rate": Field("string", nullable=True),
    },
    "400": ERROR,
    "401": ERROR,
    "428": {
        "code": TEXT,
        "message": TEXT,
        "request_id": UUID,
        "session": UUID,
        "expiry": SECONDS,
        "link": UUID,
        "token_generation_data": Field("object"),
    },
    "428 token_generation_data": {"instructions": TEXT, "type": TEXT, "value": TEXT},
    "500": ERROR,
}


def declared_schema(of: str) -> dict[str, Any]:
    """Return the object schema of a row of the table, out of the array where an answer is one."""
    status, _, field = of.partition(" ")
    node = CONTRACT.responses[status].node if status in NAMES else COMPONENTS["requestBodies"]["Resume"]
    schema = CONTRACT.follow(node["content"][JSON]["schema"])
    if field:
        schema = CONTRACT.follow(schema["properties"][field])
    if schema["type"] == "array":
        schema = CONTRACT.follow(schema["items"])
    assert isinstance(schema, dict)
    return schema


def declared_field(schema: dict[str, Any]) -> Field:
    """Return what openapi.yaml says of one field, in the table's words."""
    schema = CONTRACT.follow(schema)
    types = [schema["type"]] if isinstance(schema["type"], str) else list(schema["type"])
    nullable = "null" in types
    (kind,) = [name for name in types if name != "null"]
    return Field(kind, schema.get("format"), nullable)


def test_there_is_one_operation() -> None:
    """The one path is the source's, with its trailing slash, and has the source's one method."""
    assert list(DOCUMENT["paths"]) == [PATH]
    assert list(DOCUMENT["paths"][PATH]) == [METHOD]
    assert DOCUMENT["paths"][PATH][METHOD]["operationId"] == "resume"
    assert DOCUMENT["paths"][PATH][METHOD]["tags"] == [tag["name"] for tag in DOCUMENT["tags"]]


def test_five_answers_are_declared_by_name() -> None:
    """The declared statuses and their names are the source's, no more and no fewer."""
    declared = DOCUMENT["paths"][PATH][METHOD]["responses"]

    assert sorted(declared) == sorted(NAMES)
    assert {status: answer.name for status, answer in CONTRACT.responses.items()} == NAMES


@pytest.mark.parametrize("status", NAMES)
def test_answers_are_json_and_nothing_else(status: str) -> None:
    """Each answer declares the one media type, and no header of its own."""
    assert list(CONTRACT.responses[status].node["content"]) == [JSON]
    assert "headers" not in CONTRACT.responses[status].node


def test_the_body_is_json_and_required() -> None:
    """The request carries a body, as JSON alone."""
    body = CONTRACT.follow(DOCUMENT["paths"][PATH][METHOD]["requestBody"])

    assert body["required"] is True
    assert list(body["content"]) == [JSON]


@pytest.mark.parametrize("of", OBJECTS)
def test_fields_are_those_of_the_source(of: str) -> None:
    """An object has the source's fields, each of its type, format and nullability, all required, and stays open."""
    schema = declared_schema(of)

    assert {name: declared_field(node) for name, node in schema["properties"].items()} == OBJECTS[of]
    assert sorted(schema["required"]) == sorted(OBJECTS[of])
    assert schema["type"] == "object"
    assert schema.get("additionalProperties", True) is True


@pytest.mark.parametrize("status", ["400", "401", "500"])
def test_errors_come_as_a_list_of_one_at_least(status: str) -> None:
    """An error is answered as a list that is never empty."""
    schema = CONTRACT.follow(CONTRACT.responses[status].node["content"][JSON]["schema"])

    assert (schema["type"], schema["minItems"]) == ("array", 1)


def test_credentials_are_http_basic_for_everything() -> None:
    """HTTP Basic stands at the top level, and no operation sets it aside."""
    assert DOCUMENT["security"] == [{"basic": []}]
    assert {key: COMPONENTS["securitySchemes"]["basic"][key] for key in ("type", "scheme")} == {
        "type": "http",
        "scheme": "basic",
    }
    assert "security" not in DOCUMENT["paths"][PATH][METHOD]


def test_the_token_is_kept_out_of_documents() -> None:
    """The token is write-only, a password to whoever shows a form, and never empty."""
    token = declared_schema("request")["properties"]["token"]

    assert (token["writeOnly"], token["format"], token["minLength"]) == (True, "password", 1)


def test_a_428_links_to_the_next_resume() -> None:
    """The 428 names session and link of the next Resume, out of the fields that its schema requires."""
    node = CONTRACT.responses["428"].node
    (link,) = node["links"].values()
    required = declared_schema("428")["required"]

    assert link["operationId"] == DOCUMENT["paths"][PATH][METHOD]["operationId"]
    assert link["requestBody"] == {"session": "$response.body#/session", "link": "$response.body#/link"}
    assert {"session", "link"} <= set(required)


def test_the_server_is_this_machine_by_default() -> None:
    """Whoever sends to the default server sends to this machine."""
    (server,) = DOCUMENT["servers"]
    host = server["variables"]["host"]["default"]

    assert server["url"] == "http://{host}"
    assert re.fullmatch(r"127\.0\.0\.1:\d+", host)


def test_whom_to_ask_and_what_is_allowed_is_said() -> None:
    """The document has a version, a description, a contact and the MIT licence."""
    info = DOCUMENT["info"]

    assert DOCUMENT["openapi"].startswith("3.1.")
    assert re.fullmatch(r"\d+\.\d+\.\d+", info["version"])
    assert info["description"].strip()
    assert info["contact"]["name"]
    assert info["license"] == {"name": "MIT", "identifier": "MIT"}


def described() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the pointer of every component, and of every property of a schema, with what stands there."""
    for kind, components in COMPONENTS.items():
        for name, component in components.items():
            yield f"/components/{kind}/{name}", component
            for field, node in component.get("properties", {}).items():
                yield f"/components/{kind}/{name}/properties/{field}", CONTRACT.follow(node)


@pytest.mark.parametrize(("pointer", "node"), [pytest.param(*found, id=found[0]) for found in described()])
def test_everything_is_described_in_sentences(pointer: str, node: dict[str, Any]) -> None:
    """A component and a property says what it is, in sentences, and has no title for a generator to name it by."""
    assert re.fullmatch(r"[A-Z].{10,}\.", node["description"].strip(), re.DOTALL), pointer
    assert "title" not in node


@pytest.mark.parametrize("status", NAMES)
def test_answers_say_their_name_and_then_when_they_are_given(status: str) -> None:
    """The description of an answer begins with its name in the source and goes on with when it is given."""
    assert CONTRACT.responses[status].node["description"].startswith(f"{NAMES[status]}. Given when ")


def examples() -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Yield every example of the document: where it stands, its schema, its value."""
    for kind in ("requestBodies", "responses"):
        for name, component in COMPONENTS[kind].items():
            media = component["content"][JSON]
            for title, example in media["examples"].items():
                yield f"{kind}/{name}/{title}", media["schema"], example["value"]


EXAMPLES = {name: (schema, value) for name, schema, value in examples()}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_match_their_schema(name: str) -> None:
    """An example is valid under its schema, formats included, and has every declared field and no other."""
    schema, value = EXAMPLES[name]
    validator = jsonschema_rs.Draft202012Validator({**schema, "components": COMPONENTS}, validate_formats=True)

    assert [error.message for error in validator.iter_errors(value)] == []
    for item in value if isinstance(value, list) else [value]:
        declared = CONTRACT.follow(schema)
        declared = CONTRACT.follow(declared["items"]) if declared["type"] == "array" else declared
        assert item.keys() == declared["properties"].keys()


def test_everything_that_is_sent_or_answered_has_an_example() -> None:
    """The body and each of the five answers has at least one example; null is shown where it is allowed."""
    shown = {name.rpartition("/")[0] for name in EXAMPLES}
    expected = {f"{kind}/{name}" for kind in ("requestBodies", "responses") for name in COMPONENTS[kind]}
    nullable = {name for name, field in OBJECTS["200"].items() if field.nullable}
    nulls = {
        key for name in EXAMPLES if name.startswith("responses/Ok/") for key, v in EXAMPLES[name][1].items() if not v
    }

    assert shown == expected
    assert nulls == nullable


def test_every_component_is_used() -> None:
    """Every component but the security scheme is named by a reference, and every reference leads somewhere."""
    references = set(re.findall(r"\$ref: '#(/components/[^']+)'", CONTRACT.source))
    declared = {
        f"/components/{kind}/{name}"
        for kind, all_of in COMPONENTS.items()
        for name in all_of
        if kind != "securitySchemes"
    }

    assert references == declared


def test_the_validator_of_the_specification_has_nothing_to_say() -> None:
    """openapi-spec-validator finds neither error nor warning."""
    command = [sys.executable, "-W", "error", "-m", "openapi_spec_validator", "--errors", "all", str(OPENAPI)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout.strip().rpartition(": ")[2]) == (0, "OK"), done.stdout + done.stderr

"""contract/: a value that breaks its schema is told once, at its real place, with the keyword that it breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract_tests.contract import Mismatch, load
from tests.contracts import contract

SCHEMAS: dict[str, Any] = {
    "Part": {"type": "object", "required": ["x"], "properties": {"x": {"type": "string"}}},
    "Phone": {"type": "object", "required": ["kind", "number"], "properties": {"kind": {"const": "phone"}}},
    "Web": {"type": "object", "required": ["kind", "url"], "properties": {"kind": {"const": "web"}}},
    "Tree": {
        "type": "object",
        "properties": {"child": {"$ref": "#/components/schemas/Tree"}, "n": {"type": "integer"}},
    },
}
PART = {"$ref": "#/components/schemas/Part"}
NULL = {"type": "null"}
WAYS = [{"$ref": "#/components/schemas/Phone"}, {"$ref": "#/components/schemas/Web"}]


def found(folder: Path, schema: dict[str, Any], value: object) -> list[Mismatch]:
    """Return how a value differs from a schema."""
    return contract(folder, answer=schema, schemas=SCHEMAS).responses["200"].mismatches(value)


@pytest.mark.parametrize(
    ("schema", "value", "told"),
    [
        (PART, {}, '/x required: "x" is missing'),
        (PART, {"x": 7}, "/x type: must be a string, is 7"),
        (PART, [], " type: must be an object, is a list"),
        ({"type": ["integer", "null"]}, {"a": 1}, " type: must be an integer or null, is an object"),
        ({"enum": ["a", "b"]}, "c", ' enum: must be "a" or "b", is "c"'),
        ({"const": 2}, 3, " const: must be 2, is 3"),
        ({"format": "uuid"}, "x", ' format: must be in the format uuid, is "x"'),
        ({"pattern": "^a"}, "b", ' pattern: must match the pattern ^a, is "b"'),
        ({"minLength": 2}, "b", ' minLength: breaks minLength 2, is "b"'),
        ({"maximum": 2.5}, 3, " maximum: breaks maximum 2.5, is 3"),
        ({"multipleOf": 2}, 3, " multipleOf: breaks multipleOf 2, is 3"),
        ({"uniqueItems": True}, [1, 1], " uniqueItems: breaks uniqueItems"),
        ({"additionalProperties": False}, {"a/b": 1}, '/a~1b additionalProperties: "a/b" is not allowed here'),
        ({"properties": {"a": False}}, {"a": 1}, "/a a: is not allowed here"),
        ({"oneOf": [{"type": "integer"}, {"minimum": 1}]}, 5, " oneOf: fits more than one of the declared schemas"),
        (
            {"oneOf": [{"type": "integer"}, {"type": "string"}]},
            [],
            " oneOf: fits none of the declared schemas, is a list",
        ),
        ({"type": "integer"}, "y" * 999, f' type: must be an integer, is "{"y" * 59}…'),
    ],
)
def test_a_message_is_short(tmp_path: Path, schema: dict[str, Any], value: object, told: str) -> None:
    """A message says what the contract asks and what came, and never holds a whole object or a long text."""
    (mismatch,) = found(tmp_path, schema, value)

    assert f"{mismatch.pointer} {mismatch.keyword}: {mismatch.message}" == told


@pytest.mark.parametrize(
    ("schema", "value", "told"),
    [
        pytest.param({"anyOf": [PART, NULL]}, {}, ("/x", "Part/required"), id="a nullable object"),
        pytest.param({"anyOf": [NULL, PART]}, {"x": 1}, ("/x", "Part/properties/x/type"), id="null first"),
        pytest.param({"anyOf": [PART, NULL]}, 7, ("", "Part/type"), id="neither object nor null"),
        pytest.param({"oneOf": WAYS}, {"kind": "web"}, ("/url", "Web/required"), id="a kind decides"),
        pytest.param({"oneOf": WAYS}, {"kind": "phone", "url": ""}, ("/number", "Phone/required"), id="another kind"),
        pytest.param({"allOf": [PART]}, {}, ("/x", "Part/required"), id="all of"),
        pytest.param(
            {"$ref": "#/components/schemas/Tree"},
            {"child": {"child": {"n": "1"}}},
            ("/child/child/n", "Tree/properties/n/type"),
            id="a tree",
        ),
    ],
)
def test_a_choice_is_told_at_its_real_place(
    tmp_path: Path, schema: dict[str, Any], value: object, told: tuple[str, str]
) -> None:
    """What breaks a choice is told of the branch that fits best, at the place within it."""
    (mismatch,) = found(tmp_path, schema, value)

    assert (mismatch.pointer, mismatch.clause) == (told[0], f"/components/schemas/{told[1]}")


def test_every_mismatch_is_told(tmp_path: Path) -> None:
    """Each field that is missing or one too many is a mismatch of its own, which names its object as owner."""
    schema = {"required": ["a", "b"], "additionalProperties": False}

    assert {(each.pointer, each.owner) for each in found(tmp_path, {"items": schema}, [{"c": 1, "d": 2}])} == {
        (f"/0/{name}", "/0") for name in "abcd"
    }


RIGHT: dict[str, list[Any]] = {
    "uuid": ["39cd6a88-8ee3-4e59-a861-b8a2187e0f4c", "39CD6A88-8EE3-4E59-A861-B8A2187E0F4C"],
    "date-time": [
        "2026-03-09T08:15:27Z",
        "2026-03-09T08:15:27.160530123456789Z",
        "2026-03-09t08:15:27z",
        "2026-03-09T08:15:27-00:00",
        "2026-03-09T08:15:27+05:30",
        "2016-12-31T23:59:60Z",
        "2016-12-31T15:59:60.5-08:00",
        "2024-02-29T00:00:00Z",
    ],
    "date": ["2026-03-09", "2024-02-29"],
    "time": ["08:15:27Z", "23:59:60Z"],
    "email": ["a@example.com"],
    "uri": ["https://example.com/a?b#c", "urn:a:b"],
    "ipv4": ["192.0.2.1"],
    "byte": ["", "dGV4dA=="],
    "int32": [2**31 - 1, -(2**31), 1.0, "text"],
    "int64": [2**63 - 1, -(2**63)],
    "password": ["", "x"],
    "of-our-own": ["x"],
}
WRONG: dict[str, list[Any]] = {
    "uuid": [
        "39cd6a888ee34e59a861b8a2187e0f4c",
        "{39cd6a88-8ee3-4e59-a861-b8a2187e0f4c}",
        "39cd6a88-8ee3-4e59-a861-b8a2187e0f4",
        "39cd6a88-8ee3-4e59-a861-b8a2187e0f4g",
        "",
    ],
    "date-time": [
        "2026-03-09T08:15Z",
        "2026-03-09T08:15:27",
        "2026-03-09 08:15:27Z",
        "2026-03-09T08:15:27,5Z",
        "2026-03-09T08:15:27.Z",
        "2026-03-09T24:00:00Z",
        "2026-03-09T08:15:60Z",
        "2026-03-09T08:15:27+0530",
        "2026-03-09T08:15:27+24:00",
        "2026-02-29T08:15:27Z",
        "2026-03-09",
        "\u0662026-03-09T08:15:27Z",
    ],
    "date": ["2026-3-9", "2026-02-29", "20260309"],
    "time": ["08:15:27", "24:00:00Z"],
    "email": ["a", "@example.com", "a@"],
    "uri": ["/a", "https://example.com/a b", ""],
    "ipv4": ["192.0.2.256", "192.0.2.01"],
    "byte": ["dGV4d", "~~~~", "dGV4dA"],
    "int32": [2**31, -(2**31) - 1, 1e10],
    "int64": [2**63, -(2**63) - 1],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in RIGHT.items() for value in values])
def test_a_right_format_is_left_in_peace(tmp_path: Path, name: str, value: object) -> None:
    """Whatever RFC 3339, RFC 9562 and OpenAPI allow is no mismatch, and a format that nobody knows asks for nothing."""
    assert found(tmp_path, {"format": name}, value) == []


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_format_is_told(tmp_path: Path, name: str, value: object) -> None:
    """A text or a number that is not in its format is a mismatch of the keyword `format`."""
    (mismatch,) = found(tmp_path, {"properties": {"a": {"format": name}}}, {"a": value})

    assert (mismatch.pointer, mismatch.keyword) == ("/a", "format")
    assert mismatch.clause.endswith("/schema/properties/a/format")
    assert mismatch.message.startswith(f"must be in the format {name}, is ")


def test_the_examples_of_the_contract_match() -> None:
    """Every example of openapi.yaml is what its own schema asks for."""
    for declared in load().responses.values():
        for media_type in declared.node["content"].values():
            assert [declared.mismatches(example["value"]) for example in media_type["examples"].values()] == [
                [] for _ in media_type["examples"]
            ]

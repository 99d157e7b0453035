"""cases/derived.py: what the contract says of a body is sent, and each keyword of it is broken on its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from contract_tests.cases.bodies import MALFORMED, encode
from contract_tests.cases.derived import complete, mutations, variants
from contract_tests.cases.samples import sample
from contract_tests.cases.second_opinion import SecondOpinion
from contract_tests.contract import ContractError, RequestBody, load
from tests.contracts import KNOWN, contract, with_fields

CONTRACT = load()
HOME = "/paths/~1api~1links~1/patch/requestBody/content/application~1json/schema"


def request(folder: Path, field: dict[str, Any], *, required: bool = True, **schemas: Any) -> RequestBody:
    """Return the request of a contract whose body has one further field, `extra`."""
    return contract(folder, body=with_fields({"extra": field}, *["extra"] * required), schemas=schemas).request


def test_the_body_of_the_contract_is_that_of_the_lease() -> None:
    """With today's fields a complete body holds the values of the lease, and there is no other one to send."""
    assert complete(CONTRACT.request, KNOWN | {"note": "not declared"}) == KNOWN
    assert variants(CONTRACT.request, KNOWN) == ()


def test_what_the_contract_says_is_not_written_by_hand() -> None:
    """No body by hand has the name, or the bytes, of one that is derived: that would be one case under two names."""
    derived = mutations(CONTRACT.request)

    assert {each.name for each in derived}.isdisjoint(each.name for each in MALFORMED)
    bodies = [encode(each.apply(KNOWN)) for each in derived]
    assert len({*bodies}) == len(bodies)
    assert {*bodies}.isdisjoint(value for each in MALFORMED if isinstance(value := each.apply(KNOWN), bytes))


def test_each_mutation_cites_its_clause() -> None:
    """The clause of a mutation is the keyword that it breaks, which has a line in openapi.yaml."""
    clauses = {mutation.name: mutation.clause for mutation in mutations(CONTRACT.request)}
    home = "/components/schemas/ResumeRequest"

    assert clauses["token missing"] == clauses["an empty object"] == f"{home}/required"
    assert clauses["token null"] == f"{home}/properties/token/type"
    assert clauses["token empty"] == f"{home}/properties/token/minLength"
    assert clauses["link empty"] == clauses["link a UUID cut short"] == f"{home}/properties/link/format"
    assert clauses["a list"] == f"{home}/type"
    assert all(CONTRACT.line(clause) > 1 for clause in clauses.values())


def test_no_mutation_of_a_uuid_can_be_read_as_one() -> None:
    """A server may read a UUID in any textual form: what is sent as malformed is none in any."""
    for mutation in mutations(CONTRACT.request):
        if mutation.clause.endswith("/format"):
            (sent,) = [value for name, value in mutation.apply(KNOWN).items() if value != KNOWN[name]]
            with pytest.raises(ValueError, match=r"UUID|invalid literal"):
                UUID(sent)


FIELDS: dict[str, tuple[dict[str, Any], Any]] = {
    "a text": ({"type": "string"}, "text"),
    "a short text": ({"type": "string", "maxLength": 2}, "te"),
    "a long text": ({"type": "string", "minLength": 9}, "texttextt"),
    "an example": ({"type": "string", "example": "MX"}, "MX"),
    "examples": ({"type": "string", "examples": ["MX", "PE"]}, "MX"),
    "a wrong example": ({"type": "integer", "examples": ["MX"], "minimum": 3}, 3),
    "a default": ({"type": "integer", "default": 30}, 30),
    "an enum": ({"enum": ["sms", "app"]}, "sms"),
    "a constant": ({"const": {"a": [1]}}, {"a": [1]}),
    "a pattern": ({"type": "string", "pattern": "^[0-9]{6}$"}, "000000"),
    "an unanchored pattern": ({"type": "string", "pattern": "x", "minLength": 3}, None),
    "a minimum": ({"type": "integer", "minimum": 18}, 18),
    "an exclusive minimum": ({"type": "number", "exclusiveMinimum": 0, "maximum": 0.5}, None),
    "a multiple": ({"type": "integer", "multipleOf": 7, "minimum": 8}, 14),
    "a fraction": ({"type": "number", "multipleOf": 0.01, "minimum": 0.5, "maximum": 0.55}, 0.5),
    "a boolean": ({"type": "boolean"}, True),
    "a list": ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [1, 2]),
    "a set": ({"type": "array", "items": {"type": "integer"}, "minItems": 2, "uniqueItems": True}, [1, 2]),
    "an object": ({"type": "object", "required": ["a"], "properties": {"a": {"type": "null"}, "b": {}}}, {"a": None}),
    "a choice": ({"oneOf": [{"type": "integer", "minimum": 5}, {"type": "string"}]}, None),
    "a nullable": ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, 1),
    "int32": ({"type": "integer", "format": "int32", "minimum": 2147483647}, 2147483647),
    "anything": ({}, None),
    **{
        name: ({"type": "string", "format": name}, None)
        for name in (
            "uuid",
            "date-time",
            "date",
            "time",
            "duration",
            "email",
            "hostname",
            "ipv4",
            "ipv6",
            "uri",
            "byte",
        )
    },
}


@pytest.mark.parametrize("kind", FIELDS)
def test_a_required_field_gets_a_value(tmp_path: Path, kind: str) -> None:
    """A field that the lease does not know gets a value of its schema, the same each time."""
    schema, expected = FIELDS[kind]
    taken = request(tmp_path, schema)
    body = complete(taken, KNOWN)

    assert taken.is_valid(body)
    assert body == complete(taken, KNOWN)
    assert {name: body[name] for name in KNOWN} == KNOWN
    if expected is not None:
        assert json.dumps(body["extra"]) == json.dumps(expected)


def test_an_optional_field_is_sent_and_left_out(tmp_path: Path) -> None:
    """The complete body leaves out what may be, and one variant has it; one that only answers have is never sent."""
    schema = {
        "type": "object",
        "properties": {"inner": {"type": "integer"}, "id": {"type": "string", "readOnly": True}},
    }
    taken = request(tmp_path, schema, required=False)

    assert complete(taken, KNOWN) == KNOWN
    assert [(body.name, body.value) for body in variants(taken, KNOWN)] == [
        ("every field", KNOWN | {"extra": {"inner": 1}})
    ]


BOUNDARIES: list[tuple[dict[str, Any], list[Any]]] = [
    ({"type": "string", "minLength": 2, "maxLength": 6}, ["te", "texttt"]),
    ({"type": "string", "pattern": "^[a-z][0-9]+$", "minLength": 2, "maxLength": 4}, ["a0", "a000"]),
    ({"type": "integer", "minimum": 18, "maximum": 99}, [18, 99]),
    ({"type": "integer", "multipleOf": 5, "minimum": 3, "maximum": 18}, [5, 15, 10]),
    ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 10}, [1, 9]),
    ({"type": "integer", "format": "int32"}, [-(2**31), 2**31 - 1]),
    ({"enum": ["sms", "app"]}, ["sms", "app"]),
    ({"type": "boolean"}, [True, False]),
    ({"type": ["string", "null"]}, [None]),
    ({"type": "array", "minItems": 1, "maxItems": 3, "items": {"type": "integer"}}, [[1], [1, 2, 0]]),
    ({"type": "array", "minItems": 0, "maxItems": 1}, [[], [0]]),
]


@pytest.mark.parametrize(("schema", "expected"), BOUNDARIES)
def test_each_boundary_is_sent(tmp_path: Path, schema: dict[str, Any], expected: list[Any]) -> None:
    """Each field at each of its boundaries is a valid body."""
    taken = request(tmp_path, schema)
    sent = variants(taken, KNOWN)

    assert all(taken.is_valid(body.value) for body in sent)
    assert {json.dumps(value) for value in expected} == {json.dumps(body.value["extra"]) for body in sent}
    assert len({body.name for body in sent}) == len(sent)


BROKEN_KEYWORDS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "type": ({"type": "integer"}, {"extra a string": "type", "extra a fraction": "type", "extra a boolean": "type"}),
    "another type": ({"type": "boolean"}, {"extra a string": "type", "extra a number": "type", "extra null": "type"}),
    "minLength": ({"type": "string", "minLength": 3}, {"extra empty": "minLength", "extra too short": "minLength"}),
    "maxLength": ({"type": "string", "maxLength": 8}, {"extra too long": "maxLength"}),
    "maxLength beside a pattern": (
        {"type": "string", "pattern": "^[a-z][0-9]+$", "maxLength": 3},
        {"extra too long": "maxLength", "extra in another pattern": "pattern"},
    ),
    "pattern": (
        {"type": "string", "pattern": "^[0-9]{6}$"},
        {
            "extra in another pattern": "pattern",
            "extra with more behind its pattern": "pattern",
            "extra with more before its pattern": "pattern",
        },
    ),
    "enum": ({"type": "string", "enum": ["sms"]}, {"extra of another value": "enum", "extra empty": "enum"}),
    "const": ({"const": 2}, {"extra of another value": "const", "extra a string": "const"}),
    "a constant truth": ({"const": True}, {"extra of another value": "const", "extra a string": "const"}),
    "minimum": ({"type": "integer", "minimum": 18}, {"extra too small": "minimum"}),
    "maximum": ({"type": "number", "maximum": 1.5}, {"extra too large": "maximum"}),
    "exclusiveMinimum": ({"type": "number", "exclusiveMinimum": 0}, {"extra too small": "exclusiveMinimum"}),
    "exclusiveMaximum": ({"type": "number", "exclusiveMaximum": 9}, {"extra too large": "exclusiveMaximum"}),
    "multipleOf": (
        {"type": "integer", "multipleOf": 5, "minimum": 5},
        {"extra between two multiples": "multipleOf", "extra too small": "minimum"},
    ),
    "int64": (
        {"type": "integer", "format": "int64"},
        {"extra too large for int64": "format", "extra too small for int64": "format"},
    ),
    "minItems": ({"type": "array", "minItems": 2}, {"extra with too few items": "minItems"}),
    "maxItems": (
        {"type": "array", "maxItems": 2, "items": {"type": "string"}},
        {"extra with too many items": "maxItems"},
    ),
    "uniqueItems": ({"type": "array", "uniqueItems": True}, {"extra with an item twice": "uniqueItems"}),
    "items": (
        {"type": "array", "items": {"type": "string", "maxLength": 5}},
        {"extra[0] a number": "items/type", "extra[0] too long": "items/maxLength"},
    ),
    "additionalProperties": (
        {"type": "object", "additionalProperties": False, "properties": {"a": {"type": "string"}}},
        {"extra with an undeclared field": "additionalProperties", "extra.a a list": "properties/a/type"},
    ),
    "a nested object": (
        {"type": "object", "required": ["zip"], "properties": {"zip": {"type": "string", "minLength": 1}}},
        {
            "extra.zip missing": "required",
            "extra.zip null": "properties/zip/type",
            "extra.zip empty": "properties/zip/minLength",
        },
    ),
    "a nullable object": (
        {"anyOf": [{"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}, {"type": "null"}]},
        {"extra.a missing": "anyOf/0/required", "extra a list": "anyOf/0/type"},
    ),
    **{
        name: ({"type": "string", "format": name}, {f"extra {how}": "format", "extra empty": "format"})
        for name, how in (
            ("date-time", "a date-time in month 13"),
            ("date", "a date on 30 February"),
            ("time", "a time at hour 25"),
            ("duration", "not a duration"),
            ("email", "an e-mail address without a name"),
            ("hostname", "not a host name"),
            ("ipv4", "an IPv4 address with 256"),
            ("ipv6", "an IPv6 address with a letter g"),
            ("uri", "a URI with a blank"),
        )
    },
    "byte": ({"type": "string", "format": "byte"}, {"extra base64 cut short": "format"}),
}


@pytest.mark.parametrize("kind", BROKEN_KEYWORDS)
@pytest.mark.parametrize("required", [True, False], ids=["required", "optional"])
def test_each_keyword_is_broken_on_its_own(tmp_path: Path, kind: str, required: bool) -> None:
    """Each keyword of a field is broken, in a body that is right otherwise, and is the only thing wrong with it."""
    schema, expected = BROKEN_KEYWORDS[kind]
    taken = request(tmp_path, schema, required=required)
    least = complete(taken, KNOWN)
    found = {mutation.name: mutation for mutation in mutations(taken)}

    assert {name: found[name].clause for name in expected} == {
        name: f"{HOME}/properties/extra/{keyword}" for name, keyword in expected.items()
    }
    for mutation in found.values():
        assert {(wrong.keyword, wrong.owner) for wrong in taken.mismatches(mutation.apply(least))}
        assert len({(wrong.keyword, wrong.owner) for wrong in taken.mismatches(mutation.apply(least))}) == 1
    assert ("extra missing" in found) is required


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("uuid", "39cd6a888ee34e59a861b8a2187e0f4c"),
        ("uuid", "{39CD6A88-8ee3-4e59-a861-b8a2187e0f4c}"),
        ("uuid", "urn:uuid:39cd6a88-8ee3-4e59-a861-b8a2187e0f4c"),
        ("date-time", "2026-03-09"),
        ("date-time", "2026-03-09 08:15"),
        ("date", "20260309"),
    ],
)
def test_the_second_validator_reads_generously(tmp_path: Path, name: str, value: str) -> None:
    """A text that a server may read though it is not in its format breaks nothing for the second validator."""
    taken = request(tmp_path, {"type": "string", "format": name})

    assert [wrong.keyword for wrong in taken.mismatches(KNOWN | {"extra": value})] == ["format"]
    assert SecondOpinion(taken.schema).of(KNOWN | {"extra": value}) == set()


def test_a_mutation_leaves_its_body_alone(tmp_path: Path) -> None:
    """To apply a mutation changes nothing in the body that it is made from."""
    taken = request(
        tmp_path, {"type": "object", "required": ["a"], "properties": {"a": {"type": "array", "minItems": 1}}}
    )
    body = complete(taken, KNOWN)
    before = json.dumps(body)

    for mutation in mutations(taken):
        mutation.apply(body)

    assert json.dumps(body) == before


def test_a_closed_body_gets_an_undeclared_field(tmp_path: Path) -> None:
    """A body that may have no further field is sent with one; an open one is not."""
    closed = contract(tmp_path, body=with_fields({}) | {"additionalProperties": False}).request

    assert [mutation.clause for mutation in mutations(closed) if mutation.name == "an undeclared field"] == [
        f"{HOME}/additionalProperties"
    ]
    assert "an undeclared field" not in [mutation.name for mutation in mutations(CONTRACT.request)]


def test_a_tree_ends(tmp_path: Path) -> None:
    """A schema that holds itself gives a value that ends, and mutations within it."""
    tree = {
        "type": "object",
        "required": ["next"],
        "properties": {"next": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}},
    }
    taken = request(tmp_path, {"$ref": "#/components/schemas/Tree"}, Tree=tree)

    assert complete(taken, KNOWN)["extra"] == {"next": []}
    assert "extra.next missing" in [mutation.name for mutation in mutations(taken)]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "minLength": 3, "maxLength": 2},
        {"type": "string", "pattern": "^a$", "minLength": 2},
        {"type": "integer", "minimum": 2, "exclusiveMaximum": 2},
        {"not": {}},
    ],
)
def test_a_field_that_nothing_matches_is_refused(tmp_path: Path, schema: dict[str, Any]) -> None:
    """A schema for which no value is found is named, with what to do."""
    taken = request(tmp_path, schema)

    with pytest.raises(
        ContractError, match=r"no value was found \(at /paths/.*/properties/extra\)\. Give it an example"
    ):
        complete(taken, KNOWN)


def test_a_known_value_that_does_not_match_is_refused_without_it(tmp_path: Path) -> None:
    """A token of the target that the contract does not allow is named by its clause, and not shown."""
    body = with_fields({"token": {"type": "string", "pattern": "^[0-9]+$"}})

    with pytest.raises(ContractError, match=r"/token breaks pattern \(at .*/properties/token/pattern\)") as refused:
        complete(contract(tmp_path, body=body).request, KNOWN)

    assert KNOWN["token"] not in str(refused.value)


def test_a_body_that_is_no_object_is_refused(tmp_path: Path) -> None:
    """A request that is a list has no fields to take from a lease, and is refused."""
    with pytest.raises(ContractError, match="The request body is no object"):
        complete(contract(tmp_path, body={"type": "array"}).request, KNOWN)


def test_a_sample_has_what_is_asked(tmp_path: Path) -> None:
    """A sample of a choice fits one of its branches, with the fields of the branch."""
    ways = [
        {"required": ["a"], "properties": {"a": {"const": 1}}},
        {"required": ["b"], "properties": {"b": {"const": 2}}},
    ]
    read = contract(tmp_path, body=with_fields({"extra": {"type": "object", "oneOf": ways}}, "extra"))

    assert sample(read.request.schema)["extra"] == {"a": 1}

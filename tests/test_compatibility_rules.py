"""Each kind of change has its verdict, in a request and in a response, and each rule a row here."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from compatibility.compare import compare
from compatibility.document import pointer_of
from compatibility.rules import Change
from compatibility.sources import from_file
from compatibility.table import EVERY_RULE, rewrite

from tests.contracts_to_compare import GONE, Edits, changed, written

ROOT = Path(__file__).parent.parent
OPERATION = "/paths/~1things~1{id}/post"
OK = f"{OPERATION}/responses/200"
SENT, RECEIVED = "/components/schemas/Sent", "/components/schemas/Received"
VALUE = "/properties/value"

BREAKING, FINE, NONE = "breaking", "fine", "none"
TEXT: dict[str, Any] = {"type": "string"}
OBJECT: dict[str, Any] = {"type": "object"}
CLOSED = OBJECT | {"additionalProperties": False}
LIST: dict[str, Any] = {"type": "array"}
CAT, DOG = {"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}


def number(**keywords: Any) -> dict[str, Any]:
    """Return the schema of an integer."""
    return {"type": "integer", **keywords}


def text(**keywords: Any) -> dict[str, Any]:
    """Return the schema of a string."""
    return {"type": "string", **keywords}


def thing(properties: dict[str, Any], *required: str, **keywords: Any) -> dict[str, Any]:
    """Return the schema of an object."""
    return {"type": "object", "properties": properties, "required": list(required), **keywords}


# What a property held, what it holds now; the rule, its verdict in a request and in a response, and the place below it.
VALUES: dict[str, tuple[Any, Any, str, str, str, str | None]] = {
    "null in a list of types": (TEXT, {"type": ["string", "null"]}, "null_allowed", FINE, BREAKING, "/type"),
    "null as 3.0 has it": (TEXT, text(nullable=True), "null_allowed", FINE, BREAKING, "/nullable"),
    "null as an alternative": (TEXT, {"anyOf": [TEXT, {"type": "null"}]}, "null_allowed", FINE, BREAKING, "/anyOf"),
    "null among the values": (text(enum=["a"]), {"enum": ["a", None]}, "null_allowed", FINE, BREAKING, "/enum"),
    "no null": ({"type": ["string", "null"]}, TEXT, "null_forbidden", BREAKING, FINE, "/type"),
    "no null as 3.0 has it": (text(nullable=True), TEXT, "null_forbidden", BREAKING, FINE, "/type"),
    "no null in a reference": (
        {"allOf": [CAT], "nullable": True}, CAT, "null_forbidden", BREAKING, FINE, "",
    ),
    "read only": (TEXT, text(readOnly=True), "access_changed", BREAKING, BREAKING, "/readOnly"),
    "write only no longer": (text(writeOnly=True), TEXT, "access_changed", BREAKING, BREAKING, "/writeOnly"),
    "default added": (TEXT, text(default="a"), "default_added", FINE, FINE, "/default"),
    "default changed": (text(default="a"), text(default="b"), "default_changed", BREAKING, FINE, "/default"),
    "default removed": (text(default="a"), TEXT, "default_changed", BREAKING, FINE, "/default"),
    "deprecated": (TEXT, text(deprecated=True), "value_deprecated", FINE, FINE, "/deprecated"),
    "alternative added": ({"oneOf": [CAT]}, {"oneOf": [CAT, DOG]}, "alternative_added", FINE, BREAKING, None),
    "alternative removed": ({"oneOf": [CAT, DOG]}, {"oneOf": [DOG]}, "alternative_removed", BREAKING, FINE, "/oneOf"),
    "type added to a list": (TEXT, {"type": ["string", "boolean"]}, "alternative_added", FINE, BREAKING, ""),
    "type replaced": (TEXT, number(), "type_replaced", BREAKING, BREAKING, "/type"),
    "object became a list": (CAT, {"type": "array"}, "type_replaced", BREAKING, BREAKING, "/type"),
    "any became one type": ({}, TEXT, "type_narrowed", BREAKING, FINE, "/type"),
    "schema became true": (TEXT, True, "type_widened", FINE, BREAKING, "/type"),
    "schema became false": (TEXT, False, "alternative_removed", BREAKING, FINE, ""),
    "number became integer": ({"type": "number"}, number(), "type_narrowed", BREAKING, FINE, "/type"),
    "one type became any": (TEXT, {}, "type_widened", FINE, BREAKING, "/type"),
    "integer became number": (number(), {"type": "number"}, "type_widened", FINE, BREAKING, "/type"),
    "values listed": (TEXT, text(enum=["a"]), "enum_introduced", BREAKING, FINE, "/enum"),
    "one value only": (TEXT, text(const="a"), "enum_introduced", BREAKING, FINE, "/enum"),
    "values no longer listed": (text(enum=["a"]), TEXT, "enum_dropped", FINE, BREAKING, "/enum"),
    "value removed": (text(enum=["a", "b"]), text(enum=["a"]), "enum_values_removed", BREAKING, FINE, "/enum"),
    "value added": (text(enum=["a"]), text(enum=["a", "b"]), "enum_values_added", FINE, BREAKING, "/enum"),
    "typed format added": (TEXT, text(format="uuid"), "format_retyped", BREAKING, BREAKING, "/format"),
    "typed format removed": (text(format="date"), TEXT, "format_retyped", BREAKING, BREAKING, "/format"),
    "typed format changed": (
        text(format="date"), text(format="date-time"), "format_retyped", BREAKING, BREAKING, "/format",
    ),
    "format added": (TEXT, text(format="email"), "keyword_added", BREAKING, FINE, "/format"),
    "format removed": (text(format="email"), TEXT, "keyword_removed", FINE, BREAKING, "/format"),
    "format changed": (text(format="email"), text(format="uri"), "format_changed", BREAKING, BREAKING, "/format"),
    "pattern added": (TEXT, text(pattern="^a"), "keyword_added", BREAKING, FINE, "/pattern"),
    "pattern removed": (text(pattern="^a"), TEXT, "keyword_removed", FINE, BREAKING, "/pattern"),
    "pattern changed": (text(pattern="^a"), text(pattern="^b"), "pattern_changed", BREAKING, BREAKING, "/pattern"),
    "minLength added": (TEXT, text(minLength=1), "bound_tightened", BREAKING, FINE, "/minLength"),
    "minLength raised": (text(minLength=1), text(minLength=2), "bound_tightened", BREAKING, FINE, "/minLength"),
    "minLength lowered": (text(minLength=2), text(minLength=1), "bound_relaxed", FINE, BREAKING, "/minLength"),
    "minLength zero": (text(minLength=2), text(minLength=0), "bound_relaxed", FINE, BREAKING, "/minLength"),
    "maxLength lowered": (text(maxLength=9), text(maxLength=8), "bound_tightened", BREAKING, FINE, "/maxLength"),
    "maxLength removed": (text(maxLength=9), TEXT, "bound_relaxed", FINE, BREAKING, "/maxLength"),
    "minimum raised": (number(minimum=1), number(minimum=2), "bound_tightened", BREAKING, FINE, "/minimum"),
    "maximum raised": (number(maximum=1), number(maximum=2), "bound_relaxed", FINE, BREAKING, "/maximum"),
    "minimum exclusive": (
        {"type": "number", "exclusiveMinimum": 1},
        {"type": "number", "exclusiveMinimum": 2},
        "bound_tightened", BREAKING, FINE, "/exclusiveMinimum",
    ),
    "fewer items": (
        {"type": "array", "maxItems": 3}, {"type": "array", "maxItems": 2},
        "bound_tightened", BREAKING, FINE, "/maxItems",
    ),
    "multipleOf added": (number(), number(multipleOf=2), "keyword_added", BREAKING, FINE, "/multipleOf"),
    "multipleOf removed": (number(multipleOf=2), number(), "keyword_removed", FINE, BREAKING, "/multipleOf"),
    "multipleOf of wider steps": (
        number(multipleOf=2), number(multipleOf=4), "steps_widened", BREAKING, FINE, "/multipleOf",
    ),
    "multipleOf of steps with a fraction": (
        number(multipleOf=0.1), number(multipleOf=0.3), "steps_widened", BREAKING, FINE, "/multipleOf",
    ),
    "not added": (number(), number(**{"not": {"const": 1}}), "keyword_added", BREAKING, FINE, "/not"),
    "multipleOf of smaller steps": (
        number(multipleOf=4), number(multipleOf=2), "steps_narrowed", FINE, BREAKING, "/multipleOf",
    ),
    "multipleOf of other steps": (
        number(multipleOf=4), number(multipleOf=6), "keyword_changed", BREAKING, BREAKING, "/multipleOf",
    ),
    "another keyword changed": (
        text(**{"not": {"const": "a"}}), text(**{"not": {"const": "b"}}), "keyword_changed", BREAKING, BREAKING, "/not",
    ),
    "unique items": (
        {"type": "array"}, {"type": "array", "uniqueItems": True}, "keyword_added", BREAKING, FINE, "/uniqueItems",
    ),
    "discriminator added": (
        {"oneOf": [CAT]}, {"oneOf": [CAT], "discriminator": {"propertyName": "is"}},
        "discriminator_extended", FINE, FINE, "/discriminator",
    ),
    "discriminator's property": (
        {"oneOf": [CAT], "discriminator": {"propertyName": "is"}},
        {"oneOf": [CAT], "discriminator": {"propertyName": "kind"}},
        "discriminator_changed", BREAKING, BREAKING, "/discriminator",
    ),
    "discriminator's mapping": (
        {"oneOf": [CAT], "discriminator": {"propertyName": "is", "mapping": {"cat": "Cat"}}},
        {"oneOf": [CAT], "discriminator": {"propertyName": "is", "mapping": {"tom": "Cat"}}},
        "discriminator_changed", BREAKING, BREAKING, "/discriminator",
    ),
    "other component": (CAT, {"$ref": "#/components/schemas/Kitten"}, "class_replaced", BREAKING, BREAKING, None),
    "component written in place": (
        CAT, {"type": "object", "properties": {"lives": {"type": "integer"}}}, "class_replaced", BREAKING, BREAKING, "",
    ),
    "property removed": (thing({"a": TEXT}), thing({}), "property_removed", BREAKING, BREAKING, "/properties/a"),
    "property added": (thing({}), thing({"a": TEXT}), "property_added", FINE, FINE, "/properties/a"),
    "required property added": (
        thing({}), thing({"a": TEXT}, "a"), "required_property_added", BREAKING, FINE, "/properties/a",
    ),
    "property became required": (
        thing({"a": TEXT}), thing({"a": TEXT}, "a"), "property_became_required", BREAKING, FINE, "/required",
    ),
    "property became optional": (
        thing({"a": TEXT}, "a"), thing({"a": TEXT}), "property_became_optional", BREAKING, BREAKING, "/required",
    ),
    "properties reordered": (
        thing({"a": TEXT, "b": TEXT}), thing({"b": TEXT, "a": TEXT}),
        "constructor_reordered", BREAKING, NONE, "/properties",
    ),
    "closed": (OBJECT, CLOSED, "object_closed", BREAKING, FINE, "/additionalProperties"),
    "opened": (CLOSED, OBJECT, "object_opened", FINE, BREAKING, "/additionalProperties"),
    "items limited": (LIST, LIST | {"items": TEXT}, "members_limited", BREAKING, FINE, "/items"),
    "items unlimited": (LIST | {"items": TEXT}, LIST, "members_unlimited", FINE, BREAKING, "/items"),
    "item retyped": (
        {"type": "array", "items": TEXT}, {"type": "array", "items": number()},
        "type_replaced", BREAKING, BREAKING, "/items/type",
    ),
    "further properties retyped": (
        OBJECT | {"additionalProperties": TEXT}, OBJECT | {"additionalProperties": number()},
        "type_replaced", BREAKING, BREAKING, "/additionalProperties/type",
    ),
    "property of an alternative": (
        {"oneOf": [thing({"a": TEXT}), TEXT]}, {"oneOf": [TEXT, thing({"a": number()})]},
        "type_replaced", BREAKING, BREAKING, "/oneOf/1/properties/a/type",
    ),
    "part of allOf": (
        {"allOf": [thing({"a": TEXT}), thing({"b": TEXT})]}, {"allOf": [thing({"a": TEXT}), thing({"b": number()})]},
        "type_replaced", BREAKING, BREAKING, "/allOf/1/properties/b/type",
    ),
}  # fmt: skip

# The same thing written in two ways.
SAME: dict[str, tuple[Any, Any]] = {
    "words": (TEXT, text(title="T", description="D", examples=["a"], example="b")),
    "extension": (TEXT, text(**{"x-internal": True})),
    "allOf around one reference": (CAT, {"allOf": [CAT]}),
    "description beside a reference": (CAT, CAT | {"description": "A cat."}),
    "allOf merged": (
        {"allOf": [thing({"a": TEXT}), thing({"b": TEXT}, "b")]}, thing({"a": TEXT, "b": TEXT}, "b"),
    ),
    "null: list of types and alternative": ({"type": ["string", "null"]}, {"anyOf": [TEXT, {"type": "null"}]}),
    "null: list of types and 3.0": ({"type": ["string", "null"]}, text(nullable=True)),
    "null of a reference": ({"anyOf": [CAT, {"type": "null"}]}, {"allOf": [CAT], "nullable": True}),
    "null of a reference in oneOf": ({"oneOf": [CAT, {"type": "null"}]}, {"anyOf": [{"type": "null"}, CAT]}),
    "null of listed values": ({"enum": ["a", None]}, {"anyOf": [text(enum=["a"]), {"type": "null"}]}),
    "list of types and alternatives": ({"type": ["string", "integer"]}, {"anyOf": [number(), TEXT]}),
    "alternatives reordered": ({"oneOf": [CAT, DOG]}, {"oneOf": [DOG, CAT]}),
    "alternatives in place reordered": (
        {"oneOf": [thing({"a": TEXT}), thing({"b": TEXT})]}, {"oneOf": [thing({"b": TEXT}), thing({"a": TEXT})]},
    ),
    "alternatives described": ({"oneOf": [CAT, DOG]}, {"oneOf": [CAT | {"description": "C"}, DOG]}),
    "mapping by name and by reference": (
        {"oneOf": [CAT], "discriminator": {"propertyName": "is", "mapping": {"cat": "Cat"}}},
        {"oneOf": [CAT], "discriminator": {"propertyName": "is", "mapping": {"cat": "#/components/schemas/Cat"}}},
    ),
    "least length zero": (TEXT, text(minLength=0)),
    "least items zero": ({"type": "array"}, {"type": "array", "minItems": 0, "uniqueItems": False, "items": {}}),
    "open written out": (OBJECT, OBJECT | {"additionalProperties": True, "minProperties": 0}),
    "open to any schema": (OBJECT, OBJECT | {"additionalProperties": {}}),
    "nothing required": (OBJECT, OBJECT | {"required": [], "properties": {}}),
    "flags written out": (TEXT, text(readOnly=False, writeOnly=False, deprecated=False, nullable=False)),
    "format password": (TEXT, text(format="password")),
    "pattern for anything": (TEXT, text(pattern=".*")),
    "keyword of another type": (TEXT, text(maximum=3, minItems=2)),
    "exclusive as 3.0 has it": (
        {"type": "number", "minimum": 1, "exclusiveMinimum": True}, {"type": "number", "exclusiveMinimum": 1},
    ),
    "inclusive as 3.0 has it": (number(minimum=1, exclusiveMinimum=False), number(minimum=1)),
    "exclusive for integers": (number(exclusiveMaximum=3), number(maximum=2)),
    "bytes": (text(format="byte"), text(contentEncoding="base64")),
    "one value": (text(const="a"), text(enum=["a"])),
    "values reordered": (text(enum=["a", "b"]), text(enum=["b", "a"])),
    "required reordered": (thing({"a": TEXT, "b": TEXT}, "a", "b"), thing({"a": TEXT, "b": TEXT}, "b", "a")),
    "property called $ref": (thing({"$ref": TEXT}), thing({"$ref": text(description="A text.")})),
    "schema that is true": ({}, True),
}  # fmt: skip

X_FLAG = {"name": "flag", "in": "query", "schema": {"type": "boolean"}}
ID, TRACE = f"{OPERATION}/parameters/0", f"{OPERATION}/parameters/1"
# What is edited, the rule, its verdict, and its place.
DOCUMENTS: dict[str, tuple[Edits, str, str, str]] = {
    "component renamed": (
        {
            "/components/schemas/Problem": GONE,
            "/components/schemas/Failure": {"type": "object", "properties": {"code": TEXT}},
            f"{OPERATION}/responses/400/content/application~1json/schema/$ref": "#/components/schemas/Failure",
        },
        "class_removed", BREAKING, "/components/schemas/Failure",
    ),
    "component that is not used removed": (
        {"/components/schemas/Spare": GONE}, "class_removed", BREAKING, "/components/schemas/Spare",
    ),
    "component with another title": (
        {"/components/schemas/Problem/title": "Failure"}, "class_removed", BREAKING, "/components/schemas/Problem",
    ),
    "webhook removed": ({"/webhooks/moved": GONE}, "webhooks_changed", BREAKING, "/webhooks/moved"),
    "callback changed": (
        {f"{OPERATION}/callbacks/changed": {"{$request.body#/other}": {}}},
        "callbacks_changed", BREAKING, f"{OPERATION}/callbacks/changed",
    ),
    "operation removed": ({OPERATION: GONE}, "operation_removed", BREAKING, OPERATION),
    "operation added": (
        {"/paths/~1more": {"get": {"responses": {}}}}, "operation_added", FINE, "/paths/~1more/get",
    ),
    "path moved": (
        {"/paths/~1things~1{id}": GONE, "/paths/~1v2~1things~1{id}": changed({})["paths"]["/things/{id}"]},
        "operation_moved", BREAKING, "/paths/~1v2~1things~1{id}/post",
    ),
    "method changed": (
        {OPERATION: GONE, "/paths/~1things~1{id}/put": changed({})["paths"]["/things/{id}"]["post"]},
        "operation_moved", BREAKING, "/paths/~1things~1{id}/put",
    ),
    "operation renamed": (
        {f"{OPERATION}/operationId": "alter"}, "operation_renamed", BREAKING, f"{OPERATION}/operationId",
    ),
    "tag renamed": ({f"{OPERATION}/tags": ["stuff"]}, "first_tag_changed", BREAKING, f"{OPERATION}/tags"),
    "further tag": ({f"{OPERATION}/tags": ["things", "b"]}, "further_tags_changed", FINE, f"{OPERATION}/tags"),
    "operation deprecated": (
        {f"{OPERATION}/deprecated": True}, "operation_deprecated", FINE, f"{OPERATION}/deprecated",
    ),
    "security scheme changed": (
        {"/components/securitySchemes/basic/scheme": "bearer"},
        "security_scheme_changed", BREAKING, "/components/securitySchemes/basic",
    ),
    "security removed": ({"/security": []}, "security_removed", BREAKING, "/security"),
    "security replaced": ({"/security": [{"key": []}]}, "security_removed", BREAKING, "/security/0"),
    "security both at once": ({"/security": [{"basic": [], "key": []}]}, "security_removed", BREAKING, "/security/0"),
    "alternative security": ({"/security": [{"basic": []}, {"key": []}]}, "security_added", FINE, "/security/1"),
    "alternative security of the operation": (
        {f"{OPERATION}/security": [{"key": []}, {"basic": []}]}, "security_added", FINE, f"{OPERATION}/security/0",
    ),
    "server moved": ({"/servers/0/url": "https://{host}/v2"}, "server_moved", BREAKING, "/servers/0/url"),
    "server's host moved": (
        {"/servers/0/variables/host/default": "other.test"}, "server_moved", BREAKING, "/servers/0/url",
    ),
    "server added": (
        {"/servers": [*changed({})["servers"], {"url": "https://b.test"}]}, "server_added", FINE, "/servers/1/url",
    ),
    "path parameter renamed": (
        {
            "/paths/~1things~1{id}": GONE,
            "/paths/~1things~1{key}": changed({ID: {"name": "key", "in": "path", "required": True, "schema": TEXT}})[
                "paths"
            ]["/things/{id}"],
        },
        "path_parameter_renamed", BREAKING, "/paths/~1things~1{key}/post/parameters/0/name",
    ),
    "parameter removed": ({TRACE: X_FLAG}, "parameter_removed", BREAKING, f"{OPERATION}/parameters"),
    "required parameter added": (
        {"/paths/~1things~1{id}/parameters": [X_FLAG | {"required": True}]},
        "required_parameter_added", BREAKING, "/paths/~1things~1{id}/parameters/0",
    ),
    "optional parameter added": (
        {"/paths/~1things~1{id}/parameters": [X_FLAG]},
        "parameter_added", FINE, "/paths/~1things~1{id}/parameters/0",
    ),
    "parameter became required": (
        {f"{TRACE}/required": True}, "parameter_became_required", BREAKING, f"{TRACE}/required",
    ),
    "parameter written otherwise": (
        {f"{TRACE}/explode": True}, "parameter_serialization_changed", BREAKING, f"{TRACE}/explode",
    ),
    "parameter in a media type": (
        {f"{TRACE}/content": {"application/json": {}}},
        "parameter_serialization_changed", BREAKING, f"{TRACE}/content",
    ),
    "parameter deprecated": ({f"{TRACE}/deprecated": True}, "parameter_deprecated", FINE, f"{TRACE}/deprecated"),
    "parameter relaxed": (
        {f"{TRACE}/schema": {"type": ["string", "integer"]}}, "alternative_added", FINE, f"{TRACE}/schema",
    ),
    "parameter tightened": (
        {f"{TRACE}/schema/maxLength": 3}, "bound_tightened", BREAKING, f"{TRACE}/schema/maxLength",
    ),
    "body removed": ({f"{OPERATION}/requestBody": GONE}, "body_removed", BREAKING, f"{OPERATION}/requestBody"),
    "body became optional": (
        {f"{OPERATION}/requestBody/required": False}, "body_became_optional", FINE, f"{OPERATION}/requestBody/required",
    ),
    "media type of the request added": (
        {f"{OPERATION}/requestBody/content/text~1plain": {}},
        "media_type_added", FINE, f"{OPERATION}/requestBody/content/text~1plain",
    ),
    "media type of an answer added": (
        {f"{OK}/content/text~1plain": {}}, "media_type_added", BREAKING, f"{OK}/content/text~1plain",
    ),
    "media type of an answer removed": (
        {f"{OK}/content/application~1json": GONE}, "media_type_removed", BREAKING, f"{OK}/content/application~1json",
    ),
    "media type of the request removed": (
        {f"{OPERATION}/requestBody/content": {}},
        "media_type_removed", BREAKING, f"{OPERATION}/requestBody/content/application~1json",
    ),
    "encoding": (
        {f"{OPERATION}/requestBody/content/application~1json/encoding": {"value": {"contentType": "text/plain"}}},
        "encoding_changed", BREAKING, f"{OPERATION}/requestBody/content/application~1json/encoding",
    ),
    "status removed": (
        {f"{OPERATION}/responses/401": GONE}, "response_removed", BREAKING, f"{OPERATION}/responses/401",
    ),
    "success added": (
        {f"{OPERATION}/responses/202": {"description": "Later"}},
        "success_response_added", BREAKING, f"{OPERATION}/responses/202",
    ),
    "error added": (
        {f"{OPERATION}/responses/409": {"description": "Too late"}},
        "error_response_added", FINE, f"{OPERATION}/responses/409",
    ),
    "default added": (
        {f"{OPERATION}/responses/default": {"description": "Else"}},
        "error_response_added", FINE, f"{OPERATION}/responses/default",
    ),
    "header removed": ({f"{OK}/headers/X-Left": GONE}, "header_removed", BREAKING, f"{OK}/headers/X-Left"),
    "header became optional": (
        {f"{OK}/headers/X-Left/required": False}, "header_became_optional", BREAKING, f"{OK}/headers/X-Left/required",
    ),
    "header retyped": (
        {f"{OK}/headers/X-Left/schema/type": "string"}, "type_replaced", BREAKING, f"{OK}/headers/X-Left/schema/type",
    ),
    "header added": ({f"{OK}/headers/X-More": {"schema": TEXT}}, "header_added", FINE, f"{OK}/headers/X-More"),
    "link removed": ({f"{OK}/links": {}}, "links_changed", FINE, f"{OK}/links/Again"),
    "first request property made optional": (
        {f"{SENT}/required": ["second"]}, "property_became_optional", BREAKING, f"{SENT}/required",
    ),
    "request properties reordered": (
        {f"{SENT}/properties": {"second": TEXT, "first": TEXT, "value": TEXT}},
        "constructor_reordered", BREAKING, f"{SENT}/properties",
    ),
    "optional property before another": (
        {f"{SENT}/properties": {"first": TEXT, "second": TEXT, "new": TEXT, "value": TEXT}},
        "constructor_reordered", BREAKING, f"{SENT}/properties",
    ),
}  # fmt: skip

# The same, from the edited contract to the small one.
REVERSED: dict[str, tuple[Edits, str, str, str]] = {
    "body became required": (
        {f"{OPERATION}/requestBody/required": False},
        "body_became_required", BREAKING, f"{OPERATION}/requestBody/required",
    ),
    "required body added": (
        {f"{OPERATION}/requestBody": GONE}, "body_became_required", BREAKING, f"{OPERATION}/requestBody/required",
    ),
    "parameter became optional": (
        {f"{TRACE}/required": True}, "parameter_became_optional", FINE, f"{TRACE}/required",
    ),
    "header became required": (
        {f"{OK}/headers/X-Left/required": False}, "header_became_required", FINE, f"{OK}/headers/X-Left/required",
    ),
    "fewer scopes": ({"/security": [{"basic": ["a"]}]}, "security_added", FINE, "/security/0"),
    "status left to a range": (
        {f"{OPERATION}/responses/4XX": {"description": "Wrong"}, f"{OPERATION}/responses/429": {"description": "Slow"}},
        "response_removed", BREAKING, f"{OPERATION}/responses/429",
    ),
}  # fmt: skip

# What is written in the old and in the new contract, where nothing is changed by it.
SAME_DOCUMENTS: dict[str, tuple[Edits, Edits]] = {
    "words": ({}, {"/info/title": "T", f"{OPERATION}/summary": "S", f"{OK}/description": "Well", "/tags": []}),
    "version of OpenAPI": ({"/webhooks": {}}, {"/openapi": "3.0.3", "/webhooks": {}}),
    "security named otherwise": (
        {}, {"/components/securitySchemes/mine": {"type": "http", "scheme": "basic"}, "/security": [{"mine": []}]},
    ),
    "scheme described": ({}, {"/components/securitySchemes/basic/description": "D"}),
    "scope that exists": (
        {"/security": [{"oauth": ["read"]}]},
        {
            "/security": [{"oauth": ["read"]}],
            "/components/securitySchemes/oauth/flows/clientCredentials/scopes/admin": "a",
        },
    ),
    "security of the operation": ({}, {f"{OPERATION}/security": [{"basic": []}]}),
    "server with a slash": ({}, {"/servers": [{"url": "https://things.test/v1/"}]}),
    "parameter in a component": (
        {},
        {
            "/components/parameters": {"trace": {"name": "x-trace", "in": "header", "schema": TEXT}},
            TRACE: {"$ref": "#/components/parameters/trace"},
        },
    ),
    "parameter's defaults written out": ({}, {f"{TRACE}/style": "simple", f"{TRACE}/required": False}),
    "header that OpenAPI leaves out": ({}, {"/paths/~1things~1{id}/parameters": [{"name": "Accept", "in": "header"}]}),
    "header in other letters": (
        {},
        {f"{OK}/headers": {"x-left": {"required": True, "schema": number()}}},
    ),
    "charset": (
        {},
        {f"{OK}/content": {"application/json; charset=utf-8": {"schema": {"$ref": "#/components/schemas/Received"}}}},
    ),
    "status that a range has": (
        {f"{OPERATION}/responses/4XX": {"description": "Wrong"}},
        {f"{OPERATION}/responses/4XX": {"description": "Wrong"}, f"{OPERATION}/responses/409": {"description": "Late"}},
    ),
    "list that is no class renamed": (
        {
            "/components/schemas/Many": {"type": "array", "items": CAT},
            f"{RECEIVED}{VALUE}": {"$ref": "#/components/schemas/Many"},
        },
        {
            "/components/schemas/All": {"type": "array", "items": CAT},
            f"{RECEIVED}{VALUE}": {"$ref": "#/components/schemas/All"},
        },
    ),
}  # fmt: skip


def compared(folder: Path, old: Edits, new: Edits) -> list[Change]:
    """Return what changed between the small contract with some edits and with others."""
    documents = [from_file(written(folder / name, changed(edits))) for name, edits in (("old", old), ("new", new))]
    return compare(*documents)


def summaries(changes: list[Change], direction: str | None) -> set[tuple[str, str, str]]:
    """Return rule, verdict and pointer of the changes in one direction."""
    return {
        (change.rule, BREAKING if change.breaking else FINE, pointer_of(change.place))
        for change in changes
        if (change.direction.value if change.direction else None) == direction
    }


@pytest.mark.parametrize("direction", ["request", "response"])
@pytest.mark.parametrize("row", VALUES.values(), ids=VALUES.keys())
def test_change_of_a_value(tmp_path: Path, row: tuple[Any, Any, str, str, str, str | None], direction: str) -> None:
    """A change of what a property holds is one change, with the verdict of its direction, at its place."""
    old, new, rule, *verdicts, below = row
    place = (SENT if direction == "request" else RECEIVED) + VALUE
    verdict = verdicts[direction == "response"]

    changes = compared(tmp_path, {place: old}, {place: new})

    found = summaries(changes, direction)
    if below is None:  # where the reference leads
        found, below = {(name, word, "") for name, word, _ in found}, ""
        place = ""
    assert found == (set() if verdict == NONE else {(rule, verdict, place + below)})
    assert len(changes) == len(found)


@pytest.mark.parametrize(
    ("edits", "row", "backwards"),
    [
        pytest.param(row[0], row[1:], backwards, id=name)
        for rows, backwards in ((DOCUMENTS, False), (REVERSED, True))
        for name, row in rows.items()
    ],
)
def test_change_of_a_document(tmp_path: Path, edits: Edits, row: tuple[str, str, str], backwards: bool) -> None:
    """A change around the schemas is reported with its verdict and its place."""
    changes = compared(tmp_path, edits, {}) if backwards else compared(tmp_path, {}, edits)

    found = {(change.rule, BREAKING if change.breaking else FINE, pointer_of(change.place)) for change in changes}
    assert row in found
    assert row[1] == BREAKING or not any(change.breaking for change in changes)
    assert all(bool(change.why) == change.breaking for change in changes)


@pytest.mark.parametrize("place", [SENT + VALUE, RECEIVED + VALUE])
@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME.keys())
def test_same_value_written_otherwise(tmp_path: Path, one: Any, other: Any, place: str) -> None:
    """Two ways to write the same schema are no change, from either to the other."""
    assert compared(tmp_path, {place: one}, {place: other}) == []
    assert compared(tmp_path, {place: other}, {place: one}) == []


@pytest.mark.parametrize(("old", "new"), SAME_DOCUMENTS.values(), ids=SAME_DOCUMENTS.keys())
def test_same_document_written_otherwise(tmp_path: Path, old: Edits, new: Edits) -> None:
    """What says the same in other words is no change."""
    assert compared(tmp_path, old, new) == []


def test_every_rule_has_a_row() -> None:
    """Each rule is proven by a row above, and named once."""
    rules = [rule.name for rules in EVERY_RULE for rule in rules.rules]
    rows = {row[-4] for row in VALUES.values()} | {row[1] for row in (*DOCUMENTS.values(), *REVERSED.values())}

    assert sorted(rules) == sorted(set(rules))
    assert set(rules) == rows


def test_split_document_is_the_same(tmp_path: Path) -> None:
    """A schema that moves into a file beside the document keeps its name, and its changes are reported there."""
    whole = from_file(written(tmp_path / "whole", changed({})))
    problem = changed({})["components"]["schemas"]["Problem"]
    split = changed({"/components/schemas/Problem": {"$ref": "schemas/problem.yaml#/Problem"}})
    path = written(tmp_path / "split", split)
    beside = written(tmp_path / "split" / "schemas", {"Problem": problem}, "problem.yaml")
    assert compare(whole, from_file(path)) == []

    problem["properties"]["code"] = number()
    beside.write_text(yaml.safe_dump({"Problem": problem}), "utf-8")
    (change,) = compare(whole, from_file(path))
    assert (change.rule, change.place) == ("type_replaced", "schemas/problem.yaml#/Problem/properties/code/type")


def test_schema_that_holds_itself_is_compared(tmp_path: Path) -> None:
    """A recursive schema comes to an end."""
    within = {f"{RECEIVED}{VALUE}": {"$ref": "#/components/schemas/Received"}}

    (change,) = compared(tmp_path, within, within | {f"{RECEIVED}/properties/first": number()})
    assert change.rule == "type_replaced"
    assert change.where == ("POST /things/{id} 200 $.first", "POST /things/{id} 200 $.value.first")


def test_change_of_a_shared_component_is_listed_once(tmp_path: Path) -> None:
    """A component that two answers use is one change with two uses."""
    shared = {
        f"{OPERATION}/responses/401/content": changed({})["paths"]["/things/{id}"]["post"]["responses"]["400"][
            "content"
        ]
    }

    (change,) = compared(tmp_path, shared, shared | {"/components/schemas/Problem/properties/code": number()})
    assert change.where == ("POST /things/{id} 400 $.code", "POST /things/{id} 401 $.code")


def test_table_of_rules_is_that_of_the_rules() -> None:
    """docs/compatibility.md has every rule; `check_compatible.py --write-rules` writes them."""
    page = (ROOT / "docs" / "compatibility.md").read_text("utf-8")
    assert rewrite(page) == page

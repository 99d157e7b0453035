"""The contract in the words that openapi-python-client reads.

Whatever it would leave out, or read otherwise, without a word is rewritten here, or refused with its place and what to
write instead.
"""

from collections.abc import Iterator
from re import compile as pattern
from typing import Any

from answer_checks import SILENT, types_of, whole
from read_contract import ALTERNATIVES, Part, UnusableError, parts

from contract_tests.contract.pointers import escape

TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
TYPES[type(None)] = "null"
STATUS = pattern(r"[1-5]([0-9]{2}|XX)|default")
TAKEN_IN_A_MODEL = frozenset(
    ("cls", "d", "src_dict", "field_dict", "additional_properties", "additional_keys", "from_dict", "to_dict")
)
TAKEN_BY_TYPES = frozenset(("Any", "Mapping", "TypeVar", "UUID", "UNSET", "Unset"))
MEDIA = "write application/json, text/* or application/octet-stream"
# Left on a response for the templates: the reference of the schema that its body, and that its headers, are checked by.
BODY, HEADERS = "x-body", "x-headers"


def prepare(document: dict[str, Any]) -> list[str]:
    """Rewrite the document in place, and return references to the schemas of all answers; raises UnusableError."""
    for name in ("title", "version"):
        info = document.get("info")
        if not isinstance(info, dict) or not isinstance(info.get(name), str):
            raise UnusableError(f"/info/{name}", "is not there as text, and describes the package; write it, in quotes")
    for part in parts(document):
        if part.kind == "schema":
            _require_other_names(part)
            _rewrite_schema(part)
        elif part.kind == "parameter":
            _require_usual(document, part)
        elif part.kind == "response":
            _require_one_schema(part)
        elif part.kind == "body":
            _require_own_schemas(part)
    for part in parts(document):
        if part.kind == "schema":
            _require_objects(document, part)
    operations = [part for part in parts(document) if part.kind == "operation"]
    if not operations:
        raise UnusableError("/paths", "declares no operation; write one")
    names: dict[str, str] = {}
    for _, pointer, operation in operations:
        name = str(operation.get("operationId", pointer))
        # Its module is named after it, in one style: startThis, Start_this and start-this would be one.
        module = "".join(filter(str.isalnum, name)).lower()
        if module in names:
            raise UnusableError(f"{pointer}/operationId", f"is {name}, as at {names[module]}; write another name")
        names[module] = pointer
        # Any client may call: which credentials go with a request is the caller's choice.
        operation.pop("security", None)
        _require_responses(pointer, operation.get("responses"))
        for status, response in operation["responses"].items():
            place = f"{pointer}/responses/{status}"
            _mark_body(place, response)
            _mark_headers(document, place, f"{operation.get('operationId', pointer)}_{status}_headers", response)
    return [
        response[mark]
        for part in operations
        for response in part.node["responses"].values()
        for mark in (BODY, HEADERS)
        if mark in response
    ]


def secrets_of(document: dict[str, Any]) -> list[str]:
    """Return the names of the properties that no repr may show: write-only ones and passwords."""
    schemas = [part.node for part in parts(document) if part.kind == "schema"]
    properties = [item for schema in schemas for item in schema.get("properties", {}).items()]
    return sorted({name for name, schema in properties if any(map(_is_secret, whole(document, schema, *ALTERNATIVES)))})


def _is_secret(schema: dict[str, Any]) -> bool:
    return bool(schema.get("writeOnly")) or schema.get("format") == "password"


def _rewrite_schema(part: Part) -> None:
    _, pointer, schema = part
    for key, one in _held(schema):
        if isinstance(one, bool):
            raise UnusableError(f"{pointer}/{key}", f"holds {str(one).lower()}, no schema; write {{}} or leave it out")
    if "enum" in schema:
        _rewrite_enum(pointer, schema)
    if "const" in schema:
        _rewrite_const(pointer, schema)
    for bound, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(schema.get(bound), bool) and schema.pop(bound) and limit in schema:
            schema[bound] = schema.pop(limit)
    if len(types_of(schema)) == 1:
        (schema["type"],) = types_of(schema)
    if "array" in types_of(schema) and "prefixItems" not in schema:  # a list of anything has to say so
        schema.setdefault("items", {})
    _gather_properties(pointer, schema)
    if schema.pop("nullable", False):
        _rewrite_nullable(schema)


def _held(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in ("items", "not"):
        yield key, schema.get(key)
    for key in (*ALTERNATIVES, "prefixItems"):
        yield from ((f"{key}/{index}", one) for index, one in enumerate(schema.get(key) or []))
    yield from ((f"properties/{escape(name)}", one) for name, one in (schema.get("properties") or {}).items())


def _rewrite_enum(pointer: str, schema: dict[str, Any]) -> None:
    """Open a list of values: a caller has to read, and write back, the value that a service adds to one."""
    values = schema.pop("enum")
    if not isinstance(values, list) or not values:
        raise UnusableError(f"{pointer}/enum", "is no list of values; write at least one")
    kinds = list(dict.fromkeys(TYPES[type(value)] for value in values))
    if len(values) == 1:
        (schema["const"],) = values
    else:
        schema.setdefault("type", kinds)


def _rewrite_const(pointer: str, schema: dict[str, Any]) -> None:
    """Leave the type to the value: beside another one openapi-python-client does not look at it."""
    if isinstance(schema["const"], list | dict):
        raise UnusableError(f"{pointer}/const", "is an object or a list; describe it by type and properties or items")
    if schema["const"] is None:
        del schema["const"]
        schema["type"] = "null"
    elif isinstance(schema["const"], float):
        # No literal type is a fraction.
        schema["minimum"] = schema["maximum"] = schema.pop("const")
        schema["type"] = "number"
    else:
        schema.pop("type", None)


def _gather_properties(pointer: str, schema: dict[str, Any]) -> None:
    """Put properties beside other schemas among them: beside one `$ref` they would be left out."""
    if not any(key in schema for key in ("$ref", *ALTERNATIVES)):
        return
    own = {key: schema.pop(key) for key in ("properties", "required", "additionalProperties") if key in schema}
    if own and ("anyOf" in schema or "oneOf" in schema):
        raise UnusableError(pointer, "has properties beside anyOf or oneOf; write them into each of the alternatives")
    if own:
        base = [{"$ref": schema.pop("$ref")}] if "$ref" in schema else []
        schema["allOf"] = [*base, *schema.get("allOf", []), {"type": "object", **own}]


def _rewrite_nullable(schema: dict[str, Any]) -> None:
    if any(key in schema for key in ("$ref", "const", *ALTERNATIVES)):
        value = {key: schema.pop(key) for key in list(schema) if key not in SILENT}
        schema["anyOf"] = [value, {"type": "null"}]
    elif "type" in schema:
        schema["type"] = list(dict.fromkeys([*types_of(schema), "null"]))


def _require_other_names(part: Part) -> None:
    """Refuse names that a model has for itself: openapi-python-client would take one for the other."""
    _, pointer, schema = part
    for name in schema.get("properties") or ():
        if name.lower().replace("-", "_") in TAKEN_IN_A_MODEL:
            problem = "has a name that the client's models use for themselves; write another name"
            raise UnusableError(f"{pointer}/properties/{escape(name)}", problem)
    above, _, name = pointer.rpartition("/")
    if above == "/components/schemas" and name in TAKEN_BY_TYPES:
        raise UnusableError(pointer, "has the name of a type that the client's models use; write another name")


def _require_objects(document: dict[str, Any], part: Part) -> None:
    _, pointer, schema = part
    members = schema.get("allOf", [])
    for index, member in enumerate(members if len(members) > 1 else []):
        kinds = {kind for one in whole(document, member, "allOf") for kind in types_of(one)}
        if kinds and "object" not in kinds:
            problem = "is no object, and openapi-python-client puts objects together only; write the schema out"
            raise UnusableError(f"{pointer}/allOf/{index}", problem)


def _require_usual(document: dict[str, Any], part: Part) -> None:
    """Refuse a parameter, or a header, that would be left out or written in another way than it says."""
    _, pointer, parameter = part
    if "schema" not in parameter:
        raise UnusableError(pointer, "has no schema, which openapi-python-client leaves out; write a schema for it")
    usual = "form" if parameter.get("in") in ("query", "cookie") else "simple"
    style = parameter.get("style", usual)
    if style != usual or parameter.get("explode", style == "form") != (style == "form"):
        raise UnusableError(pointer, "is written in a style of its own; leave out style and explode")
    place = parameter.get("in")
    for one in whole(document, parameter["schema"], *ALTERNATIVES) if place in ("header", "cookie") else ():
        is_text = "format" not in one and {"string", "null"}.issuperset(types_of(one))
        if not is_text and (place == "cookie" or one.get("format") in ("uuid", "date", "date-time")):
            problem = f"is no plain text, and would be sent as it is in a {place}; write type: string alone"
            raise UnusableError(f"{pointer}/schema", problem)


def _require_one_schema(part: Part) -> None:
    """Give every media type of a response a schema, and refuse what the client does not read."""
    _, pointer, response = part
    content = response.get("content") or {}
    for name, medium in content.items():
        place = f"{pointer}/content/{escape(name)}"
        kind = name.partition(";")[0].strip().lower()
        if kind == "application/octet-stream":
            medium["schema"] = {"type": "string", "format": "binary"}
        elif kind.startswith("text/"):
            schema = medium.setdefault("schema", {"type": "string"})
            if schema.get("type") != "string" or schema.get("format") in ("date", "date-time", "uuid", "binary"):
                raise UnusableError(f"{place}/schema", "is more than text; write type: string, or a JSON media type")
        elif kind == "application/json" or kind.endswith("+json"):
            medium.setdefault("schema", {})
        else:
            raise UnusableError(place, f"is a media type that the client does not read; {MEDIA}")
    media = [(name.startswith("text/"), medium["schema"]) for name, medium in content.items()]
    if any(one != media[0] for one in media):
        raise UnusableError(f"{pointer}/content", "holds several schemas, and the client reads one; write one only")


def _require_own_schemas(part: Part) -> None:
    """Refuse a request of several media types that the type of its body does not tell apart."""
    _, pointer, body = part
    schemas = [medium.get("schema") for medium in (body.get("content") or {}).values()]
    if any(schema in schemas[:index] for index, schema in enumerate(schemas)):
        raise UnusableError(f"{pointer}/content", "holds one schema for several media types; write one of them")


def _require_responses(pointer: str, responses: object) -> None:
    place = f"{pointer}/responses"
    if not isinstance(responses, dict):
        raise UnusableError(place, "declares no responses; write a mapping of them by status")
    for extension in [name for name in responses if name.startswith("x-")]:
        del responses[extension]
    for status, response in responses.items():
        if not isinstance(response, dict):
            raise UnusableError(f"{place}/{escape(status)}", "is no response; write a mapping with a description")
        if not STATUS.fullmatch(status):
            raise UnusableError(f"{place}/{escape(status)}", "is no status; write 404, a range like 4XX, or default")
    if not any(status[0] in "2d" for status in responses):
        raise UnusableError(place, "declares no success; write a response 2XX or default")


def _mark_body(pointer: str, response: dict[str, Any]) -> None:
    for name, medium in (response.get("content") or {}).items():
        if medium["schema"].get("format") != "binary":
            own = f"#{pointer}/content/{escape(name)}/schema"
            response[BODY] = medium["schema"]["$ref"] if set(medium["schema"]) == {"$ref"} else own
            return


def _mark_headers(document: dict[str, Any], pointer: str, name: str, response: dict[str, Any]) -> None:
    """Make the headers of a response a component, so that they are typed and checked like the fields of a body."""
    headers = {key: of for key, of in (response.get("headers") or {}).items() if key.lower() != "content-type"}
    if not headers:
        return
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    place = f"/components/schemas/{escape(name)}"
    if name in schemas:
        raise UnusableError(place, "is what the headers of a response are called; rename it")
    for key, header in headers.items():
        for one in whole(document, header["schema"], *ALTERNATIVES):
            if "object" in types_of(one) or "properties" in one:
                raise UnusableError(f"{pointer}/headers/{escape(key)}", "is an object; write type: string")
    schemas[name] = {
        "type": "object",
        "required": [key for key, header in headers.items() if header.get("required")],
        "properties": {key: header["schema"] for key, header in headers.items()},
    }
    response[HEADERS] = f"#{place}"

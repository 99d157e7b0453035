"""Merges plain schemas that must all hold, one result a type."""

import json
from collections.abc import Iterator

from compatibility.document import Json, Node
from compatibility.schema import LOWER, UPPER, Nodes, Schema, is_number

TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
ONLY_FOR = {
    "string": {"minLength", "maxLength", "pattern", "contentEncoding", "contentMediaType"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
    "array": {"prefixItems", "contains", "minItems", "maxItems", "uniqueItems"},
    "object": {"minProperties", "maxProperties", "patternProperties", "propertyNames", "discriminator"},
}
WITH_FIELDS = {"type", "enum", "const", "properties", "required", "items", "additionalProperties"}
ANNOTATIONS = {"title", "description", "example", "examples", "externalDocs", "$comment"}
OF_THE_VALUE = {"default", "readOnly", "writeOnly", "deprecated"}
EXCLUSIVE = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
# The encodings that OpenAPI 3.0 writes as formats.
FORMATS = {("contentEncoding", "base64"): "byte", ("contentMediaType", "application/octet-stream"): "binary"}
SAYS_NOTHING: tuple[tuple[str, Json], ...] = (
    ("minLength", 0),
    ("minItems", 0),
    ("minProperties", 0),
    ("uniqueItems", False),
    ("pattern", ".*"),
    ("format", "password"),
)


def allowed_types(parts: Nodes) -> set[str]:
    """Return the types that all parts allow; where none names one, the listed values do."""
    types, declared = set(TYPES), False
    for part in parts:
        if names := _strings(part, "type"):
            declared = True
            types &= names | ({"integer"} if "number" in names else set())
    if (enum := _enum(parts)) is not None:
        kinds = {_type(json.loads(value)) for value in enum}
        types = types - ({"null"} - kinds) if declared else kinds
    return types


def merged(parts: Nodes, types: set[str], class_name: str | None) -> list[Schema]:
    """Return one schema a type, or a single one for any type; null is not among them."""
    kinds = [kind for kind in TYPES if kind in types - {"null"} and not (kind == "integer" and "number" in types)]
    is_any = len(kinds) == len(TYPES) - 2
    return [_schema(parts, kind, class_name) for kind in ([""] if is_any else kinds)]


def plain(node: Node, opened: tuple[str, ...] = ()) -> Json:
    """Return a value as JSON with references replaced by what they lead to, and without what only people read."""
    target = node.follow()
    if target.place in opened:
        return target.name
    opened = (*opened, target.place)
    if isinstance(target.value, list):
        return [plain(item, opened) for index in range(len(target.value)) if (item := target.child(str(index)))]
    if not isinstance(target.value, dict):
        return target.value
    children = ((key, target.child(key)) for key in target.value if not _is_annotation(key))
    return {key: plain(child, opened) for key, child in children if child}


def _schema(parts: Nodes, kind: str, class_name: str | None) -> Schema:
    is_object, is_list = kind in ("", "object"), kind in ("", "array")
    enum = _enum(parts)
    properties: dict[str, Nodes] = {}
    for name, node in (entry for part in parts if is_object for entry in part.items("properties")):
        properties[name] = (*properties.get(name, ()), node)
    further = _children(parts, "additionalProperties") if is_object else ()
    return Schema(
        parts=parts,
        class_name=class_name if is_object else None,
        type=kind,
        enum=None if enum is None else frozenset(value for value in enum if _fits(json.loads(value), kind)),
        keywords=_keywords(parts, kind),
        properties=properties,
        required=frozenset(name for part in parts if is_object for name in _strings(part, "required")),
        items=_children(parts, "items") if is_list else (),
        additional=tuple(node for node in further if node.value is not False),
        closed=any(node.value is False for node in further),
    )


def _keywords(parts: Nodes, kind: str) -> dict[str, Json]:
    """Merge what else limits a value of this type; the tightest bound holds."""
    merged: dict[str, Json] = {}
    for part in parts:
        for keyword, value in _limits(part, kind):
            before = merged.get(keyword)
            if before is None or before == value:
                merged[keyword] = value
            elif is_number(before) and is_number(value) and keyword in LOWER | UPPER:
                merged[keyword] = max(before, value) if keyword in LOWER else min(before, value)
            else:
                merged[keyword] = {"allOf": [before, value]}
    return merged


def _limits(part: Node, kind: str) -> Iterator[tuple[str, Json]]:
    """Yield the keywords that limit a value of this type, in the words of OpenAPI 3.1."""
    family = "number" if kind == "integer" else kind
    irrelevant = {word for other, words in ONLY_FOR.items() if kind and other != family for word in words}
    for keyword, value in _words(part):
        if keyword in irrelevant or (keyword, value) in SAYS_NOTHING:
            continue
        if kind == "integer" and keyword in EXCLUSIVE and isinstance(value, int):
            yield EXCLUSIVE[keyword], value + (1 if keyword in LOWER else -1)
        else:
            yield keyword, value


def _words(part: Node) -> Iterator[tuple[str, Json]]:
    for keyword in part.mapping.keys() - WITH_FIELDS - OF_THE_VALUE:
        child = part.child(keyword)
        if child is None or _is_annotation(keyword):
            continue
        value = plain(child)
        if encoding := FORMATS.get((keyword, str(value))):
            yield "format", encoding
        elif keyword == "discriminator":
            yield keyword, _discriminator(value)
        elif keyword in EXCLUSIVE and isinstance(value, bool):  # as OpenAPI 3.0 writes it, beside the bound
            if value and (bound := part.mapping.get(EXCLUSIVE[keyword])) is not None:
                yield keyword, bound
        elif not part.flag(f"exclusive{keyword.capitalize()}"):
            yield keyword, value


def _discriminator(value: Json) -> Json:
    """Name the schemas of a mapping alike, whether by name or by reference."""
    if not isinstance(value, dict) or not isinstance(mapping := value.get("mapping"), dict):
        return value
    return {**value, "mapping": {key: str(target).rpartition("/")[2] for key, target in mapping.items()}}


def _enum(parts: Nodes) -> frozenset[str] | None:
    """Return the values that all the lists of values have in common, as JSON; None where nothing is listed."""
    common: frozenset[str] | None = None
    for part in parts:
        values = [part.mapping["const"]] if "const" in part.mapping else part.mapping.get("enum")
        if isinstance(values, list):
            listed = frozenset(json.dumps(value, sort_keys=True) for value in values)
            common = listed if common is None else common & listed
    return common


def _type(value: Json) -> str:
    if isinstance(value, bool):
        return "boolean"
    kinds = {int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return kinds.get(type(value), "null")


def _fits(value: Json, kind: str) -> bool:
    return value is not None and (not kind or _type(value) == kind or (_type(value), kind) == ("integer", "number"))


def _strings(node: Node, key: str) -> set[str]:
    value = node.mapping.get(key)
    if isinstance(value, str):
        return {value}
    return {str(item) for item in value} if isinstance(value, list) else set()


def _children(parts: Nodes, key: str) -> Nodes:
    children = (part.child(key) for part in parts)
    return tuple(child for child in children if child and child.value not in (True, {}))


def _is_annotation(keyword: str) -> bool:
    return keyword in ANNOTATIONS or keyword.startswith("x-")

"""Small contracts to read in a test: an operation with the body and the responses that a test is about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from contract_tests.contract import Contract, load

UUID: dict[str, Any] = {"type": "string", "format": "uuid"}
BODY: dict[str, Any] = {
    "type": "object",
    "required": ["session", "token", "link"],
    "properties": {"session": UUID, "token": {"type": "string", "minLength": 1}, "link": UUID},
}
KNOWN = {
    "session": "39cd6a88-8ee3-4e59-a861-b8a2187e0f4c",
    "token": "1234ab",
    "link": "683005d6-f45c-4adb-b289-f1a12f50f80c",
}


def contract(folder: Path, *, openapi: str = "3.1.1", **parts: Any) -> Contract:
    """Write a contract as JSON and read it.

    `body` is the schema of the request, `answer` that of the 200, `ok` and `operation` are further words of the two,
    and `schemas` the document's components.
    """
    ok = {"description": "Ok.", "content": {"application/json": {"schema": parts.get("answer", {})}}}
    operation = {
        "operationId": "resume",
        "requestBody": {"required": True, "content": {"application/json": {"schema": parts.get("body", BODY)}}},
        "responses": {"200": ok | parts.get("ok", {})},
    }
    document = {
        "openapi": openapi,
        "info": {"title": "A contract of a test", "version": "1.0.0"},
        "paths": {"/api/links/": {"patch": operation | parts.get("operation", {})}},
        "components": {"schemas": parts.get("schemas", {})},
    }
    path = folder / "openapi.json"
    path.write_text(json.dumps(document, indent="\t"), encoding="utf-8")
    return load(path)


def with_fields(fields: dict[str, Any], *required: str) -> dict[str, Any]:
    """Return the schema of a body that has further fields, some of them required."""
    return BODY | {"required": [*BODY["required"], *required], "properties": BODY["properties"] | fields}

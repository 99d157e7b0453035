"""A small contract, and ways to write it changed, for the tests of check-compatible."""

import copy
import json
from pathlib import Path
from typing import Any

import yaml

GONE = object()
Edits = dict[str, Any]

BASE = """
openapi: 3.1.0
info: {title: Things, version: 1.0.0}
servers: [{url: 'https://{host}/v1', variables: {host: {default: things.test}}}]
security: [{basic: []}]
paths:
  /things/{id}:
    post:
      operationId: change
      tags: [things]
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: X-Trace, in: header, schema: {type: string}}
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: '#/components/schemas/Sent'}}
      responses:
        '200':
          description: Done
          headers:
            X-Left: {required: true, schema: {type: integer}}
          content:
            application/json: {schema: {$ref: '#/components/schemas/Received'}}
          links: {Again: {operationId: change}}
        '400':
          description: Wrong
          content:
            application/json: {schema: {$ref: '#/components/schemas/Problem'}}
        '401': {description: Who}
      callbacks:
        changed: {'{$request.body#/url}': {post: {responses: {'200': {description: Thanks}}}}}
webhooks:
  moved: {post: {responses: {'200': {description: Thanks}}}}
components:
  securitySchemes:
    basic: {type: http, scheme: basic}
    key: {type: apiKey, in: header, name: X-Key}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: /token, scopes: {read: r, write: w}}}}
  schemas:
    Sent:
      type: object
      required: [first, second]
      properties:
        first: {type: string}
        second: {type: string}
        value: {type: string}
    Received:
      type: object
      required: [first, second]
      properties:
        first: {type: string}
        second: {type: string}
        value: {type: string}
    Problem:
      type: object
      properties:
        code: {type: string}
    Cat: {type: object, properties: {lives: {type: integer}}}
    Kitten: {type: object, properties: {lives: {type: integer}}}
    Dog: {type: object, properties: {tricks: {type: array}}}
    Spare: {type: object, properties: {any: {type: string}}}
"""


def changed(edits: Edits, text: str = BASE) -> dict[str, Any]:
    """Return the contract with the places that JSON pointers name changed, added, or gone."""
    document = yaml.load(text, yaml.CSafeLoader)
    for pointer, value in edits.items():
        *steps, last = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
        place = document
        for step in steps:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if isinstance(place, list):
            place[int(last)] = value
        elif value is GONE:
            del place[last]
        else:
            place[last] = copy.deepcopy(value)
    assert isinstance(document, dict)
    return document


def written(folder: Path, document: dict[str, Any], name: str = "openapi.yaml") -> Path:
    """Write a contract into a folder, which is made."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(json.dumps(document), "utf-8")
    return path

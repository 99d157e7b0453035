"""What may come of a call of one operation, as the templates of the client write it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from client_document import BODY, HEADERS
from openapi_python_client.config import Config
from openapi_python_client.parser.openapi import Endpoint, GeneratorData
from openapi_python_client.parser.properties import Class
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.responses import Response
from openapi_python_client.schema import Response as Declared
from read_contract import UnusableError

READERS = {"Any": "json_of", "str": "text_of"}


@dataclass(frozen=True)
class Headers:
    """The declared headers of one response: its status, their model, and the schema that they are checked by."""

    status: str
    model: Class
    reference: str


@dataclass(frozen=True)
class Outcome:
    """The statuses of success and all declared ones, as items of a list, and the types of answers and of errors."""

    success: str
    declared: str
    type: str
    failures: tuple[str, ...]
    imports: frozenset[str]
    headers: tuple[Headers, ...]


def endpoints_of(contract: GeneratorData) -> list[Endpoint]:
    """Return every operation, in the order of the document."""
    return [one for collection in contract.endpoint_collections_by_tag.values() for one in collection.endpoints]


def outcome_of(endpoint: Endpoint, config: Config) -> Outcome:
    """Tell the answers of an operation from its errors: 2XX is a success, or `default` where no 2XX is declared."""
    declared, default = endpoint.responses.patterns, endpoint.responses.default
    successes = [one for one in declared if one.status_code.pattern.startswith("2")]
    answers = successes or [one for one in (default,) if one]
    failures = [one for one in endpoint.responses if one not in successes]
    return Outcome(
        success=", ".join(map(_statuses, successes)) or "*range(200, 300)",
        declared=", ".join(map(_statuses, declared)),
        type=" | ".join(sorted(set(map(_type, answers)))),
        failures=tuple(dict.fromkeys(map(_type, failures))),
        imports=frozenset(_imports(failures)),
        headers=tuple(
            Headers(one.status_code.pattern, Class.from_string(string=mark.rpartition("/")[2], config=config), mark)
            for one in endpoint.responses
            if (mark := _mark(one, HEADERS))
        ),
    )


def read_through_checks(contract: GeneratorData, config: Config) -> None:
    """Let the client's own `reading` read every response, with nothing for one without a body."""
    for endpoint in endpoints_of(contract):
        for response in endpoint.responses:
            reader = READERS.get(response.source["return_type"])
            if response.source["return_type"] == "None":
                response.prop = NoneProperty(
                    name=response.prop.name,
                    required=True,
                    default=None,
                    python_name=response.prop.python_name,
                    description=None,
                    example=None,
                )
            elif reader:
                # The sources themselves are shared by all responses.
                read = f"reading.{reader}(response, {json.dumps(_mark(response, BODY))})"
                response.source = {**response.source, "attribute": read}
        for headers in outcome_of(endpoint, config).headers:
            endpoint.relative_imports.add(f"from ...models.{headers.model.module_name} import {headers.model.name}")
        endpoint.relative_imports.add("from ... import reading")
        if endpoint.response_type().as_unembedded_code() == "Any":
            (pointer, *_) = [_mark(one, BODY) for one in endpoint.responses]
            raise UnusableError(pointer[1:], "says of no answer what it is; write a schema with a type")


def _mark(response: Response, mark: str) -> str:
    declared = response.data
    return str((declared.model_extra or {}).get(mark, "")) if isinstance(declared, Declared) else ""


def _type(response: Response) -> str:
    return response.prop.get_type_string().as_unembedded_code()


def _imports(responses: Iterable[Response]) -> set[str]:
    props = [response.prop for response in responses]
    return set[str]().union(*(one.get_imports(prefix=".") | one.get_lazy_imports(prefix=".") for one in props))


def _statuses(response: Response) -> str:
    first, last = response.status_code.range or (0, 0)
    return str(first) if first == last else f"*range({first}, {last + 1})"

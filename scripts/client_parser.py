"""Let openapi-python-client read the contract, and say of what it refuses where that stands."""

import re
from typing import Any

from openapi_python_client.config import Config
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.schema import OpenAPI
from pydantic import BaseModel, ValidationError
from read_contract import UnusableError, parts

from contract_tests.contract.pointers import escape

# What openapi-python-client 0.29.1 writes where it means a text of the document.
OBJECT = re.compile(r"<\S+ object at 0x[0-9a-f]+>")


def parse(document: dict[str, Any], config: Config) -> GeneratorData:
    """Return what openapi-python-client makes of the document, or raise UnusableError."""
    try:
        OpenAPI.model_validate(document)
    except ValidationError as error:
        # Of what may stand in a place, the alternative that was read furthest is the one that was meant.
        found = max(error.errors(), key=lambda one: len(_pointer(document, one["loc"])))
        raise _refused(_pointer(document, found["loc"]), found["msg"]) from None
    contract = GeneratorData.from_dict(document, config=config)
    if isinstance(contract, GeneratorError):
        raise _refusal(document, contract)
    # What is wrong with a schema comes first: a response that cannot be read for it says less.
    of_operations = [one for tag in contract.endpoint_collections_by_tag.values() for one in tag.parse_errors]
    for warning in contract.errors + of_operations:  # what is only warned of would be missing from the client
        raise _refusal(document, warning)
    return contract


def _refusal(document: dict[str, Any], error: GeneratorError) -> UnusableError:
    """Say where the part stands that an error gives back as the one that cannot be read."""
    data = getattr(error, "data", None)
    pointer = next((at for _, at, node in parts(document) if data is not None and _is_read_as(node, data)), "/paths")
    return _refused(pointer, error.detail or error.header)


def _pointer(document: Any, steps: tuple[int | str, ...]) -> str:
    """Return the place that steps lead to, without those that name pydantic's own alternatives."""
    pointer = ""
    for step in steps:
        if step in document if isinstance(document, dict) else isinstance(document, list) and isinstance(step, int):
            document, pointer = document[step], f"{pointer}/{escape(str(step))}"
    return pointer


def _is_read_as(node: dict[str, Any], data: BaseModel) -> bool:
    try:
        return type(data).model_validate(node) == data
    except ValidationError:
        return False


def _refused(pointer: str, details: str) -> UnusableError:
    one_line = " ".join(OBJECT.sub("it", details).split())
    return UnusableError(pointer, f"is not what openapi-python-client can read ({one_line}); write it another way")

"""What no schema says: the names that the protocol gives to its fields and answers. A renamed one is one edit here."""

from __future__ import annotations

from typing import Final

from contract_tests.contract.document import Contract

SESSION: Final = "session"
TOKEN: Final = "token"  # noqa: S105 - the name of a field
LINK: Final = "link"
ID: Final = "id"
"""The fields of a request, and the one of a 200 that names its link."""
EXPIRY: Final = "expiry"
"""The field of a 428 that says for how many seconds its session lives; without it nothing is said of that."""

OK: Final = 200
BAD_REQUEST: Final = 400
UNAUTHORIZED: Final = 401
TOKEN_REQUIRED: Final = 428
UNEXPECTED_ERROR: Final = 500

STATUSES: Final = (OK, BAD_REQUEST, UNAUTHORIZED, TOKEN_REQUIRED, UNEXPECTED_ERROR)
"""The answers that the protocol gives a meaning to, which the checks know how to provoke."""

REMEDY = "Name it so, or change contract_tests/contract/protocol.py and the checks that use it."


def require(contract: Contract) -> None:
    """See that the contract declares what the protocol is about; raises ContractError for what it does not declare."""
    request, operation = contract.request, contract.resume
    declared = {field.name for field in request.fields}
    for name in (SESSION, TOKEN, LINK):
        if name not in declared:
            problem = f"the request declares no field {name}, which the protocol of the checks needs"
            raise contract.files.error(request.schema.pointer, problem, REMEDY)
    for status in STATUSES:
        if contract.declared(status) is None:
            problem = f"the operation declares no {status}, which the protocol of the checks needs"
            raise contract.files.error(f"{operation.pointer}/responses", problem, "Declare it, or take the checks out.")
    for status, name in ((OK, ID), (TOKEN_REQUIRED, LINK)):
        if not _has_field(contract, status, name):
            problem = f"the {status} declares no field {name}, by which the checks know the link"
            raise contract.files.error(contract.property_pointer(status, ""), problem, REMEDY)
    for parameter in operation.parameters:
        if parameter.required:
            problem = f"the {parameter.location} parameter {parameter.name} is required, and no check sends it"
            raise contract.files.error(parameter.pointer, problem, "Make it optional, or declare it as a field.")
    if not any(len(way) == 1 and way[0].is_basic for way in operation.security):
        problem = "the operation asks for no HTTP Basic alone, which is how the checks log in"
        raise contract.files.error(operation.pointer, problem, "Name such a scheme under security.")


def _has_field(contract: Contract, status: int, name: str) -> bool:
    response = contract.declared(status)
    schemas = [media_type.schema for media_type in response.media_types] if response else []
    return any(schema is not None and name in schema.all_properties for schema in schemas)

"""openapi.yaml, read once: the operation, a validator per declared response, and where each clause stands."""

from contract_tests.contract.document import OPENAPI, Contract, load
from contract_tests.contract.errors import ContractError
from contract_tests.contract.media_types import MediaType, is_json
from contract_tests.contract.mismatch import Mismatch
from contract_tests.contract.operation import (
    DeclaredResponse,
    Field,
    Operation,
    OtherOperation,
    RequestBody,
    ResponseLink,
    SecurityScheme,
)
from contract_tests.contract.parameters import DeclaredHeader, Parameter
from contract_tests.contract.schema import Keyword, Schema
from contract_tests.contract.schemas import Validator

__all__ = [
    "OPENAPI",
    "Contract",
    "ContractError",
    "DeclaredHeader",
    "DeclaredResponse",
    "Field",
    "Keyword",
    "MediaType",
    "Mismatch",
    "Operation",
    "OtherOperation",
    "Parameter",
    "RequestBody",
    "ResponseLink",
    "Schema",
    "SecurityScheme",
    "Validator",
    "is_json",
    "load",
]

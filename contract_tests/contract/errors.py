"""The one error of this room."""


class ContractError(Exception):
    """The contract cannot be used; the text says what is wrong, where, and what to do."""


class MissingError(ContractError):
    """Says which file of the contract is not there."""

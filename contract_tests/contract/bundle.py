"""The contract as one document: the files beside the main one become a part of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import quote

from contract_tests.contract.dialect import IN_FRAGMENT
from contract_tests.contract.files import Files, reference_of
from contract_tests.contract.pointers import file_and_pointer, join
from contract_tests.contract.walk import rebuilt

BESIDE = "x-files"
"""The word of the one document under which the other files stand, each by its name."""


def bundled(files: Files, without: Collection[str] = ()) -> dict[str, Any]:
    """Return the main file with the others in it, each `$ref` leading there, and without some of OpenAPI's words."""

    def visit(node: dict[str, Any], _place: str) -> dict[str, Any]:
        node = {key: value for key, value in node.items() if key not in without}
        if (reference := reference_of(node)) is None:
            return node
        return node | {"$ref": f"#{quote(_within(files.place(reference)), safe=IN_FRAGMENT)}"}

    whole = {name: rebuilt(source.value, visit, "") for name, source in files.sources.items()}
    document: dict[str, Any] = whole.pop(files.main)
    return document | {BESIDE: whole} if whole else document


def _within(place: str) -> str:
    file, pointer = file_and_pointer(place)
    return join(BESIDE, file) + pointer if file else pointer

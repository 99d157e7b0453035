"""JSON pointers (RFC 6901), and places: a pointer into the main file, or `file#pointer` into one beside it."""

from __future__ import annotations

from typing import Any

from contract_tests.contract.errors import ContractError


def escape(step: str) -> str:
    """Return one step of a pointer with `~` and `/` escaped."""
    return step.replace("~", "~0").replace("/", "~1")


def join(*steps: str | int) -> str:
    """Return the pointer that takes these steps."""
    return "".join(f"/{escape(str(step))}" for step in steps)


def split(pointer: str) -> list[str]:
    """Return the steps of a pointer; raises ContractError for what is none."""
    if pointer and not pointer.startswith("/"):
        raise ContractError(f"{pointer!r} is not a JSON pointer: it starts with no slash.")
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def child(value: Any, step: str) -> Any:
    """Return what one step leads to; raises LookupError or ValueError where it leads nowhere."""
    if isinstance(value, list):
        return value[int(step)]
    if isinstance(value, dict):
        return value[step]
    raise LookupError(step)


def file_and_pointer(place: str) -> tuple[str, str]:
    """Return the file of a place, "" for the main one, and the pointer into it."""
    if place.startswith("/") or "#" not in place:
        return "", place
    file, _, pointer = place.partition("#")
    return file, pointer

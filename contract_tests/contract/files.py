"""Reads the main file of the contract and the files beside it that its references name."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from contract_tests.contract.errors import ContractError, MissingError
from contract_tests.contract.pointers import file_and_pointer
from contract_tests.contract.source import Source, parse, text_of
from contract_tests.contract.walk import rebuilt

UNREAD = ("$id", "$anchor", "$dynamicRef", "$dynamicAnchor")


@dataclass(frozen=True)
class Files:
    """The files of a contract; a `$ref` in them is written as from the main file."""

    main: str
    sources: dict[str, Source]

    def source(self, place: str) -> tuple[Source, str]:
        """Return the file of a place, and the pointer into it."""
        file, pointer = file_and_pointer(place)
        if (file or self.main) not in self.sources:
            raise ContractError(f"{self.main} refers to no file {file}, so nothing of it is at {place}.")
        return self.sources[file or self.main], pointer

    def at(self, place: str) -> Any:
        """Return the value at a place; raises ContractError where there is nothing."""
        source, pointer = self.source(place)
        return source.at(pointer)

    def line(self, place: str) -> int:
        """Return the line of its file, from 1, on which a place begins."""
        source, pointer = self.source(place)
        return source.line(pointer)

    def quote(self, place: str) -> list[str]:
        """Return the first lines of a place."""
        source, pointer = self.source(place)
        return source.quote(pointer)

    def home(self, place: str) -> str:
        """Return the place that a place leads to: its own, or where the `$ref` that stands there ends."""
        passed = [place]
        while reference := reference_of(self.at(place)):
            place = self.place(reference)
            if place in passed:
                raise self.error(passed[0], f"{reference} leads back to itself", "Let one of the circle hold a value.")
            passed.append(place)
        return place

    def place(self, reference: str) -> str:
        """Return the place a `$ref` names."""
        file, pointer = file_and_pointer(reference)
        return pointer if file in ("", self.main) else f"{file}#{pointer}"

    def error(self, place: str, problem: str, remedy: str) -> ContractError:
        """Return the error that a place is wrong: its file, line and pointer, the problem, and what to do."""
        source, pointer = self.source(place)
        return ContractError(f"{source.name}, line {source.line(pointer)}: {problem} (at {pointer or '/'}). {remedy}")


def reference_of(node: Any) -> str | None:
    """Return the `$ref` of a node, or None when it has none: a property may be called so, and is a schema."""
    reference = node.get("$ref") if isinstance(node, dict) else None
    return reference if isinstance(reference, str) else None


def read_all(path: Path) -> Files:
    """Read the main file of a folder, and the files beside it that are referred to; raises ContractError."""
    return read_files(path.name, lambda name: text_of(path.parent / name))


def read_files(main: str, text_of: Callable[[str], str]) -> Files:
    """Read the main file and, one after another, each file that is referred to; `text_of` gives the text of a name.

    Raises ContractError when a file is missing or unreadable, and for a reference that leads nowhere, in a circle, to
    another machine, or by anything but a JSON pointer.
    """
    files = Files(main, {main: parse(text_of(main), main)})
    waiting = [main]
    references: list[tuple[str, str]] = []
    while waiting:
        name = waiting.pop()
        value, found = _with_references_from_main(files, name)
        files.sources[name] = replace(files.sources[name], value=value)
        references += found
        for place, reference in found:
            file = file_and_pointer(reference)[0]
            if file and file not in files.sources:
                files.sources[file] = parse(_beside(files, text_of, file, place), file)
                waiting.append(file)
    for place, reference in references:
        try:
            files.at(files.place(reference))
        except ContractError:
            problem = f"$ref {reference} leads to nothing"
            raise files.error(place, problem, "Correct it, or add what it names.") from None
    for place, _ in references:
        files.home(place)
    return files


def _beside(files: Files, text_of: Callable[[str], str], file: str, place: str) -> str:
    try:
        return text_of(file)
    except MissingError as error:
        raise files.error(place, f"$ref names the file {file}, which is missing", "Add the file.") from error


def _with_references_from_main(files: Files, name: str) -> tuple[Any, list[tuple[str, str]]]:
    found: list[tuple[str, str]] = []
    prefix = "" if name == files.main else f"{name}#"

    def visit(node: dict[str, Any], pointer: str) -> dict[str, Any]:
        place = f"{prefix}{pointer}"
        for keyword in _unread(node):
            raise files.error(place, f"{keyword} is not read here", "Refer to schemas by $ref and a JSON pointer.")
        if "$ref" not in node:
            return node
        reference = _from_main(files, name, node["$ref"], place)
        found.append((place, reference))
        return node | {"$ref": reference}

    return rebuilt(files.sources[name].value, visit, ""), found


def _unread(node: dict[str, Any]) -> Iterator[str]:
    return (keyword for keyword in UNREAD if keyword in node)


def _from_main(files: Files, name: str, reference: object, place: str) -> str:
    if not isinstance(reference, str):
        raise files.error(place, "$ref is not text", 'Write it like "#/components/schemas/Name".')
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|//", reference):
        raise files.error(place, f"$ref {reference} names another machine", "Copy the file beside this one.")
    file, _, pointer = reference.partition("#")
    if pointer and not pointer.startswith("/"):
        raise files.error(place, f"$ref {reference} is no JSON pointer", 'Write it like "#/components/schemas/Name".')
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(file))) if file else name
    if target.startswith(("../", "/")):
        raise files.error(place, f"$ref {reference} leaves the folder of {files.main}", "Move the file beside it.")
    return f"{'' if target == files.main else target}#{unquote(pointer)}"

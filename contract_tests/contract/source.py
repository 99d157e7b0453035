"""One file of the contract: its value, and on which lines each place of it stands."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml

from contract_tests.contract import strict_yaml
from contract_tests.contract.errors import ContractError, MissingError
from contract_tests.contract.pointers import child, split

QUOTED_LINES = 14


@dataclass(frozen=True)
class Source:
    """A file of the contract, named as messages name it."""

    name: str
    text: str = field(repr=False)
    value: Any = field(repr=False)
    root: yaml.Node = field(repr=False)

    def at(self, pointer: str) -> Any:
        """Return the value a JSON pointer names; raises ContractError where it names nothing."""
        value = self.value
        for step in split(pointer):
            try:
                value = child(value, step)
            except (LookupError, ValueError):
                raise ContractError(f"{self.name} has nothing at {pointer}: {step!r} is missing there.") from None
        return value

    def line(self, pointer: str) -> int:
        """Return the line, from 1, on which a place begins."""
        return self._span(pointer)[0] + 1

    def quote(self, pointer: str) -> list[str]:
        """Return the first lines of a place, without their common indent."""
        first, last = self._span(pointer)
        lines = self._lines[first:last]
        indent = len(lines[0]) - len(lines[0].lstrip())
        cut = [line[indent:].rstrip() for line in lines]
        return cut if len(cut) <= QUOTED_LINES else [*cut[:QUOTED_LINES], "…"]

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.splitlines()

    def _span(self, pointer: str) -> tuple[int, int]:
        self.at(pointer)
        node, first = self.root, 0
        for step in split(pointer):
            if isinstance(node, yaml.MappingNode):
                key, node = next(pair for pair in node.value if pair[0].value == step)
                first = key.start_mark.line
            else:
                node = node.value[int(step)]
                first = node.start_mark.line
        # A block ends where the next key begins, anything else on its own last line.
        block = isinstance(node, yaml.CollectionNode) and not node.flow_style
        return first, max(node.end_mark.line + (0 if block else 1), first + 1)


def text_of(path: Path) -> str:
    """Return the text of a file; raises MissingError where there is none, and ContractError where it is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MissingError(f"{path} is missing: the contract is read from it. Restore it.") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ContractError(f"{path} cannot be read: {reason}.") from None


@lru_cache(16)
def parse(text: str, name: str) -> Source:
    """Read strict YAML or JSON, which it is where the name ends in .json; raises ContractError where it is neither.

    The same text is read once: a run asks for the contract at several places.
    """
    try:
        if name.endswith(".json"):
            json.loads(text)
        value, root = strict_yaml.compose(text)
    except strict_yaml.NotPlainError as error:
        raise ContractError(f"{name}, line {error.line}: {error}") from None
    except json.JSONDecodeError as error:
        raise ContractError(f"{name}, line {error.lineno}: this is not JSON: {error.msg}.") from None
    except (RecursionError, ValueError):
        raise ContractError(f"{name} holds nesting or a number almost without end: write it plainly.") from None
    if root is None or not isinstance(value, dict):
        raise ContractError(f"{name} is not an OpenAPI document: it holds no mapping. Restore it.")
    return Source(name, text, value, root)

"""Reads YAML 1.2 that stands for JSON: no tag, no key twice, a date is text, no error quotes the text."""

from __future__ import annotations

import math
import re
from typing import Any

import yaml


class NotPlainError(yaml.YAMLError):
    """What is not plain YAML, as a clause without a word of the text, and on which line."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def parse(text: str) -> Any:
    """Read one document of plain YAML without aliases."""
    return _read(text, _Loader)[0]


def compose(text: str) -> tuple[Any, yaml.Node | None]:
    """Read one document of plain YAML or JSON as `parse` does, with the node that knows the lines.

    A key that is a whole number, like the status 200, is read as its text, and an alias as what it stands for.
    """
    # JSON may be indented with tabs; within its strings a tab is always escaped.
    plain = text.replace("\t", " ") if text.lstrip().startswith("{") else text
    return _read(plain, _NumberedLoader)


def _read(text: str, kind: type[_Loader]) -> tuple[Any, yaml.Node | None]:
    try:
        loader = kind(text)
        try:
            node = loader.get_single_node()
            return (None if node is None else loader.construct_document(node)), node
        finally:
            loader.dispose()
    except NotPlainError:
        raise
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else text.count("\n", 0, getattr(error, "position", 0)) + 1
        # The parser's own words may quote the text, and with it a secret.
        message = "this is not YAML: look for a bad indent, a missing colon, or a value that needs quotes."
        raise NotPlainError(line, message) from None
    except (RecursionError, ValueError):
        raise NotPlainError(1, "there is nesting or a number almost without end: write plain settings.") from None


def is_unicode(text: str) -> bool:
    """Tell whether text can be sent: it has no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class _Loader(yaml.SafeLoader):
    """Builds what JSON knows, by the rules of YAML 1.2: `no` does not mean false, and 0123 is no octal number."""

    # SafeLoader's own rules are not inherited: what is not added below is not known.
    yaml_implicit_resolvers = {}  # noqa: RUF012
    yaml_constructors = {}  # noqa: RUF012
    keys = frozenset({"tag:yaml.org,2002:str"})

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            line = self.current_event.start_mark.line + 1
            raise NotPlainError(line, "an alias stands for another value: write the value itself.")
        return super().compose_node(parent, index)

    def plain_mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag not in self.keys:
                raise NotPlainError(line, 'a key is not text: put it in quotes, like "500".')
            if key_node.value == "<<" and key_node.style is None:
                raise NotPlainError(line, "a key << would merge another mapping: write its members themselves.")
            key = self.plain_text(key_node)
            if key in mapping:
                raise NotPlainError(line, f"the key {key[:60]!r} is there twice: keep one of them.")
            mapping[key] = self.construct_object(value_node, deep=True)
        return mapping

    def plain_sequence(self, node: yaml.SequenceNode) -> list[Any]:
        return [self.construct_object(item, deep=True) for item in node.value]

    def plain_text(self, node: yaml.ScalarNode) -> str:
        # JSON escapes a character beyond the basic plane as two halves, which together are one.
        text = str(self.construct_scalar(node)).encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
        if not is_unicode(text):
            line = node.start_mark.line + 1
            raise NotPlainError(line, "a value has half of a surrogate pair: write the whole character.")
        return text

    def plain_float(self, node: yaml.ScalarNode) -> float:
        number = self.construct_yaml_float(node)
        if not math.isfinite(number):
            raise NotPlainError(node.start_mark.line + 1, "a number is too large: write a smaller one.")
        return number

    def unknown_tag(self, node: yaml.Node) -> Any:
        line = node.start_mark.line + 1 if node.start_mark else 1
        raise NotPlainError(line, "a value has a tag (!…) that is not known here: write it without, in quotes.")


class _NumberedLoader(_Loader):
    """Reads a key that is a whole number as its text, and an alias of what holds none: such text cannot grow."""

    keys = frozenset({"tag:yaml.org,2002:str", "tag:yaml.org,2002:int"})

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._around: list[str | None] = []
        self._growing: set[str | None] = set()

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        is_alias = self.check_event(yaml.AliasEvent)
        anchor = self.current_event.anchor
        if not is_alias:
            self._around.append(anchor)
            node = super().compose_node(parent, index)
            self._around.pop()
            return node
        self._growing.update(self._around)
        if anchor in self._growing:
            return super().compose_node(parent, index)
        return yaml.SafeLoader.compose_node(self, parent, index)


def _make_plain(loader: type[_Loader]) -> None:
    tag = "tag:yaml.org,2002:"
    for name, first, pattern in (
        ("bool", "tTfF", r"true|True|TRUE|false|False|FALSE"),
        ("int", "-0123456789", r"-?(?:0|[1-9][0-9]*)"),
        ("float", "-0123456789", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?"),
        ("null", ["~", "n", "N", ""], r"~|null|Null|NULL|"),
    ):
        loader.add_implicit_resolver(tag + name, re.compile(rf"^(?:{pattern})$"), list(first))
    for name, construct in (
        ("map", loader.plain_mapping),
        ("seq", loader.plain_sequence),
        ("str", loader.plain_text),
        ("bool", loader.construct_yaml_bool),
        ("int", loader.construct_yaml_int),
        ("float", loader.plain_float),
        ("null", loader.construct_yaml_null),
    ):
        loader.add_constructor(tag + name, construct)
    loader.add_constructor(None, loader.unknown_tag)


_make_plain(_Loader)

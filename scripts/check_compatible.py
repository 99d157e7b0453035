"""List what changed in openapi.yaml since its last release; fail when callers break without a new major version."""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SPEC = Path(__file__).resolve().parent.parent / "openapi.yaml"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
TYPES = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})
ANNOTATIONS = {
    "title",
    "description",
    "example",
    "examples",
    "default",
    "deprecated",
    "readOnly",
    "writeOnly",
    "$comment",
}
LEAST = {"minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties"}
MOST = {"maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties"}
WALKED = {"type", "enum", "const", "format", "properties", "required", "items"}


class IncomparableError(Exception):
    """Says in one sentence why two contracts cannot be compared, and what to do."""


@dataclass(frozen=True)
class Change:
    """One difference between two contracts, as callers meet it."""

    breaking: bool
    place: str
    told: str


@dataclass(frozen=True)
class Difference:
    """One difference between two schemas: does the new one refuse, or allow, what the old one did not?"""

    path: str
    told: str
    narrower: bool
    wider: bool


def main() -> int:
    """Compare the contract with its last release, or with a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", type=Path, default=SPEC, help="the contract")
    parser.add_argument(
        "--against", type=Path, metavar="FILE", help="compare with this file; else with the last v* tag"
    )
    arguments = parser.parse_args()
    try:
        if arguments.against:
            released, text = str(arguments.against), _text(arguments.against)
        elif not (released := _last_release(arguments.spec)):
            print("No version is released yet (no tag v*): nothing to compare with.")
            return 0
        else:
            text = _git(arguments.spec, "show", f"{released}:./{arguments.spec.name}")
        old, new = _document(text, released), _document(_text(arguments.spec), str(arguments.spec))
        changes = sorted(dict.fromkeys(compare(old, new)), key=lambda change: not change.breaking)
        for change in changes:
            print(f"{'breaking' if change.breaking else 'fine':<9} {change.place}  {change.told}")
        return verdict(changes, released, str(old["info"]["version"]), str(new["info"]["version"]))
    except IncomparableError as error:
        print(f"check-compatible: {error}", file=sys.stderr)
        return 2


def verdict(changes: list[Change], released: str, old: str, new: str) -> int:
    """Say whether the version tells callers what the changes do to them."""
    breaking = sum(change.breaking for change in changes)
    told = f"{len(changes)} change(s) since {released} ({old}), {breaking} of them breaking for callers"
    if breaking and _major(new) <= _major(old):
        print(f"check-compatible: {told}; info.version {new} needs a new major version.", file=sys.stderr)
        return 1
    print(f"{told}; info.version {new} says so." if breaking else f"{told}.")
    return 0


def compare(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    """Yield every change of the operations of two contracts without references."""
    before, after = _operations(old), _operations(new)
    for name in dict.fromkeys([*before, *after]):
        if name not in after or name not in before:
            yield Change(name not in after, name, "operation removed" if name in before else "operation added")
            continue
        for key in ("operationId", "tags", "security", "parameters"):  # told as a whole, and taken as breaking
            if before[name].get(key) != after[name].get(key):
                yield Change(True, name, f"{key} {before[name].get(key)} became {after[name].get(key)}")
        bodies = before[name].get("requestBody", {}), after[name].get("requestBody", {})
        if bodies[1].get("required", False) and not bodies[0].get("required", False):
            yield Change(True, f"{name} request", "body became required")
        yield from _contents(*bodies, f"{name} request", sent=True)
        yield from _responses(before[name]["responses"], after[name]["responses"], name)


def _responses(old: dict[Any, Any], new: dict[Any, Any], name: str) -> Iterator[Change]:
    before, after = ({str(status): response for status, response in side.items()} for side in (old, new))
    for status in dict.fromkeys([*before, *after]):
        if status in before and status in after:
            yield from _contents(before[status], after[status], f"{name} {status}", sent=False)
        else:
            yield Change(status in before, f"{name} {status}", f"response {'removed' if status in before else 'added'}")


def _contents(old: dict[str, Any], new: dict[str, Any], place: str, *, sent: bool) -> Iterator[Change]:
    before, after = old.get("content", {}), new.get("content", {})
    for media in dict.fromkeys([*before, *after]):
        if media not in after or media not in before:
            told = "removed" if media in before else "added"
            yield Change(media in before or not sent, place, f"{media} {told}")
            continue
        # Callers break when less may be sent, or when more may be received.
        for one in differences(before[media].get("schema", {}), after[media].get("schema", {})):
            yield Change(one.narrower if sent else one.wider, f"{place} {one.path}", one.told)


def differences(old: dict[str, Any], new: dict[str, Any], path: str = "$") -> Iterator[Difference]:
    """Yield how a schema differs from the one that takes its place."""
    yield from _sets("type", _types(old), _types(new), path)
    yield from _sets("enum", _values(old), _values(new), path)
    formats = [None if schema.get("format") == "password" else schema.get("format") for schema in (old, new)]
    if formats[0] != formats[1]:  # even where the wire allows it, the type in the client is another one
        yield Difference(path, f"format {formats[0]} became {formats[1]}", narrower=True, wider=True)
    for keyword in sorted((old.keys() | new.keys()) - WALKED - ANNOTATIONS):
        yield from _keyword(keyword, old.get(keyword), new.get(keyword), path)
    yield from _properties(old, new, path)
    if "items" in old and "items" in new:
        yield from differences(old["items"], new["items"], f"{path}[]")
    elif "items" in old or "items" in new:
        yield Difference(path, "items added or removed", narrower="items" in new, wider="items" in old)


def _properties(old: dict[str, Any], new: dict[str, Any], path: str) -> Iterator[Difference]:
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in dict.fromkeys([*before, *after, *old.get("required", []), *new.get("required", [])]):
        where = f"{path}.{name}"
        was, is_now = name in old.get("required", []), name in new.get("required", [])
        if name in before and name not in after:  # even where the wire allows it, the client loses the field
            yield Difference(where, "removed", narrower=True, wider=True)
        elif name in after and name not in before:
            yield Difference(where, f"added{', required' if is_now else ''}", narrower=is_now and not was, wider=False)
        else:
            if was != is_now:
                yield Difference(where, f"became {'required' if is_now else 'optional'}", narrower=is_now, wider=was)
            yield from differences(before.get(name, {}), after.get(name, {}), where)


def _sets(word: str, old: frozenset[str] | None, new: frozenset[str] | None, path: str) -> Iterator[Difference]:
    """Compare what is allowed; None allows everything."""
    if old != new:
        narrower = new is not None and (old is None or not old <= new)
        wider = old is not None and (new is None or not new <= old)
        told = ["anything" if it is None else "/".join(sorted(it)) for it in (old, new)]
        yield Difference(path, f"{word} {told[0]} became {told[1]}", narrower, wider)


def _keyword(keyword: str, old: Any, new: Any, path: str) -> Iterator[Difference]:
    # Told in full, because what a keyword unknown to this script does to callers cannot be said.
    if old == new or keyword.startswith("x-"):
        return
    narrower, wider = new is not None, old is not None
    if narrower and wider and keyword in LEAST | MOST:
        narrower = new > old if keyword in LEAST else new < old
        wider = not narrower
    yield Difference(path, f"{keyword} {old} became {new}", narrower, wider)


def _types(schema: dict[str, Any]) -> frozenset[str]:
    told = schema.get("type", TYPES)
    types = frozenset([told] if isinstance(told, str) else told)
    return types | {"integer"} if "number" in types else types


def _values(schema: dict[str, Any]) -> frozenset[str] | None:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return None if values is None else frozenset(map(repr, values))


def _operations(spec: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Collect the operations, each with what it inherits from its path and from the document."""
    operations = {}
    for path, item in spec["paths"].items():
        for method in (method for method in METHODS if method in item):
            operation = item[method]
            ways = operation.get("security", spec.get("security", []))
            operations[f"{method.upper()} {path}"] = operation | {
                "parameters": [*item.get("parameters", []), *operation.get("parameters", [])],
                "security": [[_scheme(spec, name) for name in way] for way in ways],
            }
    return operations


def _scheme(spec: dict[str, Any], name: str) -> dict[str, Any]:
    scheme = spec["components"]["securitySchemes"][name]
    return {key: value for key, value in scheme.items() if key != "description"}


def _inlined(spec: dict[str, Any], node: Any, opened: tuple[str, ...] = ()) -> Any:
    """Put what each reference leads to in its place; a schema that holds itself ends at its own name."""
    if isinstance(node, list):
        return [_inlined(spec, item, opened) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(pointer := node.get("$ref"), str) and pointer not in opened:
        target: Any = spec
        for step in pointer.removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        return _inlined(spec, target | {key: node[key] for key in node if key != "$ref"}, (*opened, pointer))
    return {key: _inlined(spec, value, opened) for key, value in node.items()}


def _document(text: str, source: str) -> dict[str, Any]:
    try:
        document = yaml.safe_load(text)
        inlined: dict[str, Any] = document | {"paths": _inlined(document, document["paths"])}
        for operation in _operations(inlined).values():
            operation["responses"].keys()
        _major(str(document["info"]["version"]))
    except (yaml.YAMLError, LookupError, TypeError, AttributeError, ValueError) as error:
        told = " ".join(str(error).split())
        raise IncomparableError(
            f"{source} is no OpenAPI document with operations and a version ({told}); mend it."
        ) from None
    return inlined


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise IncomparableError(f"{path} cannot be read ({error}); name a file that can.") from None


def _last_release(spec: Path) -> str:
    if not _git(spec, "tag", "--list", "v[0-9]*", "--merged"):
        return ""
    return _git(spec, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*").strip()


def _git(spec: Path, *arguments: str) -> str:
    try:
        command = ["git", *arguments]
        return subprocess.run(command, cwd=spec.parent, capture_output=True, text=True, check=True).stdout
    except OSError:
        raise IncomparableError("git cannot be run; name the released contract with --against FILE.") from None
    except subprocess.CalledProcessError as error:
        told = " ".join(error.stderr.split())
        raise IncomparableError(f"git does not tell the last release ({told}); name it with --against FILE.") from None


def _major(version: str) -> int:
    return int(version.split(".")[0])


if __name__ == "__main__":
    sys.exit(main())

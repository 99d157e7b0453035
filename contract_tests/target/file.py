"""Reads a target file: strict YAML, ${NAME} from the environment, held to target.schema.json.

No sentence of a TargetError repeats a value of the file or of the environment: any of them may be a secret.
"""

import difflib
import functools
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs

from contract_tests.contract import strict_yaml

SCHEMA = Path(__file__).parent.parent / "targets" / "target.schema.json"
MAX_BYTES = 256 * 1024
TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "empty",
}
INTERPOLATION = re.compile(r"(?P<plain>\$\$\{)|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}|(?P<broken>\$\{)")


class TargetError(Exception):
    """What is wrong with the settings of a run, where, and what to do: one sentence that holds no secret."""


def read_settings(
    path: Path | None, environment: Mapping[str, str], overrides: Mapping[str, str], taken: set[str]
) -> dict[str, Any]:
    """Read, interpolate and validate a target file, if any; a dotted key of overrides wins over what stands in it.

    What is taken from the environment is added to `taken`, since it may be a secret wherever it stands.
    """
    document = {} if path is None else _parse(_text(path), path)
    for dotted in overrides:
        _section(document, dotted).pop(dotted.rpartition(".")[2], None)
    # What is overridden is gone by now, so that a ${NAME} in it need not be set.
    document = {key: _interpolate(value, _bare(key), path, environment, taken) for key, value in document.items()}
    for dotted, value in overrides.items():
        _section(document, dotted)[dotted.rpartition(".")[2]] = value
    errors = sorted(_validator().iter_errors(document), key=lambda error: error.kind.name != "additionalProperties")
    if errors:
        raise TargetError(_sentence(errors[0], document, path))
    return document


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a clause that names the known word nearest to a mistyped one."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=1)
    return f'did you mean "{close[0]}"?' if close else f"the possible ones are {', '.join(words)}."


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:  # bounded, and not stat-ed: the file may be a pipe
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise TargetError(f"The target file {path} is larger than {MAX_BYTES // 1024} KiB: is it the right file?")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TargetError(f"The target file {path} is not UTF-8: save it as UTF-8 text.") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its name is not possible"
        raise TargetError(f"The target file {path} cannot be read ({why}): name one that can.") from None


def _parse(text: str, path: Path) -> dict[str, Any]:
    try:
        document = strict_yaml.parse(text)
    except strict_yaml.NotPlainError as error:
        raise TargetError(f"{path}, line {error.line}: {error}") from None
    if not isinstance(document, dict):
        raise TargetError(
            f"{path} is not a mapping of settings: copy contract_tests/targets/staging.yaml and change it."
        )
    return document


def _section(document: dict[str, Any], dotted: str) -> dict[str, Any]:
    parent = dotted.rpartition(".")[0]
    section = document.setdefault(parent, {}) if parent else document
    # A section of the wrong type is the schema's to refuse.
    return section if isinstance(section, dict) else {}


def _interpolate(value: Any, place: str, path: Path | None, environment: Mapping[str, str], taken: set[str]) -> Any:
    if isinstance(value, dict):
        return {
            key: _interpolate(item, f"{place}.{_bare(key)}", path, environment, taken) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_interpolate(item, f"{place}[{i}]", path, environment, taken) for i, item in enumerate(value)]
    if not isinstance(value, str):
        return value

    def replacement(match: re.Match[str]) -> str:
        if match["plain"]:
            return "${"
        if match["broken"]:
            raise TargetError(f"{place} in {path} has a ${{ that is not ${{NAME}}: write $${{ for a plain ${{.")
        name = match["name"]
        found = environment.get(name)
        # CI services hand over a secret that they do not know as an empty variable.
        if not found:
            state = "not set" if found is None else "empty"
            raise TargetError(f"{place} in {path} takes ${{{name}}} from the environment, where it is {state}: set it.")
        if not strict_yaml.is_unicode(found):
            raise TargetError(f"{place} in {path} takes ${{{name}}} from the environment, which is not UTF-8: mend it.")
        if place != "base_url":  # which every report names
            taken.add(found)
        return found

    return INTERPOLATION.sub(replacement, value)


@functools.cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")), validate_formats=True)


def _sentence(error: jsonschema_rs.ValidationError, document: Any, path: Path | None) -> str:
    place = ""
    # A key of digits arrives as a number here: what is walked tells "500" from the 500th.
    for step in error.instance_path:
        inside_list = isinstance(document, list)
        document = document[step if inside_list else str(step)]
        place += f"[{step}]" if inside_list else f".{_bare(str(step))}"
    place = place.removeprefix(".")
    where = f"{place} in {path}" if place else str(path)
    whole: Any = json.loads(SCHEMA.read_text(encoding="utf-8"))
    schema = whole
    for step in error.schema_path[:-1]:
        schema = _referred(whole, schema[str(step)]) if step == "$ref" else schema[str(step)]
    details, found = error.kind.as_dict(), error.instance
    match error.kind.name:
        case "additionalProperties":
            key = details["unexpected"][0]
            # What stands where a key is expected, without a value, may be a misplaced value.
            shown = "" if document[key] is None else f' "{_bare(key)}"'
            return f"{where} has an unknown key{shown}: {nearest(key, schema['properties'])}"
        case "required" | "dependentRequired":
            return f'{where} has no "{details["property"]}": write {_hint(schema["properties"][details["property"]])}'
        case "type" if details["types"] == ["string"] and isinstance(found, bool | int | float):
            return f"{where} is {_type(found)}, not text: put it in quotes."
        case "type":
            return f"{where} is {_type(found)}: write {' or '.join(TYPES[name] for name in details['types'])}."
        case "minProperties" | "maxProperties":
            return f"{where} names {len(document)} ways: give exactly one of {', '.join(schema['properties'])}."
        case "oneOf":
            ways = ", ".join(f'"{name}"' for way in schema["oneOf"] for name in way["required"])
            return f"{where} names no one thing: give exactly one of {ways}."
        case "enum":
            return f"{where} is none of the possible words: {nearest(str(found), details['options'])}"
        case "exclusiveMinimum" | "minimum" | "maximum" as name:
            sign = {"exclusiveMinimum": "more than", "minimum": "at least", "maximum": "at most"}[name]
            return f"{where} is out of bounds: write a number that is {sign} {details['limit']}."
        case _:
            return f"{where} is {'not right' if found and str(found).strip() else 'empty'}: write {_hint(schema)}"


def _referred(schema: Any, reference: str) -> Any:
    for step in reference.removeprefix("#/").split("/"):
        schema = schema[step]
    return schema


def _hint(schema: Any) -> str:
    first_sentence = re.split(r"(?<=\.)\s", str(schema["description"]))[0]
    return first_sentence[0].lower() + first_sentence[1:]


def _type(value: Any) -> str:
    kinds = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", type(None): "null"}
    return TYPES[kinds.get(type(value), "number")]


def _bare(key: str) -> str:
    return key if key.isprintable() and len(key) <= 60 else f"{key[:60].encode('unicode_escape').decode()}…"

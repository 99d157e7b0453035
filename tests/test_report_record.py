"""The record of a run: its schema and its model, how it is written, and how a file that is none is refused."""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Callable
from pathlib import Path
from types import UnionType
from typing import Any

import pytest

from contract_tests.report.__main__ import main
from contract_tests.report.model import Report
from contract_tests.report.publishing import write_all
from contract_tests.report.record import SCHEMA, RecordError, load
from tests.example_reports import EXAMPLES, empty, green, hostile, red

DOCUMENT: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


@pytest.mark.parametrize("make", EXAMPLES.values(), ids=EXAMPLES)
def test_every_example_is_a_valid_record_and_survives_the_file(make: Callable[[], Report], tmp_path: Path) -> None:
    """What is written is valid under the schema and read back equal, lone surrogates and controls too."""
    report = make()

    files = write_all(report, tmp_path / "new" / "reports")

    assert [file.name for file in files] == ["contract.html", "contract.json", "junit.xml"]
    assert load(files[1]) == report
    assert list(json.loads(files[1].read_bytes())) == [field.name for field in dataclasses.fields(Report)]


def test_the_schema_describes_the_model_and_nothing_else() -> None:
    """Every field of the model is a property of the schema and the other way round, with its type and its words."""
    assert list(_differences(Report, DOCUMENT, DOCUMENT["$defs"], "Report")) == []


def test_a_difference_between_schema_and_model_is_seen() -> None:
    """A missing property, a further one, another type, another word and another need are each a difference."""
    changes: list[Callable[[dict[str, Any]], object]] = [
        lambda schema: schema["properties"].pop("seed"),
        lambda schema: schema["properties"].update(more={"type": "string"}),
        lambda schema: schema["properties"]["seconds"].update(type="string"),
        lambda schema: schema["required"].append("causes"),
        lambda schema: schema["$defs"]["cause"]["properties"]["kind"].update(enum=["violation"]),
        lambda schema: schema["$defs"]["example"]["properties"].pop("repeat"),
        lambda schema: schema["$defs"]["violation"]["properties"].update(cases={"type": "string"}),
    ]
    for change in changes:
        schema = json.loads(json.dumps(DOCUMENT))
        change(schema)

        assert list(_differences(Report, schema, schema["$defs"], "Report"))


def test_a_record_of_an_older_suite_is_read(tmp_path: Path) -> None:
    """A key that has a default in the model may be absent."""
    file = write_all(green(), tmp_path)[1]
    record = json.loads(file.read_bytes())
    for key in ("advice", "causes", "undeclared_statuses"):
        del record[key]
    file.write_text(json.dumps(record), encoding="utf-8")

    assert load(file) == dataclasses.replace(green(), advice=())


def test_the_files_are_written_whole_and_nothing_else_stays(tmp_path: Path) -> None:
    """A second run replaces the files of the first and leaves no unfinished one behind."""
    write_all(red(), tmp_path)

    write_all(green(), tmp_path)

    assert load(tmp_path / "contract.json") == green()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["contract.html", "contract.json", "junit.xml"]


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full the file of the older run stays whole, and the unfinished one goes."""
    write_all(green(), tmp_path)

    def no_space(_self: Path, _target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", no_space)
    with pytest.raises(OSError, match="No space"):
        write_all(red(), tmp_path)

    assert load(tmp_path / "contract.json") == green()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["contract.html", "contract.json", "junit.xml"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda record: record.pop("seed"), "seed"),
        (lambda record: record.update(extra=1), "extra"),
        (lambda record: record.update(exit_code=8), "exit_code"),
        (lambda record: record.update(seed="1"), "seed"),
        (lambda record: record["statuses"].update(ok=record["statuses"]["200"]), "ok"),
        (lambda record: record["statuses"]["200"].update(verdict="fine"), "statuses/200/verdict"),
        (lambda record: record["causes"][0].update(id="XYZ"), "causes/0/id"),
        (lambda record: record["causes"][0]["example"].pop("repeat"), "causes/0/example"),
        (lambda record: record["waivers"][0].update(expires="soon"), "waivers/0/expires"),
        (lambda record: record["statuses"]["200"].update(milliseconds=[-1]), "milliseconds/0"),
    ],
)
def test_a_wrong_record_is_refused_at_its_place(
    change: Callable[[dict[str, Any]], None], told: str, tmp_path: Path
) -> None:
    """A key that is missing, unknown or of a wrong value is named in one line."""
    file = write_all(red(), tmp_path)[1]
    record = json.loads(file.read_bytes())
    change(record)
    file.write_text(json.dumps(record), encoding="utf-8")

    with pytest.raises(RecordError, match=told) as refusal:
        load(file)

    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"seconds": NaN}', b"9" * 5_000],
    ids=["empty", "cut off", "list", "null", "not UTF-8", "deep", "NaN", "long number"],
)
def test_what_is_no_record_is_one_sentence_and_exit_4(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command answers a file that is no record with one sentence, exit code 4 and no page."""
    file = tmp_path / "contract.json"
    file.write_bytes(content)

    assert main([str(file)]) == 4

    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert str(file) in err
    assert [path.name for path in tmp_path.iterdir()] == ["contract.json"]


def test_an_endless_number_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A duration too large for any number is no duration: exit 4, and no arithmetic on infinity."""
    file = write_all(green(), tmp_path)[1]
    text = file.read_text(encoding="utf-8")
    assert '"milliseconds": [' in text
    file.write_text(text.replace('"milliseconds": [', '"milliseconds": [1e999, ', 1), encoding="utf-8")

    assert main([str(file)]) == 4

    assert capsys.readouterr().err.count("\n") == 1


def test_wrong_usage_is_one_sentence_and_exit_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing file, an unknown option and a page that cannot be written each end with exit 4 and one line."""
    record = write_all(empty(), tmp_path)[1]
    assert main([str(tmp_path / "none.json")]) == 4
    assert main([str(record), "--output", str(tmp_path / "no" / "page.html")]) == 4
    with pytest.raises(SystemExit) as ended:
        main([str(record), "--colour"])

    assert ended.value.code == 4
    assert capsys.readouterr().err.count("\n") == 3


def test_the_command_makes_the_page_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From contract.json alone comes the same page, byte for byte, where it was or where it is asked for."""
    page, record, _ = write_all(red(), tmp_path)
    first = page.read_bytes()
    page.unlink()

    assert main([str(record)]) == 0
    assert main([str(record), "--output", str(tmp_path / "other.html")]) == 0

    assert page.read_bytes() == first == (tmp_path / "other.html").read_bytes()
    assert capsys.readouterr().out.splitlines() == [str(page), str(tmp_path / "other.html")]


def test_the_command_compares_hostile_records_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--compare tells what changed, on the terminal and in the page, whatever the records hold."""
    new, old = write_all(hostile(), tmp_path / "new")[1], write_all(red(), tmp_path / "old")[1]

    assert main([str(new), "--compare", str(old)]) == 0

    out = capsys.readouterr().out
    assert all(char.isprintable() or char == "\n" for char in out)
    assert "unchanged" in out
    assert "Since the older run" in (tmp_path / "new" / "contract.html").read_text(encoding="utf-8")


def _differences(kind: Any, schema: dict[str, Any], parts: dict[str, Any], at: str) -> typing.Iterator[str]:
    """Yield where a type of the model and a part of the schema are not the same."""
    if "$ref" in schema:
        schema = parts[schema["$ref"].removeprefix("#/$defs/")]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        fields = {field.name: field for field in dataclasses.fields(kind)}
        hints = typing.get_type_hints(kind)
        needed = [
            name
            for name, field in fields.items()
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        ]
        if sorted(schema.get("required", [])) != sorted(needed):
            yield f"{at}: required {set(schema.get('required', [])) ^ set(needed)}"
        if schema.get("additionalProperties") is not False:
            yield f"{at}: open"
        if fields.keys() != schema.get("properties", {}).keys():
            yield f"{at}: {fields.keys() ^ schema.get('properties', {}).keys()}"
        for name in fields.keys() & schema.get("properties", {}).keys():
            yield from _differences(hints[name], schema["properties"][name], parts, f"{at}.{name}")
    elif origin is typing.Literal:
        if schema.get("enum") != list(arguments):
            yield f"{at}: {schema.get('enum')} is not {arguments}"
    elif origin is tuple:
        yield from _same(schema.get("type"), "array", at)
        yield from _differences(arguments[0], schema.get("items", {}), parts, f"{at}[]")
    elif origin is dict:
        yield from _same(schema.get("type"), "object", at)
        yield from _differences(arguments[1], schema.get("additionalProperties", {}), parts, f"{at}{{}}")
    elif origin is UnionType:
        if "oneOf" in schema:
            for member, part in zip(arguments, schema["oneOf"], strict=True):
                yield from _differences(member, part, parts, at)
        else:
            yield from _same(schema.get("type"), [TYPES[member] for member in arguments], at)
    elif kind is int and "enum" in schema:
        yield from _same({type(value) for value in schema["enum"]}, {int}, at)
    else:
        yield from _same(schema.get("type"), TYPES[kind], at)


def _same(found: object, wanted: object, at: str) -> typing.Iterator[str]:
    if found != wanted:
        yield f"{at}: {found} is not {wanted}"

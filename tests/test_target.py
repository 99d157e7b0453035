"""What a run is told about its target, and every way in which that may be wrong."""

import dataclasses
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from contract_tests.target import file as target_file
from contract_tests.target.base_url import is_loopback, normal_base_url
from contract_tests.target.settings import (
    EMBEDDED,
    Command,
    Limits,
    PausedSession,
    Register,
    Server,
    Target,
    TargetError,
    Values,
    Waiver,
    check_accept_unseen,
    check_waivers,
    load_target,
    with_base_url,
)

TODAY = date(2026, 11, 23)
CANARY = "canary-7f3d"
ROOT = Path(__file__).parent.parent
TARGETS = ROOT / "contract_tests" / "targets"
CREDENTIALS = {"CONTRACT_SECRET_ID": "id", "CONTRACT_SECRET_PASSWORD": CANARY}
SESSION, LINK = "39cd6a88-8ee3-4e59-a861-b8a2187e0f4c", "683005d6-f45c-4adb-b289-f1a12f50f80c"
GOOD = f"""\
base_url: https://staging.example.com
credentials: {{secret_id: id, secret_password: "{CANARY}"}}
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Return a function that writes a target file."""

    def to_file(text: str | bytes) -> Path:
        path = tmp_path / "target.yaml"
        path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())
        return path

    return to_file


def load(
    target: Path | None = None,
    base_url: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Target:
    """Load a target with an environment that is empty but for what is given."""
    return load_target(target=target, base_url=base_url, environment=environment or {}, today=TODAY)


def refusal(
    target: Path | None = None, base_url: str | None = None, environment: Mapping[str, str] | None = None
) -> str:
    """Return the sentence of the error, which never shows the canary."""
    with pytest.raises(TargetError) as caught:
        load(target, base_url, environment)
    sentence = str(caught.value)
    chain: list[BaseException | None] = [caught.value.__cause__]
    if not caught.value.__suppress_context__:
        chain.append(caught.value.__context__)
    assert CANARY not in sentence
    assert chain in ([None], [None, None]), "a traceback would show what the sentence hides"
    assert "\n" not in sentence
    assert sentence.endswith((".", "?"))
    return sentence


# Where a setting comes from


def test_nothing_given_is_the_embedded_server() -> None:
    """Without flags and environment the target is the embedded one, unpaced, whose URL is filled in later."""
    target = load()

    assert target.embedded
    assert target.base_url == ""
    assert target.credentials.secret_id
    assert isinstance(target.paused_session, Register)
    assert target.tokens is not None
    assert target.tokens.failing is not None
    assert target.limits == Limits(requests_per_second=None)
    assert with_base_url(target, "http://127.0.0.1:4000/").base_url == "http://127.0.0.1:4000"


def test_the_embedded_target_file_may_be_named() -> None:
    """Naming embedded.yaml is the embedded server too; with a base URL it is a server that stands already."""
    assert load(EMBEDDED) == load()
    elsewhere = load(EMBEDDED, "http://127.0.0.1:8000")

    assert not elsewhere.embedded
    assert elsewhere.base_url == "http://127.0.0.1:8000"
    assert elsewhere.credentials == load().credentials


def test_a_copy_of_the_embedded_target_file_needs_a_base_url(write: Callable[[str | bytes], Path]) -> None:
    """A target file without base_url never means the embedded server: a forgotten URL is not green."""
    copy = write(EMBEDDED.read_bytes())

    assert "base_url" in refusal(copy)


def test_a_flag_wins_over_the_environment_and_that_over_the_file(write: Callable[[str | bytes], Path]) -> None:
    """The base URL is taken from the flag, else from the environment, else from the target file."""
    file = write(GOOD)
    environment = {"CONTRACT_BASE_URL": "https://environment.example"}

    assert load(file).base_url == "https://staging.example.com"
    assert load(file, environment=environment).base_url == "https://environment.example"
    assert load(file, "https://flag.example", environment).base_url == "https://flag.example"


def test_the_environment_names_target_file_and_credentials(write: Callable[[str | bytes], Path]) -> None:
    """CONTRACT_TARGET names a file, over which the credentials of the environment win."""
    file = write(GOOD)
    target = load(
        environment={"CONTRACT_TARGET": str(file), "CONTRACT_SECRET_ID": "other", "CONTRACT_SECRET_PASSWORD": "x"}
    )

    assert (target.credentials.secret_id, target.credentials.secret_password) == ("other", "x")
    assert target.source == str(file)
    other = write(GOOD.replace("staging", "flagged"))
    assert load(other, environment={"CONTRACT_TARGET": "/nowhere"}).base_url == "https://flagged.example.com"


def test_what_is_overridden_need_not_be_in_the_environment(write: Callable[[str | bytes], Path]) -> None:
    """A ${NAME} that another setting wins over may be unset."""
    file = write('base_url: ${A}\ncredentials: {secret_id: "${B}", secret_password: "${C}"}\n')

    assert load(file, "https://x.example", CREDENTIALS).credentials.secret_password == CANARY


def test_a_base_url_alone_is_a_target_without_paused_sessions() -> None:
    """A base URL with credentials from the environment is enough for what needs no session."""
    target = load(base_url="https://x.example", environment=CREDENTIALS)

    assert target.paused_session is None
    assert target.tokens is None
    assert target.source == "--base-url"
    assert not target.embedded


@pytest.mark.parametrize("given", [{}, {"CONTRACT_SECRET_ID": "id"}, {"CONTRACT_SECRET_PASSWORD": CANARY}])
def test_missing_credentials_are_named(given: dict[str, str]) -> None:
    """The sentence names the variables that are missing, and those alone."""
    sentence = refusal(base_url="https://x.example", environment=given)

    for name in ("CONTRACT_SECRET_ID", "CONTRACT_SECRET_PASSWORD"):
        assert (name in sentence) == (name not in given)


@pytest.mark.parametrize(
    "name", ["CONTRACT_TARGET", "CONTRACT_BASE_URL", "CONTRACT_SECRET_ID", "CONTRACT_SECRET_PASSWORD"]
)
def test_an_empty_variable_is_an_error(name: str) -> None:
    """An empty variable, as pipelines make of an undefined one, is not taken for none."""
    assert name in refusal(environment={**CREDENTIALS, name: ""})


def test_a_flag_makes_the_same_variable_irrelevant() -> None:
    """An empty CONTRACT_BASE_URL does not matter beside --base-url."""
    assert load(base_url="https://x.example", environment={**CREDENTIALS, "CONTRACT_BASE_URL": ""}).base_url


# The whole file


def test_every_setting_of_a_target_file_arrives(write: Callable[[str | bytes], Path], tmp_path: Path) -> None:
    """A file that gives every key is read into the target."""
    for name in ("client.pem", "client.key"):
        (tmp_path / name).write_text("PEM")
    target = load(
        write(f"""\
            base_url: https://staging.example.com/prefix/
            credentials: {{secret_id: "${{ID}}", secret_password: "a${{PW}}b"}}
            paused_session:
              values: [{{session: {SESSION}, link: {LINK}, token: "9"}}, {{session: {LINK}, link: {LINK}}}]
            second_factor: {{values: [{{session: {LINK}, link: {LINK}, token: "second-7"}}]}}
            tokens: {{accepted: "1234ab", failing: "500500"}}
            limits: {{timeout_seconds: 2.5, body_bytes: 10.0, requests_per_second: 3, requests: 7}}
            accept_unseen: {{"500": "cannot fail"}}
            waivers: [{{check: "test_x.py::test_y[z]", reason: "ticket 12", expires: 2026-11-23}}]
            undeclared_fields: fail
            allow_http: true
            client_certificate: {{certificate: client.pem, key: client.key, password: pw}}
            """),
        environment={"ID": "name", "PW": CANARY},
    )

    assert target.base_url == "https://staging.example.com/prefix"
    assert target.credentials.secret_password == f"a{CANARY}b"
    assert isinstance(target.paused_session, Values)
    assert [given.token for given in target.paused_session.sessions] == ["9", None]
    assert target.second_factor == Values((PausedSession(LINK, LINK, "second-7"),))
    assert target.limits == Limits(2.5, 10, 3, 7)
    assert target.accept_unseen == {"500": "cannot fail"}
    assert target.waivers == (Waiver("ticket 12", TODAY, check="test_x.py::test_y[z]"),)
    assert target.undeclared_fields == "fail"
    assert target.allow_http
    assert target.client_certificate is not None
    assert target.client_certificate.key == tmp_path / "client.key"
    assert {"name", CANARY, "1234ab", "500500", "9", "second-7", "pw", SESSION} <= set(target.secret_words)


def test_a_command_runs_beside_its_target_file(write: Callable[[str | bytes], Path], tmp_path: Path) -> None:
    """A command keeps its arguments and knows the folder of the target file."""
    command = load(
        write(GOOD + 'paused_session: {command: [./pause, "a b"]}\ntokens: {accepted: "1"}\n')
    ).paused_session

    assert command == Command(("./pause", "a b"), tmp_path)


def test_a_target_file_may_come_through_a_pipe() -> None:
    """A pipe, as a secret manager's output is handed over, is read like a file."""
    reading, writing = os.pipe()
    os.write(writing, GOOD.encode())
    os.close(writing)
    try:
        assert load(Path(f"/dev/fd/{reading}")).base_url == "https://staging.example.com"
    finally:
        os.close(reading)


def test_the_examples_load_and_are_what_the_schema_describes() -> None:
    """Both example files load, and the schema that editors complete from is itself a valid one."""
    names = _interpolated(TARGETS / "staging.yaml")
    target = load(TARGETS / "staging.yaml", environment=dict.fromkeys(names, CANARY))

    assert isinstance(target.paused_session, Register)
    assert target.limits == Limits()
    jsonschema_rs.meta.validate(json.loads(target_file.SCHEMA.read_text(encoding="utf-8")))
    for file in (EMBEDDED, TARGETS / "staging.yaml"):
        assert file.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=target.schema.json\n")


def test_only_a_declared_response_is_accepted_unseen(tmp_path: Path) -> None:
    """A response that the contract does not declare is refused, with the declared one that was perhaps meant."""
    file = tmp_path / "target.yaml"
    file.write_text(GOOD + 'accept_unseen: {"501": x, "4XX": y}', encoding="utf-8")
    target = load(file)

    check_accept_unseen(target, ["200", "4XX", "501"])
    with pytest.raises(TargetError) as error:
        check_accept_unseen(target, ["200", "4XX", "500"])
    assert str(error.value) == (
        f'accept_unseen in {file} has "501", which openapi.yaml does not declare: did you mean "500"?'
    )


def test_the_staging_example_shows_every_key() -> None:
    """Each key of the schema stands in staging.yaml, in use or commented out."""
    text = (TARGETS / "staging.yaml").read_text(encoding="utf-8")
    schema = json.loads(target_file.SCHEMA.read_text(encoding="utf-8"))

    assert [key for key in _keys(schema) if f"{key}:" not in text] == []


def test_schema_and_code_agree_on_keys_and_defaults() -> None:
    """The defaults in the schema are those of Limits, its keys are those of Target, and each key is described."""
    schema = json.loads(target_file.SCHEMA.read_text(encoding="utf-8"))
    properties = schema["properties"]

    assert {
        key: value.get("default") for key, value in properties["limits"]["properties"].items()
    } == dataclasses.asdict(Limits())
    assert set(properties) == {field.name for field in dataclasses.fields(Target)} - {"embedded", "source", "taken"}
    assert _defaults_of_server(properties["server"]) == {"path": Server.ready_path, "seconds": Server.ready_seconds}
    assert all(item["description"].endswith(".") for item in _described(schema))


# Redactor


def test_no_representation_shows_a_secret(write: Callable[[str | bytes], Path], tmp_path: Path) -> None:
    """The representation of a target, as a traceback or a log would have it, holds none of its secrets."""
    (tmp_path / "k.pem").write_text("PEM")
    ways = (
        f'{{register: {{path: /x, json: {{password: "{CANARY}"}}}}}}',
        f'{{command: [pause, "{CANARY}"]}}',
        f'{{values: [{{session: {SESSION}, link: {LINK}, token: "{CANARY}"}}]}}',
    )
    for way in ways:
        target = load(
            write(
                GOOD
                + f'paused_session: {way}\ntokens: {{accepted: "{CANARY}", failing: "{CANARY}x"}}\n'
                + f'client_certificate: {{certificate: k.pem, key: k.pem, password: "{CANARY}"}}\n'
                + 'accept_unseen: {"500": "${WHY}"}\n'
            ),
            environment={"WHY": "reasons"},
        )
        assert CANARY not in repr(target)
        assert SESSION not in repr(target)
        assert "reasons" in target.secret_words


# What is refused: a file, what the sentence says

BASE = "base_url: https://x.example\n"
WHO = f'credentials: {{secret_id: id, secret_password: "{CANARY}"}}\n'
TWICE = 'tokens: {accepted: "1"}\nsecond_factor: '
PAUSE = 'tokens: {accepted: "1"}\npaused_session: '
WAIVER = "waivers: [{{check: a.py::b, reason: why, expires: {}}}]\n"

REFUSED: dict[str, tuple[str | bytes, list[str]]] = {
    "unknown key": ("bas_url: https://x.example\n" + WHO, ['"bas_url"', '"base_url"']),
    "unknown key far from any": ("zzz: 1\n" + BASE + WHO, ['"zzz"', "base_url", "waivers"]),
    "unknown key below": (GOOD + "limits: {request: 5}\n", ["limits in", '"request"', '"requests"']),
    "unknown key in a register": (
        BASE + WHO + PAUSE + "{register: {path: /x, jsn: {}}}",
        ["paused_session.register", '"jsn"', '"json"'],
    ),
    "unknown key in a list": (
        GOOD + "waivers: [{check: a, reason: b, expire: 2027-01-01}]",
        ["waivers[0]", '"expire"', '"expires"'],
    ),
    "secret where a key is expected": (
        BASE + f"credentials: {{secret_id: a, {CANARY}}}",
        ["credentials", "unknown key"],
    ),
    "unset variable": (BASE + 'credentials: {secret_id: "${NOPE}"}', ["${NOPE}", "credentials.secret_id", "not set"]),
    "empty variable": (BASE + 'credentials: {secret_id: "${EMPTY}"}', ["${EMPTY}", "empty"]),
    "unset variable in a list": (
        BASE + WHO + PAUSE + '{command: [a, "x${NOPE}"]}',
        ["${NOPE}", "paused_session.command[1]"],
    ),
    "unset variable deep in a body": (
        BASE + WHO + PAUSE + '{register: {path: /, json: {a: [{b: "${NOPE}"}]}}}',
        ["json.a[0].b", "${NOPE}"],
    ),
    "no name in braces": (BASE + 'credentials: {secret_id: "${}"}', ["credentials.secret_id", "$${"]),
    "no name of a variable in braces": (BASE + 'credentials: {secret_id: "${A-B}"}', ["$${"]),
    "braces left open": (BASE + f'credentials: {{secret_password: "${{{CANARY}"}}', ["$${"]),
    "variable that is not UTF-8": (BASE + 'credentials: {secret_id: "${BYTES}"}', ["${BYTES}", "UTF-8"]),
    "no scheme": ("base_url: staging.example.com\n" + WHO, ["scheme", "https://", "base_url in"]),
    "host and port without scheme": ("base_url: localhost:8000\n" + WHO, ["scheme"]),
    "other scheme": ("base_url: ftp://x.example\n" + WHO, ["scheme"]),
    "password in the URL": (f"base_url: https://u:{CANARY}@x.example\n" + WHO, ["credentials"]),
    "user in the URL": (f"base_url: https://{CANARY}@x.example\n" + WHO, ["credentials"]),
    "query": (f"base_url: https://x.example/?key={CANARY}\n" + WHO, ["query"]),
    "fragment": ("base_url: https://x.example/#top\n" + WHO, ["fragment"]),
    "empty query": ('base_url: "https://x.example?"\n' + WHO, ["query"]),
    "no host": ("base_url: https:///path\n" + WHO, ["host"]),
    "host with odd characters": ("base_url: https://a%b.example\n" + WHO, ["host"]),
    "host that IDNA forbids": ("base_url: https://a\u201a.example\n" + WHO, ["host"]),
    "bad IPv6": ('base_url: "https://[::1"\n' + WHO, ["host"]),
    "brackets without IPv6": ('base_url: "https://[x]"\n' + WHO, ["host"]),
    "bad port": ("base_url: https://x.example:99999\n" + WHO, ["port"]),
    "port zero": ("base_url: https://x.example:0\n" + WHO, ["port"]),
    "port without digits": ('base_url: "https://x.example:"\n' + WHO, ["port"]),
    "space in the URL": ('base_url: "https://x.example/a b"\n' + WHO, ["space"]),
    "line break in the URL": ('base_url: "https://x.exam\\nple"\n' + WHO, ["control"]),
    "backslash in the URL": ("base_url: https://x.example\\@y\n" + WHO, ["backslash"]),
    "operation in the URL": ("base_url: https://x.example/api/links/\n" + WHO, ["/api/links"]),
    "empty URL": ('base_url: ""\n' + WHO, ["base_url in", "scheme"]),
    "no URL": (WHO, ["base_url", "--base-url", "CONTRACT_BASE_URL"]),
    "http to another host": ("base_url: http://x.example\n" + WHO, ["http", "allow_http"]),
    "http to what only looks like loopback": ("base_url: http://localhost.example\n" + WHO, ["allow_http"]),
    "http to every address of this machine": ("base_url: http://0.0.0.0:8000\n" + WHO, ["allow_http"]),
    "expired waiver": (GOOD + WAIVER.format("2026-11-22"), ["waivers[0]", "2026-11-22", "expired"]),
    "waiver without a date": (GOOD + "waivers: [{check: a, reason: b}]", ["waivers[0]", '"expires"']),
    "waiver without a reason": (GOOD + "waivers: [{check: a, expires: 2027-01-01}]", ["waivers[0]", '"reason"']),
    "waiver with a blank reason": (
        GOOD + 'waivers: [{check: a, reason: " ", expires: 2027-01-01}]',
        ["waivers[0].reason"],
    ),
    "waiver with a date that is none": (GOOD + WAIVER.format("2027-02-30"), ["waivers[0].expires", "2027-01-31"]),
    "waiver of nothing": (GOOD + "waivers: [{reason: b, expires: 2027-01-01}]", ["waivers[0]", '"check"', '"cause"']),
    "waiver of a check and a cause": (
        GOOD + "waivers: [{check: a, cause: 5f1e7c2a0b9d, reason: b, expires: 2027-01-01}]",
        ["waivers[0]", '"check"', '"cause"'],
    ),
    "waiver of what is no id": (
        GOOD + "waivers: [{cause: the first one, reason: b, expires: 2027-01-01}]",
        ["waivers[0].cause"],
    ),
    "waiver with another notation": (GOOD + WAIVER.format("31.1.2027"), ["waivers[0].expires"]),
    "accepted without a reason": (GOOD + 'accept_unseen: {"500": ""}', ["accept_unseen.500"]),
    "accepted with an empty reason": (GOOD + 'accept_unseen: {"500": }', ["accept_unseen.500", "text"]),
    "accepted status without quotes": (GOOD + "accept_unseen: {500: x}", ["line 3", 'quotes, like "500"']),
    "no way to pause": (BASE + WHO + PAUSE + "{}", ["exactly one", "register", "command", "values"]),
    "two ways to pause": (BASE + WHO + PAUSE + "{command: [a], values: [{session: a, link: b}]}", ["exactly one"]),
    "no way to ask twice": (BASE + WHO + TWICE + "{}", ["second_factor", "exactly one", "register", "values"]),
    "a way to ask twice with a typo": (
        BASE + WHO + TWICE + "{register: {path: /a, jsn: {}}}",
        ["second_factor.register", '"jsn"', '"json"'],
    ),
    "values to ask twice that are no UUIDs": (
        BASE + WHO + TWICE + f"{{values: [{{session: {CANARY}, link: {LINK}}}]}}",
        ["second_factor.values", "session"],
    ),
    "two factors without tokens": (BASE + WHO + "second_factor: {command: [a]}", ['"tokens"']),
    "paused sessions without tokens": (BASE + WHO + "paused_session: {command: [a]}", ['"tokens"']),
    "register path without slash": (BASE + WHO + PAUSE + "{register: {path: x, json: 1}}", ["register.path", "slash"]),
    "register path to another host": (
        BASE + WHO + PAUSE + "{register: {path: //y.example, json: 1}}",
        ["register.path"],
    ),
    "register path with a space": (BASE + WHO + PAUSE + '{register: {path: "/a b", json: 1}}', ["register.path"]),
    "register by the operation itself": (
        BASE + WHO + PAUSE + "{register: {method: PATCH, path: /, json: 1}}",
        ["register.method", "POST", "PUT"],
    ),
    "register in small letters": (BASE + WHO + PAUSE + "{register: {method: Post, path: /, json: 1}}", ["POST"]),
    "register without a body": (BASE + WHO + PAUSE + "{register: {path: /}}", ['"json"']),
    "command as one text": (BASE + WHO + PAUSE + f"{{command: pause {CANARY}}}", ["command", "list", "text"]),
    "command without a word": (BASE + WHO + PAUSE + "{command: []}", ["command", "empty"]),
    "command with a NUL": (BASE + WHO + PAUSE + '{command: ["a\\0b"]}', ["command[0]"]),
    "no values": (BASE + WHO + PAUSE + "{values: []}", ["values", "empty"]),
    "value that is no UUID": (
        BASE + WHO + PAUSE + f"{{values: [{{session: {CANARY}, link: {LINK}}}]}}",
        ["session", "UUID"],
    ),
    "link that is no UUID": (
        BASE + WHO + PAUSE + f"{{values: [{{session: {LINK}, link: {CANARY}}}]}}",
        ["link", "UUID"],
    ),
    "value without link": (BASE + WHO + PAUSE + f"{{values: [{{session: {SESSION}}}]}}", ["values[0]", '"link"']),
    "the same session twice": (
        BASE
        + WHO
        + PAUSE
        + f"{{values: [{{session: {SESSION}, link: {LINK}}}, {{session: {SESSION.upper()}, link: {LINK}}}]}}",
        ["twice"],
    ),
    "token of digits": (GOOD + "tokens: {accepted: 500500}", ["tokens.accepted", "quotes"]),
    "token like a power": (GOOD + "tokens: {accepted: 1234e5}", ["tokens.accepted", "quotes"]),
    "token that is a word of YAML": (GOOD + "tokens: {accepted: true}", ["tokens.accepted", "quotes"]),
    "empty token": (GOOD + 'tokens: {accepted: ""}', ["tokens.accepted", "empty"]),
    "no accepted token": (GOOD + 'tokens: {failing: "1"}', ["tokens", '"accepted"']),
    "one token for both": (GOOD + f'tokens: {{accepted: "{CANARY}", failing: "{CANARY}"}}', ["tokens", "differ"]),
    "password of digits": (
        BASE + "credentials: {secret_id: id, secret_password: 12345}",
        ["secret_password", "quotes"],
    ),
    "empty password": (BASE + 'credentials: {secret_id: id, secret_password: ""}', ["secret_password", "empty"]),
    "credentials as text": (BASE + f'credentials: "{CANARY}"', ["credentials", "mapping"]),
    "colon in the id": (BASE + f'credentials: {{secret_id: "a:{CANARY}", secret_password: b}}', ["colon", "secret_id"]),
    "line break after the password": (
        BASE + f'credentials: {{secret_id: a, secret_password: "{CANARY}\\n"}}',
        ["control character", "secret_password"],
    ),
    "limit of zero": (GOOD + "limits: {timeout_seconds: 0}", ["limits.timeout_seconds", "more than 0"]),
    "no requests": (GOOD + "limits: {requests: 0}", ["limits.requests", "at least 1"]),
    "less than no requests": (
        GOOD + "limits: {requests_per_second: -1}",
        ["limits.requests_per_second", "more than 0"],
    ),
    "half a byte": (GOOD + "limits: {body_bytes: 0.5}", ["limits.body_bytes", "whole number"]),
    "no end of time": (GOOD + "limits: {timeout_seconds: 1e999}", ["line 3", "too large"]),
    "limit as text": (GOOD + "limits: {requests: many}", ["limits.requests", "whole number", "text"]),
    "limit that is true": (GOOD + "limits: {requests: true}", ["limits.requests", "whole number"]),
    "limits left empty": (GOOD + "limits:", ["limits", "mapping", "empty"]),
    "undeclared fields mistyped": (GOOD + "undeclared_fields: advice", ["undeclared_fields", '"advise"']),
    "allow_http by another word": (GOOD + "allow_http: yes", ["allow_http", "true or false"]),
    "certificate that is not there": (
        GOOD + f"client_certificate: {{certificate: {CANARY}, key: k}}",
        ["client_certificate.certificate", "PEM"],
    ),
    "certificate without key": (GOOD + "client_certificate: {certificate: a}", ['"key"']),
    "list": ("- base_url: https://x.example\n", ["not a mapping"]),
    "text": (CANARY, ["not a mapping"]),
    "empty file": ("", ["not a mapping"]),
    "two documents": (GOOD + "---\n" + GOOD, ["line"]),
    "syntax error": (BASE + f'credentials: {{secret_id: "{CANARY}\n', ["not YAML", "line"]),
    "character that YAML reserves": (BASE + f"credentials: {{secret_password: @{CANARY}}}", ["line 2", "quotes"]),
    "control character": (BASE + "\n# \x07\n", ["line 3"]),
    "alias": (BASE + "credentials: *canary-7f3d\n", ["line 2", "alias"]),
    "tag": (BASE + f"credentials: !!python/object:{CANARY} {{}}\n", ["line 2", "tag"]),
    "binary": (BASE + "credentials: {secret_id: !!binary aGk=}\n", ["line 2", "tag"]),
    "key twice": (BASE + WHO + BASE, ["line 3", "'base_url'", "twice"]),
    "key twice below": (BASE + "credentials:\n  secret_id: a\n  secret_id: b\n", ["line 4", "'secret_id'"]),
    "key that is a list": (BASE + "? [a]\n: b\n", ["line 2", "key"]),
    "nesting almost without end": (BASE + "credentials: " + "[" * 5000, ["nesting"]),
    "number almost without end": (BASE + "limits: {requests: " + "9" * 5000 + "}", ["number"]),
    "half a surrogate pair": (BASE + 'credentials: {secret_id: "\\ud800"}', ["line 2", "surrogate"]),
    "another encoding": (BASE.encode() + b"# caf\xe9\n", ["UTF-8"]),
    "too large a file": (b"#" * (target_file.MAX_BYTES + 1), ["larger"]),
}


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_a_wrong_target_file_is_refused(
    write: Callable[[str | bytes], Path], text: str | bytes, words: list[str]
) -> None:
    """One sentence says what is wrong, where and what to do, and shows no value of the file."""
    file = write(text)
    sentence = refusal(file, environment={"EMPTY": "", "BYTES": "\udcff", "SECRET": CANARY})

    assert [word for word in words if word not in sentence] == []
    assert str(file) in sentence


@pytest.mark.parametrize("way", ["missing", "folder", "no name"])
def test_a_target_file_that_cannot_be_read_is_refused(tmp_path: Path, way: str) -> None:
    """A file that is missing, a folder, and a name that no file can have are refused with the reason."""
    path = {"missing": tmp_path / "none.yaml", "folder": tmp_path, "no name": tmp_path / "a\0b"}[way]

    assert "cannot be read" in refusal(path)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CONTRACT_SECRET_ID", f"a:{CANARY}"),
        ("CONTRACT_SECRET_PASSWORD", f"{CANARY}\n"),
        ("CONTRACT_SECRET_PASSWORD", f"{CANARY}\udcff"),
        ("CONTRACT_BASE_URL", f"https://u:{CANARY}@x.example"),
        ("CONTRACT_BASE_URL", f"http://x.example/{CANARY}"),
    ],
)
def test_a_wrong_variable_is_named(variable: str, value: str) -> None:
    """What is wrong in the environment is named by its variable, without its value."""
    assert variable in refusal(environment={"CONTRACT_BASE_URL": "https://x.example", **CREDENTIALS, variable: value})


@pytest.mark.parametrize("base_url", ["", "x.example", f"https://u:{CANARY}@x.example", "http://x.example"])
def test_a_wrong_flag_is_named(write: Callable[[str | bytes], Path], base_url: str) -> None:
    """A wrong --base-url is named as that, with and without a target file."""
    assert "--base-url" in refusal(base_url=base_url, environment=CREDENTIALS).split()[0]
    assert "--base-url" in refusal(write(GOOD), base_url).split()[0]


# What is taken as it is


@pytest.mark.parametrize(
    ("written", "password"),
    [
        ("a$b", "a$b"),
        ("$$", "$$"),
        ("$NAME", "$NAME"),
        ("$${NAME}", "${NAME}"),
        ("$$${NAME}", "$${NAME}"),
        ("${NAME}${NAME}", "valuevalue"),
        ("${TWICE}", "${NAME}"),
        ("no", "no"),
        ("0123", "0123"),
        ("2027-01-31", "2027-01-31"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
    ],
)
def test_values_are_read_as_written(write: Callable[[str | bytes], Path], written: str, password: str) -> None:
    """Only ${NAME} is replaced, once; dates, times and the words of older YAML stay text."""
    file = write(BASE + f"credentials: {{secret_id: id, secret_password: '{written}'}}\n")
    plain = write(BASE + "credentials:\n  secret_id: id\n  secret_password: " + written + "\n")

    for path in (file, plain):
        loaded = load(path, environment={"NAME": "value", "TWICE": "${NAME}"})
        assert loaded.credentials.secret_password == password


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("https://x.example", "https://x.example"),
        ("HTTPS://X.Example/", "https://x.example"),
        ("https://x.example/prefix/", "https://x.example/prefix"),
        ("https://x.example/api", "https://x.example/api"),
        ("https://x.example:8443/a%20b", "https://x.example:8443/a%20b"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.8.9.10", "http://127.8.9.10"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://straße.example/ü", "https://xn--strae-oqa.example/%C3%BC"),
        ("https://a_b.example.", "https://a_b.example."),
    ],
)
def test_a_base_url_is_brought_into_one_form(given: str, normal: str) -> None:
    """Scheme and host are in small ASCII letters, a path prefix is kept, the slash at the end goes."""
    assert load(base_url=given, environment=CREDENTIALS).base_url == normal
    assert normal_base_url(normal) == normal


@pytest.mark.parametrize(
    ("base_url", "loopback"),
    [
        ("http://localhost", True),
        ("http://127.0.0.1:1", True),
        ("http://127.255.0.3", True),
        ("http://[::1]:1", True),
        ("https://localhost:1", True),
        ("https://10.0.0.1", False),
        ("https://[::2]", False),
        ("https://localhost.example", False),
    ],
)
def test_a_loopback_target_is_not_paced(base_url: str, loopback: bool) -> None:
    """Requests to this machine go out as fast as they can, all others 20 a second, unless a limit says otherwise."""
    assert is_loopback(base_url) == loopback
    limits = load(base_url=base_url, environment=CREDENTIALS).limits

    assert limits.requests_per_second == (None if loopback else 20)


def test_a_limit_paces_a_loopback_target_too(write: Callable[[str | bytes], Path]) -> None:
    """requests_per_second holds wherever it is set."""
    assert load(write(GOOD + "limits: {requests_per_second: 3}"), "http://localhost").limits.requests_per_second == 3


def test_http_may_be_allowed(write: Callable[[str | bytes], Path]) -> None:
    """allow_http lets credentials travel unencrypted, also to a host that a flag names."""
    file = write(GOOD + "allow_http: true")

    assert load(file, "http://x.example").base_url == "http://x.example"


# Waivers

KNOWN = [
    "test_400_bad_request.py::test_a",
    "test_401_unauthorized.py::test_b[no header]",
    "test_401_unauthorized.py::test_b[x]",
]


@pytest.mark.parametrize(
    "check",
    [
        "test_400_bad_request.py::test_a",
        "test_400_bad_request.py::test_a[any case]",
        "test_401_unauthorized.py::test_b",
        "test_401_unauthorized.py::test_b[no header]",
    ],
)
def test_a_waiver_of_a_known_check_is_good(check: str) -> None:
    """A waiver names a check, or one of its cases."""
    target = dataclasses.replace(load(), waivers=(Waiver("why", TODAY, check=check),))

    check_waivers(target, KNOWN)

    assert target.waivers[0].check == check


def test_a_waiver_of_a_cause_needs_no_check(write: Callable[[str | bytes], Path]) -> None:
    """A cause is waived by its id, of which nothing is known before a run."""
    target = load(write(GOOD + "waivers: [{cause: 5f1e7c2a0b9d, reason: why, expires: 2027-01-01}]"))

    check_waivers(target, KNOWN)

    assert (target.waivers[0].check, target.waivers[0].cause) == (None, "5f1e7c2a0b9d")


@pytest.mark.parametrize(
    ("check", "right"),
    [
        ("test_400_bad_request.py::test_aa", "test_400_bad_request.py::test_a"),
        ("test_401_unauthorized.py::test_b[no heading]", "test_401_unauthorized.py::test_b[no header]"),
        ("test_400_bad_request.py::test_a[open", "test_400_bad_request.py::test_a"),
        ("zzz", "test_400_bad_request.py::test_a"),
    ],
)
def test_a_waiver_of_no_check_names_the_nearest(check: str, right: str) -> None:
    """A waiver that names no check is refused with the check it may have meant."""
    target = dataclasses.replace(
        load(), waivers=(Waiver("why", TODAY, check=KNOWN[0]), Waiver("why", TODAY, check=check))
    )

    with pytest.raises(TargetError) as caught:
        check_waivers(target, KNOWN)

    assert "waivers[1].check" in str(caught.value)
    assert right in str(caught.value)


def test_loading_a_target_is_quick_to_import() -> None:
    """What says which server is checked does not load the suite."""
    heavy = {"pytest", "hypothesis", "schemathesis", "h11"}
    code = f"import sys, contract_tests.target.settings; print(sorted({heavy} & {{*sys.modules}}))"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "[]"


def _interpolated(path: Path) -> set[str]:
    return {
        match["name"] for match in target_file.INTERPOLATION.finditer(path.read_text(encoding="utf-8")) if match["name"]
    }


def _defaults_of_server(section: dict[str, Any]) -> dict[str, Any]:
    return {key: value["default"] for key, value in section["properties"]["ready"]["properties"].items()}


def _described(schema: dict[str, Any]) -> list[dict[str, Any]]:
    below = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    return [schema, *(found for item in below for found in _described(item))]


def _keys(schema: dict[str, Any]) -> list[str]:
    return [key for item in _described(schema) for key in item.get("properties", {})]

"""The faulty and the odd servers are what they say: named, described, derived from the contract, and served by hand."""

from __future__ import annotations

import copy
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import yaml

from contract_tests.contract.document import load
from tests.faulty_servers import BY_HAND, DERIVED, FAULTS, STYLES
from tests.faulty_servers.derived import OPENAPI, derive
from tests.faulty_servers.proof import prove
from tests.faulty_servers.served import Fault, Served

SERVERS: dict[str, Callable[[], Served]] = {**FAULTS, **STYLES}
COMMAND = [sys.executable, "-m", "tests.faulty_servers"]


def test_there_are_enough_of_each() -> None:
    """At least 40 faults are written by hand, and at least 20 styles."""
    assert len(BY_HAND) >= 40
    assert len(STYLES) >= 20


def test_every_server_is_described_in_one_sentence_of_its_own() -> None:
    """A description is one plain sentence in the present tense that no other server has."""
    words = [make().words for make in SERVERS.values()]
    for text in words:
        assert re.fullmatch(r"[A-Z0-9].{10,150}\.", text), text
        assert " should " not in text
    assert len(set(words)) == len(words)
    assert [make().name for make in SERVERS.values()] == list(SERVERS)


def test_every_fault_breaks_a_clause_that_there_is() -> None:
    """The clause that a fault breaks is found in openapi.yaml."""
    contract = load()
    for make in FAULTS.values():
        fault = make()
        assert isinstance(fault, Fault)
        assert fault.breaks, fault.name
        contract.resolve(fault.breaks)


def test_a_new_property_brings_its_faults_along() -> None:
    """A property added to openapi.yaml adds a fault for each thing that can be wrong with it."""
    document = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))
    grown = copy.deepcopy(document)
    link = grown["components"]["schemas"]["Link"]
    link["properties"]["opened_at"] = {"type": "string", "format": "date-time"}
    link["required"].append("opened_at")

    assert derive(document).keys() == DERIVED.keys()
    added = derive(grown).keys() - DERIVED.keys()
    assert added == {f"200-opened_at-{kind}" for kind in ("missing", "null", "wrong-format", "wrong-type")}


def test_a_new_field_of_the_request_brings_its_faults_along() -> None:
    """A field added to the request adds a fault for each keyword of it."""
    grown = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))
    body = grown["components"]["schemas"]["ResumeRequest"]
    body["properties"]["channel"] = {"type": "string", "enum": ["sms", "app"], "maxLength": 9}
    body["required"].append("channel")

    added = derive(grown).keys() - DERIVED.keys()
    assert added == {f"400-request-channel-{keyword}" for keyword in ("required", "type", "enum", "maxLength")}


def test_a_new_header_brings_its_faults_along() -> None:
    """A header that is declared adds faults: it is missing, or not of its type."""
    grown = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))
    declared = {"Retry-After": {"required": True, "schema": {"type": "integer"}}}
    grown["components"]["responses"]["Unauthorized"]["headers"] = declared

    added = derive(grown).keys() - DERIVED.keys()
    assert added == {f"401-header-Retry-After-{kind}" for kind in ("missing", "wrong-type")}


@pytest.mark.parametrize("name", [name for name in DERIVED if "-request-" in name])
def test_a_keyword_of_the_request_that_is_ignored_is_told_at_its_place(name: str, tmp_path: Path) -> None:
    """A server that ignores one keyword of one field is told by one cause, at that keyword."""
    fault = DERIVED[name]()

    proof = prove(fault, tmp_path, "-k", "test_malformed_bodies or test_no_session")

    assert proof.exit_code == 1, proof.output
    assert [cause["clause"] for cause in proof.report["causes"]] == [fault.breaks], proof.output


def test_each_response_has_every_kind_of_derived_fault() -> None:
    """Each declared response has faults of its body, its items, its status and its media type."""
    kinds = {status: {name.rpartition("-")[2] for name in DERIVED if name.startswith(status)} for status in _declared()}
    for status, found in kinds.items():
        assert {"missing", "type", "null", "swapped", "status", "json"} <= found, status
    for status in ("400", "401", "500"):
        assert "emptied" in kinds[status]


@pytest.mark.parametrize("name", ["accepts-any-token", "200-id-missing", "prefixed"])
def test_a_server_is_served_by_hand(name: str) -> None:
    """`python -m tests.faulty_servers NAME` says what is odd and prints a target file for where it answers."""
    with subprocess.Popen([*COMMAND, name, "--port", "0"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        lines = [server.stdout.readline() for _ in range(6)]
        url = re.search(r"http://\S+", "".join(lines))
        assert url, lines
        assert httpx.get(f"{url[0]}/api/", verify=False).status_code == 401
        server.send_signal(signal.SIGTERM)
        rest = server.stdout.read()
        assert server.wait(timeout=5) == 0
    told = "".join(lines) + rest
    assert told.startswith(f"{name}: ")
    assert yaml.safe_load(told.partition("Its target file:")[2])["base_url"] == url[0]


def test_all_servers_are_listed_and_a_wrong_name_is_mended() -> None:
    """Without a name every server is listed; a name that there is not is answered with the nearest one."""
    listed = subprocess.run(COMMAND, capture_output=True, text=True, check=True).stdout
    assert all(f"  {name} " in listed for name in SERVERS)

    wrong = subprocess.run([*COMMAND, "accepts-any-tokn"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "accepts-any-token" in wrong.stderr


def _declared() -> list[str]:
    return ["200", "400", "401", "428", "500"]

"""A contract of several files becomes one document, which says the same wherever it is read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from contract_tests.cases.generation import generate
from contract_tests.contract import load
from contract_tests.contract.bundle import bundled
from tests.next_contracts import NEXT, NextContract

(SPLIT,) = (contract for contract in NEXT if contract.name == "split document")


def test_every_reference_leads_to_something_within(tmp_path: Path) -> None:
    """No reference of the one document names a file, and each leads somewhere."""
    document = bundled(load(SPLIT.write(tmp_path)).files)

    references = re.findall(r'"\$ref": "([^"]*)"', json.dumps(document))
    assert len(references) > 10
    for reference in references:
        value = document
        assert reference.startswith("#/"), reference
        for step in reference.split("/")[1:]:
            value = value[step.replace("~1", "/").replace("~0", "~")]
        assert value


def test_a_contract_of_one_file_is_itself() -> None:
    """Where there is no other file nothing is added, and words that are not wanted are left out."""
    contract = load()

    assert bundled(contract.files) == contract.document
    assert '"examples":' not in json.dumps(bundled(contract.files, without=("examples",)))


def test_bodies_are_generated_from_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A split contract, read from another folder than its own, has the bodies of the same contract in one file."""
    contract = load(SPLIT.write(tmp_path))
    monkeypatch.chdir("/")

    assert generate(contract, 1, 4) == generate(load(), 1, 4)


def test_bodies_do_not_depend_on_the_servers(tmp_path: Path) -> None:
    """A contract whose server has a variable that nothing defines has the same bodies as without it."""
    contract = NextContract("", lambda document: document.update(servers=[{"url": "https://{env}.example.com"}]))

    assert generate(load(contract.write(tmp_path)), 1, 4) == generate(load(), 1, 4)

"""The suite proves itself: every fault is named by the check that is expected to, and every style is left in peace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract_tests.contract import load
from contract_tests.registry import all_checks
from tests.faulty_servers import BY_HAND, DERIVED, FAULTS, STYLES
from tests.faulty_servers.expected import (
    BLAMES,
    BY_CHANCE,
    DERIVED_FIRST,
    EXIT_CODES,
    FIRST,
    OF_EVERY_ANSWER,
    OF_THE_CLIENT,
    OVER_TIME,
    PREFLIGHT,
    TWO_BY_NATURE,
    WITNESSES,
    count_of_causes,
    exit_code_of,
    response_to_fix,
)
from tests.faulty_servers.matrix import BEGIN, END, summary
from tests.faulty_servers.proof import prove
from tests.faulty_servers.together import HANDED_ON, calls_super, groups

CONTRACT = load()
TOGETHER = groups(STYLES)
ROOT = Path(__file__).parents[1]
SUITE = "contract_tests/checks"
GENERATED_CASES = f"{SUITE}/test_generated_cases.py"


def test_every_fault_is_expected_of_one_check() -> None:
    """Each fault by hand stands under the one check that is the first to name it, and no other name does."""
    listed = [fault for faults in FIRST.values() for fault in faults]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(BY_HAND)


def test_every_check_has_a_fault_of_its_own() -> None:
    """Each check has a fault that it is the first to name, and one that survives without it."""
    checks = {check.id for check in all_checks()}
    assert set(WITNESSES) == checks - {*OF_THE_CLIENT, *OF_EVERY_ANSWER}
    assert set(FIRST) == {PREFLIGHT, *WITNESSES, *OF_EVERY_ANSWER}
    for check, witness in WITNESSES.items():
        assert witness.fault in FIRST[check], check
        assert {*witness.beside} < checks


def test_every_exception_is_that_of_a_fault() -> None:
    """The tables of what is expected name faults that there are, each of them once."""
    blamed = [name for names in BLAMES.values() for name in names]

    assert len(blamed) == len(set(blamed))
    assert {*blamed, *EXIT_CODES, *TWO_BY_NATURE, *BY_CHANCE} <= set(BY_HAND)
    assert all(reason for reason in TWO_BY_NATURE.values())


@pytest.mark.parametrize("check", WITNESSES)
def test_fault_of_a_check_is_named_by_it(check: str, tmp_path: Path) -> None:
    """Each check names by itself the fault that it alone names, as one cause; `make faults` makes whole runs of all."""
    fault = FAULTS[WITNESSES[check].fault]()

    proof = prove(fault, tmp_path, f"{SUITE}/{check}")

    assert (proof.exit_code, proof.failed) == (exit_code_of(fault), (check,)), proof.output
    assert len(proof.causes) == count_of_causes(fault), proof.causes


@pytest.mark.parametrize("name", DERIVED)
def test_derived_fault_is_one_cause_of_its_response(name: str, tmp_path: Path) -> None:
    """The checks of a response tell whatever is wrong with it as one cause, which is attributed to that response."""
    fault, check = DERIVED[name](), DERIVED_FIRST[name[:3]]

    proof = prove(fault, tmp_path, f"{SUITE}/{check.partition('::')[0]}", "--profile", "quick")

    # A body without a session is what a second check sends, too.
    assert (proof.exit_code, proof.failed[:1]) == (1, (check,)), proof.output
    assert [response for _, response, _ in proof.causes] == [name[:3]], proof.causes
    assert response_to_fix(fault, CONTRACT) == name[:3]
    verdicts = {status: told["verdict"] for status, told in proof.report["statuses"].items()}
    assert [status for status, verdict in verdicts.items() if verdict == "violated"] == [name[:3]]


@pytest.mark.parametrize("names", TOGETHER)
def test_styles_are_left_in_peace(names: str, tmp_path: Path) -> None:
    """Servers that keep the contract in several ways at once are not failed; `make faults` runs against each alone."""
    proof = prove(TOGETHER[names](), tmp_path, "--profile", "quick")

    assert (proof.exit_code, proof.failed) == (0, ()), proof.output
    assert set(proof.verdicts.values()) <= {"holds", "not run"}


def test_every_style_is_in_one_group() -> None:
    """No style is left out where they are put together, and none stands behind one that hands nothing on to it."""
    assert sorted(name for names in TOGETHER for name in names.split()) == sorted(STYLES)
    for names, together in TOGETHER.items():
        assert {type(STYLES[name]()) for name in names.split()} <= {*together.__mro__}
        for handed_on in HANDED_ON:
            ways = [vars(kind)[handed_on] for kind in together.__mro__[:-1] if handed_on in vars(kind)]
            ours = [way for way in ways if way.__module__.startswith(STYLES["plain"].__module__.rpartition(".")[0])]
            last = next((at for at, way in enumerate(ours) if not calls_super(way)), len(ours))
            assert {way.__qualname__.partition(".")[0] for way in ours[last + 1 :]} <= {"Served", "LinksApi"}, names


@pytest.mark.parametrize("check", WITNESSES)
def test_without_a_check_a_fault_survives(check: str, tmp_path: Path) -> None:
    """With one check gone, and those named beside it, the fault that it alone names is no longer found."""
    witness = WITNESSES[check]
    gone = [f"--deselect={SUITE}/{other}" for other in (check, *witness.beside)]
    if not check.startswith("test_generated_cases"):
        gone.append(f"--deselect={GENERATED_CASES}")
    if witness.in_turn:
        gone.append("--concurrency=1")

    limits = {"wait_seconds": 5 if check in OVER_TIME else 0.2}
    proof = prove(FAULTS[witness.fault](), tmp_path, "--profile", "quick", *gone, limits=limits)

    assert (proof.exit_code, proof.failed) == (0, ()), proof.output


@pytest.mark.parametrize("check", OF_THE_CLIENT)
def test_broken_client_is_named(check: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that drops the link, or the second of two errors, is our own error: exit 3, and nobody is blamed."""
    monkeypatch.syspath_prepend(str(ROOT / "generated"))
    from links_api_client.api.links import resume
    from links_api_client.models import ResumeRequest

    parse = resume._parse_response

    def forget_errors(**given: Any) -> Any:
        read = parse(**given)
        return read[:1] if isinstance(read, list) else read

    if check == OF_THE_CLIENT[0]:
        monkeypatch.setattr(ResumeRequest, "to_dict", lambda self: {"session": str(self.session), "token": self.token})
    else:
        monkeypatch.setattr(resume, "_parse_response", forget_errors)

    proof = prove(STYLES["plain"](), tmp_path, "--deselect", GENERATED_CASES)

    assert (proof.exit_code, proof.failed, proof.causes) == (3, (), ()), proof.output
    errors = {told["id"]: told["reason"] for told in proof.report["checks"] if told["verdict"] == "error"}
    assert [*errors] == [check]
    assert errors[check].startswith("ClientError: links_api_client, ")


def test_summary_in_the_docs_is_that_of_the_servers() -> None:
    """The summary in docs/developing.md is the one that `make faults ARGS="--summary docs/developing.md"` writes."""
    text = (ROOT / "docs" / "developing.md").read_text(encoding="utf-8")
    assert text.partition(BEGIN)[2].partition(END)[0].strip() == summary().strip()

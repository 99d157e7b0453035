"""Every check of the suite cites words of openapi.yaml, and says in one sentence what it holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from contract_tests.contract import load
from contract_tests.contract.clauses import response_of
from contract_tests.registry import all_checks, attributed, case_of, check_of
from contract_tests.verdict.checks import Selected
from tests.suite_command import copy_of_project, run_suite

CONTRACT = load()
CHECKS = pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.id)


@CHECKS
def test_a_check_cites_words_of_the_contract(check: Selected) -> None:
    """The clause of a check is a place of openapi.yaml, which has a line and words to show."""
    pointer = attributed(check, CONTRACT).clause

    assert CONTRACT.resolve(pointer)
    assert CONTRACT.quote(pointer).splitlines()[0].strip()
    assert CONTRACT.line(pointer) > 1


@CHECKS
def test_a_check_says_what_it_holds_in_one_sentence(check: Selected) -> None:
    """The title of a check is one sentence, of what is and not of what ought to be."""
    assert re.fullmatch(r"[A-Z0-9][^.!?]+\.", check.title)
    assert not re.search(r"\b(should|must|shall|will|test|tests|check|checks|verify|ensure)\b", check.title, re.I)
    assert len(check.title) <= 120


def test_ids_are_unique_and_stable() -> None:
    """No two checks share an id or a sentence, and an id holds no folder and no case."""
    ids, titles = [check.id for check in all_checks()], [check.title for check in all_checks()]

    assert len(set(ids)) == len(ids)
    assert len(set(titles)) == len(titles)
    assert all(re.fullmatch(r"test_\w+\.py::test_\w+", identifier) for identifier in ids)
    assert check_of(f"contract_tests/{ids[0]}[a/b[c]]") == ids[0]


@pytest.mark.parametrize(
    ("nodeid", "case"),
    [
        ("a/test_x.py::test_y", None),
        ("a/test_x.py::test_y[token missing]", "token missing"),
        ("a/test_x.py::test_y[a [b] c]", "a [b] c"),
        ("a/test_x.py::test_y[two\nlines]", "two\nlines"),
    ],
)
def test_the_case_is_what_stands_in_brackets(nodeid: str, case: str | None) -> None:
    """A case is named as pytest names it, whatever characters it has."""
    assert case_of(nodeid) == case


def test_a_check_is_attributed_to_the_response_of_its_clause() -> None:
    """What a check holds belongs to the declared response that its clause is part of, or to the whole."""
    responses = {check.id: attributed(check, CONTRACT).response for check in all_checks()}

    assert responses["test_401_unauthorized.py::test_unacceptable_credentials_are_refused"] == "401"
    assert responses["test_428_mfa_token_required.py::test_session_of_a_428_can_be_resumed"] == "428"
    assert responses["test_disclosure.py::test_no_answer_discloses_a_secret"] is None


@pytest.mark.parametrize("status", CONTRACT.responses)
def test_each_declared_response_has_a_check(status: str) -> None:
    """At least one check cites each declared response, in the file that is named after it."""
    own = {check.id.partition("::")[0] for check in all_checks() if attributed(check, CONTRACT).response == status}

    assert any(file.startswith(f"test_{status}_") for file in own)


@pytest.mark.parametrize(
    ("pointer", "status"),
    [
        ("/paths/~1api~1links~1/patch/responses/400", "400"),
        ("/components/responses/BadRequest/content", "400"),
        ("/components/responses/TokenRequired/links/ResumeNext", "428"),
        ("/paths/~1api~1links~1/patch/responses", None),
        ("/components/schemas/ErrorList", None),
        ("/components/securitySchemes/basic", None),
    ],
)
def test_a_clause_belongs_to_one_response_or_to_the_whole(pointer: str, status: str | None) -> None:
    """A clause within a response, or within the component it refers to, belongs to it; any other to the whole."""
    assert response_of(CONTRACT, pointer) == status


@pytest.mark.parametrize(
    ("cited", "told"),
    [
        pytest.param(
            "",
            "The check test_200_ok.py::test_planted cites no clause: decorate it with @clause.",
            id="no clause",
        ),
        pytest.param(
            '@clause("/paths/~1api~1links~1/patch/responses/999")\n',
            "The check test_200_ok.py::test_planted is about /paths/~1api~1links~1/patch/responses/999, which is not "
            "there: openapi.yaml has nothing at /paths/~1api~1links~1/patch/responses/999: '999' is missing there. "
            "Declare it again, or take the check out.",
            id="a pointer to nothing",
        ),
        pytest.param(
            '@clause("responses/409")\n',
            "The check test_200_ok.py::test_planted is about responses/409, which is not there: openapi.yaml declares "
            "no response 409: it has 200, 400, 401, 428, 500. Declare it again, or take the check out.",
            id="a response that is not declared",
        ),
        pytest.param(
            '@clause("request/pin")\n',
            "The check test_200_ok.py::test_planted is about request/pin, which is not there: openapi.yaml declares "
            "no field pin of the request: it has session, token, link. Declare it again, or take the check out.",
            id="a field that is not declared",
        ),
    ],
)
def test_a_check_without_words_to_hold_stops_the_run(tmp_path: Path, cited: str, told: str) -> None:
    """A check that cites nothing, or nothing that is there, stops the run before a request: exit 4 and a sentence."""
    project = copy_of_project(tmp_path)
    planted = f'\n\n{cited}def test_planted(exchange: Case) -> None:\n    """Nothing is planted here."""\n'
    with (project / "contract_tests" / "checks" / "test_200_ok.py").open("a", encoding="utf-8") as file:
        file.write(planted)

    ended = run_suite(tmp_path / "reports", project=project)

    assert (ended.exit_code, ended.printed) == (4, "")
    assert ended.complained.strip() == f"ERROR: {told}"
    assert not ended.reports.exists()

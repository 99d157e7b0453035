"""The exit codes of `python -m contract_tests`, each met as its user meets it: a process that ends."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from contract_tests.contract import load
from contract_tests.embedded.server import Settings, create_app, serve_in_thread
from tests.faulty_servers.authentication import AcceptsAnyCredentials
from tests.quoted_runs import green
from tests.shared import Shared
from tests.suite_command import PROJECT, Ended, copy_of_project, run_suite

DECLARED = tuple(load().responses)
SCHEMA = json.loads((PROJECT / "contract_tests" / "report" / "contract.schema.json").read_text(encoding="utf-8"))
LOGIN = {"CONTRACT_SECRET_ID": "somebody", "CONTRACT_SECRET_PASSWORD": "some-Password-1"}
RIGHT = {"CONTRACT_SECRET_ID": Settings().secret_id, "CONTRACT_SECRET_PASSWORD": Settings().secret_password}


@pytest.fixture
def whole(shared: Shared) -> Ended:
    """A run without arguments, which checks the embedded server."""
    return shared.once("green", green)


@pytest.fixture(scope="module")
def honest() -> Iterator[str]:
    """The base URL of a server that keeps the contract."""
    with serve_in_thread(create_app()) as base_url:
        yield base_url


def target_file(folder: Path, settings: dict[str, Any]) -> str:
    """Write a target file and return its path."""
    path = folder / "target.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return str(path)


def is_valid(report: dict[str, Any]) -> bool:
    """Tell whether a report is what its schema describes."""
    return bool(jsonschema_rs.validator_for(SCHEMA).is_valid(report))


def test_a_contract_that_holds_exits_0(whole: Ended) -> None:
    """The embedded server keeps the contract: exit 0, all five answers seen, nothing violated."""
    assert whole.exit_code == 0, whole.printed
    assert "The contract holds: " in whole.printed.strip().splitlines()[-1]
    assert {status: told["verdict"] for status, told in whole.report["statuses"].items()} == dict.fromkeys(
        DECLARED, "holds"
    )
    assert {check["verdict"] for check in whole.report["checks"]} == {"holds"}


def test_the_report_of_a_real_run_is_the_one_described(whole: Ended) -> None:
    """contract.json is valid under its JSON Schema and says what the terminal said."""
    assert is_valid(whole.report)
    assert whole.report["exit_code"] == whole.exit_code
    assert whole.report["verdict"] in whole.printed
    assert f"{whole.report['exchanges']} exchanges" in whole.printed


def test_a_run_sends_enough_to_tell(whole: Ended) -> None:
    """A whole run makes at least 300 exchanges, and none without an answer or with an undeclared status."""
    assert whole.report["exchanges"] >= 300
    assert (whole.report["no_answers"], whole.report["undeclared_statuses"]) == ({}, {})


def test_a_green_run_complains_of_nothing(whole: Ended) -> None:
    """Nothing is printed on stderr, and the reports are what the summary names."""
    assert whole.complained == ""
    assert sorted(path.name for path in whole.reports.iterdir()) == ["contract.html", "contract.json", "junit.xml"]


def test_a_violated_contract_exits_1(tmp_path: Path) -> None:
    """A server that asks for no credentials violates the contract: exit 1, with what was sent and how to repeat it."""
    served = AcceptsAnyCredentials()
    with served.serve() as base_url:
        file = target_file(tmp_path, served.target_settings(base_url))
        ended = run_suite(tmp_path / "reports", "--target", file, "-k", "unacceptable_credentials")

    assert ended.exit_code == 1
    assert "unacceptable credentials are accepted: 200 is answered where 401 is declared" in ended.printed
    assert "curl " in ended.printed
    assert [cause["response"] for cause in ended.report["causes"]] == ["401"]
    assert ended.report["verdict"].startswith("Partial run: The contract is violated")
    assert is_valid(ended.report)


WRONG_SETTINGS: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown key": ({"base_url": "https://x.example", "base_ur": 1}, "base_ur"),
    "an unset variable": ({"base_url": "https://${NOBODY_SETS_THIS}"}, "NOBODY_SETS_THIS"),
    "a URL without scheme": ({"base_url": "x.example"}, "base_url"),
    "http to another host": ({"base_url": "http://x.example"}, "allow_http"),
    "an expired waiver": (
        {
            "base_url": "https://x.example",
            "waivers": [{"check": "test_200_ok.py::test_x", "reason": "r", "expires": "2020-01-31"}],
        },
        "2020-01-31",
    ),
    "a waiver of no check": (
        {
            "base_url": "https://x.example",
            "waivers": [{"check": "test_200_ok.py::test_x", "reason": "r", "expires": "2999-01-31"}],
        },
        "names no check",
    ),
}


@pytest.mark.parametrize("what", WRONG_SETTINGS)
def test_a_wrong_target_file_exits_4(tmp_path: Path, what: str) -> None:
    """A target file that cannot be meant ends the run before a request: exit 4 and one sentence that names it."""
    settings, told = WRONG_SETTINGS[what]
    file = target_file(tmp_path, {"credentials": {"secret_id": "i", "secret_password": "p"}, **settings})

    said_no(run_suite(tmp_path / "reports", "--target", file), told)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["--base-url", "x.example"], "--base-url", id="no scheme"),
        pytest.param(["--base-url", "http://x.example"], "https", id="http to another host"),
        pytest.param(["--target", "no-such-file.yaml"], "no-such-file.yaml", id="no target file"),
    ],
)
def test_a_wrong_flag_exits_4(tmp_path: Path, arguments: list[str], told: str) -> None:
    """A flag whose value cannot be used is named, with exit 4."""
    said_no(run_suite(tmp_path / "reports", *arguments, environment=LOGIN), told)


def test_an_unknown_flag_exits_4(tmp_path: Path) -> None:
    """A flag that there is not is repeated, with exit 4."""
    ended = run_suite(tmp_path / "reports", "--base-ulr", "http://127.0.0.1:1")

    assert (ended.exit_code, ended.printed) == (4, "")
    assert "--base-ulr" in ended.complained


def test_missing_credentials_exit_4(tmp_path: Path) -> None:
    """A base URL without credentials is told which variables are missing, with exit 4."""
    said_no(run_suite(tmp_path / "reports", "--base-url", "http://127.0.0.1:1"), "CONTRACT_SECRET_ID")


def test_a_file_of_checks_that_is_not_there_exits_4(tmp_path: Path) -> None:
    """The name of a file that there is not is repeated, with exit 4."""
    ended = run_suite(tmp_path / "reports", "contract_tests/checks/test_404_nothing.py")

    assert ended.exit_code == 4
    assert "test_404_nothing.py" in ended.printed + ended.complained


def test_nothing_selected_exits_5(tmp_path: Path) -> None:
    """A filter that fits no check is not green: exit 5, and a sentence on what to look at."""
    ended = run_suite(tmp_path / "reports", "-k", "no_such_check")

    assert ended.exit_code == 5
    assert "Nothing was checked" in ended.printed


def test_a_target_that_is_not_there_exits_6(tmp_path: Path) -> None:
    """A port at which nothing listens: exit 6 after one try, with the reports written."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        ended = run_suite(
            tmp_path / "reports", "--base-url", f"http://127.0.0.1:{bound.getsockname()[1]}", environment=LOGIN
        )

    assert ended.exit_code == 6
    assert "the connection was refused" in ended.report["verdict"]
    assert ended.report["exchanges"] == 1
    assert is_valid(ended.report)


def test_answers_that_were_not_seen_exit_7(tmp_path: Path, honest: str) -> None:
    """A target that says nothing of paused sessions lets neither 200 nor 428 be seen: exit 7, and both are named."""
    ended = run_suite(tmp_path / "reports", "--base-url", honest, environment=RIGHT)

    assert ended.exit_code == 7, ended.printed
    assert {status: told["verdict"] for status, told in ended.report["statuses"].items()} == {
        "200": "not seen",
        "400": "holds",
        "401": "holds",
        "428": "not seen",
        "500": "not seen",
    }
    assert is_valid(ended.report)


def test_wrong_credentials_exit_7(tmp_path: Path, honest: str) -> None:
    """A run whose right credentials are answered 401 is incomplete and asks about them, and blames nobody."""
    ended = run_suite(tmp_path / "reports", "--base-url", honest, "-k", "400", environment=LOGIN)

    assert ended.exit_code == 7
    assert "The right credentials are answered 401: check secret_id and secret_password." in ended.report["verdict"]
    assert ended.report["exchanges"] <= 3
    assert (ended.report["causes"], {check["verdict"] for check in ended.report["checks"]}) == ([], {"not run"})


def test_an_answer_accepted_unseen_exits_0(tmp_path: Path, honest: str) -> None:
    """What cannot be seen and is accepted with a reason is not incomplete: exit 0, and the reason is shown."""
    register = {"method": "POST", "path": "/api/links/", "json": {"institution": "a", "username": "u", "password": "p"}}
    settings = {
        "base_url": honest,
        "credentials": {"secret_id": Settings().secret_id, "secret_password": Settings().secret_password},
        "paused_session": {"register": register},
        "tokens": {"accepted": Settings().accepted_token},
        "accept_unseen": {"500": "this institution never fails"},
    }
    ended = run_suite(tmp_path / "reports", "--target", target_file(tmp_path, settings), "-k", "test_200 or test_500")

    assert ended.exit_code == 0, ended.printed
    assert ended.report["statuses"]["500"]["verdict"] == "accepted unseen"
    assert "this institution never fails" in ended.printed


def without_the_openapi_file(project: Path) -> None:
    """Take the contract away."""
    (project / "openapi.yaml").unlink()


def with_another_contract(project: Path, old: str, new: str) -> None:
    """Change the words of the contract."""
    path = project / "openapi.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def without_the_client(project: Path) -> None:
    """Take the generated client away."""
    (project / "generated" / "links_api_client").rename(project / "elsewhere")


BROKEN_PROJECTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "no openapi.yaml": (without_the_openapi_file, "openapi.yaml is missing"),
    "openapi.yaml is no YAML": (lambda project: with_another_contract(project, "info:", "info: ["), "this is not YAML"),
    "openapi.yaml without the 428": (
        lambda project: with_another_contract(project, "'428':", "'429':"),
        "the operation declares no 428",
    ),
    "no generated client": (without_the_client, "Make it with `make generate`."),
}


@pytest.mark.parametrize("what", BROKEN_PROJECTS)
def test_a_project_that_lacks_a_part_exits_4(tmp_path: Path, what: str) -> None:
    """A contract or a client that is missing or broken is told in one sentence, without a traceback."""
    breaks, told = BROKEN_PROJECTS[what]
    project = copy_of_project(tmp_path)
    breaks(project)

    said_no(run_suite(tmp_path / "reports", project=project), told)


def said_no(ended: Ended, told: str) -> None:
    """The run ended with 4 and one line that holds the words, and wrote nothing."""
    assert ended.exit_code == 4
    assert ended.printed == ""
    (line,) = ended.complained.strip().splitlines()
    assert line.startswith("ERROR: ")
    assert told in line
    assert not ended.reports.exists()

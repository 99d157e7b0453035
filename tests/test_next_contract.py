"""Edit nothing but openapi.yaml, run `make generate`, and everything follows: client, suite and check-compatible."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import generate_client
import pytest
import yaml
from compatibility.compare import compare
from compatibility.output import Comparison
from compatibility.sources import from_file

from contract_tests.embedded.requests import Refusal
from contract_tests.embedded.server import LinksApi, ResumeCommand, serve_in_thread
from tests.next_contracts import (
    NEXT,
    SPEC,
    Document,
    NextContract,
    current,
    described,
    operation,
    response,
    schema,
)
from tests.next_servers import BY_NAME, REGISTER, SERVERS, Moved, Next, RateLimited, ReadsAChannel
from tests.suite_command import Ended, copy_of_project, run_suite, run_suite_in_turn

Patch = Callable[[Document], object]
GENERATED_CASES = "contract_tests/checks/test_generated_cases.py"
EACH = pytest.mark.parametrize("changed", SERVERS, ids=[each.contract.name for each in SERVERS])


def changed_project(folder: Path, contract: NextContract) -> Path:
    """Copy the project, change its contract and nothing else, and run what `make generate` runs."""
    project = copy_of_project(folder / "project")
    contract.write(project)
    with generate_client.fresh_client(project / "openapi.yaml", beside=project / "generated") as fresh:
        generate_client.put_in_place(fresh, project / "generated")
    return project


@contextmanager
def served(project: Path, api: LinksApi, settings: dict[str, Any]) -> Iterator[str]:
    """Serve an API, for the length of a `with` block that is given the target file for it."""
    own = api.settings
    target = {
        "limits": {"wait_seconds": 0.2},  # what only time shows is no matter of the contract
        "credentials": {"secret_id": own.secret_id, "secret_password": own.secret_password},
        "paused_session": {
            "register": {
                "path": "/api/links/",
                "json": {"institution": "gotham_mx_business", "username": "u", "password": "bank-Password-1"},
            }
        },
        "tokens": {"accepted": own.accepted_token, "failing": own.failing_token},
    }
    with serve_in_thread(api.app()) as base_url:
        file = project / f"target-{base_url.rpartition(':')[2]}.yaml"
        file.write_text(yaml.safe_dump({"base_url": base_url, **target, **settings}), encoding="utf-8")
        yield str(file)


def left_out(project: Path) -> tuple[str, ...]:
    """Return the options that leave out the generated bodies where these are made of the same words as today."""
    document = yaml.safe_load((project / "openapi.yaml").read_text(encoding="utf-8"))
    then = document.get("components", {}).get("schemas", {}).get("ResumeRequest")
    return ("--deselect", GENERATED_CASES) if then == schema(current(), "ResumeRequest") else ()


def checked(project: Path, api: LinksApi, settings: dict[str, Any], *arguments: str) -> Ended:
    """Run the suite of a changed project on a server."""
    with served(project, api, settings) as target:
        return run_suite(project / "reports", "--target", target, *arguments, project=project)


def test_there_are_servers_for_every_next_contract() -> None:
    """Each contract that the client is tested with is one that the suite is tested with."""
    assert [each.contract for each in SERVERS] == list(NEXT)


@EACH
def test_everything_follows(changed: Next, tmp_path: Path) -> None:
    """A right server holds, and what breaks the change is told by one cause, at the new words of the contract."""
    project = changed_project(tmp_path, changed.contract)

    servers = [
        (changed.right, ("--profile", "quick", *left_out(project))),
        *((broken.make, broken.select) for broken in changed.broken),
    ]
    with ExitStack() as stack:
        targets = [stack.enter_context(served(project, make(), changed.settings)) for make, _ in servers]
        runs = [("--target", target, *select) for target, (_, select) in zip(targets, servers, strict=True)]
        right, *others = run_suite_in_turn(project, runs)

    assert right.exit_code == 0, right.printed + right.complained
    assert changed.told in right.printed
    for broken, ended in zip(changed.broken, others, strict=True):
        assert ended.exit_code == 1, ended.printed + ended.complained
        assert sorted(cause["clause"] for cause in ended.report["causes"]) == sorted(broken.clauses), ended.printed


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("path", "answers like the operation (404 application/json): is base_url right?"),
        ("method", "answers like the operation (405 application/json): is base_url right?"),
        ("media type of the request", "is not accepted for a fresh session (400): is it the right token?"),
    ],
)
def test_a_server_that_stayed_as_it_was_is_not_judged(name: str, told: str, tmp_path: Path) -> None:
    """A server that answers no request as it is now declared may well be another one: exit 7, and a question."""
    project = changed_project(tmp_path, BY_NAME[name])

    ended = checked(project, Moved("/api/links/", "PATCH"), REGISTER)

    assert ended.exit_code == 7
    assert told in ended.printed


def test_a_response_that_no_check_provokes_is_not_seen(tmp_path: Path) -> None:
    """A sixth response is not silently green: exit 7, and what to do."""
    project = changed_project(tmp_path, BY_NAME["sixth response"])

    ended = checked(project, LinksApi(), {})

    assert ended.exit_code == 7
    assert ended.report["statuses"]["409"]["verdict"] == "not seen"
    assert (
        'Incomplete: 409 not seen. No check provokes 409: write one with @clause("responses/409"), or accept_unseen in '
        "the target file, with a reason."
    ) in ended.printed


def test_a_range_is_accepted_unseen_as_it_is_declared(tmp_path: Path) -> None:
    """What is accepted unseen is named as the contract names it: another name is refused with the nearest one."""
    contract = NextContract("3XX", response("3XX", {"description": "Look elsewhere."}))
    project = changed_project(tmp_path, contract)

    wrong = checked(project, LinksApi(), {"accept_unseen": {"302": "No server redirects yet."}})
    right = checked(project, LinksApi(), {"accept_unseen": {"3XX": "No server redirects yet."}}, "-k", "right_token")

    assert wrong.exit_code == 4
    assert 'has "302", which openapi.yaml does not declare: ' in wrong.complained
    assert right.exit_code == 0, right.printed + right.complained


def test_a_declared_429_is_an_answer(tmp_path: Path) -> None:
    """A 429 that the contract declares is judged as it comes, and not waited for as a gateway's."""
    project = changed_project(tmp_path, NextContract("429", response("429", described("ErrorList"))))

    ended = checked(project, RateLimited(), {}, "-k", "test_right_token")

    assert ended.exit_code == 1
    assert [cause["problem"] for cause in ended.report["causes"]] == [
        "429 is answered where 200 is declared: the right token"
    ]


def without(status: str) -> Patch:
    """Return the patch that takes a response out."""
    return lambda document: operation(document)["responses"].pop(status)


def renamed(document: Document) -> None:
    """Call the token a pin."""
    body = schema(document, "ResumeRequest")
    body["properties"]["pin"] = body["properties"].pop("token")
    body["required"].remove("token")


def required_parameter(document: Document) -> None:
    """Ask for a header with every resume."""
    parameter = {"name": "X-Tenant", "in": "header", "required": True, "schema": {"type": "string"}}
    operation(document)["parameters"] = [parameter]


def bearer_alone(document: Document) -> None:
    """Let nobody log in but with a bearer token."""
    document["components"]["securitySchemes"]["bearer"] = {"type": "http", "scheme": "bearer"}
    operation(document)["security"] = [{"bearer": []}, {"bearer": [], "basic": []}]


def six_digits(document: Document) -> None:
    """Let a token be six digits, which the embedded server's is not."""
    schema(document, "ResumeRequest")["properties"]["token"]["pattern"] = "^[0-9]{6}$"


@pytest.mark.parametrize(
    ("patch", "told"),
    [
        pytest.param(
            without("500"),
            "the operation declares no 500, which the protocol of the checks needs (at "
            "/paths/~1api~1links~1/patch/responses). Declare it, or take the checks out.",
            id="a response is gone",
        ),
        pytest.param(
            renamed,
            "the request declares no field token, which the protocol of the checks needs (at "
            "/components/schemas/ResumeRequest). Name it so, or change contract_tests/contract/protocol.py and the "
            "checks that use it.",
            id="a field of the protocol is renamed",
        ),
        pytest.param(
            required_parameter,
            "the header parameter X-Tenant is required, and no check sends it (at "
            "/paths/~1api~1links~1/patch/parameters/0). Make it optional, or declare it as a field.",
            id="a parameter is required",
        ),
        pytest.param(
            bearer_alone,
            "the operation asks for no HTTP Basic alone, which is how the checks log in (at "
            "/paths/~1api~1links~1/patch). Name such a scheme under security.",
            id="who logs in otherwise",
        ),
        pytest.param(
            six_digits,
            "No valid body can be made: /token breaks pattern (at "
            "/components/schemas/ResumeRequest/properties/token/pattern). "
            "Correct the schema, or the value in the target.",
            id="the contract calls the right token invalid",
        ),
    ],
)
def test_what_cannot_be_followed_is_said(patch: Patch, told: str, tmp_path: Path) -> None:
    """What the suite cannot follow stops it before a request: exit 4, and one sentence with the place."""
    project = copy_of_project(tmp_path / "project")
    NextContract("", patch).write(project)

    ended = run_suite(project / "reports", project=project)

    assert (ended.exit_code, ended.printed) == (4, "")
    assert ended.complained.startswith("ERROR: ")
    assert ended.complained.strip().endswith(told)
    assert len(ended.complained.strip().splitlines()) == 1


@EACH
def test_callers_that_break_are_told(changed: Next, tmp_path: Path) -> None:
    """check-compatible asks for a new major version where callers break, and for nothing else."""
    old, new = from_file(SPEC), from_file(changed.contract.write(tmp_path))

    assert Comparison(old, new, compare(old, new)).exit_code == changed.breaks_callers


class ReadsThreeLetters(ReadsAChannel):
    """Reads a channel of three small letters."""

    pattern = "[a-z]{3}"

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        """Read it, as the pattern has it."""
        if re.search(self.pattern if "channel" in body else "", str(body.get("channel"))) is None:
            raise Refusal(400, ("invalid", "The field channel is no channel."))
        return super().read_resume(body)


def test_a_pattern_without_its_anchors_is_told(tmp_path: Path) -> None:
    """A server that looks for a pattern anywhere, or leaves out one end of it, is told at the pattern."""

    def three_letters(document: Document) -> None:
        schema(document, "ResumeRequest")["properties"]["channel"] = {"type": "string", "pattern": "^[a-z]{3}$"}

    patterns = (r"\A[a-z]{3}\Z", r"\A[a-z]{3}", r"[a-z]{3}\Z", r"[a-z]{3}")
    project = changed_project(tmp_path, NextContract("", three_letters))
    servers = [type("", (ReadsThreeLetters,), {"pattern": pattern}) for pattern in patterns]
    with ExitStack() as stack:
        targets = [stack.enter_context(served(project, make(), {})) for make in servers]
        right, *others = run_suite_in_turn(
            project, [("--target", target, "-k", "test_malformed_bodies") for target in targets]
        )

    assert right.exit_code == 0, right.printed + right.complained
    for ended in others:
        clauses = [cause["clause"] for cause in ended.report["causes"]]
        assert clauses == ["/components/schemas/ResumeRequest/properties/channel/pattern"], ended.printed

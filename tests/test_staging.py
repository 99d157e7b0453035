"""The suite against somebody else's server: what it says of one that fails, and that it keeps to its limits."""

from __future__ import annotations

import re
import ssl
import time
from pathlib import Path
from typing import Any

import pytest
import trustme
from starlette.responses import Response

from contract_tests.cases.paused_sessions import FAILURES_IN_A_ROW
from contract_tests.embedded.server import LinksApi, PausedSession
from tests.scripted_server import Conversation, Script, answer, says, scripted
from tests.staging import SETTINGS, Received, after_preflight, answers, run_here, staging, takes
from tests.suite_command import Ended

WORKERS = pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
NOTHING_GENERATED = ("-k", "not generated and not protocol")
"""Leaves out what takes a second to load and proves no more here."""
A_HUNDRED_REQUESTS = ("-k", "test_200 or test_401")
PROXY_PAGE = Response("<html><h1>502 Bad Gateway</h1></html>", 502, media_type="text/html")
LOGIN = {"CONTRACT_SECRET_ID": "somebody", "CONTRACT_SECRET_PASSWORD": "some-Password-1"}


def drips(talk: Conversation, _request: bytes) -> None:
    """Send a byte every hundredth of a second."""
    talk.drip(answer(b"[]" * 5000), 0.01)


def ends_early(talk: Conversation, _request: bytes) -> bool:
    """Announce nine bytes, send two, and close."""
    talk.send(answer(b"{}", length=9))
    return True


IN_TURN = ("--concurrency", "1")
"""What is under way together counts as one: how many requests are sent is exact where they are sent one by one."""

NO_ANSWER: dict[str, tuple[Script, int, str]] = {
    "hangs": (lambda talk, _: talk.wait(), 6, "no whole answer within 0.3 s"),
    "drips": (drips, 6, "no whole answer within 0.3 s"),
    "resets": (lambda talk, _: talk.reset(), 6, "the connection was closed before an answer came"),
    # What did begin to answer breaks the contract.
    "announces more than it sends": (ends_early, 1, "the answer broke off after 2 bytes of its body"),
    "sends too much": (says(answer(b"x" * 5000)), 1, "the body is too large"),
    "speaks something else": (says(b"220 mail.example.com ESMTP\r\n"), 1, "is not HTTP/1.1"),
}


@pytest.mark.parametrize(("script", "code", "sentence"), NO_ANSWER.values(), ids=NO_ANSWER)
def test_a_server_that_gives_no_whole_answer_ends_the_run_soon(
    tmp_path: Path, script: Script, code: int, sentence: str
) -> None:
    """After three requests without a whole answer the run ends, with one cause that says what came instead."""
    with scripted(script) as server:
        file = tmp_path / "target.yaml"
        file.write_text(f"base_url: {server.base_url}\nlimits: {{timeout_seconds: 0.3, body_bytes: 4000}}\n")
        began = time.monotonic()
        ended = run_here(tmp_path, "--target", str(file), *IN_TURN, environment=LOGIN)
        took = time.monotonic() - began

    assert ended.exit_code == code, ended.printed
    (cause,) = ended.report["causes"]
    assert sentence in cause["problem"]
    assert cause["kind"] == ("no answer" if code == 6 else "violation")
    assert len(server.requests) <= 3
    assert took < 8


def test_workers_stop_together_where_nothing_answers(tmp_path: Path) -> None:
    """Two workers send five requests at most to a server that hangs, and end with exit 6."""
    with staging(takes(60)) as server:
        file = server.target(tmp_path, limits={"timeout_seconds": 0.3})
        ended = run_here(tmp_path, "--target", file, *A_HUNDRED_REQUESTS, "-n", "2")

    assert ended.exit_code == 6, ended.printed
    assert len(server.received) <= 5


def test_an_unknown_authority_ends_the_run(tmp_path: Path) -> None:
    """A server whose certificate nobody vouches for is sent nothing: exit 6, and the certificate is blamed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with scripted(says(answer()), tls=context) as server:
        ended = run_here(tmp_path, "--base-url", f"https://127.0.0.1:{server.port}", environment=LOGIN)

    assert ended.exit_code == 6, ended.printed
    assert "certificate" in ended.report["verdict"]
    assert server.requests == []


def test_a_gateway_that_answers_for_the_server_is_told_as_such(tmp_path: Path) -> None:
    """502 for everything is nobody's violation: exit 6 after a few requests, and a sentence that names the gateway."""
    with staging(answers(PROXY_PAGE)) as server:
        ended = run_here(tmp_path, "--target", server.target(tmp_path), *NOTHING_GENERATED)

    assert ended.exit_code == 6, ended.printed
    assert f"A gateway answers 502 in place of {server.base_url}/api/links/" in ended.report["verdict"]
    assert (ended.report["causes"], ended.report["undeclared_statuses"]) == ([], {"502": 3})
    assert len(server.received) == 3


def test_a_gateway_now_and_then_violates(tmp_path: Path) -> None:
    """502 among answers of the operation is an undeclared status: exit 1, one cause, and the page is shown."""
    with staging(after_preflight(answers(PROXY_PAGE, method="PATCH"))) as server:
        ended = run_here(tmp_path, "--target", server.target(tmp_path), *NOTHING_GENERATED)

    assert ended.exit_code == 1, ended.printed
    assert re.search(r"received +502 text/html[^\n]* <html><h1>502 Bad Gateway", ended.printed)
    (cause,) = ended.report["causes"]
    assert cause["response"] is None
    assert ended.report["undeclared_statuses"].keys() == {"502"}


def test_a_page_for_everything_asks_about_the_base_url(tmp_path: Path) -> None:
    """404 and HTML for everything is no server of this operation: exit 7 after three requests, and no cause."""
    page = Response("<html>Not found</html>", 404, media_type="text/html")
    with staging(answers(page)) as server:
        ended = run_here(tmp_path, "--target", server.target(tmp_path), *NOTHING_GENERATED)

    is_incomplete(ended, "is base_url right?")
    assert len(server.received) <= 4


def test_a_token_that_is_not_accepted_is_asked_about(tmp_path: Path) -> None:
    """A target file whose accepted token is wrong is asked about, and nobody is blamed: exit 7."""
    with staging() as server:
        file = server.target(tmp_path, tokens={"accepted": "yesterdays-token"})
        ended = run_here(tmp_path, "--target", file, *NOTHING_GENERATED)

    is_incomplete(ended, "tokens.accepted is not accepted for a fresh session (428): is it the right token?")
    assert len(server.received) <= 10


REGISTERS: dict[str, tuple[Response, str]] = {
    "500": (Response('[{"code": "c"}]', 500), "The register request was answered 500 instead of 428."),
    "a proxy's page": (PROXY_PAGE, "The register request was answered 502 instead of 428."),
    "a page for 428": (Response("<html>", 428), "The register request was answered 428 with a body that is not JSON."),
    "another path": (Response("", 404), "The register request was answered 404 instead of 428: is its path right?"),
    "a redirect": (
        Response("", 307, {"Location": "/login"}),
        "The register request was answered 307 instead of 428.",
    ),
    "no session": (
        Response('{"link": "5f2a9f4e-3a3e-4c1c-8f0f-000000000001"}', 428),
        'The register request was answered 428, but: The description of a paused session has no "session" that is a '
        "UUID.",
    ),
}


@pytest.mark.parametrize(("response", "sentence"), REGISTERS.values(), ids=REGISTERS)
def test_a_register_request_that_fails_is_incomplete(tmp_path: Path, response: Response, sentence: str) -> None:
    """Where no session can be paused the run is incomplete, says what was answered, and blames nobody: exit 7."""
    with staging(answers(response, method="POST")) as server:
        ended = run_here(tmp_path, "--target", server.target(tmp_path), "-k", "test_200 or another_link", *IN_TURN)

    is_incomplete(ended, sentence)
    assert len(server.received) - len(server.resumes) <= FAILURES_IN_A_ROW


def test_a_command_that_fails_is_incomplete(tmp_path: Path) -> None:
    """A command that exits with 1 makes the run incomplete, with the last line of its stderr: exit 7."""
    command = ["sh", "-c", "echo no luck today >&2; exit 1"]
    with staging() as server:
        file = server.target(tmp_path, paused_session={"command": command})
        ended = run_here(tmp_path, "--target", file, "-k", "test_200 or another_link")

    is_incomplete(ended, "The command of paused_session exited with 1; the last line of its stderr: no luck today")


@WORKERS
def test_values_that_run_out_are_incomplete(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """Given sessions are handed out once over all workers; when they are used up the run is incomplete: exit 7."""
    with staging() as server:
        given = [server.pause() for _ in range(4)]
        file = server.target(tmp_path, paused_session={"values": given})
        ended = run_here(tmp_path, "--target", file, "-k", "test_200 or stay_apart or encodings", *workers)

    is_incomplete(ended, "All 4 sessions of paused_session.values are used: pause more of them.")
    assert ended.report["sessions"] == 4


def test_wrong_credentials_are_asked_about(tmp_path: Path) -> None:
    """A run with wrong credentials stops soon, asks whether they are right, and calls nothing violated: exit 7."""
    login = {"secret_id": SETTINGS.secret_id, "secret_password": "yesterdays-Password"}
    with staging() as server:
        ended = run_here(tmp_path, "--target", server.target(tmp_path, credentials=login), *NOTHING_GENERATED)

    is_incomplete(ended, "The right credentials are answered 401: check secret_id and secret_password.")
    assert len(server.received) <= 3


@WORKERS
def test_the_budget_is_never_exceeded(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """The server counts no more requests than limits.requests, registrations and all: exit 7 when they are used up."""
    with staging() as server:
        ended = run_here(
            tmp_path, "--target", server.target(tmp_path, limits={"requests": 40}), *A_HUNDRED_REQUESTS, *workers
        )

    is_incomplete(ended, "The budget of 40 requests (limits.requests) is used up.")
    assert len(server.received) == ended.report["exchanges"] <= 40
    assert len(server.received) > 30


def test_a_budget_may_end_before_the_checks_begin(tmp_path: Path) -> None:
    """Where the first look at the target uses the budget up, that is said, and not that nothing answered: exit 7."""
    with staging() as server:
        ended = run_here(tmp_path, "--target", server.target(tmp_path, limits={"requests": 1}))

    is_incomplete(ended, "The budget of 1 requests (limits.requests) is used up.")
    assert len(server.received) == 1


@WORKERS
def test_the_pace_holds_over_all_workers(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """Sixty requests at 40 a second take a second and a half as the server counts, however many workers send them."""
    limits = {"requests": 60, "requests_per_second": 40}
    with staging() as server:
        ended = run_here(tmp_path, "--target", server.target(tmp_path, limits=limits), *A_HUNDRED_REQUESTS, *workers)

    count, took = len(server.received), server.received[-1].at - server.received[0].at
    assert ended.exit_code == 7, ended.printed
    assert count > 45
    # A worker that paced itself alone would make it a half; the rest is left to a machine that is busy.
    assert took > 0.7 * (count - 1) / 40


def test_a_gateway_that_asks_to_wait_is_waited_for(tmp_path: Path) -> None:
    """A 429 with Retry-After delays the run and is told as advice, with the seconds; it is no violation."""
    held: list[float] = []

    async def in_the_way(request: Received) -> Response | None:
        if request.method != "PATCH" or held:
            return None
        held.append(request.at)
        return Response("slow down", 429, {"Retry-After": "1"})

    with staging(in_the_way) as server:
        ended = run_here(tmp_path, "--target", server.target(tmp_path), "-k", "test_200")

    assert ended.exit_code == 0, ended.printed
    after = [request.at for request in server.received if request.at > held[0]]
    assert after[0] - held[0] > 0.9
    (advice,) = [sentence for sentence in ended.report["advice"] if "gateway" in sentence]
    assert re.fullmatch(r"A gateway stood in the way once: it was waited for, (0\.9|1\.[0-9]) s in all\.", advice)
    assert "A gateway stood in the way once" in ended.printed


class Talkative(LinksApi):
    """Tells more of a link than is declared."""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        """Show a registered link, and its colour."""
        return super().link_content(session) | {"colour": "green"}


@pytest.mark.parametrize(
    ("setting", "code", "told"), [(None, 0, 1), ("advise", 0, 1), ("fail", 1, 1), ("ignore", 0, 0)]
)
def test_undeclared_fields_are_what_the_target_file_says(
    tmp_path: Path, setting: str | None, code: int, told: int
) -> None:
    """An undeclared field is told as drift and no more, fails, or is ignored."""
    with staging(kind=Talkative) as server:
        file = server.target(tmp_path, undeclared_fields=setting)
        ended = run_here(tmp_path, "--target", file, "-k", "test_200")

    assert ended.exit_code == code, ended.printed
    assert sum(field["path"] == "/colour" for field in ended.report["drift"]) == told
    assert ("colour" in ended.printed) is bool(told)


def test_waivers_are_shown_and_missed_when_needless(tmp_path: Path) -> None:
    """A known cause that is waived leaves a run green and in sight; a waiver that nothing needs is told."""
    needless = "test_500_unexpected_error.py::test_failing_institution_is_answered_500"

    async def in_the_way(request: Received) -> Response | None:
        return None if "authorization" in request.headers else Response("", 403)

    with staging(in_the_way) as server:
        # A cause has the same id in a run of one check as in a whole one.
        found = run_here(tmp_path, "--target", server.target(tmp_path), "-k", "unacceptable_credentials")
        (cause,) = found.report["causes"]
        waivers = [
            {"cause": cause["id"], "reason": "ticket 1", "expires": "2999-12-31"},
            {"check": needless, "reason": "ticket 2", "expires": "2999-12-30"},
        ]
        ended = run_here(tmp_path, "--target", server.target(tmp_path, waivers=waivers))

    told = " ".join(ended.printed.split())
    assert (found.exit_code, ended.exit_code) == (1, 0), ended.printed
    assert [waiver["needed"] for waiver in ended.report["waivers"]] == [True, False]
    assert told.count("no longer needed: take it out") == 1
    assert ", but for 1 waived cause, " in ended.report["verdict"]
    for said in ("ticket 1", "ticket 2", "2999-12-31", "2999-12-30"):
        assert said in told


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="all"),
        pytest.param({"paused_session": None}, id="no session"),
        pytest.param({"limits": {"wrong_credentials": 3}}, id="few wrong credentials"),
    ],
)
def test_a_plan_sends_nothing(tmp_path: Path, settings: dict[str, Any]) -> None:
    """--plan names checks, requests and sessions, as many as the run then needs, and the server hears of nothing."""
    # Threads that meet share a live session or do not: the number is exact for one after another.
    chosen = ("-k", "test_200 or test_428 or unacceptable", *IN_TURN)
    with staging() as server:
        file = server.target(tmp_path, **settings)
        planned = run_here(tmp_path, "--target", file, "--plan", *chosen)
        heard = len(server.received)
        ended = run_here(tmp_path, "--target", file, *chosen)

    assert (planned.exit_code, heard) == (0, 0)
    assert f"Plan for {server.base_url}: nothing was sent to it." in planned.printed
    assert "test_428_mfa_token_required.py::test_wrong_tokens_are_not_accepted" in planned.printed
    resumes, sessions = ended.report["exchanges"] - ended.report["sessions"], ended.report["sessions"]
    assert f"{resumes} resumes, and {sessions} sessions to be paused" in planned.printed


def is_incomplete(ended: Ended, sentence: str) -> None:
    """The run ended with 7 and the sentence, on the terminal and in the record, and calls nothing violated."""
    assert ended.exit_code == 7, ended.printed
    assert sentence in ended.report["verdict"]
    assert sentence in " ".join(ended.printed.split())
    assert not any(check["violations"] for check in ended.report["checks"])

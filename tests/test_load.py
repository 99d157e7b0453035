"""The contract under load: what it finds, what it leaves in peace, how it is bounded, and that it shows no secret."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from starlette.requests import Request
from starlette.responses import Response

from contract_tests.embedded.server import PausedSession, Refusal, Settings
from contract_tests.report.record import load as load_record
from tests.faulty_servers.served import Served
from tests.faulty_servers.under_load import FAULTS_UNDER_LOAD, STYLES_UNDER_LOAD, FailsWhenBusy
from tests.load_command import command, environment, load_part, run_load, target_of
from tests.suite_command import PROJECT

# Looked for and not imported: that would turn the sockets of the tests into gevent's.
pytestmark = [
    pytest.mark.skipif(find_spec("locust") is None, reason="needs requirements-load.lock"),
    pytest.mark.waits,
]
SHORT = ("--seconds", "5", "--requests-per-second", "30", "--users", "16")
BRIEF = ("--seconds", "5", "--requests-per-second", "60", "--users", "30")
"""What a machine that runs other tests besides can keep, with few users: each has a session registered first."""
SOON = ("--requests-per-second", "250")
"""What volume shows is shown sooner at a higher rate; tests/faulty_servers/load_matrix.py keeps to the defaults."""


def test_importing_the_suite_never_imports_gevent() -> None:
    """Neither the suite nor the command imports Locust or gevent unless a load is asked for."""
    script = (
        "import sys, contract_tests.plugin, contract_tests.__main__, contract_tests.verdict.collector;"
        "print([name for name in ('gevent', 'locust', 'zmq') if name in sys.modules],"
        " [name for name in sys.modules if name.startswith('contract_tests.load')])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[] []"


def test_nothing_but_the_command_imports_the_load_room() -> None:
    """Imports go downwards only: the load room uses the others, and none of them uses it."""
    importing = [
        str(file.relative_to(PROJECT))
        for file in (PROJECT / "contract_tests").rglob("*.py")
        if "contract_tests.load" in file.read_text(encoding="utf-8") and file.parent.name != "load"
    ]

    assert importing == ["contract_tests/__main__.py"]


@pytest.mark.parametrize("name", FAULTS_UNDER_LOAD)
def test_faults_under_load_are_found(tmp_path: Path, name: str) -> None:
    """Each is found, and told as a violation with examples."""
    served = FAULTS_UNDER_LOAD[name]()
    with target_of(served, tmp_path) as target:
        ended = run_load(tmp_path, "--target", target, "-x", "--seconds", "60", *SOON)

    assert ended.exit_code == 1, ended.printed + ended.complained
    assert ended.report["causes"]
    assert all(cause["example"] for cause in ended.report["causes"])


def test_the_embedded_server_holds_under_load(tmp_path: Path) -> None:
    """A short run keeps its rate, sees every declared response, and writes all reports with their load part."""
    ended = run_load(tmp_path, *SHORT)

    assert ended.exit_code == 0, ended.printed + ended.complained
    part = load_part(ended)
    assert part["offered"] == 150
    assert 130 <= int(str(part["achieved"])) <= 150
    assert int(str(part["achieved"])) + int(str(part["omitted"])) <= 150
    assert (part["violations"], part["races_lost"]) == (0, 0)
    assert int(str(part["races_held"])) > 0
    assert {code: status["verdict"] for code, status in ended.report["statuses"].items()} == dict.fromkeys(
        ["200", "400", "401", "428", "500"], "holds"
    )
    assert "at most" in ended.printed
    assert "Under load" in (tmp_path / "contract.html").read_text(encoding="utf-8")
    assert load_record(tmp_path / "contract.json").load is not None


@pytest.mark.parametrize("name", STYLES_UNDER_LOAD)
def test_right_servers_hold_under_load(tmp_path: Path, name: str) -> None:
    """Servers that are slow, throttle, close connections, share their sessions or restart keep the contract."""
    served = STYLES_UNDER_LOAD[name]()
    with target_of(served, tmp_path) as target:
        # A busy machine needs a moment to start a server again.
        unanswered = "20" if name == "restarts-in-between" else "1"
        ended = run_load(tmp_path, "--target", target, *BRIEF, "--max-unanswered-percent", unanswered)

    assert ended.exit_code == 0, ended.printed + ended.complained
    assert load_part(ended)["violations"] == 0


def test_workers_divide_a_run(tmp_path: Path) -> None:
    """Two processes keep the rate together, and their counts add up in one report."""
    ended = run_load(tmp_path, *SHORT, "--workers", "2")

    assert ended.exit_code == 0, ended.printed + ended.complained
    part = load_part(ended)
    assert (part["workers"], part["lost_workers"], part["offered"]) == (2, 0, 150)
    assert int(str(part["achieved"])) <= 150
    assert sum(status["seen"] for status in ended.report["statuses"].values()) == part["answers"]


def test_a_plan_sends_nothing(tmp_path: Path) -> None:
    """--plan says what would be sent, to a server that is not there."""
    ended = run_load(
        tmp_path,
        "--plan",
        "--base-url",
        "http://127.0.0.1:9",
        given={"CONTRACT_SECRET_ID": "i", "CONTRACT_SECRET_PASSWORD": "p"},
    )

    assert ended.exit_code == 0, ended.complained
    assert "nothing was sent to it" in ended.printed
    assert "At most 6,000 requests by 50 users" in ended.printed


def test_a_remote_host_is_not_loaded_by_accident(tmp_path: Path) -> None:
    """Without limits of its own for a load, a host that is not loopback gets nothing but a sentence: exit 4."""
    login = {"CONTRACT_SECRET_ID": "i", "CONTRACT_SECRET_PASSWORD": "p"}
    ended = run_load(tmp_path, "--base-url", "https://staging.example.com", given=login)

    assert ended.exit_code == 4
    assert "is not loopback, and is loaded only where its target file says how much" in ended.complained


def test_a_status_that_is_not_declared_cannot_be_accepted(tmp_path: Path) -> None:
    """The load holds a target file against the contract as the checks do: exit 4, and nothing is sent."""
    target = tmp_path / "target.yaml"
    target.write_text('{base_url: "http://127.0.0.1:9", accept_unseen: {"499": "a slip"}}', encoding="utf-8")
    login = {"CONTRACT_SECRET_ID": "i", "CONTRACT_SECRET_PASSWORD": "p"}
    ended = run_load(tmp_path, "--target", str(target), given=login)

    assert ended.exit_code == 4
    assert 'has "499", which openapi.yaml does not declare' in ended.complained


def test_a_target_that_is_away_is_exit_6(tmp_path: Path) -> None:
    """Where nobody listens nothing is loaded."""
    login = {"CONTRACT_SECRET_ID": "i", "CONTRACT_SECRET_PASSWORD": "p"}
    ended = run_load(tmp_path, "--base-url", "http://127.0.0.1:9", given=login)

    assert ended.exit_code == 6, ended.printed + ended.complained
    assert "did not answer" in ended.printed


class StopsToRegister(Served):
    """Registers sixty links and no more."""

    def pause(self, session: PausedSession) -> PausedSession:
        """Pause a session, while there is room."""
        self.registered = getattr(self, "registered", 0) + 1
        if self.registered > 60:
            raise Refusal(503, ("unavailable", "Not now."))
        return super().pause(session)


def test_a_failing_provider_of_sessions_ends_the_run(tmp_path: Path) -> None:
    """Where no more sessions can be paused the run is incomplete, and says what the provider answered."""
    with target_of(StopsToRegister(), tmp_path) as target:
        # A wrong token pauses sessions too, so some answers are 503 themselves.
        ended = run_load(tmp_path, "--target", target, *BRIEF, "--max-violations-per-million", "1000000")

    assert ended.exit_code == 7, ended.printed + ended.complained
    assert "The register request was answered 503 instead of 428" in ended.printed


@pytest.mark.parametrize(
    ("changed", "exit_codes", "told"),
    [
        ({"path": "/api/nowhere/"}, {7}, "The register request was answered 404 instead of 428"),
        (
            {"json": {"institution": "gotham_mx_business", "username": "u", "password": "p"}},
            {0, 7},  # 7 where a busy machine cannot keep the rate
            "A session of second_factor was resumed with its first token: nobody raced for it.",
        ),
    ],
    ids=["it fails", "it asks once"],
)
def test_a_second_factor_that_is_none_is_told(tmp_path: Path, changed: object, exit_codes: set[int], told: str) -> None:
    """A race that cannot be made is not passed over in silence."""
    served = Served()
    with target_of(served, tmp_path) as target:
        settings = yaml.safe_load(Path(target).read_text(encoding="utf-8"))
        settings["second_factor"]["register"] |= changed
        Path(target).write_text(yaml.safe_dump(settings), encoding="utf-8")
        ended = run_load(tmp_path, "--target", target, *BRIEF)

    assert ended.exit_code in exit_codes, ended.printed + ended.complained
    assert told in ended.printed


def test_the_number_of_requests_is_bounded(tmp_path: Path) -> None:
    """A run ends with its last request, over all workers."""
    ended = run_load(tmp_path, "--requests", "120", "--workers", "2", "--seconds", "60")

    assert int(str(load_part(ended)["achieved"])) <= 120
    assert ended.report["seconds"] < 30


def test_sessions_may_come_from_a_command(tmp_path: Path) -> None:
    """A program that pauses a session is run for each of them, while the others go on."""
    served = Served()
    with target_of(served, tmp_path) as target:
        base_url = yaml.safe_load(Path(target).read_text(encoding="utf-8"))["base_url"]
        login = f"{served.settings.secret_id}:{served.settings.secret_password}"
        body = '{"institution": "gotham", "username": "u", "password": "p"}'
        curl = ["curl", "-s", "-u", login, "-H", "Content-Type: application/json", f"{base_url}/api/links/", "-d", body]
        settings = served.target_settings(base_url) | {"paused_session": {"command": curl}}
        Path(target).write_text(yaml.safe_dump(settings), encoding="utf-8")
        ended = run_load(tmp_path, "--target", target, "--seconds", "6", "--requests-per-second", "15", "--users", "10")

    assert ended.exit_code == 0, ended.printed + ended.complained
    assert ended.report["sessions"] > 8


class CountsResumes(Served):
    """Counts what it was asked."""

    resumes = 0

    async def resume(self, request: Request) -> Response:
        """Resume, and count it."""
        self.resumes += 1
        return await super().resume(request)


class NeverAnswers(CountsResumes):
    """Is asked, and does not answer."""

    async def resume(self, request: Request) -> Response:
        """Sleep, for longer than anybody waits."""
        self.resumes += 1
        await asyncio.sleep(60)
        return await super().resume(request)


@pytest.mark.parametrize(
    ("served", "resumes", "workers", "number"),
    [
        pytest.param(CountsResumes(), 100, "1", signal.SIGINT, id="one process"),
        pytest.param(CountsResumes(), 100, "2", signal.SIGINT, id="two workers"),
        pytest.param(NeverAnswers(), 1, "1", signal.SIGTERM, id="before it began"),
    ],
)
def test_an_interrupted_run_ends_within_two_seconds(
    tmp_path: Path, served: CountsResumes, resumes: int, workers: str, number: signal.Signals
) -> None:
    """Ctrl-C and SIGTERM end a run with its reports, exit 2."""
    with (
        target_of(served, tmp_path) as target,
        subprocess.Popen(
            command(tmp_path, "--target", target, "--workers", workers, "--seconds", "60"),
            cwd=PROJECT,
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
        ) as run,
    ):
        deadline = time.monotonic() + 60
        while served.resumes < resumes and time.monotonic() < deadline:
            time.sleep(0.05)
        began = time.monotonic()
        run.send_signal(number)
        printed, _ = run.communicate(timeout=30)
        took = time.monotonic() - began

    assert run.returncode == 2
    # Two seconds on a machine of its own; this one runs other tests.
    assert took < 4
    assert "Interrupted after " in printed
    assert (tmp_path / "contract.html").exists()


CANARIES = {
    "id": "canary-id-4711",
    "password": "Canary-Pässword/of+31",
    "token": "Can4ry-t0ken+of",
    "failing": "F4iling-c4nary",
}


def test_no_secret_is_shown_or_logged(tmp_path: Path) -> None:
    """Neither the reports, nor the output, nor what Locust logs at DEBUG holds a secret or a session."""

    class Canary(FailsWhenBusy):
        """Fails when busy, with secrets of its own, and knows which sessions it handed out."""

        def __init__(self) -> None:
            super().__init__()
            self.paused: list[str] = []

        def pause(self, session: PausedSession) -> PausedSession:
            paused = super().pause(session)
            self.paused.append(str(paused.id))
            return paused

        settings_used = Settings(
            secret_id=CANARIES["id"],
            secret_password=CANARIES["password"],
            accepted_token=CANARIES["token"],
            failing_token=CANARIES["failing"],
        )

    served, log = Canary(), tmp_path / "locust.log"
    script = (
        "import logging, sys; logging.basicConfig(level=logging.DEBUG, filename=sys.argv[1]);"
        "from contract_tests.__main__ import main; sys.exit(main(sys.argv[2:]))"
    )
    with target_of(served, tmp_path) as target:
        reports = tmp_path / "reports"
        done = subprocess.run(
            [sys.executable, "-c", script, str(log), "load", "--report-dir", str(reports), "--target", target, *SHORT],
            cwd=PROJECT,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 1, done.stdout + done.stderr
    texts = {path.name: path.read_text(encoding="utf-8") for path in (log, *reports.iterdir())}
    texts |= {"stdout": done.stdout, "stderr": done.stderr}
    assert "Ramping to 16 users" in texts["locust.log"]
    secrets = [CANARIES["password"], CANARIES["token"], CANARIES["failing"], *served.paused]
    found = [(name, secret) for name, text in texts.items() for secret in secrets if secret in text]
    assert found == []

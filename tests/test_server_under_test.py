"""A target file's `server`: started for the run on a free port, checked, and gone with the run."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract_tests.target.sections import Server
from contract_tests.target.settings import TargetError, load_target
from tests.suite_command import PROJECT, Ended, run_suite
from tests.test_server_process import eventually, runs
from tests.test_target import TODAY

CANARY = "canary-7f3d-Password"
APP = PROJECT / "tests" / "links_app.yaml"
DOCS = (PROJECT / "docs" / "target-file.md").read_text(encoding="utf-8")
SERVES = """
import base64, http.server, os, sys
print("pid", os.getpid(), os.environ["SECRET"], flush=True)
RIGHT = "Basic " + base64.b64encode(f"id:{{os.environ['SECRET']}}".encode()).decode()

class Handler(http.server.BaseHTTPRequestHandler):
    left = {answers}
    wbufsize = -1  # an answer leaves whole, or not at all

    def log_message(self, *words):
        pass

    def do_GET(self):
        self.send_error(503)

    def do_PATCH(self):
        Handler.left -= 1
        if Handler.left < 0:
            print("out of memory", flush=True)
            os._exit(9)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(400 if self.headers.get("Authorization") == RIGHT else 401)
        self.send_header("Content-Type", "application/json")
        body = b'[{{"code": "a", "message": "b", "request_id": "c"}}]'
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
MANY = 1_000_000

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a program and the target file that starts it."""

    def to_file(program: str, **section: Any) -> Path:
        (tmp_path / "server.py").write_text(textwrap.dedent(program), encoding="utf-8")
        settings = {
            "server": {"command": [sys.executable, "server.py", "{port}"], "env": {"SECRET": "${CANARY}"}, **section},
            "credentials": {"secret_id": "id", "secret_password": "${CANARY}"},
        }
        path = tmp_path / "target.yaml"
        path.write_text(yaml.safe_dump(settings), encoding="utf-8")
        return path

    return to_file


def run(target: Path, reports: Path, *arguments: str) -> Ended:
    """Run the suite on a target file of these tests."""
    return run_suite(reports, "--target", str(target), *arguments, environment={"CANARY": CANARY})


def pid_in(log: Path) -> int:
    """Return the process id that the server has printed."""
    found = re.search(r"^pid (\d+)", log.read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    return int(found[1])


def test_an_application_is_started_checked_and_ended(tmp_path: Path) -> None:
    """FastAPI's application that the documentation shows keeps the contract, on a port that it was given."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    ended = run_suite(tmp_path, "--target", str(APP), environment={"PATH": path})

    assert ended.exit_code == 0, ended.printed + ended.complained
    url = ended.report["target"]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
    assert f"running on {url}" in (tmp_path / "server.log").read_text(encoding="utf-8")


def test_the_documentation_quotes_the_application() -> None:
    """What docs/target-file.md quotes is that application, of less than 120 lines; its settings are valid ones."""
    application = (PROJECT / "tests" / "links_app.py").read_text(encoding="utf-8")
    (quoted,) = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    (settings,) = re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)

    assert quoted in application
    assert len(application.splitlines()) < 120
    assert len(re.findall(r"^server:\n(?:  .*\n)+", settings, re.MULTILINE)) == 3


@pytest.mark.parametrize("name", ["uvicorn", "gunicorn", "node"])
def test_the_documented_servers_are_valid(tmp_path: Path, name: str) -> None:
    """Each `server` that docs/target-file.md shows is read from a target file."""
    (section,) = re.findall(rf"# {name}.*\n(server:\n(?:  .*\n)+)", DOCS)
    file = tmp_path / "target.yaml"
    file.write_text(section + "credentials: {secret_id: id, secret_password: password}\n", encoding="utf-8")

    target = load_target(target=file, base_url=None, environment={}, today=TODAY)

    assert target.server is not None
    assert target.server.command[0] == name
    assert target.server.directory == tmp_path
    assert target.limits.requests_per_second is None


def test_a_server_that_does_not_come_up_is_exit_6(write: Write, tmp_path: Path) -> None:
    """Its last twenty lines are shown, and kept in server.log, without secrets."""
    target = write("""
        import os, sys
        for number in range(30):
            print("line", number, os.environ["SECRET"])
        sys.exit("no database")
    """)

    ended = run(target, tmp_path / "reports")

    assert ended.exit_code == 6
    assert "ended with exit code 1 before it answered" in ended.complained
    assert "no database" in ended.complained
    assert len(re.findall(r"^  \| ", ended.complained, re.MULTILINE)) == 20
    log = (tmp_path / "reports" / "server.log").read_text(encoding="utf-8")
    assert len(log.splitlines()) == 31
    assert CANARY not in log + ended.complained + ended.printed


def test_a_server_that_never_answers_is_exit_6_in_time(write: Write, tmp_path: Path) -> None:
    """A server that starts and does not listen is given up after `ready.seconds`, and ended."""
    target = write(
        "import os, time; print('pid', os.getpid(), flush=True); time.sleep(60)", ready={"path": "/up", "seconds": 1}
    )

    started = time.monotonic()
    ended = run(target, tmp_path / "reports")

    assert ended.exit_code == 6
    assert "did not answer GET /up" in ended.complained
    assert time.monotonic() - started < 20
    assert eventually(lambda: not runs(pid_in(tmp_path / "reports" / "server.log")))


def test_a_server_that_ends_during_the_run_is_exit_6(write: Write, tmp_path: Path) -> None:
    """Its last lines are shown before the summary, and the reports are written."""
    target = write(SERVES.format(answers=5))

    ended = run(target, tmp_path / "reports", "-k", "401")

    assert ended.exit_code == 6
    assert ended.report["exit_code"] == 6
    assert "The server under test ended by itself during the run." in ended.printed
    assert "  | out of memory" in ended.printed
    assert CANARY not in ended.printed + (tmp_path / "reports" / "server.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_the_server_ends_with_an_interrupted_run(write: Write, tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM end the run with 2, its reports written, and the server with it."""
    reports = tmp_path / "reports"
    target = write(SERVES.format(answers=MANY).replace("left -= 1", "left -= 1; import time; time.sleep(0.2)"))
    command = [sys.executable, "-m", "contract_tests", "--target", str(target), "--report-dir", str(reports)]
    with subprocess.Popen(
        command, cwd=PROJECT, env=os.environ | {"CANARY": CANARY}, stdout=subprocess.PIPE, text=True
    ) as suite:
        assert suite.stdout is not None
        assert suite.stdout.readline().startswith("checking")
        suite.send_signal(number)
        suite.communicate(timeout=30)

    assert suite.returncode == 2
    assert json.loads((reports / "contract.json").read_text(encoding="utf-8"))["exit_code"] == 2
    assert eventually(lambda: not runs(pid_in(reports / "server.log")))


def test_a_base_url_wins_over_the_server(write: Write) -> None:
    """With --base-url the server of the file is not started."""
    environment = {"CANARY": CANARY}
    target = write("")

    started = load_target(target=target, base_url=None, environment=environment, today=TODAY)
    stands = load_target(target=target, base_url="http://127.0.0.1:9", environment=environment, today=TODAY)

    assert isinstance(started.server, Server)
    assert started.base_url == ""
    assert stands.server is None
    assert stands.base_url == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ({"command": ["serve"], "env": {}}, "is not told its port: write {port}"),
        ({"command": []}, "server.command in .* is empty"),
        ({"command": ["serve", "{port}"], "env": {"A": 1}}, "server.env.A in .* put it in quotes"),
        ({"command": ["serve", "{port}"], "ready": {"second": 1}}, 'did you mean "seconds"'),
        ({"command": ["serve", "{port}"], "ready": {"path": "up"}}, "server.ready.path in .* the path that it answers"),
    ],
)
def test_a_wrong_server_is_one_sentence(write: Write, section: dict[str, Any], sentence: str) -> None:
    """What is wrong with `server` is said with its place, and what to do."""
    with pytest.raises(TargetError, match=sentence):
        load_target(target=write("", **section), base_url=None, environment={"CANARY": CANARY}, today=TODAY)


def test_server_and_base_url_exclude_each_other(write: Write) -> None:
    """A file that names both is refused."""
    file = write("")
    file.write_text(file.read_text(encoding="utf-8") + "base_url: http://127.0.0.1:9\n", encoding="utf-8")

    with pytest.raises(TargetError, match="has both base_url and server"):
        load_target(target=file, base_url=None, environment={"CANARY": CANARY}, today=TODAY)

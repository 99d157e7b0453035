"""The suite against somebody else's server: interrupted it ends, and whatever is echoed it shows no secret."""

from __future__ import annotations

import base64
import html
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from starlette.responses import Response

from contract_tests.contract.document import load
from tests.exchanges import example
from tests.scripted_server import answer, says, scripted
from tests.staging import (
    FAILING,
    PREFLIGHT_REQUESTS,
    SETTINGS,
    TOKEN,
    InTheWay,
    Received,
    after_preflight,
    answers,
    run_here,
    staging,
    takes,
)
from tests.suite_command import PROJECT, run_suite

WORKERS = pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
REPORTS = ["contract.html", "contract.json", "junit.xml"]


@pytest.mark.parametrize(
    ("number", "workers"),
    [
        pytest.param(signal.SIGINT, (), id="Ctrl-C"),
        pytest.param(signal.SIGINT, ("-n", "2"), id="Ctrl-C, two workers"),
        pytest.param(signal.SIGTERM, (), id="SIGTERM"),
    ],
)
def test_an_interrupted_run_ends(tmp_path: Path, number: signal.Signals, workers: tuple[str, ...]) -> None:
    """Ctrl-C and SIGTERM end a run amid an exchange: exit 2, reports written, nothing more sent, no process left."""
    with staging(after_preflight(takes(60))) as server:
        file = server.target(tmp_path, limits={"timeout_seconds": 60})
        with started(tmp_path, "--target", file, *workers) as run:
            until(lambda: len(server.received) > PREFLIGHT_REQUESTS + len(workers) // 2)
            took = interrupted(run, number)
            heard = len(server.received)
            until(lambda: not processes_of(run.pid))
            assert len(server.received) == heard

    assert run.returncode == 2
    assert took < 8
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == REPORTS
    told = json.loads((tmp_path / "reports" / "contract.json").read_text(encoding="utf-8"))
    assert told["exit_code"] == 2
    assert told["verdict"].startswith("Interrupted after ")


@WORKERS
def test_an_interrupted_run_ends_its_commands(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """SIGTERM while the command of paused_session is still at work ends that as well, whichever worker began it."""
    pids = tmp_path / "pids"
    pids.touch()
    with staging() as server:
        # The first session is one for the run to look at; the others are waited for.
        first = json.dumps(server.pause())
        command = [
            "sh",
            "-c",
            f"[ -s '{pids}' ] && exec sh -c 'echo $$ >> {pids}; exec sleep 60'; echo 0 >> '{pids}'; echo '{first}'",
        ]
        limits = {"timeout_seconds": 60}
        file = server.target(tmp_path, paused_session={"command": command}, limits=limits)
        with started(tmp_path, "--target", file, *workers) as run:
            until(lambda: len(pids.read_text().split()) > 1 + len(workers) // 2)
            took = interrupted(run, signal.SIGTERM)

    assert run.returncode == 2
    assert took < 8
    until(lambda: not any(processes_of(int(pid)) for pid in pids.read_text().split()[1:]))


class started:  # noqa: N801 - reads as what it does
    """The command in a process group of its own, which is gone when the `with` block ends."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._command = [sys.executable, "-m", "contract_tests", "--report-dir", str(folder / "reports"), *arguments]

    def __enter__(self) -> subprocess.Popen[bytes]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("CONTRACT_", "PYTEST_"))}
        quiet = subprocess.DEVNULL
        self._run = subprocess.Popen(
            self._command, cwd=PROJECT, env=environment, stdout=quiet, stderr=quiet, start_new_session=True
        )
        return self._run

    def __exit__(self, *_: object) -> None:
        if processes_of(self._run.pid):
            os.killpg(self._run.pid, signal.SIGKILL)
        self._run.wait()


def interrupted(run: subprocess.Popen[bytes], number: signal.Signals) -> float:
    """Interrupt a run, as a terminal or as a pipeline does it, and return the seconds that it takes to end."""
    began = time.monotonic()
    if number == signal.SIGINT:
        os.killpg(run.pid, number)  # a terminal tells all of its processes
    else:
        run.send_signal(number)
    run.wait(20)
    return time.monotonic() - began


def processes_of(group: int) -> list[str]:
    """Return the processes of a group that are not dead."""
    listed = subprocess.run(["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True).stdout
    lines = [line.split(None, 2) for line in listed.splitlines()]
    return [" ".join(rest) for pgid, state, *rest in lines if int(pgid) == group and not state.startswith("Z")]


def until(happens: object, seconds: float = 20) -> None:
    """Wait until something is true."""
    assert callable(happens)
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def test_no_redirect_takes_anything_to_another_host(tmp_path: Path) -> None:
    """A redirect of resumes and registrations is an answer, whenever it comes; the host that it names hears nothing."""
    with scripted(says(answer())) as other:
        elsewhere = Response("", 307, {"Location": f"{other.base_url}/api/links/"})
        redirects = answers(elsewhere, method="PATCH")
        for in_the_way, code in (
            (redirects, 7),
            (after_preflight(redirects), 1),
            (answers(elsewhere, method="POST"), 7),
        ):
            with staging(in_the_way) as server:
                ended = run_here(tmp_path, "--target", server.target(tmp_path), "-k", "test_200 or test_401")
            assert ended.exit_code == code, ended.printed
            assert "307" in ended.printed

    assert other.connections == 0


def test_annotations_stand_on_the_line_of_the_clause(tmp_path: Path) -> None:
    """Under GitHub Actions a cause is an annotation on the line of openapi.yaml that it breaks."""
    link = {"Content-Type": "application/json"}
    body = json.dumps(example(200))
    with staging(after_preflight(answers(Response(body, 200, link), method="PATCH"))) as server:
        arguments = ("--target", server.target(tmp_path), "-k", "unacceptable_credentials")
        ended = run_here(tmp_path, *arguments, environment={"GITHUB_ACTIONS": "true"})
        without = run_here(tmp_path, *arguments)

    line = load().line("/components/responses/Unauthorized")
    (annotation,) = [line for line in ended.printed.splitlines() if line.startswith("::")]
    assert annotation.startswith(f"::error file=openapi.yaml,line={line},title=unacceptable credentials are accepted")
    assert "Unauthorized" in (PROJECT / "openapi.yaml").read_text(encoding="utf-8").splitlines()[line - 1]
    assert "\n::" not in without.printed


def spellings(word: str) -> Iterator[str]:
    """Yield a word as it is, in capitals, and as JSON, URLs, HTML, base64 and hexadecimal notation spell it."""
    raw = word.encode("utf-8", "surrogatepass")
    yield from (word, word.upper(), json.dumps(word)[1:-1], json.dumps(word)[1:-1].replace("/", "\\/"))
    yield from (quote(raw, safe=""), quote_plus(raw), quote(raw, safe="").lower(), html.escape(word))
    yield html.escape(word).replace("&quot;", "&#34;").replace("+", "&#43;")
    yield "".join(f"&#{ord(character)};" for character in word)
    yield raw.hex()
    yield from base64s(raw)


def base64s(raw: bytes) -> Iterator[str]:
    """Yield the base64 of bytes that stand at the start of a text, and behind one and two others."""
    for before in (b"", b"x", b"xy"):
        yield base64.b64encode(before + raw).decode()
        yield base64.urlsafe_b64encode(before + raw).decode()


def traces(word: str) -> Iterator[str]:
    """Yield what gives a word away: its spellings, and the middle of its base64, whatever stands around it."""
    yield from spellings(word)
    yield from (encoded[4:-4] for encoded in base64s(word.encode()))


def heard(request: Received) -> Iterator[str]:
    """Yield what a server has heard: the header, the pair in it, the body, and each field of it."""
    header = request.headers.get("authorization", "")
    yield header
    try:
        pair = base64.b64decode(header.partition(" ")[2]).decode()
    except ValueError:
        pair = header.encode("latin-1").decode("utf-8", "replace")
    yield from (pair, pair.partition(":")[2])
    yield request.body[:2000].decode("utf-8", "replace")
    try:
        value = json.loads(request.body)
    except (ValueError, RecursionError):
        return
    yield from (text for text in (value.values() if isinstance(value, dict) else ()) if isinstance(text, str))


def echoes(way: str) -> InTheWay:
    """Answer each resume with all that was heard, in every spelling."""

    async def in_the_way(request: Received) -> Response | None:
        if request.method != "PATCH":
            return None
        said = [spelled for word in heard(request) for spelled in spellings(word) if spelled]
        text = " | ".join(said).encode("utf-8", "replace").decode()
        line = "".join(character for character in text if " " <= character <= "~")[:6000]
        line = line.rpartition(" | ")[0].strip()  # half a word is nobody's secret
        error = {"code": line, "message": text, "request_id": text}
        return {
            "message": Response(json.dumps([error]), 400, media_type="application/json"),
            "page": Response(f"<html>{text}", 502, media_type="text/html"),
            "headers": Response("[]", 400, {"Content-Type": f"text/{line}", "X-Echo": line, "Location": f"/?{line}"}),
            "fields": Response(json.dumps([error | dict.fromkeys(said, "")]), 400, media_type="application/json"),
            "coding": Response("[]", 400, {"Content-Encoding": TOKEN, "Content-Type": "application/json"}),
        }[way]

    return in_the_way


@pytest.mark.parametrize("way", ["message", "page", "headers", "fields", "coding"])
def test_no_secret_is_shown_or_kept(tmp_path: Path, way: str) -> None:
    """Whatever a server echoes, no output and no file holds the password, a token, the pair or a session."""
    names = {
        "STAGING_ID": SETTINGS.secret_id,
        "STAGING_PASSWORD": SETTINGS.secret_password,
        "STAGING_TOKEN": TOKEN,
        "STAGING_FAILING": FAILING,
    }
    summary = tmp_path / "summary.md"
    summary.touch()
    pipeline = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary), "PYTHONPATH": str(PROJECT)}
    with staging(after_preflight(echoes(way))) as server:
        file = server.target(
            tmp_path,
            credentials={"secret_id": "${STAGING_ID}", "secret_password": "${STAGING_PASSWORD}"},
            tokens={"accepted": "${STAGING_TOKEN}", "failing": "${STAGING_FAILING}"},
        )
        # As a user's own run: from another folder, in which whatever it leaves behind is found.
        some = "test_200 or unacceptable or reaches or malformed_bodies_are and (cut or form or missing)"
        arguments = ("--target", file, "--profile", "quick", "-k", some, "-v")
        ended = run_suite(tmp_path / "reports", *arguments, project=tmp_path, environment=names | pipeline)

    assert ended.exit_code == 1, ended.printed
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == REPORTS
    kept = {str(path): path.read_text(encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file()}
    kept |= {"stdout": ended.printed, "stderr": ended.complained}
    pair = f"{SETTINGS.secret_id}:{SETTINGS.secret_password}"
    sessions = [str(paused.id) for paused in server.paused]
    assert sessions
    secrets = {spelled.lower() for word in (pair, *list(names.values())[1:], *sessions) for spelled in traces(word)}
    for name, text in kept.items():
        lowered = text.lower()
        assert not [secret for secret in secrets if secret in lowered], name

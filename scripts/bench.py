"""Measure the suite and the client, each figure against another of the same run where it can be (needs Linux)."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import h11
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

import bench_client  # noqa: E402
import bench_load  # noqa: E402

from contract_tests.cases.credentials import RIGHT  # noqa: E402
from contract_tests.contract import load  # noqa: E402
from contract_tests.embedded.server import Settings  # noqa: E402
from contract_tests.target.settings import Credentials, Target  # noqa: E402
from contract_tests.wire import (  # noqa: E402
    Answer,
    Budget,
    Request,
    Wire,
)

SETTINGS = Settings()
CREDENTIALS = Credentials(SETTINGS.secret_id, SETTINGS.secret_password)
ROUNDS = 3
SENT_BY_A_LOOP = 600
SLOW_SECONDS = 0.15
MEBIBYTE = 1024 * 1024
BODY_BYTES = 1024 * MEBIBYTE

SERVE = """
import asyncio, sys
from contract_tests.embedded.server import create_app, serve_in_thread

api, requests = create_app(), 0

async def counting(scope, receive, send):
    global requests
    requests += 1
    await asyncio.sleep(float(sys.argv[1]))
    await api(scope, receive, send)

with serve_in_thread(counting) as base_url:
    print(base_url, flush=True)
    for line in sys.stdin:
        print(requests, flush=True)
"""
READ = """
import pathlib, sys
from contract_tests.wire import Request, Wire
from contract_tests.target.settings import Credentials, Limits, Target
from contract_tests.wire import Budget

def peak():
    # What getrusage tells includes what the process was forked from.
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])

wire = Wire(Target(sys.argv[1], Credentials("i", "p"), limits=Limits(timeout_seconds=60)), Budget(9, None), "bench")
before = peak()
outcome = wire.send(Request(b"{}", "application/json", None, "PATCH", "/api/links/"))
wire.close()
print(peak() - before, outcome.sentence, sep="\\n")
"""


class Figure(NamedTuple):
    """What was measured, in words, and what it is meant to reach."""

    name: str
    measured: str
    aim: str


class Ran(NamedTuple):
    """A command that has ended: its seconds, its exit status, and the most memory it had resident, in MiB."""

    seconds: float
    status: int
    mebibytes: float


def main() -> int:
    """Print each figure as soon as it is known."""
    measures = (embedded_run, against_schemathesis, sending_loop, large_bodies, slow_server, paced_server, under_load)
    for measure in measures:
        for figure in measure():
            print(f"{figure.name:<44} {figure.measured:<34} ({figure.aim})", flush=True)
    return bench_client.main()


def embedded_run() -> Iterator[Figure]:
    """Run the suite as `make contract` does: in a new folder each time, where no run has left anything behind."""
    runs, exchanges = [], 0
    for _ in range(1 + ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            runs.append(run(suite(folder), folder))
            exchanges = exchanges_of(folder)
    assert {each.status for each in runs} == {0}
    seconds = statistics.median(each.seconds for each in runs[1:])
    yield Figure("embedded run, exchanges", f"{exchanges}", "at most 900")
    yield Figure("embedded run, seconds", f"{seconds:.1f}", "at most 3")
    yield Figure("embedded run, resident", f"{max(each.mebibytes for each in runs):.0f} MiB", "at most 80")


def against_schemathesis() -> Iterator[Figure]:
    """Let the suite and `st run`, both with their defaults, check one server in turn; compare the seconds they take."""
    seconds: dict[str, list[float]] = {"suite": [], "st": []}
    with tempfile.TemporaryDirectory() as folder, server() as (base_url, _):
        auth = f"{SETTINGS.secret_id}:{SETTINGS.secret_password}"
        st = [str(Path(sys.executable).with_name("st")), "run", str(ROOT / "openapi.yaml"), "--url", base_url]
        commands = {"suite": suite(folder, "--target", target(folder, base_url)), "st": [*st, "--auth", auth]}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                with tempfile.TemporaryDirectory() as fresh:
                    seconds[name].append(run(command, fresh).seconds)
    ratios = [ours / theirs for ours, theirs in zip(seconds["suite"], seconds["st"], strict=True)]
    measured = f"{statistics.median(ratios):.2f}, {statistics.median(seconds['suite']):.1f} s"
    yield Figure("suite / st run, seconds", measured, "at most 0.3")


def sending_loop() -> Iterator[Figure]:
    """Send one request many times with the suite's wire, and with h11 on a socket and nothing else; compare the CPU."""
    contract = load()
    authorization = RIGHT.value(CREDENTIALS)
    request = Request(b'{"session": "none"}', contract.media_type, authorization, contract.method, contract.path)
    costs: dict[Callable[[str, Request], None], list[float]] = {}
    with server() as (base_url, _):
        for _ in range(1 + ROUNDS):
            for loop in (wire_loop, bare_loop):
                started = time.process_time()
                loop(base_url, request)
                costs.setdefault(loop, []).append((time.process_time() - started) / SENT_BY_A_LOOP)
    ratios = [ours / theirs for ours, theirs in zip(costs[wire_loop][1:], costs[bare_loop][1:], strict=True)]
    measured = f"{statistics.median(ratios):.2f}, {statistics.median(costs[wire_loop][1:]) * 1000:.2f} ms an exchange"
    yield Figure("wire alone, to h11 on a socket, CPU", measured, "at most 1.5")


def wire_loop(base_url: str, request: Request) -> None:
    """Send a request again and again with the suite's wire."""
    sending = Wire(Target(base_url, CREDENTIALS), Budget(SENT_BY_A_LOOP, None), "bench")
    for _ in range(SENT_BY_A_LOOP):
        assert isinstance(sending.send(request), Answer)
    sending.close()


def bare_loop(base_url: str, request: Request) -> None:
    """Send a request again and again on one connection, with the same headers."""
    host, _, port = base_url.removeprefix("http://").partition(":")
    headers = [
        (b"Host", host.encode()),
        (b"User-Agent", b"bench"),
        (b"Accept", b"application/json"),
        (b"Accept-Encoding", b"gzip, deflate"),
        (b"Content-Length", b"%d" % len(request.content)),
        (b"Authorization", request.authorization or b""),
        (b"Content-Type", b"application/json"),
    ]
    protocol = h11.Connection(h11.CLIENT)
    with socket.create_connection((host, int(port))) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(SENT_BY_A_LOOP):
            head = protocol.send(h11.Request(method=request.method, target=request.path, headers=headers))
            body = protocol.send(h11.Data(data=request.content)) + protocol.send(h11.EndOfMessage())
            connection.sendall(head + body)
            while not isinstance(event := protocol.next_event(), h11.EndOfMessage):
                if event is h11.NEED_DATA:
                    protocol.receive_data(connection.recv(65536))
            protocol.start_next_cycle()


def large_bodies() -> Iterator[Figure]:
    """Read the beginning of an answer of 1 GiB, as it is and compressed, in a fresh process each."""
    packing = zlib.compressobj(wbits=31)
    zeros = bytes(MEBIBYTE)
    bomb = b"".join(packing.compress(zeros) for _ in range(BODY_BYTES // MEBIBYTE)) + packing.flush()
    answers = {"body of 1 GiB": ("", BODY_BYTES, zeros), "gzip bomb of 1 GiB": ("gzip", len(bomb), bomb)}
    for name, (coding, length, content) in answers.items():
        with flood(coding, length, content) as base_url:
            done = subprocess.run(
                [sys.executable, "-c", READ, base_url], cwd=ROOT, capture_output=True, text=True, check=True
            )
        grown, sentence = done.stdout.splitlines()
        assert "too large" in sentence, sentence
        yield Figure(f"{name}, memory", f"{int(grown) / 1024:.1f} MiB", "under 50")


def slow_server() -> Iterator[Figure]:
    """Check a server that takes its time: one case under way, eight, as it comes, and as one elsewhere is checked."""
    ways: dict[str, tuple[str, ...]] = {f"{number} under way": ("--concurrency", str(number)) for number in (1, 8)}
    ways |= {"as it comes": (), "profile quick": ("--profile", "quick")}
    with tempfile.TemporaryDirectory() as folder, server(SLOW_SECONDS) as (base_url, _):
        file = target(folder, base_url)
        runs = {name: run(suite(folder, "--target", file, *way), folder) for name, way in ways.items()}
    assert {each.status for each in runs.values()} == {0}
    slowest = runs["1 under way"].seconds
    for name, each in runs.items():
        aim = "at most 12" if name in ("as it comes", "profile quick") else ""
        measured = f"{each.seconds:.1f}, {each.seconds / slowest:.2f} of one"
        yield Figure(f"150 ms an answer, {name}, seconds", measured, aim)


def paced_server() -> Iterator[Figure]:
    """Check a server at the pace and with the profile of a staging: its requests take their time, and 2 s more."""
    with tempfile.TemporaryDirectory() as folder, server() as (base_url, received):
        file = target(folder, base_url, limits={"requests_per_second": 20}, profile="quick")
        ran = run(suite(folder, "--target", file), folder)
        requests = received()
    assert ran.status == 0
    measured = f"{ran.seconds:.1f} s for {requests} requests"
    yield Figure("20 requests a second, profile quick", measured, f"at most {requests / 20 + 2:.0f} s, 400 requests")


def under_load() -> Iterator[Figure]:
    """Measure what judging every answer costs under load, in time and memory."""
    for figure in bench_load.figures():
        yield Figure(*figure)


def suite(folder: str, *arguments: str) -> list[str]:
    """Return the command that runs the suite."""
    return [sys.executable, "-m", "contract_tests", "--report-dir", folder, *arguments]


def run(command: list[str], folder: str) -> Ran:
    """Run a command to its end, with nothing of this environment that steers it; its litter goes into the folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CONTRACT_", "GITHUB_"))}
    environment["PYTHONPATH"] = str(ROOT)
    started = time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as it:
        _, status, usage = os.wait4(it.pid, 0)
        it.returncode = os.waitstatus_to_exitcode(status)
    return Ran(time.perf_counter() - started, it.returncode, usage.ru_maxrss / 1024)


def exchanges_of(folder: str) -> int:
    """Return how many exchanges the last run made."""
    return int(json.loads((Path(folder) / "contract.json").read_text(encoding="utf-8"))["exchanges"])


def target(folder: str, base_url: str, **more: object) -> str:
    """Write a target file for an embedded server, and return its path."""
    embedded = ROOT / "contract_tests" / "targets" / "embedded.yaml"
    settings = yaml.safe_load(embedded.read_text(encoding="utf-8")) | {"base_url": base_url, **more}
    path = Path(folder) / "target.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return str(path)


@contextlib.contextmanager
def server(seconds: float = 0) -> Iterator[tuple[str, Callable[[], int]]]:
    """Serve the Links API in another process; each answer takes some seconds. Give its URL and a count of requests."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", SERVE, str(seconds)]
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin
        assert process.stdout
        asking, answers = process.stdin, process.stdout

        def received() -> int:
            print(file=asking, flush=True)
            return int(answers.readline())

        yield answers.readline().strip(), received
        asking.close()


@contextlib.contextmanager
def flood(coding: str, length: int, content: bytes) -> Iterator[str]:
    """Answer one request with a body of some length, the content over and over, until the other side has enough."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(ConnectionError):
                connection.recv(65536)
                head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
                connection.sendall((head + (f"Content-Encoding: {coding}\r\n" if coding else "") + "\r\n").encode())
                for _ in range(length // len(content)):
                    connection.sendall(content)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(timeout=5)


if __name__ == "__main__":
    sys.exit(main())

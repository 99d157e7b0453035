"""Measure the run under load: what judging costs, against Locust's own client, over two processes, and in memory."""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ROUNDS, SECONDS, COMPARED_SECONDS = 3, 3.0, 15.0
USERS = 16
REQUESTS = 100_000

SERVE = """
import asyncio, uuid

class Canned(asyncio.Protocol):
    # Answers each request with a declared 400 that is new each time, and as little else as possible.
    def connection_made(self, transport):
        self.transport, self.received = transport, b""

    def data_received(self, data):
        self.received += data
        while b"\\r\\n\\r\\n" in self.received:
            head, _, rest = self.received.partition(b"\\r\\n\\r\\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\\r\\n")[0] or 0)
            if len(rest) < length:
                return
            self.received = rest[length:]
            body = b'[{"code": "a_code", "message": "A message.", "request_id": "%s"}]' % str(uuid.uuid4()).encode()
            self.transport.write(
                b"HTTP/1.1 400 Bad Request\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n%s"
                % (len(body), body)
            )

async def main():
    server = await asyncio.get_running_loop().create_server(Canned, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()

asyncio.run(main())
"""
CALL = """
import locust, gc, json, pathlib, sys, threading, time, uuid
from locust.contrib.fasthttp import FastHttpSession
from locust.event import EventHook
from contract_tests.cases.bodies import not_resumable
from contract_tests.cases.credentials import RIGHT
from contract_tests.cases.deliveries import KEPT
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract import load
from contract_tests.exchange.expectation import assert_answer
from contract_tests.load.budget import LoadBudget
from contract_tests.load.caller import Caller, Counter
from contract_tests.load.schedule import OpenSchedule
from contract_tests.run.requests import resume_request
from contract_tests.run.run import Run
from contract_tests.target.settings import Credentials, Target
from contract_tests.wire import Budget

kinds, base_url, users, seconds, requests = sys.argv[1].split(","), sys.argv[2], *map(float, sys.argv[3:])
gc.set_threshold(50_000, 20, 50)  # as `python -m contract_tests` does

class Unpaced(LoadBudget):
    def reserve(self, count=1):
        return time.monotonic()

    def acquire(self, count=1):
        return Budget.acquire(self, count)

target, contract = Target(base_url, Credentials("an-id", "a-Password-1")), load()
budget = Unpaced(10**9, OpenSchedule(1.0, time.monotonic(), float("inf")))
run = Run(target, contract, budget, 1)
counter = Counter(run, budget, seconds_of_a_part=1.0, crowd=16)
ends, sent, until = time.monotonic() + seconds, 0, 0

def body():
    return not_resumable(Lease(str(uuid.uuid4()), str(uuid.uuid4()), "1234ab"), "a session that is spent")

def going():
    return time.monotonic() < ends and sent < until

def judged():
    global sent
    caller = Caller(counter, "bench")
    while going():
        caller.begin("spent session")
        caller.send(body(), lambda answer: assert_answer(answer).has_status(400))
        sent += 1

def unjudged():
    global sent
    while going():
        run.wire.send(resume_request(target, contract, body(), RIGHT, KEPT))
        sent += 1

def locusts():
    global sent
    session = FastHttpSession(base_url=base_url, request_event=EventHook(), user=None)
    while going():
        headers = {"Content-Type": "application/json", "Authorization": RIGHT.value(target.credentials).decode()}
        session.patch("/api/links/", data=body().content, headers=headers, name="resume")
        sent += 1

def resident():
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * 4096

def cost(kind):
    # Of one slice, in processor time a request.
    global until
    until, before, cpu = min(sent + SLICE, requests), sent, time.process_time()
    threads = [threading.Thread(target=globals()[kind]) for _ in range(int(users))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (time.process_time() - cpu) / max(sent - before, 1)

SLICE = 500
began, warm = time.monotonic(), None
costs = {kind: [] for kind in kinds}
while time.monotonic() < ends and sent < requests:
    # In turn, so that whatever else the machine does meets all of them alike.
    for kind, found in costs.items():
        found.append(cost(kind))
    warm = warm or (resident() if sent >= requests / 20 else None)
took = time.monotonic() - began
print(json.dumps({
    "costs": costs, "sent": sent, "rate": sent / took, "grown": resident() - (warm or resident()),
    "wrong": counter.tally.wrong,
}))
"""


def figures() -> Iterator[tuple[str, str, str]]:
    """Yield each figure: its name, what was measured, and what it is meant to reach."""
    with server() as base_url:
        (done,) = called(base_url, "judged,unjudged,locusts", seconds=COMPARED_SECONDS)
        costs = done["costs"]
        per_second = f"{1 / statistics.median(costs['judged']):.0f} requests a second of processor time"
        yield "load: judged / unjudged", f"{ratio(costs['unjudged'], costs['judged'])}, {per_second}", "at least 0.85"
        yield "load: judged / bare FastHttpUser", ratio(costs["locusts"], costs["judged"]), "at least 1.0"
        one, two = [], []
        for _ in range(ROUNDS):
            one.append(called(base_url, "judged")[0]["rate"])
            two.append(sum(each["rate"] for each in called(base_url, "judged", processes=2)))
        yield "load: two workers / one", ratio(two, one), "at least 1.6"
        (done,) = called(base_url, "judged", seconds=600, requests=REQUESTS)
        assert done["sent"] >= REQUESTS
        assert done["wrong"] == 0
        yield f"load: memory grown, {REQUESTS:,} requests", f"{done['grown'] / 2**20:.1f} MiB", "under 5"


def ratio(one: list[float], other: list[float]) -> str:
    """Return how two figures of the same rounds compare."""
    return f"{statistics.median(a / b for a, b in zip(one, other, strict=True)):.2f}"


def called(
    base_url: str, kind: str, *, processes: int = 1, seconds: float = SECONDS, requests: int = 10**9
) -> list[dict[str, Any]]:
    """Call with so many processes at the same time, and return what each of them measured."""
    command = [sys.executable, "-c", CALL, kind, base_url, f"{USERS}", f"{seconds}", f"{requests}"]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    return [json.loads(process.communicate()[0]) for process in running]


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Serve canned answers in another process, and give its base URL."""
    with subprocess.Popen([sys.executable, "-c", SERVE], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


if __name__ == "__main__":
    for name, measured, aim in figures():
        print(f"{name:<44} {measured:<34} ({aim})", flush=True)

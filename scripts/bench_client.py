"""Measure the generated client against bare httpx, and the published SDK of such an API, on one embedded server."""

import asyncio
import importlib
import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import httpx

ROOT = Path(__file__).resolve().parent.parent
GENERATED = ROOT / "generated"
sys.path[:0] = [str(ROOT), str(GENERATED)]

from links_api_client import Client, basic_auth_client  # noqa: E402
from links_api_client.api.links import resume  # noqa: E402
from links_api_client.models import ResumeRequest  # noqa: E402

from contract_tests.embedded.server import Settings  # noqa: E402

ROUNDS, CALLS, IMPORTS = 15, 20, 11
SETTINGS = Settings()
AUTH = (SETTINGS.secret_id, SETTINGS.secret_password)
REGISTRATION = {"institution": "gotham_mx_business", "username": "u", "password": "p"}
SERVE = """
import sys
from contract_tests.embedded.server import create_app, serve_in_thread
with serve_in_thread(create_app()) as base_url:
    print(base_url, flush=True)
    sys.stdin.read()
"""
IMPORT = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


class Paused(NamedTuple):
    """A session to resume."""

    session: str
    link: str


Contender = Callable[[list[Paused]], None]


def main() -> int:
    """Print each ratio with what it is meant to reach."""
    with embedded_server() as base_url, httpx.Client(base_url=base_url, auth=AUTH) as bare, asyncio.Runner() as runner:
        client = basic_auth_client(base_url, *AUTH)
        bare_async = httpx.AsyncClient(base_url=base_url, auth=AUTH)
        ours = client_contender(client)
        told = [
            ("client, sync / bare httpx", "at least 0.9", ratio(bare, ours, bare_contender(bare))),
            (
                "client, async / bare httpx",
                "at least 0.9",
                ratio(bare, async_client_contender(client, runner), async_bare_contender(bare_async, runner)),
            ),
        ]
        if sdk := sdk_contender(base_url):
            told.append(("client, sync / belvo-python", "above 1", ratio(bare, ours, sdk)))
        client.get_httpx_client().close()
        runner.run(client.get_async_httpx_client().aclose())
        runner.run(bare_async.aclose())
    for name, aim, (faster, speed) in told:
        print(f"{name:<30} {faster:6.2f}  ({aim}; {speed:.0f} calls a second)")
    if not sdk:
        print(f"{'client, sync / belvo-python':<30}      -  (not installed)")
    print(f"{'import client / import httpx':<30} {import_ratio():6.2f}  (at most 1.3)")
    return 0


@contextmanager
def embedded_server() -> Iterator[str]:
    """Serve the reference server in a process of its own, so that it takes no time from those who are measured."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", SERVE], env=environment, stdin=pipe, stdout=pipe, text=True) as server:
        assert server.stdout
        yield server.stdout.readline().strip()
        server.communicate()


def ratio(registrar: httpx.Client, one: Contender, other: Contender) -> tuple[float, float]:
    """Let two resume alternately; return how much faster the first is, and its calls per second."""
    rates: dict[Contender, list[float]] = {one: [], other: []}
    for at in range(ROUNDS + 1):
        for contender in (one, other) if at % 2 else (other, one):
            sessions = [paused(registrar) for _ in range(CALLS)]
            start = time.perf_counter()
            contender(sessions)
            if at:  # the first round warms up
                rates[contender].append(CALLS / (time.perf_counter() - start))
    each = [mine / theirs for mine, theirs in zip(rates[one], rates[other], strict=True)]
    return statistics.median(each), statistics.median(rates[one])


def paused(registrar: httpx.Client) -> Paused:
    """Register a link and return what it is paused at."""
    body = registrar.post("/api/links/", json=REGISTRATION).json()
    return Paused(body["session"], body["link"])


def request_of(one: Paused) -> dict[str, Any]:
    """Write the body that all contenders send."""
    return {"session": one.session, "token": SETTINGS.accepted_token, "link": one.link}


def bare_contender(client: httpx.Client) -> Contender:
    """Resume with httpx alone."""

    def contend(sessions: list[Paused]) -> None:
        for one in sessions:
            client.patch("/api/links/", json=request_of(one)).raise_for_status()

    return contend


def async_bare_contender(client: httpx.AsyncClient, runner: asyncio.Runner) -> Contender:
    """Resume with httpx alone, in a coroutine."""

    async def contend(sessions: list[Paused]) -> None:
        for one in sessions:
            (await client.patch("/api/links/", json=request_of(one))).raise_for_status()

    return lambda sessions: runner.run(contend(sessions))


def client_contender(client: Client) -> Contender:
    """Resume with the generated client."""

    def contend(sessions: list[Paused]) -> None:
        for one in sessions:
            resume.sync_or_raise(client=client, body=model_of(one))

    return contend


def async_client_contender(client: Client, runner: asyncio.Runner) -> Contender:
    """Resume with the generated client, in a coroutine."""

    async def contend(sessions: list[Paused]) -> None:
        for one in sessions:
            await resume.asyncio_or_raise(client=client, body=model_of(one))

    return lambda sessions: runner.run(contend(sessions))


def model_of(one: Paused) -> ResumeRequest:
    """Write the request as a caller of the client does."""
    return ResumeRequest(session=UUID(one.session), token=SETTINGS.accepted_token, link=UUID(one.link))


def sdk_contender(base_url: str) -> Contender | None:
    """Resume with belvo-python, where it is installed."""
    if not importlib.util.find_spec("belvo"):
        return None
    sdk = importlib.import_module("belvo.client").Client(*AUTH, base_url)

    def contend(sessions: list[Paused]) -> None:
        for one in sessions:
            assert sdk.Links.resume(one.session, SETTINGS.accepted_token, link=one.link)["id"] == one.link

    return contend


def import_ratio() -> float:
    """Import client and httpx in fresh processes, in turn, both compiled as pip leaves them; compare the medians."""
    times: dict[str, list[float]] = {"links_api_client.api.links.resume": [], "httpx": []}
    with tempfile.TemporaryDirectory() as compiled:
        environment = os.environ | {"PYTHONPATH": str(GENERATED), "PYTHONPYCACHEPREFIX": compiled}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for _ in range(1 + IMPORTS):
            for name, taken in times.items():
                command = [sys.executable, "-c", IMPORT.format(name)]
                taken.append(float(subprocess.run(command, env=environment, capture_output=True, check=True).stdout))
    ours, theirs = (statistics.median(taken[1:]) for taken in times.values())
    return ours / theirs


if __name__ == "__main__":
    sys.exit(main())

"""The repeat line of a failure sends what failed, and the same seed sends the same bodies."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from starlette.responses import JSONResponse, Response

from contract_tests.cases.credentials import UNACCEPTABLE
from tests.staging import FAILING, SETTINGS, TOKEN, Received, Staging, run_here, staging

SESSION, LINK = "6f1c2a0e-57b3-4a68-9d0c-1b5e8f7a2c43", "b07e4d19-8c2f-4e5a-a3d6-90f2c1e8b754"
UUID = re.compile(rb"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{11}", re.IGNORECASE)
DOCUMENTED = {
    "CONTRACT_SECRET_ID": SETTINGS.secret_id,
    "CONTRACT_SECRET_PASSWORD": SETTINGS.secret_password,
    "SESSION": SESSION,
    "LINK": LINK,
    "TOKEN": TOKEN,
    "FAILING_TOKEN": FAILING,
}


class Numbered:
    """Pauses one and the same session each time, and answers each resume with its number, which nobody declared."""

    def __init__(self) -> None:
        self.resumes: list[Received] = []

    async def __call__(self, request: Received) -> Response:
        """Answer a request."""
        if request.method == "POST":
            return JSONResponse({"session": SESSION, "link": LINK}, 428)
        self.resumes.append(request)
        return JSONResponse({"number": len(self.resumes) - 1}, 418)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed, which the repeat lines call")
def test_a_repeat_line_sends_what_failed(tmp_path: Path) -> None:
    """Every repeat line, pasted into sh with the documented variables, sends the same credentials, type and body."""
    numbered = Numbered()
    with staging(numbered) as server:
        # One generated body will do: to make failing ones smaller takes seconds.
        most = "not protocol and not generated_cases or test_invalid_bodies_are_refused[0]"
        ended = run_here(tmp_path, "--target", server.target(tmp_path), "-k", most)
        sent = list(numbered.resumes)
        violations = [violation for check in ended.report["checks"] for violation in check["violations"]]
        pasted = "\n".join(violation["repeat"] for violation in violations)
        done = shell(pasted)

    repeated = numbered.resumes[len(sent) :]
    assert done.stderr == b""
    assert len(repeated) == len(violations) > len(BROKEN) + len(NASTY_TOKENS) + 2 * len(UNACCEPTABLE)
    assert {breakage.name for breakage in BROKEN} <= {violation["case"] for violation in violations}
    for violation, again in zip(violations, repeated, strict=True):
        number = re.search(r'"number": (\d+)', violation["answer"])
        assert number, violation
        assert essence(again) == essence(sent[int(number[1])]), violation["repeat"]


def shell(pasted: str) -> subprocess.CompletedProcess[bytes]:
    """Run lines in sh, with the documented variables and nothing else."""
    environment = DOCUMENTED | {"PATH": os.environ["PATH"]}
    return subprocess.run(["sh"], input=pasted.encode(), env=environment, capture_output=True, check=False, timeout=60)


def essence(request: Received) -> tuple[object, ...]:
    """What a request says: credentials, media type and body, a form without regard to how it is escaped."""
    media_type = request.headers.get("content-type")
    form = media_type == "application/x-www-form-urlencoded" and request.body.startswith(b"session=")
    return request.headers.get("authorization"), media_type, parse_qs(request.body) if form else request.body


def test_a_seed_stands_for_its_bodies(tmp_path: Path) -> None:
    """The same seed sends the same bodies, by one worker, by two, and when a check runs by itself; another does not."""
    everything = sent_by(tmp_path, "--seed", "7")
    by_two = sent_by(tmp_path, "--seed", "7", "-n", "2", "-k", "invalid_bodies or unknown_link or protocol")
    alone = sent_by(tmp_path, "--seed", "7", "-k", "test_invalid_bodies_are_refused")
    another = sent_by(tmp_path, "--seed", "8", "-k", "test_invalid_bodies_are_refused")

    # Each worker proves with a right body that the live session of a file is alive.
    right = max(by_two, key=lambda body: by_two[body])
    assert TOKEN.encode() in right
    del by_two[right]
    assert by_two.total() > 60
    assert by_two <= everything
    assert alone.total() > 20
    assert alone <= by_two
    assert not another <= everything


def sent_by(folder: Path, *arguments: str) -> Counter[bytes]:
    """Run the suite and return the bodies that it sent, in which the sessions of the server are all alike."""
    with staging() as server:
        ended = run_here(folder, "--target", server.target(folder), *arguments)

    assert ended.exit_code == 0, ended.printed
    return Counter(without_sessions(server, request.body) for request in server.resumes)


def without_sessions(server: Staging, body: bytes) -> bytes:
    """Return a body without the identifiers that the server gave, but for their last digit, which a check changes."""
    given = {identifier.hex[:-1] for paused in server.paused for identifier in (paused.id, paused.link)}

    def replaced(found: re.Match[bytes]) -> bytes:
        return b"given" if found[0].decode().lower().replace("-", "") in given else found[0]

    return re.sub(rb"(?<=given)[0-9a-f]", b".", UUID.sub(replaced, body), flags=re.IGNORECASE)

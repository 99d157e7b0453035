"""The repeat lines of a cause send what was sent, and the same seed sends the same bodies."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from starlette.responses import JSONResponse, Response

from contract_tests.cases.bodies import (
    Body,
    failing_token,
    malformed,
    not_resumable,
    right,
    wrong_token,
)
from contract_tests.cases.credentials import RIGHT, UNACCEPTABLE, Authorization
from contract_tests.cases.generation import generate
from contract_tests.cases.identifiers import ENCODINGS
from contract_tests.cases.paused_sessions import Lease
from contract_tests.cases.tokens import FAMILIES
from contract_tests.exchange.curl import script
from contract_tests.exchange.judged import Exchange, Scene, judge
from contract_tests.exchange.redaction import Redactor
from contract_tests.target.settings import Credentials
from tests.exchanges import CONTRACT, an_answer, example
from tests.staging import FAILING, SETTINGS, TOKEN, Received, Staging, run_here, staging

SESSION, LINK = "6f1c2a0e-57b3-4a68-9d0c-1b5e8f7a2c43", "b07e4d19-8c2f-4e5a-a3d6-90f2c1e8b754"
FOLLOWING = "0d9c8b7a-6f5e-4d3c-9b2a-1f0e9d8c7b6a"
LEASE = Lease(SESSION, LINK, TOKEN)
LOGIN = Credentials(SETTINGS.secret_id, SETTINGS.secret_password)
UUID = re.compile(rb"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{11}", re.IGNORECASE)
DOCUMENTED = {
    "CONTRACT_SECRET_ID": SETTINGS.secret_id,
    "CONTRACT_SECRET_PASSWORD": SETTINGS.secret_password,
    "SESSION": SESSION,
    "LINK": LINK,
    "TOKEN": TOKEN,
    "FAILING_TOKEN": FAILING,
}
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed, which the lines call")


class Asking:
    """Keeps each resume, and answers it with a 428 that hands out one further session."""

    def __init__(self) -> None:
        self.resumes: list[Received] = []

    async def __call__(self, request: Received) -> Response:
        """Answer a request."""
        self.resumes.append(request)
        return JSONResponse(example(428) | {"session": FOLLOWING, "link": LINK}, 428)


def sent(
    server: Staging,
    body: Body,
    credentials: Authorization = RIGHT,
    *,
    before: tuple[Exchange, ...] = (),
    at_once: int = 1,
) -> Exchange:
    """Return an exchange that was answered 428, as a run keeps it: with its secrets known."""
    value = credentials.value(LOGIN) or b""
    words = (SETTINGS.secret_password, TOKEN, FAILING, SESSION, FOLLOWING, value.decode("latin-1").partition(" ")[2])
    scene = Scene(CONTRACT, Redactor(words), server.base_url, LOGIN, failing_token=FAILING)
    return judge(scene, 1, body.typed(CONTRACT), credentials, an_answer(428, example(428)), before, at_once)


def requests() -> Iterator[tuple[Body, Authorization]]:
    """Yield everything that checks send of the kinds whose words are taken from the environment, or are unusual."""
    for mutation in malformed(CONTRACT):
        yield mutation.of(LEASE), RIGHT
    for family in FAMILIES:
        for name, token in family.wrong_for(TOKEN, None):
            yield wrong_token(LEASE, token, name), RIGHT
    for spelled in ENCODINGS.values():
        yield not_resumable(LEASE, "a spent one", session=spelled(SESSION)), RIGHT
        yield right(LEASE, "in another form", session=spelled(SESSION), link=spelled(LINK)), RIGHT
    yield failing_token(LEASE, FAILING), RIGHT
    for content in generate(CONTRACT, 1, 6, valid=False):
        yield Body("generated", content), RIGHT
    for credentials in UNACCEPTABLE:
        yield right(LEASE), credentials
        yield Body("an empty object", b"{}"), credentials


@needs_curl
def test_a_repeat_line_sends_what_was_sent() -> None:
    """Every line, pasted into sh with the documented variables, sends the same credentials, media type and body."""
    asking = Asking()
    with staging(asking) as server:
        exchanges = [sent(server, body, credentials) for body, credentials in requests()]
        done = shell("\n".join(script(exchange) for exchange in exchanges))

    assert done.stderr == b""
    assert len(asking.resumes) == len(exchanges) > 100
    for exchange, again in zip(exchanges, asking.resumes, strict=True):
        assert essence(again) == essence_of(exchange), script(exchange)


@needs_curl
def test_a_race_is_repeated_side_by_side() -> None:
    """A request that left with nine others is sent ten times."""
    asking = Asking()
    with staging(asking) as server:
        raced = sent(server, right(LEASE), at_once=10)
        done = shell(script(raced))

    assert done.stderr == b""
    assert [essence(again) for again in asking.resumes] == [essence_of(raced)] * 10


@needs_curl
def test_a_session_that_was_handed_out_is_taken_from_the_answer() -> None:
    """What led to a cause is sent first, and the session that it hands out is the one that goes on."""
    asking = Asking()
    following = right(Lease(FOLLOWING, LINK, TOKEN, "another try"))
    with staging(asking) as server:
        asked = sent(server, wrong_token(LEASE))
        dead = sent(server, following, before=(asked,))
        shell(script(dead))

    assert [essence(again) for again in asking.resumes] == [essence_of(asked), essence_of(dead)]


def shell(pasted: str) -> subprocess.CompletedProcess[bytes]:
    """Run lines in sh, with the documented variables and nothing else."""
    environment = DOCUMENTED | {"PATH": os.environ["PATH"]}
    return subprocess.run(["sh"], input=pasted.encode(), env=environment, capture_output=True, check=False, timeout=60)


def essence(request: Received) -> tuple[object, ...]:
    """What a request says: credentials, media type and body, a form without regard to how it is escaped."""
    return request.headers.get("authorization"), request.headers.get("content-type"), _read(request.body)


def essence_of(exchange: Exchange) -> tuple[object, ...]:
    """What an exchange said, in the same terms."""
    value, body = exchange.credentials.value(LOGIN), exchange.body
    header = value.decode("latin-1") if value is not None else None
    return header, body.content_type, _read(body.content)


def _read(content: bytes) -> object:
    return parse_qs(content) if content.startswith(b"session=") else content


def test_a_seed_stands_for_its_bodies(tmp_path: Path) -> None:
    """The same seed sends the same bodies, in order, side by side, and when checks run alone; another does not."""
    everything = sent_by(tmp_path, "--seed", "7")
    some = sent_by(tmp_path, "--seed", "7", "--concurrency", "6", "-k", "invalid_bodies or unknown_link or protocol")
    alone = sent_by(tmp_path, "--seed", "7", "-k", "test_invalid_bodies_are_refused")
    another = sent_by(tmp_path, "--seed", "8", "-k", "test_invalid_bodies_are_refused")

    assert len(some) > 50
    assert some <= everything
    assert len(alone) > 20
    assert alone <= some
    assert not another <= everything


def sent_by(folder: Path, *arguments: str) -> set[bytes]:
    """Run the suite and return the bodies that it sent, in which the sessions of the server are all alike."""
    with staging() as server:
        ended = run_here(folder, "--target", server.target(folder), *arguments)

    assert ended.exit_code == 0, ended.printed
    return {without_sessions(server, request.body) for request in server.resumes}


def without_sessions(server: Staging, body: bytes) -> bytes:
    """Return a body without the identifiers that the server gave, but for their last digit, which a check changes."""
    given = {identifier.hex[:-1] for paused in server.paused for identifier in (paused.id, paused.link)}

    def replaced(found: re.Match[bytes]) -> bytes:
        return b"given" if found[0].decode().lower().replace("-", "") in given else found[0]

    return re.sub(rb"(?<=given)[0-9a-f]", b".", UUID.sub(replaced, body), flags=re.IGNORECASE)

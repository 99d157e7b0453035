"""The embedded Links API keeps the facts of the operation, and its thread leaves nothing behind."""

import asyncio
import base64
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from contract_tests.embedded.server import LinksApi, Settings, serve_in_thread

SETTINGS = Settings(max_sessions=20, max_body_bytes=200_000)
RIGHT_PAIR = (SETTINGS.secret_id, SETTINGS.secret_password)
RIGHT = ":".join(RIGHT_PAIR)
REGISTRATION = {"institution": "gotham_mx_business", "username": "u", "password": "p"}


@pytest.fixture
def api() -> LinksApi:
    """Make an API whose insides a test can reach."""
    return LinksApi(SETTINGS)


@pytest.fixture
def client(api: LinksApi) -> Iterator[httpx.Client]:
    """Serve that API and connect to it with the right credentials."""
    with connection(api) as client:
        yield client


@contextlib.contextmanager
def connection(api: LinksApi) -> Iterator[httpx.Client]:
    """Serve an API and connect to it."""
    with (
        serve_in_thread(api.app()) as base_url,
        httpx.Client(base_url=base_url, auth=RIGHT_PAIR, verify=False) as client,
    ):
        yield client


def register(client: httpx.Client) -> dict[str, str]:
    """Pause a session, and name it the way a resume does."""
    answer = client.post("/api/links/", json=REGISTRATION)
    assert answer.status_code == 428
    return {name: answer.json()[name] for name in ("session", "link")}


def resume(client: httpx.Client, session: dict[str, str], token: Any = SETTINGS.accepted_token) -> httpx.Response:
    """Resume a session."""
    return client.patch("/api/links/", json={**session, "token": token})


def basic(credentials: str | bytes, scheme: str = "Basic") -> str:
    """Write an Authorization header."""
    raw = credentials.encode() if isinstance(credentials, str) else credentials
    return f"{scheme} {base64.b64encode(raw).decode()}"


def assert_errors(answer: httpx.Response, status: int) -> None:
    """Hold an answer to the status and the declared list of errors."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()
    for error in answer.json():
        assert sorted(error) == ["code", "message", "request_id"]
        assert all(isinstance(value, str) for value in error.values())


def test_right_token_registers_the_link(client: httpx.Client) -> None:
    """The accepted token is answered with all seven fields of the link that was sent."""
    paused = register(client)

    answer = resume(client, paused)

    assert answer.status_code == 200
    assert answer.json()["id"] == paused["link"]
    assert set(answer.json()) == {
        *("id", "institution", "access_mode", "last_accessed_at", "status", "created_by", "refresh_rate")
    }


def test_chosen_access_mode_is_shown(client: httpx.Client) -> None:
    """A recurrent link is shown with its access mode and how often it is refreshed."""
    paused = client.post("/api/links/", json={**REGISTRATION, "access_mode": "recurrent"}).json()

    answer = resume(client, {name: paused[name] for name in ("session", "link")}).json()

    assert (answer["access_mode"], answer["refresh_rate"]) == ("recurrent", "24h")


@pytest.mark.parametrize("token", [SETTINGS.further_token, "wrong", " ", "\x00", "ä", "🙂", "x" * 100_000])
def test_other_tokens_are_asked_for_again(client: httpx.Client, token: str) -> None:
    """A further factor and a wrong token are answered 428 with a session that goes on for the same link."""
    paused = register(client)

    answer = resume(client, paused, token)

    assert answer.status_code == 428
    shown = answer.json()
    assert shown["link"] == paused["link"]
    assert shown["session"] != paused["session"]
    assert isinstance(shown["expiry"], int)
    assert set(shown["token_generation_data"]) == {"instructions", "type", "value"}
    assert uuid.UUID(shown["request_id"])
    assert resume(client, {**paused, "session": shown["session"]}).status_code == 200


def test_lone_surrogate_is_a_wrong_token(client: httpx.Client) -> None:
    """A token that no encoding can write is answered like any wrong one, and not repeated."""
    body = json.dumps({**register(client), "token": "\ud800secret"})

    answer = client.patch("/api/links/", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 428
    assert "secret" not in answer.text


def test_as_many_factors_are_asked_as_the_institution_wants() -> None:
    """An institution with three factors answers 428 twice before 200."""
    with connection(LinksApi(Settings(factors=3))) as client:
        paused = register(client)
        statuses = []
        while (answer := resume(client, paused)).status_code == 428:
            statuses.append(428)
            paused["session"] = answer.json()["session"]
        assert [*statuses, answer.status_code] == [428, 428, 200]


@pytest.mark.parametrize(("factors", "asked"), [(1, 1), (2, 1), (3, 2)])
def test_an_institution_that_asks_twice_asks_at_least_twice(factors: int, asked: int) -> None:
    """Its registration takes two accepted tokens, or as many as the others take where those are more."""
    with connection(LinksApi(Settings(factors=factors))) as client:
        answer = client.post("/api/links/", json={**REGISTRATION, "institution": "gotham_mx_twice"})
        paused = {name: answer.json()[name] for name in ("session", "link")}
        for _ in range(asked):
            further = resume(client, paused)
            assert further.status_code == 428
            assert further.json()["link"] == paused["link"]
            paused["session"] = further.json()["session"]
        assert resume(client, paused).status_code == 200


def test_a_wrong_second_token_is_asked_for_again(client: httpx.Client) -> None:
    """After a wrong second token the second one is still all that is asked for."""
    answer = client.post("/api/links/", json={**REGISTRATION, "institution": "gotham_mx_twice"}).json()
    for token in (SETTINGS.accepted_token, "wrong"):
        answer = resume(client, {name: answer[name] for name in ("session", "link")}, token).json()
    assert resume(client, {name: answer[name] for name in ("session", "link")}).status_code == 200


def test_refused_and_failing_tokens(client: httpx.Client) -> None:
    """The refused token is answered 400 and the failing one 500, each with errors."""
    assert_errors(resume(client, register(client), SETTINGS.refused_token), 400)
    assert_errors(resume(client, register(client), SETTINGS.failing_token), 500)


@pytest.mark.parametrize(
    "spell", [str.upper, lambda text: text.replace("-", ""), "urn:uuid:{}".format, "{{{}}}".format]
)
def test_uuids_are_read_in_any_form(client: httpx.Client, spell: Any) -> None:
    """A session and a link are the same in each of their textual forms."""
    paused = register(client)

    assert resume(client, {name: spell(value) for name, value in paused.items()}).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        f"Bearer {base64.b64encode(RIGHT.encode()).decode()}",
        RIGHT,
        "Basic " + RIGHT,
        "Basic !!!!",
        basic(RIGHT).rstrip("=") + "*",
        basic(RIGHT) + "=",
        basic(RIGHT.replace(":", "")),
        basic(RIGHT.encode() + b"\xff"),
        basic(RIGHT + "x"),
        basic(RIGHT[:-1]),
        basic(RIGHT.swapcase()),
        basic(RIGHT.upper()),
        basic(":".join(reversed(RIGHT.split(":")))),
        basic(f"{SETTINGS.secret_id}:"),
        basic(f":{SETTINGS.secret_password}"),
        basic("x" + RIGHT),
        basic(RIGHT) + " " + basic(RIGHT),
    ],
)
@pytest.mark.parametrize("content", [b"{}", b"not JSON", b"x" * 300_000])
def test_unacceptable_credentials_are_refused_before_the_body(
    client: httpx.Client, header: str | None, content: bytes
) -> None:
    """Credentials that are absent, malformed or wrong are answered 401 with a challenge, whatever the body is."""
    headers = {"Content-Type": "text/plain"} | ({} if header is None else {"Authorization": header})

    answer = client.patch("/api/links/", content=content, headers=headers, auth=None)  # type: ignore[arg-type]

    assert_errors(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize("scheme", ["basic", "BASIC", "Basic  "])
def test_the_scheme_has_no_case(client: httpx.Client, scheme: str) -> None:
    """The name of the scheme is read in any case, and spaces may follow it."""
    assert client.get("/api/", headers={"Authorization": basic(RIGHT, scheme)}, auth=None).status_code == 200


def broken_bodies() -> Iterator[tuple[str, bytes, str | None]]:
    """Name ways to break a body, written with SESSION and LINK where the live ones go."""
    good = {"session": "SESSION", "token": SETTINGS.accepted_token, "link": "LINK"}
    text = json.dumps(good)
    for field in good:
        yield f"{field} missing", json.dumps({k: v for k, v in good.items() if k != field}).encode(), "application/json"
        for value in (None, 7, True, [], {}, [good[field]], "", *(() if field == "token" else ("7", "{LINK", "LINK0"))):
            yield f"{field} is {value!r}", json.dumps({**good, field: value}).encode(), "application/json"
    for name, raw in {
        "empty": b"",
        "null": b"null",
        "list": f"[{text}]".encode(),
        "string": b'"text"',
        "trailing garbage": text.encode() + b" x",
        "two values": text.encode() * 2,
        "BOM": b"\xef\xbb\xbf" + text.encode(),
        "UTF-16": text.encode("utf-16"),
        "not UTF-8": text.encode()[:-1] + b', "a": "\xff"}',
        "NaN": text.encode()[:-1] + b', "a": NaN}',
        "a name twice": text.encode()[:-1] + b', "token": "x"}',
        "deep": b"[" * 10_000,
        "deep and closed": text.encode()[:-1] + b', "a": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        "huge number": text.encode()[:-1] + b', "a": ' + b"9" * 10_000 + b"}",
        "too large": text.encode()[:-1] + b', "a": "' + b"9" * 200_000 + b'"}',
        "comment": text.encode() + b"// x",
        "form": b"session=SESSION&token=1234ab&link=LINK",
    }.items():
        yield name, raw, "application/json"
    for media_type in (
        None,
        "",
        "text/plain",
        "application/xml",
        "application/json; charset=latin-1",
        "application/jsonx",
    ):
        yield f"media type {media_type}", text.encode(), media_type


@pytest.mark.parametrize(
    ("name", "content", "media_type"), [pytest.param(*case, id=case[0]) for case in broken_bodies()]
)
def test_broken_bodies_are_refused_and_spend_nothing(
    client: httpx.Client, name: str, content: bytes, media_type: str | None
) -> None:
    """A body broken in one way is answered 400, and its session still resumes."""
    paused = register(client)
    content = content.replace(b"SESSION", paused["session"].encode()).replace(b"LINK", paused["link"].encode())
    headers = {} if media_type is None else {"Content-Type": media_type}

    assert_errors(client.patch("/api/links/", content=content, headers=headers), 400)

    assert resume(client, paused).status_code == 200


def test_media_type_may_name_its_charset(client: httpx.Client) -> None:
    """application/json is read in any case and with charset=utf-8."""
    body = json.dumps({**register(client), "token": SETTINGS.accepted_token})
    headers = {"Content-Type": 'Application/JSON; charset="UTF-8"'}

    assert client.patch("/api/links/", content=body, headers=headers).status_code == 200


def test_bodies_without_a_length_are_bounded_too(client: httpx.Client) -> None:
    """A body in chunks is refused at its bound."""
    chunks = (b" " * 10_000 for _ in range(50))

    assert_errors(client.patch("/api/links/", content=chunks, headers={"Content-Type": "application/json"}), 400)


def test_misused_sessions_are_refused(client: httpx.Client, api: LinksApi) -> None:
    """Unknown, spent, expired sessions and those of another link are answered 400."""
    mine, other = register(client), register(client)
    assert_errors(resume(client, {**mine, "session": str(uuid.uuid4())}), 400)
    assert_errors(resume(client, {**mine, "link": other["link"]}), 400)
    assert_errors(resume(client, {**mine, "link": str(uuid.uuid4())}), 400)
    assert resume(client, mine).status_code == 200
    assert_errors(resume(client, mine), 400)

    api.clock = lambda: time.monotonic() + SETTINGS.session_seconds

    assert_errors(resume(client, other), 400)


def test_one_of_ten_at_the_same_moment_wins(client: httpx.Client) -> None:
    """Ten resumes of one session give one 200 and nine 400."""
    body = {**register(client), "token": SETTINGS.accepted_token}

    async def race() -> list[int]:
        async with httpx.AsyncClient(base_url=client.base_url, auth=client.auth, verify=False) as racer:
            answers = await asyncio.gather(*(racer.patch("/api/links/", json=body) for _ in range(10)))
        return [answer.status_code for answer in answers]

    assert Counter(asyncio.run(race())) == {200: 1, 400: 9}


def test_old_sessions_leave(client: httpx.Client, api: LinksApi) -> None:
    """No more sessions are kept than the setting allows, and expired ones leave first."""
    oldest = register(client)
    for _ in range(SETTINGS.max_sessions):
        newest = register(client)
    assert len(api.sessions) == SETTINGS.max_sessions
    assert_errors(resume(client, oldest), 400)
    assert resume(client, newest).status_code == 200

    api.clock = lambda: time.monotonic() + SETTINGS.session_seconds
    register(client)

    assert len(api.sessions) == 1


@pytest.mark.parametrize("field", REGISTRATION)
def test_registrations_are_read_as_strictly(client: httpx.Client, field: str) -> None:
    """A registration without one of its fields is answered 400."""
    assert_errors(client.post("/api/links/", json={**REGISTRATION, field: None}), 400)
    assert_errors(client.post("/api/links/", json={**REGISTRATION, "institution": "\x00"}), 400)


def test_login_tells_whether_credentials_are_right(client: httpx.Client) -> None:
    """`GET /api/` is answered 200 with the right credentials, and 401 with none."""
    assert client.get("/api/").status_code == 200
    assert_errors(client.get("/api/", auth=None), 401)


def test_other_paths_and_methods_are_json_too(client: httpx.Client) -> None:
    """What there is not is answered 404 or 405 with errors."""
    assert_errors(client.get("/nothing"), 404)
    assert_errors(client.patch("/api/links", json={}), 404)
    assert_errors(client.delete("/api/links/"), 405)


def test_nothing_is_left_behind() -> None:
    """Server after server, threads, ports and connections are gone as soon as the block ends, idle clients or not."""
    threads = set(threading.enumerate())
    started = time.perf_counter()
    for _ in range(10):
        with serve_in_thread(LinksApi().app()) as base_url:
            port = int(base_url.rpartition(":")[2])
            idle = socket.create_connection(("127.0.0.1", port))
            waiting = httpx.Client(base_url=base_url, verify=False)
            assert waiting.get("/api/").status_code == 401
        assert idle.recv(1) == b""
        idle.close()
        waiting.close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
    assert time.perf_counter() - started < 3
    assert set(threading.enumerate()) == threads


def test_whoever_connects_while_it_ends_is_not_left_waiting() -> None:
    """A connection that is taken as the server ends is ended with it: nobody waits for an answer to it."""
    connected: list[socket.socket] = []

    def connect(port: int) -> None:
        with contextlib.suppress(OSError):  # until the server has ended
            while True:
                connected.append(socket.create_connection(("127.0.0.1", port), timeout=5))

    for _ in range(20):  # in two of five of them a connection comes at that moment
        with serve_in_thread(LinksApi(SETTINGS).app()) as base_url:
            connecting = threading.Thread(target=connect, args=[int(base_url.rpartition(":")[2])])
            connecting.start()
            while not connected:
                time.sleep(0)
        connecting.join()
        while connected:
            with connected.pop() as connection, contextlib.suppress(ConnectionError):
                connection.sendall(b"GET ")
                assert connection.recv(1) == b""


def test_serve_says_how_to_try_it_and_ends_cleanly() -> None:
    """`make serve` prints two curl commands and ends with 0 on SIGINT and SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):
        command = [sys.executable, "-m", "contract_tests", "serve", "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            assert server.stderr is not None
            os.set_blocking(server.stderr.fileno(), False)
            first = server.stdout.readline()
            url = re.search(r"http://127\.0\.0\.1:\d+", first)
            assert url, first
            assert httpx.get(f"{url[0]}/api/", auth=RIGHT_PAIR).status_code == 200
            server.send_signal(number)
            assert server.wait(timeout=5) == 0
            assert "curl -u" in server.stdout.read()
            assert not server.stderr.read()


def test_port_in_use_is_one_sentence() -> None:
    """A port in use ends `make serve` with 1 and a sentence that names it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "contract_tests", "serve", "--port", str(port)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    assert ended.returncode == 1
    assert f"127.0.0.1:{port}" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1

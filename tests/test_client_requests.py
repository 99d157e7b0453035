"""The generated client sends one request, exactly, waits for a bounded time, and shows no secret anywhere."""

import asyncio
import base64
import json
import logging
import threading
import traceback
import uuid
from typing import Any

import httpx
import pytest
from links_api_client import ApiError, AuthenticatedClient, Client, LinksApiError, basic_auth_client
from links_api_client.api.links import resume
from links_api_client.models import Link, ResumeRequest

from contract_tests.embedded.server import Settings, create_app, serve_in_thread
from tests.client_answers import (
    LINK,
    PASSWORD,
    REQUEST,
    SECRET_ID,
    SESSION,
    TOKEN,
    client_answered,
    client_of,
    right_answers,
)
from tests.one_answer_server import server

RIGHT = right_answers()
CREDENTIALS = base64.b64encode(f"{SECRET_ID}:{PASSWORD}".encode())
SECRETS = (PASSWORD, TOKEN, CREDENTIALS.decode())


def http(status: int, body: Any) -> bytes:
    """Write an answer as it goes over the wire."""
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} Some Reason\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + content


def test_bytes_of_the_request() -> None:
    """Method, path, credentials, media type and body go over the wire as the contract has them, sync and async."""

    async def call_async(base_url: str) -> None:
        async with basic_auth_client(base_url, SECRET_ID, PASSWORD) as client:
            await resume.asyncio_or_raise(client=client, body=REQUEST)

    with server(http(200, RIGHT[200])) as heard:
        with basic_auth_client(heard.base_url, SECRET_ID, PASSWORD) as client:
            resume.sync_or_raise(client=client, body=REQUEST)
        asyncio.run(call_async(heard.base_url))

    assert len(heard.requests) == 2
    for request in heard.requests:
        head, _, body = request.partition(b"\r\n\r\n")
        assert head.startswith(b"PATCH /api/links/ HTTP/1.1\r\n")
        assert head.split(b"\r\n").count(b"Authorization: Basic " + CREDENTIALS) == 1
        assert head.split(b"\r\n").count(b"Content-Type: application/json") == 1
        assert json.loads(body) == {"session": str(SESSION), "token": TOKEN, "link": str(LINK)}


def test_bytes_of_credentials_outside_ascii() -> None:
    """Credentials are written in UTF-8."""
    with server(http(200, RIGHT[200])) as heard, basic_auth_client(heard.base_url, "ключ", "pä:ss") as client:
        resume.sync_or_raise(client=client, body=REQUEST)

    assert b"Basic " + base64.b64encode("ключ:pä:ss".encode()) in heard.requests[0]


def test_base_url_keeps_its_path() -> None:
    """A service below a path is reached there, with or without a slash at the end."""
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200, json=RIGHT[200])

    for base_url in ("https://h.test/v2", "https://h.test/v2/"):
        settings = {"httpx_args": {"transport": httpx.MockTransport(answer)}}
        with basic_auth_client(base_url, SECRET_ID, PASSWORD, **settings) as client:
            resume.sync_or_raise(client=client, body=REQUEST)
    assert seen == ["https://h.test/v2/api/links/"] * 2


@pytest.mark.parametrize(
    ("base_url", "secret_id"),
    [("http://user:pass@h.test", "id"), ("http://user@h.test", "id"), ("http://h.test", "a:b")],
)
def test_misplaced_credentials_are_refused(base_url: str, secret_id: str) -> None:
    """Credentials in the base URL would be logged, and a colon in the id cannot be sent."""
    with pytest.raises(ValueError, match="colon") as caught:
        basic_auth_client(base_url, secret_id, PASSWORD)
    assert PASSWORD not in str(caught.value)
    assert "pass" not in str(caught.value).replace("password", "")


@pytest.mark.parametrize("status", [400, 401, 428, 429, 500, 502, 503])
def test_nothing_is_sent_twice(status: int) -> None:
    """An error is one request, even where a Retry-After invites to another."""
    sent = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(status, json=RIGHT.get(status), headers={"Retry-After": "0"})

    with client_of(answer) as client, pytest.raises(LinksApiError):
        resume.sync_or_raise(client=client, body=REQUEST)
    assert len(sent) == 1


def test_dropped_connection_is_one_request() -> None:
    """A connection dropped after the request was sent is httpx's error, and no second request."""

    async def call_async(base_url: str) -> None:
        async with basic_auth_client(base_url, SECRET_ID, PASSWORD) as client:
            with pytest.raises(httpx.RemoteProtocolError):
                await resume.asyncio_or_raise(client=client, body=REQUEST)

    with server(b"") as heard:
        with basic_auth_client(heard.base_url, SECRET_ID, PASSWORD) as client, pytest.raises(httpx.RemoteProtocolError):
            resume.sync_or_raise(client=client, body=REQUEST)
        asyncio.run(call_async(heard.base_url))
        assert len(heard.requests) == 2


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_is_not_followed(status: int) -> None:
    """Token and credentials go to no other place than the one they were meant for."""
    sent = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(status, headers={"Location": "http://elsewhere.test/"})

    with client_of(answer) as client, pytest.raises(LinksApiError):
        resume.sync_or_raise(client=client, body=REQUEST)
    assert len(sent) == 1


def test_timeout_is_bounded_by_default() -> None:
    """Each wait ends after 30 seconds unless the caller says otherwise."""
    with basic_auth_client("http://h.test", "id", PASSWORD) as client:
        assert client.get_httpx_client().timeout == httpx.Timeout(30.0)
    assert Client("http://h.test").get_async_httpx_client().timeout == httpx.Timeout(30.0)
    assert AuthenticatedClient("http://h.test", token="t").get_async_httpx_client().timeout == httpx.Timeout(30.0)


def test_silent_server_is_a_timeout() -> None:
    """A server that does not answer is httpx's timeout, after the time the caller gave."""
    with (
        server(None) as heard,
        basic_auth_client(heard.base_url, SECRET_ID, PASSWORD, timeout=httpx.Timeout(0.1)) as client,
        pytest.raises(httpx.ReadTimeout),
    ):
        resume.sync_or_raise(client=client, body=REQUEST)


def test_no_secret_in_a_repr() -> None:
    """Client and request show no secret, in use or not, whichever way they were given one."""
    httpx_args = {"auth": (SECRET_ID, PASSWORD)}
    headers, cookies = {"Authorization": f"Basic {CREDENTIALS.decode()}"}, {"session": PASSWORD}
    with client_answered(200, RIGHT[200]) as used:
        resume.sync_or_raise(client=used, body=REQUEST)
        shown = [
            used,
            used.with_headers(headers),
            Client(f"http://{SECRET_ID}:{PASSWORD}@h.test", headers=headers, cookies=cookies, httpx_args=httpx_args),
            AuthenticatedClient("http://h.test", token=PASSWORD, headers=headers),
            REQUEST,
            [REQUEST],
            ResumeRequest.from_dict(REQUEST.to_dict()),
        ]
        for told in (text for one in shown for text in (repr(one), str(one), f"{one}")):
            assert not [secret for secret in SECRETS if secret in told], told
    assert str(SESSION) in repr(REQUEST)


@pytest.mark.parametrize("status", [200, 400, 401, 428, 500, 404])
def test_no_secret_in_an_error(status: int) -> None:
    """An error and its traceback show no secret, even if the server repeats it in the answer."""
    echo = RIGHT.get(status, {})
    body = {"id": TOKEN} if status == 200 else [echo[0] | {"message": TOKEN}] if isinstance(echo, list) else echo
    with client_answered(status, body) as client, pytest.raises(LinksApiError) as caught:
        resume.sync_or_raise(client=client, body=REQUEST)

    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(caught.value.response)
    assert not [secret for secret in SECRETS if secret in told]


@pytest.mark.parametrize("status", [200, 400, 500])
def test_no_secret_in_a_debug_log(status: int, caplog: pytest.LogCaptureFixture) -> None:
    """With every logger at DEBUG a real exchange leaves no secret in the log."""

    async def call_async(base_url: str) -> None:
        async with basic_auth_client(base_url, SECRET_ID, PASSWORD) as client:
            await resume.asyncio(client=client, body=REQUEST)

    caplog.set_level(logging.DEBUG)
    for logger in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection", "asyncio"):
        caplog.set_level(logging.DEBUG, logger)
    with server(http(status, RIGHT[status])) as heard:
        with basic_auth_client(heard.base_url, SECRET_ID, PASSWORD) as client:
            resume.sync(client=client, body=REQUEST)
        asyncio.run(call_async(heard.base_url))

    assert "send_request_headers" in caplog.text
    assert not [secret for secret in SECRETS if secret in caplog.text]


def test_callers_settings_stay_as_they_were() -> None:
    """The dictionaries a caller hands over are not written to."""
    settings = {"httpx_args": {"trust_env": False}, "headers": {"X-Trace": "1"}}
    with basic_auth_client("http://h.test", "id", PASSWORD, **settings):
        assert settings == {"httpx_args": {"trust_env": False}, "headers": {"X-Trace": "1"}}


def test_concurrent_calls_keep_their_answers_apart() -> None:
    """Of 200 calls at once over one async client each gets the answer to its own request."""

    async def answer(request: httpx.Request) -> httpx.Response:
        link = json.loads(request.content)["link"]
        await asyncio.sleep(0.001 * (int(link[:2], 16) % 7))
        return httpx.Response(200, json=RIGHT[200] | {"id": link})

    async def call_all() -> list[tuple[uuid.UUID, Link]]:
        links = [uuid.uuid4() for _ in range(200)]
        async with client_of(answer) as client:
            bodies = [ResumeRequest(session=SESSION, token=TOKEN, link=link) for link in links]
            calls = [resume.asyncio_or_raise(client=client, body=body) for body in bodies]
            return list(zip(links, await asyncio.gather(*calls), strict=True))

    for link, answered in asyncio.run(call_all()):
        assert answered.id == link


def test_threads_share_a_client() -> None:
    """Of eight threads over one client each gets the answer to its own request."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=RIGHT[200] | {"id": json.loads(request.content)["link"]})

    wrong: list[uuid.UUID] = []

    def call_often(client: Client) -> None:
        for _ in range(20):
            link = uuid.uuid4()
            if resume.sync_or_raise(client=client, body=ResumeRequest(SESSION, TOKEN, link)).id != link:
                wrong.append(link)

    with client_of(answer) as client:
        threads = [threading.Thread(target=call_often, args=(client,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_concurrent_calls_on_the_wire() -> None:
    """Against the embedded server 20 calls at once resume 20 sessions, and a repeated one is refused."""
    settings = Settings()

    async def call_all(base_url: str) -> list[Link]:
        auth = (settings.secret_id, settings.secret_password)
        async with httpx.AsyncClient(base_url=base_url, auth=auth) as registrar:
            registration = {"institution": "gotham_mx_business", "username": "u", "password": "p"}
            paused = [(await registrar.post("/api/links/", json=registration)).json() for _ in range(20)]
        bodies = [
            ResumeRequest(uuid.UUID(one["session"]), settings.accepted_token, uuid.UUID(one["link"])) for one in paused
        ]
        async with basic_auth_client(base_url, *auth) as client:
            links = await asyncio.gather(*(resume.asyncio_or_raise(client=client, body=body) for body in bodies))
            with pytest.raises(ApiError) as caught:
                await resume.asyncio_or_raise(client=client, body=bodies[0])
            assert caught.value.status_code == 400
        assert [link.id for link in links] == [body.link for body in bodies]
        return list(links)

    with serve_in_thread(create_app(settings)) as base_url:
        assert len(asyncio.run(call_all(base_url))) == 20

"""One wire for many threads: crowds, shared connections, and the end of a run under whoever waits."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from contract_tests.target.settings import Limits
from contract_tests.wire import Answer, Budget, NoAnswer, Request, RunStopped, Wire
from contract_tests.wire.budget import REFUSED_BEFORE_STOPPING
from tests.scripted_server import Conversation, Script, answer, says, scripted
from tests.wires import NOTHING, REQUEST, Open, wires, without_way

SLOW = Limits(timeout_seconds=20)


@pytest.fixture
def open_wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Make wires to base URLs, which are closed at the end."""
    without_way(monkeypatch)
    with wires() as make:
        yield make


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_wire: Open) -> ssl.SSLContext:
    """How a server on localhost speaks TLS that is trusted."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


def echoes(talk: Conversation, request: bytes) -> None:
    """Answer with the body that was sent."""
    talk.send(answer(request.partition(b"\r\n\r\n")[2]))


def once_all_are_here(count: int, script: Script) -> Script:
    """Return a script that begins when so many requests have arrived: one that was not sent is waited for in vain."""
    here = threading.Barrier(count, timeout=10)

    def wait(talk: Conversation, request: bytes) -> object:
        here.wait()
        return script(talk, request)

    return wait


def numbered(count: int) -> list[Request]:
    """Return requests that differ."""
    return [replace(REQUEST, content=b'{"number": %d}' % number) for number in range(count)]


def bodies(outcomes: list[Answer | NoAnswer]) -> list[bytes]:
    """Return the bodies of answers."""
    return [outcome.body for outcome in outcomes if isinstance(outcome, Answer)]


@pytest.mark.parametrize("encrypted", [False, True])
def test_threads_share_connections_and_never_answers(open_wire: Open, tls: ssl.SSLContext, encrypted: bool) -> None:
    """Each of many threads gets the answer to its own request, over no more connections than there are threads."""
    requests = numbered(200)
    with scripted(echoes, tls=tls if encrypted else None) as server:
        scheme = "https" if encrypted else "http"
        wire = open_wire(f"{scheme}://localhost:{server.port}", limits=SLOW)
        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(wire.send, requests))

    assert bodies(outcomes) == [request.content for request in requests]
    assert server.connections <= 8
    assert len(server.requests) == 200


def test_a_thread_may_ask_for_the_connection_it_used_last(open_wire: Open) -> None:
    """ "kept" finds its own connection again, although another thread used one later."""
    kept = replace(REQUEST, connection="kept")
    with scripted(says(answer())) as server:
        wire = open_wire(server.base_url)
        first = wire.send(replace(REQUEST, connection="new"))
        with ThreadPoolExecutor(1) as other:
            second = other.submit(wire.send, replace(REQUEST, connection="new")).result()
        again = wire.send(kept)

    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert isinstance(again, Answer)
    assert first.connection == again.connection != second.connection


def test_a_connection_that_a_thread_asked_for_is_left_to_it(open_wire: Open) -> None:
    """Whoever has any connection gets another one, and the thread gets this one, whatever else it asks for."""
    own = replace(REQUEST, connection="own")
    with scripted(says(answer())) as server, ThreadPoolExecutor(1) as other:
        wire = open_wire(server.base_url)
        outcomes = [wire.send(own), other.submit(wire.send, REQUEST).result(), wire.send(REQUEST), wire.send(own)]
        first, others, again, at_last = (each.connection for each in outcomes if isinstance(each, Answer))

    assert first == again == at_last != others


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_crowd_of_different_requests_leaves_at_one_moment(
    open_wire: Open, tls: ssl.SSLContext, encrypted: bool
) -> None:
    """Sixteen different requests arrive before one of them is answered, and each gets its own answer."""
    requests = numbered(16)
    with scripted(once_all_are_here(16, echoes), tls=tls if encrypted else None) as server:
        scheme = "https" if encrypted else "http"
        outcomes = open_wire(f"{scheme}://localhost:{server.port}", limits=SLOW).send_together(requests)

    assert bodies(outcomes) == [request.content for request in requests]
    assert server.connections == 16


def test_nothing_of_a_crowd_arrives_whole_before_all_are_ready(open_wire: Open) -> None:
    """The last byte of each is held back until every other has been written, chunked ones and pieces among them."""
    slow = replace(REQUEST, segments=16)
    requests = [slow, REQUEST, replace(REQUEST, chunked=True), NOTHING]
    with scripted(once_all_are_here(4, says(answer()))) as server:
        wire = open_wire(server.base_url)
        began = time.monotonic()
        outcomes = wire.send_together(requests)

    assert [outcome.status for outcome in outcomes] == [200] * 4
    assert min(server.arrivals) - began >= 15 * 0.005


def test_one_of_a_crowd_may_fail_alone(open_wire: Open) -> None:
    """What becomes of one request of a crowd is nothing to the others."""

    def script(talk: Conversation, request: bytes) -> bool:
        if b'"number": 2' in request:
            talk.reset()
            return True
        echoes(talk, request)
        return False

    with scripted(script) as server:
        outcomes = open_wire(server.base_url).send_together(numbered(4))

    assert [outcome.status for outcome in outcomes] == [200, 200, None, 200]


def test_a_crowd_may_hold_wrong_credentials(open_wire: Open) -> None:
    """A 401 to wrong credentials says nothing of the right ones, in a crowd as alone."""
    with scripted(says(answer(b"[]", 401))) as server:
        wire = open_wire(server.base_url)
        for _ in range(REFUSED_BEFORE_STOPPING):
            wire.send_together([REQUEST] * 2, right_credentials=[False, False])
        for _ in range(REFUSED_BEFORE_STOPPING):
            wire.send_together([REQUEST] * 2, right_credentials=[True, False])
        with pytest.raises(RunStopped, match="are the credentials right"):
            wire.send(REQUEST)


def test_closing_waits_for_no_exchange_and_leaves_none_open(open_wire: Open) -> None:
    """A connection that is in use when the wire is closed is closed when its answer has come."""
    go_on = threading.Event()

    def script(talk: Conversation, _request: bytes) -> None:
        go_on.wait(5)
        talk.send(answer())

    with scripted(script) as server:
        wire = open_wire(server.base_url, limits=SLOW)
        with ThreadPoolExecutor(1) as pool:
            sending = pool.submit(wire.send, REQUEST)
            is_so(lambda: len(server.requests) == 1)
            wire.close()
            go_on.set()
            assert isinstance(sending.result(), Answer)
        is_so(lambda: server.ended == 1)


HANGS: Script = lambda talk, _: talk.wait()  # noqa: E731
AT_ONCE = pytest.mark.parametrize("how", ["send", "send_together"])


def is_stopped(wire: Wire, how: str) -> threading.Event:
    """Send in a thread of its own; return what is set when that raised RunStopped."""
    stopped = threading.Event()

    def send() -> None:
        with pytest.raises(RunStopped, match=r"^The run was interrupted\.$"):
            wire.send(REQUEST) if how == "send" else wire.send_together([REQUEST] * 3)
        stopped.set()

    threading.Thread(target=send, daemon=True).start()
    return stopped


@AT_ONCE
def test_abort_ends_exchanges_under_way(open_wire: Open, how: str) -> None:
    """Who waits for an answer is stopped at once, long before the deadline, and nothing is sent after it."""
    with scripted(HANGS) as server:
        wire = open_wire(server.base_url, limits=SLOW)
        stopped = [is_stopped(wire, how) for _ in range(3)]
        is_so(lambda: len(server.requests) == (3 if how == "send" else 9))
        wire.abort()

        assert all(each.wait(2) for each in stopped)
        with pytest.raises(RunStopped, match=r"^The run was interrupted\.$"):
            wire.send(REQUEST)


def test_abort_ends_a_handshake(open_wire: Open) -> None:
    """Who waits for TLS to begin is stopped too."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = open_wire(f"https://127.0.0.1:{listener.getsockname()[1]}", limits=SLOW)
        stopped = is_stopped(wire, "send")
        connection, _ = listener.accept()
        with connection:
            assert connection.recv(1)
            wire.abort()
            assert stopped.wait(2)


def test_abort_ends_a_connection_attempt(open_wire: Open) -> None:
    """Who waits for a server that does not accept is stopped too."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        with socket.create_connection(address):  # fills the queue
            wire = open_wire(f"http://127.0.0.1:{address[1]}", limits=SLOW)
            stopped = is_stopped(wire, "send")
            time.sleep(0.2)
            wire.abort()
            assert stopped.wait(2)


def test_abort_ends_a_look_up(open_wire: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for a name server is stopped too."""
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(20))
    wire = open_wire("http://somebody.example", limits=SLOW)
    stopped = is_stopped(wire, "send")
    time.sleep(0.1)
    wire.abort()

    assert stopped.wait(2)
    released.set()


def test_abort_ends_the_wait_for_a_gateway(open_wire: Open) -> None:
    """Who waits because of a 429 is stopped too."""
    with scripted(says(answer(b"slow", 429, "Retry-After: 60"))) as server:
        wire = open_wire(server.base_url)
        stopped = is_stopped(wire, "send")
        is_so(lambda: bool(server.requests))
        time.sleep(0.1)
        wire.abort()

        assert stopped.wait(2)


def test_the_pace_holds_over_threads(open_wire: Open) -> None:
    """Eight threads together send no more in a second than the target allows."""
    with scripted(says(answer())) as server:
        wire = open_wire(server.base_url, Budget(1000, 50), limits=SLOW)
        began = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(wire.send, [REQUEST] * 25))
        took = time.monotonic() - began

    assert len(server.requests) == 25
    assert took >= 24 / 50


def test_the_first_refused_connection_ends_the_run(open_wire: Open) -> None:
    """Where nobody listens, one attempt is enough."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    wire = open_wire(f"http://127.0.0.1:{port}")
    wire.send(REQUEST)

    with pytest.raises(RunStopped, match=re.escape("The target did not answer: the connection was refused")):
        wire.send(REQUEST)


def is_so(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)

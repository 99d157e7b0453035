"""How one request travels: its headers, its pieces, the connection it takes, and what of an answer is kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from contract_tests.wire import Answer, NoAnswer, Request, http1
from tests.scripted_server import Conversation, Script, answer, says, scripted
from tests.wires import NOTHING, REQUEST, Open, wires, without_way

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.fixture
def open_wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Make wires to base URLs, which are closed at the end."""
    without_way(monkeypatch)
    with wires() as make:
        yield make


def sent(open_wire: Open, request: Request) -> tuple[list[bytes], bytes]:
    """Send a request; return the lines of its head and its body as they arrived."""
    with scripted(says(answer())) as server:
        assert isinstance(open_wire(server.base_url).send(request), Answer)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    return head.split(b"\r\n")[1:], body


def test_headers_are_added_as_they_are_written(open_wire: Open) -> None:
    """Names keep their letter case, values all of their bytes, and a name may come twice."""
    headers = (("x-oDD", "caf\u00e9"), ("Cookie", "a=1"), ("Cookie", "b=2"))
    head, _ = sent(open_wire, replace(REQUEST, headers=headers))

    assert head[-3:] == [b"x-oDD: caf\xe9", b"Cookie: a=1", b"Cookie: b=2"]


def test_a_header_takes_the_place_of_the_wires_own(open_wire: Open) -> None:
    """A name that the wire sends itself is sent once, in the case and with the value that were given."""
    changed = replace(REQUEST, headers=(("ACCEPT", "*/*"), ("content-type", 'application/json; charset="utf-8"')))
    head, _ = sent(open_wire, changed)

    assert [line for line in head if line.lower().startswith((b"accept:", b"content-type:"))] == [
        b"ACCEPT: */*",
        b'content-type: application/json; charset="utf-8"',
    ]


def test_a_header_without_a_value_leaves_the_wires_own_out(open_wire: Open) -> None:
    """None means that not even the default is sent."""
    head, _ = sent(open_wire, replace(REQUEST, headers=(("accept", None), ("User-Agent", None))))

    assert not [line for line in head if line.lower().startswith((b"accept:", b"user-agent:"))]


def test_a_body_may_be_chunked(open_wire: Open) -> None:
    """A chunked body has no length, and comes in several chunks."""
    head, body = sent(open_wire, replace(REQUEST, chunked=True))

    assert b"Transfer-Encoding: chunked" in head
    assert not [line for line in head if line.lower().startswith(b"content-length")]
    assert body == b'6\r\n{"sess\r\n6\r\nion": \r\n4\r\n"s"}\r\n0\r\n\r\n'


def test_an_empty_body_may_be_chunked(open_wire: Open) -> None:
    """A chunked body of nothing is its last chunk alone."""
    assert sent(open_wire, replace(NOTHING, chunked=True))[1] == b"0\r\n\r\n"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_request_may_come_in_segments(open_wire: Open, monkeypatch: pytest.MonkeyPatch, chunked: bool) -> None:
    """Head and body arrive in pieces, and whole."""
    monkeypatch.setattr(http1, "SEGMENT_PAUSE", 0.05)
    with scripted(says(answer())) as server:
        open_wire(server.base_url).send(replace(REQUEST, segments=4, chunked=chunked))

    assert 1 < server.pieces[0] <= 4
    assert server.requests[0].endswith(b"0\r\n\r\n" if chunked else REQUEST.content)


def test_a_body_waits_for_a_100(open_wire: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """With Expect: 100-continue the body follows as soon as the server asks for it."""
    monkeypatch.setattr(http1, "CONTINUE_SECONDS", 20)
    asked: list[bytes] = []

    def expected(talk: Conversation, head: bytes) -> None:
        asked.append(head)
        talk.send(b"HTTP/1.1 103 Early Hints\r\n\r\n" + CONTINUE)

    with scripted(says(answer()), expected=expected) as server:
        outcome = open_wire(server.base_url).send(replace(REQUEST, expect_continue=True))

    assert isinstance(outcome, Answer)
    assert asked[0].endswith(b"Expect: 100-continue\r\n\r\n")
    assert server.requests[0].endswith(REQUEST.content)


def test_a_100_that_does_not_come_is_not_waited_for_long(open_wire: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server may ignore Expect: the body is sent after a while all the same."""
    monkeypatch.setattr(http1, "CONTINUE_SECONDS", 0.1)
    began = time.monotonic()
    with scripted(says(answer())) as server:
        outcome = open_wire(server.base_url).send(replace(REQUEST, expect_continue=True))

    assert isinstance(outcome, Answer)
    assert server.arrivals[0] - began >= 0.1
    assert server.requests[0].endswith(REQUEST.content)


@pytest.mark.parametrize("together", [False, True])
def test_a_final_answer_may_come_instead_of_a_100(open_wire: Open, together: bool) -> None:
    """Where the head is answered, the body is not sent, and the connection is not used again."""

    def expected(talk: Conversation, _head: bytes) -> None:
        talk.send(answer(b"[]", 401))

    request = replace(REQUEST, expect_continue=True)
    with scripted(says(answer()), expected=expected) as server:
        wire = open_wire(server.base_url)
        outcomes = wire.send_together([request] * 2) if together else [wire.send(request), wire.send(request)]

    assert [outcome.status for outcome in outcomes] == [401, 401]
    assert (server.requests, server.connections) == ([], 2)


def test_an_answer_that_comes_before_the_whole_body_is_read(open_wire: Open) -> None:
    """A server that refuses a large body and closes has answered, although the request was not sent whole."""

    def expected(talk: Conversation, _head: bytes) -> bool:
        talk.send(CONTINUE + answer(b"[]", 400, "Connection: close"))
        return True

    large = replace(REQUEST, content=b"x" * 20_000_000, expect_continue=True)
    with scripted(says(answer()), expected=expected) as server:
        outcome = open_wire(server.base_url).send(large)

    assert isinstance(outcome, Answer)
    assert (outcome.status, server.requests) == (400, [])


def test_an_answer_tells_its_connection(open_wire: Open) -> None:
    """Connections are counted from 1; "new" opens one, and what is kept is used before another is opened."""
    with scripted(says(answer())) as server:
        wire = open_wire(server.base_url)
        outcomes = [wire.send(replace(REQUEST, connection=how)) for how in ("any", "any", "new", "kept", "any")]

    told = [(each.connection, each.reused) for each in outcomes if isinstance(each, Answer)]
    assert told == [(1, False), (1, True), (2, False), (2, True), (2, True)]
    assert server.connections == 2


def test_a_connection_is_left_after_a_failure(open_wire: Open) -> None:
    """Servers close it after a 500, often without saying so: what is sent next would be lost."""
    with scripted(says(answer(status=500))) as server:
        wire = open_wire(server.base_url)
        outcomes = [wire.send(REQUEST) for _ in range(2)]

    assert [(each.status, each.reused) for each in outcomes if isinstance(each, Answer)] == [(500, False)] * 2
    assert server.connections == 2


def test_no_answer_tells_its_connection(open_wire: Open) -> None:
    """A connection that gave no answer has a number, and an exchange that never had one has none."""
    with scripted(lambda talk, _: talk.reset()) as server:
        outcome = open_wire(server.base_url).send(REQUEST)
    never = open_wire(server.base_url).send(REQUEST)

    assert isinstance(outcome, NoAnswer)
    assert isinstance(never, NoAnswer)
    assert (outcome.connection, never.connection) == (1, None)


def test_reason_trailers_and_all_bytes_are_kept(open_wire: Open) -> None:
    """What an answer says beside its status, its headers and its body is evidence too."""
    chunked = (
        b"HTTP/1.1 200 Fine \xe9\r\nX-Bytes: \x80\xff\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\n{}\r\n0\r\nX-Checksum: 1\r\nX-Checksum: 2\r\n\r\n"
    )
    with scripted(says(chunked)) as server:
        outcome = open_wire(server.base_url).send(REQUEST)

    assert isinstance(outcome, Answer)
    assert outcome.reason == "Fine \xe9"
    assert outcome.header("x-bytes") == "\x80\xff"
    assert outcome.trailers == (("X-Checksum", "1"), ("X-Checksum", "2"))


def adds_later(talk: Conversation, _request: bytes) -> None:
    """Answer, and send something more a moment later."""
    talk.send(answer(b"{}"))
    time.sleep(0.005)
    talk.send(b"[]x")


TRAILING: dict[str, Script] = {
    "after chunks": says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n[]x"),
    "a moment later": adds_later,
}


@pytest.mark.parametrize("script", TRAILING.values(), ids=TRAILING)
def test_what_trails_an_answer_is_no_answer(open_wire: Open, script: Script) -> None:
    """Bytes behind an answer, however it is framed and whenever they come, are never read as the next one."""
    with scripted(script) as server:
        wire = open_wire(server.base_url)
        outcomes = []
        for _ in range(2):
            outcomes.append(wire.send(REQUEST))
            time.sleep(0.15)

    assert [outcome.body for outcome in outcomes if isinstance(outcome, Answer)] == [b"{}", b"{}"]
    assert server.connections == 2

"""One exchange over real sockets: every way in which a server answers, half answers, or does not answer."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from contract_tests.target.settings import Limits
from contract_tests.wire import Answer, Budget, NoAnswer, Request, RunStopped
from contract_tests.wire.http1 import HEAD_BYTES
from tests.scripted_server import Conversation, Script, answer, in_turn, says, scripted
from tests.wires import LIMIT, NOTHING, REQUEST, TIMEOUT, Open, wires, without_way


@pytest.fixture
def open_wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Make wires to base URLs, which are closed at the end."""
    without_way(monkeypatch)
    with wires() as make:
        yield make


def exchange(open_wire: Open, script: Script, requests: Sequence[Request] = (REQUEST,)) -> Answer | NoAnswer:
    """Send requests to a script one by one, and return how the last one ended."""
    with scripted(script) as server:
        wire = open_wire(server.base_url)
        return [wire.send(request) for request in requests][-1]


def chunked(*chunks: bytes) -> bytes:
    """Write an answer in chunks, the last one of which is missing."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)


def endless(conversation: Conversation, _request: bytes) -> object:
    """Send a body without an end."""
    conversation.send(b"HTTP/1.1 200 OK\r\n\r\n")
    while not conversation.closing.is_set():
        conversation.send(b"x" * 65_536)
    return True


HALF = answer(b'{"a": 1', length=100)
BOMB = gzip.compress(b"0" * 12_000_000)

WHOLE: dict[str, tuple[bytes, bytes]] = {
    "a Content-Length": (answer(b'{"a": 1}'), b'{"a": 1}'),
    "chunks": (chunked(b'{"a"', b": 1}") + b"0\r\n\r\n", b'{"a": 1}'),
    "chunks with an extension and a trailer": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n",
        b"{}",
    ),
    "gzip": (answer(gzip.compress(b"{}"), 200, "Content-Encoding: gzip"), b"{}"),
    "x-gzip in capitals": (answer(gzip.compress(b"{}"), 200, "Content-Encoding: X-GZIP"), b"{}"),
    "two members of gzip": (answer(gzip.compress(b"[") + gzip.compress(b"]"), 200, "Content-Encoding: gzip"), b"[]"),
    "deflate": (answer(zlib.compress(b"{}"), 200, "Content-Encoding: deflate"), b"{}"),
    "deflate within gzip": (
        answer(gzip.compress(zlib.compress(b"{}")), 200, "Content-Encoding: deflate, gzip"),
        b"{}",
    ),
    "identity": (answer(b"{}", 200, "Content-Encoding: identity"), b"{}"),
    "gzip of nothing": (answer(b"", 200, "Content-Encoding: gzip"), b""),
    "interim answers before it": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer(b"{}"),
        b"{}",
    ),
    "a head of 60 KB": (answer(b"{}", 200, f"X-Long: {'x' * 60_000}"), b"{}"),
    "as much as is read": (answer(b"x" * LIMIT), b"x" * LIMIT),
    "no body": (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}", b"{}"),
}


@pytest.mark.parametrize(("sent", "body"), WHOLE.values(), ids=WHOLE)
def test_whole_answers_arrive(open_wire: Open, sent: bytes, body: bytes) -> None:
    """Every lawful way to send a body gives that body."""
    outcome = exchange(open_wire, says(sent))

    assert isinstance(outcome, Answer)
    assert outcome.body == body
    assert outcome.trailing_bytes == 0


@pytest.mark.parametrize(("sent", "body"), WHOLE.values(), ids=WHOLE)
def test_whole_answers_arrive_over_one_connection(open_wire: Open, sent: bytes, body: bytes) -> None:
    """A connection is used again after each lawful answer, and the next answer is read as such."""
    with scripted(says(sent)) as server:
        wire = open_wire(server.base_url)
        outcomes = [wire.send(REQUEST) for _ in range(3)]

    assert [outcome.body for outcome in outcomes if isinstance(outcome, Answer)] == [body] * 3
    assert server.connections == 1


@pytest.mark.parametrize("pieces", [1, 2, 7])
def test_a_head_that_comes_again_is_read_alike(open_wire: Open, pieces: int) -> None:
    """What is remembered of a head changes nothing of the answer, whatever the body behind it and however it comes."""
    bodies = [b'{"a": 1}', b'{"b": 2}', b"\r\n\r\n\r\n\r\n"]
    told = [answer(body, 428, "X-Twice: 1", "x-twice: 2") for body in bodies]

    def script(conversation: Conversation, request: bytes) -> None:
        data = told[len(outcomes)]
        size = -(-len(data) // pieces)
        for start in range(0, len(data), size):
            conversation.send(data[start : start + size])
            time.sleep(0.01)

    outcomes: list[Answer | NoAnswer] = []
    with scripted(script) as server:
        wire = open_wire(server.base_url)
        for _ in bodies:
            outcomes.append(wire.send(REQUEST))

    answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
    assert [each.body for each in answers] == bodies
    assert {(each.status, each.reason, each.headers, each.trailing_bytes) for each in answers} == {
        (
            428,
            "Told",
            (("Content-Type", "application/json"), ("Content-Length", "8"), ("X-Twice", "1"), ("x-twice", "2")),
            0,
        )
    }
    assert [each.reused for each in answers] == [False, True, True]


def test_a_head_that_comes_again_with_another_body_is_no_whole_answer(open_wire: Open) -> None:
    """Too few bytes behind a known head are told, and so are too many."""
    whole = answer(b'{"a": 1}', 200, "X-Known: 1")
    scripts = [says(whole), lambda there, _: there.send(whole[:-3]) or True, says(whole), says(whole + b"HTTP/1.1")]
    with scripted(in_turn(*scripts)) as server:
        wire = open_wire(server.base_url)
        _, cut, _, surplus = [wire.send(REQUEST) for _ in scripts]

    assert isinstance(cut, NoAnswer)
    assert (cut.kind, cut.status, cut.sentence) == ("truncated", 200, "the answer broke off after 5 bytes of its body")
    assert isinstance(surplus, Answer)
    assert (surplus.body, surplus.trailing_bytes) == (b'{"a": 1}', 8)


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Ends: 1\r\n\r\n", id="no length"),
        pytest.param(b"HTTP/1.1 200 OK\nX-Ends: 2\n\n", id="no length, lines of LF"),
    ],
)
def test_a_body_that_ends_with_its_connection_has_no_length_to_remember(open_wire: Open, head: bytes) -> None:
    """The next answer with that head may be longer, or shorter."""
    bodies = [b"{}", b"\r\n\r\n", b"{}", b'{"a": 1}', b""]
    scripts = [lambda there, _, body=body: there.send(head + body) or True for body in bodies]
    with scripted(in_turn(*scripts)) as server:
        wire = open_wire(server.base_url)
        outcomes = [wire.send(REQUEST) for _ in scripts]

    assert [outcome.body for outcome in outcomes if isinstance(outcome, Answer)] == bodies


def test_a_known_head_keeps_no_connection_that_the_request_closes(open_wire: Open) -> None:
    """A request that closes its connection does so also where the answer has a head that was read before."""
    closing = replace(REQUEST, headers=(("Connection", "close"),))
    with scripted(says(answer(b"{}", 200, "X-Closing: 1"))) as server:
        wire = open_wire(server.base_url)
        outcomes = [wire.send(request) for request in (REQUEST, closing, REQUEST)]

    assert [outcome.connection for outcome in outcomes] == [1, 1, 2]


def test_a_known_head_is_no_way_round_the_limit(open_wire: Open) -> None:
    """A body that one run may read is too large for another that reads less."""
    with scripted(says(answer(b"x" * LIMIT, 200, "X-Limit: 1"))) as server:
        assert isinstance(open_wire(server.base_url).send(REQUEST), Answer)
        outcome = open_wire(server.base_url, limits=Limits(body_bytes=LIMIT - 1)).send(REQUEST)

    assert isinstance(outcome, NoAnswer)
    assert outcome.kind == "too large"


def test_a_body_that_ends_with_its_connection_arrives(open_wire: Open) -> None:
    """A body without a length ends where the connection does."""

    def script(conversation: Conversation, _request: bytes) -> bool:
        conversation.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}")
        return True

    outcome = exchange(open_wire, script)

    assert isinstance(outcome, Answer)
    assert outcome.body == b"{}"


def closes_after(data: bytes) -> Script:
    """Return a script that answers and closes the connection without having said so."""

    def script(conversation: Conversation, _request: bytes) -> bool:
        conversation.send(data)
        return True

    return script


def resets_after(data: bytes) -> Script:
    """Return a script that drops the connection when it has sent something."""

    def script(conversation: Conversation, _request: bytes) -> bool:
        if data:
            conversation.send(data)
            time.sleep(0.05)  # what was sent arrives before the reset takes it away
        conversation.reset()
        return True

    return script


def drips(data: bytes, start: bytes = b"") -> Script:
    """Return a script that sends a byte every hundredth of a second, after a start at once."""

    def script(conversation: Conversation, _request: bytes) -> None:
        conversation.send(start)
        conversation.drip(data, 0.01)

    return script


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n"
NOT_WHOLE: dict[str, tuple[Script, str, int | None, str]] = {
    "hangs": (lambda talk, _: talk.wait(), "timeout", None, "no whole answer within 0.4 s"),
    "drips its head": (drips(HEAD * 9), "timeout", None, "no whole answer within 0.4 s"),
    "drips its body": (drips(b"x" * 5000, HEAD), "timeout", 200, "no whole answer within 0.4 s, after"),
    "drips chunks": (drips(b"1\r\nx\r\n" * 999, chunked()), "timeout", 200, "no whole answer within 0.4 s, after"),
    "interim answers for ever": (
        drips(b"HTTP/1.1 102 Processing\r\n\r\n" * 99),
        "timeout",
        None,
        "no whole answer within 0.4 s",
    ),
    "closes before its head": (closes_after(b""), "reset", None, "the connection was closed before an answer came"),
    "closes within its head": (closes_after(HEAD[:30]), "reset", None, "closed before an answer came"),
    "resets before its head": (resets_after(b""), "reset", None, "closed before an answer came"),
    "resets after its head": (resets_after(HALF), "truncated", 200, "the answer broke off after 7 bytes of its body"),
    "announces more than it sends": (closes_after(HALF), "truncated", 200, "broke off after 7 bytes of its body"),
    "leaves the last chunk out": (closes_after(chunked(b"{}")), "truncated", 200, "broke off after 2 bytes"),
    "sends chunks that are none": (
        closes_after(chunked(b"{}") + b"zz\r\n"),
        "truncated",
        200,
        "the answer's chunks are malformed after 2 bytes of its body",
    ),
    "sends gzip that breaks off": (
        says(answer(gzip.compress(b'{"a": 1}')[:-8], 200, "Content-Encoding: gzip")),
        "undecodable",
        200,
        "the body is a gzip stream that breaks off",
    ),
    "sends no gzip as gzip": (
        says(answer(b"{}", 200, "Content-Encoding: gzip")),
        "undecodable",
        200,
        "the body is no valid gzip stream",
    ),
    "sends a coding nobody asked for": (
        says(answer(b"{}", 200, "Content-Encoding: br")),
        "undecodable",
        200,
        "the body has the content coding 'br', which was not asked for",
    ),
    "sends thousands of codings": (
        says(answer(b"{}", 200, "Content-Encoding: " + ",".join(["gzip"] * 5000))),
        "undecodable",
        200,
        "the body has 5000 content codings, 3 are undone",
    ),
    "sends a gzip bomb": (
        says(answer(BOMB[:9000], 200, "Content-Encoding: gzip")),
        "too large",
        200,
        "the body is too large: 10001 bytes so far, 10000 are read (limits.body_bytes)",
    ),
    "sends a bomb in a bomb": (
        says(answer(gzip.compress(BOMB), 200, "Content-Encoding: gzip, gzip")),
        "too large",
        200,
        "the body is too large",
    ),
    "sends a body without an end": (endless, "too large", 200, "bytes so far, 10000 are read (limits.body_bytes)"),
    "sends one byte too many": (says(answer(b"x" * (LIMIT + 1))), "too large", 200, "10001 bytes so far"),
    "sends a head without an end": (
        lambda talk, _: talk.send(b"HTTP/1.1 200 OK\r\n" + b"X-More: x\r\n" * (HEAD_BYTES // 8)),
        "too large",
        None,
        "the head is too large",
    ),
    "does not speak HTTP": (says(b"220 mail.example.com ESMTP\r\n"), "not http", None, "is not HTTP/1.1"),
    "speaks TLS": (says(b"\x15\x03\x01\x00\x02\x02\x50"), "not http", None, "is not HTTP/1.1"),
    "speaks HTTP/2": (says(b"\0\0\x12\4\0\0\0\0\0" + b"\0" * 18), "not http", None, "is not HTTP/1.1"),
    "contradicts its own length": (
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
        "not http",
        None,
        "is not HTTP/1.1",
    ),
}


@pytest.mark.parametrize(("script", "kind", "status", "sentence"), NOT_WHOLE.values(), ids=NOT_WHOLE)
def test_what_is_no_whole_answer_is_told_apart(
    open_wire: Open, script: Script, kind: str, status: int | None, sentence: str
) -> None:
    """Each way not to answer has its kind and its sentence, and ends at the deadline at the latest."""
    began = time.perf_counter()
    outcome = exchange(open_wire, script)

    assert isinstance(outcome, NoAnswer)
    assert (outcome.kind, outcome.status) == (kind, status)
    assert sentence in outcome.sentence
    assert time.perf_counter() - began < TIMEOUT + 2
    assert outcome.seconds < TIMEOUT + 1


def test_a_refused_connection_is_no_answer(open_wire: Open) -> None:
    """A port that nobody listens on refuses."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    outcome = open_wire(f"http://127.0.0.1:{port}").send(REQUEST)

    assert isinstance(outcome, NoAnswer)
    assert (outcome.kind, outcome.sentence) == ("refused", "the connection was refused")


@pytest.mark.parametrize("host", ["nobody.invalid", f"{'x' * 64}.invalid", f"{'x.' * 130}invalid"])
def test_a_name_that_does_not_resolve_is_no_answer(open_wire: Open, host: str) -> None:
    """A host name that is unknown, or that none can have, is told as such."""
    outcome = open_wire(f"http://{host}", limits=Limits(timeout_seconds=20)).send(REQUEST)

    assert isinstance(outcome, NoAnswer)
    assert (outcome.kind, outcome.sentence) == ("dns", "the host name cannot be resolved")


def test_a_name_server_that_hangs_is_not_waited_for(open_wire: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline holds for the look-up of a name, and closing does not wait for it either."""
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(20))
    wire = open_wire("http://somebody.example")
    began = time.perf_counter()

    outcome = wire.send(REQUEST)
    wire.close()

    assert isinstance(outcome, NoAnswer)
    assert outcome.kind == "timeout"
    assert time.perf_counter() - began < TIMEOUT + 1
    released.set()


def test_what_follows_the_announced_length_is_counted(open_wire: Open) -> None:
    """Bytes behind the Content-Length are counted, and never read as the next answer."""
    with scripted(says(answer(b"{}") + b"HTTP/1.1 200 OK\r\n\r\n")) as server:
        wire = open_wire(server.base_url)
        outcomes = [wire.send(REQUEST) for _ in range(2)]

    assert [outcome.trailing_bytes for outcome in outcomes if isinstance(outcome, Answer)] == [19, 19]
    assert server.connections == 2


def test_the_request_is_what_is_said_of_it(open_wire: Open) -> None:
    """The request carries the host, our name and version, the media type and its length, and the body as it is."""
    with scripted(says(answer())) as server:
        wire = open_wire(f"{server.base_url}/gateway")
        wire.send(replace(REQUEST, authorization=b"Basic a secret with a space at its end "))
        wire.send(NOTHING)

    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"PATCH /gateway/api/links/ HTTP/1.1",
        b"Host: 127.0.0.1:%d" % server.port,
        b"User-Agent: resume-contract/1.0.0",
        b"Accept: application/json",
        b"Accept-Encoding: gzip, deflate",
        b"Content-Length: 16",
        b"Authorization: Basic a secret with a space at its end",
        b"Content-Type: application/json",
    ]
    assert body == REQUEST.content
    assert b"Content-Type" not in server.requests[1]
    assert b"Authorization" not in server.requests[1]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(open_wire: Open, status: int) -> None:
    """A redirect is an answer; the host it names receives nothing."""
    with scripted(says(answer())) as other:
        location = f"Location: {other.base_url}/api/links/"
        outcome = exchange(open_wire, says(answer(b"", status, location)))

    assert isinstance(outcome, Answer)
    assert outcome.status == status
    assert (other.requests, other.connections) == ([], 0)


def test_a_server_that_closes_each_connection_is_not_reset(open_wire: Open) -> None:
    """A server that closes after each answer, and does not say so, gets a new connection for each request."""
    with scripted(closes_after(answer())) as server:
        wire = open_wire(server.base_url)
        outcomes = [wire.send(REQUEST) for _ in range(20)]

    assert all(isinstance(outcome, Answer) for outcome in outcomes)
    assert server.connections == len(server.requests) == 20


def test_a_connection_that_was_closed_while_idle_is_not_used(open_wire: Open) -> None:
    """A connection that the server closed meanwhile is noticed before a request is sent on it."""

    def script(conversation: Conversation, _request: bytes) -> bool:
        conversation.send(answer())
        time.sleep(0.1)
        return True

    with scripted(script) as server:
        wire = open_wire(server.base_url)
        first = wire.send(REQUEST)
        time.sleep(0.2)
        second = wire.send(REQUEST)

    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert server.connections == 2


def test_a_request_is_not_sent_again(open_wire: Open) -> None:
    """A request that was dropped may have been acted upon, so it is not repeated."""
    with scripted(in_turn(says(answer()), closes_after(b""))) as server:
        wire = open_wire(server.base_url)
        wire.send(REQUEST)
        outcome = wire.send(REQUEST)

    assert isinstance(outcome, NoAnswer)
    assert len(server.requests) == 2


def test_requests_together_leave_at_the_same_moment(open_wire: Open) -> None:
    """Requests that race arrive whole, each on its own connection, within a few milliseconds."""
    with scripted(says(answer())) as server:
        wire = open_wire(server.base_url)
        outcomes = wire.send_together([REQUEST] * 8)

    assert all(isinstance(outcome, Answer) for outcome in outcomes)
    assert server.connections == 8
    assert [request.partition(b"\r\n\r\n")[2] for request in server.requests] == [REQUEST.content] * 8
    assert max(server.arrivals) - min(server.arrivals) < 0.2


def test_one_that_cannot_be_sent_does_not_hold_up_the_others(open_wire: Open) -> None:
    """Where no connection can be made, requests that were to leave together fail at once."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    wire = open_wire(f"http://127.0.0.1:{port}", limits=Limits(timeout_seconds=20))
    began = time.perf_counter()

    outcomes = wire.send_together([REQUEST] * 4)

    assert {outcome.kind for outcome in outcomes if isinstance(outcome, NoAnswer)} == {"refused"}
    assert time.perf_counter() - began < 5


def test_a_prefix_and_ipv6_are_fine(open_wire: Open) -> None:
    """A base URL may name an IPv6 address and a path."""
    if not _has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")
    with scripted(says(answer()), host="::1") as server:
        outcome = open_wire(f"http://[::1]:{server.port}/a/b").send(REQUEST)

    assert isinstance(outcome, Answer)
    assert server.requests[0].startswith(b"PATCH /a/b/api/links/ HTTP/1.1\r\nHost: [::1]:%d\r\n" % server.port)


def later(seconds: float) -> str:
    """Return a moment as an HTTP-date."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize("value", ["1", lambda: later(2)], ids=["seconds", "a date"])
def test_a_gateway_is_waited_for(open_wire: Open, value: str | Callable[[], str]) -> None:
    """A 429 with Retry-After is waited for, and the same request is sent again within the budget."""
    told = value if isinstance(value, str) else value()
    budget = Budget(2, None)
    with scripted(in_turn(says(answer(b"slow", 429, f"Retry-After: {told}")), says(answer()))) as server:
        wire = open_wire(server.base_url, budget)
        outcome = wire.send(REQUEST)

    assert isinstance(outcome, Answer)
    assert outcome.status == 200
    assert server.requests[0] == server.requests[1]
    assert server.arrivals[1] - server.arrivals[0] >= 0.9
    assert budget.state().backed_off == 1
    assert budget.state().sent == 2


def test_a_gateway_is_waited_for_also_by_requests_together(open_wire: Open) -> None:
    """Of requests that race, those that a gateway kept back are sent again."""
    slow = says(answer(b"slow", 429, "Retry-After: 0"))
    with scripted(in_turn(slow, slow, says(answer()))) as server:
        outcomes = open_wire(server.base_url).send_together([REQUEST] * 3)

    assert [outcome.status for outcome in outcomes] == [200, 200, 200]
    assert len(server.requests) == 5


@pytest.mark.parametrize("headers", [(), ("Retry-After: soon",), ("Retry-After: -1",), ("Retry-After: ²",)])
def test_a_429_without_a_time_is_an_answer(open_wire: Open, headers: tuple[str, ...]) -> None:
    """A 429 that names no time to wait is an answer like any other, which the contract does not declare."""
    outcome = exchange(open_wire, says(answer(b"slow", 429, *headers)))

    assert isinstance(outcome, Answer)
    assert outcome.status == 429


@pytest.mark.parametrize("told", ["3600", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_gateway_that_asks_for_too_long_is_no_answer(open_wire: Open, told: str) -> None:
    """A wait longer than a run may take is not begun."""
    outcome = exchange(open_wire, says(answer(b"slow", 429, f"Retry-After: {told}")))

    assert isinstance(outcome, NoAnswer)
    assert (outcome.kind, outcome.status) == ("rate limited", 429)


def test_a_gateway_that_never_lets_through_is_no_answer(open_wire: Open) -> None:
    """After six 429 in a row for one request there is no answer."""
    with scripted(says(answer(b"slow", 429, "Retry-After: 0"))) as server:
        outcome = open_wire(server.base_url).send(REQUEST)

    assert isinstance(outcome, NoAnswer)
    assert outcome.sentence == "a gateway answered 429 6 times in a row"
    assert len(server.requests) == 6


def test_a_gateway_cannot_exceed_the_budget(open_wire: Open) -> None:
    """What is sent again comes out of the same budget."""
    with scripted(says(answer(b"slow", 429, "Retry-After: 0"))) as server:
        wire = open_wire(server.base_url, Budget(3, None))
        with pytest.raises(RunStopped, match="budget of 3 requests"):
            wire.send(REQUEST)

    assert len(server.requests) == 3


def test_unanswered_exchanges_stop_the_run(open_wire: Open) -> None:
    """After three exchanges without an answer nothing more is sent."""
    with scripted(closes_after(b"")) as server:
        wire = open_wire(server.base_url)
        for _ in range(3):
            wire.send(REQUEST)
        with pytest.raises(RunStopped, match="3 times, last: the connection was closed before an answer came"):
            wire.send(REQUEST)

    assert len(server.requests) == 3


def test_nothing_stays_behind(open_wire: Open) -> None:
    """Closing a wire, once or twice, ends its connections."""
    with scripted(says(answer())) as server:
        wire = open_wire(server.base_url)
        wire.send(REQUEST)
        wire.close()
        wire.close()
        deadline = time.monotonic() + 2
        while server.ended < server.connections and time.monotonic() < deadline:
            time.sleep(0.01)

        assert (server.ended, server.connections) == (1, 1)


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False

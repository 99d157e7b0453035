"""Each fault that few requests show is shown by those that it names, and they show none in the embedded server."""

from __future__ import annotations

import uuid

import pytest

from contract_tests.embedded.server import create_app, serve_in_thread
from tests.faulty_servers import SHOWN
from tests.showing import (
    crowds_at_once,
    malformed_requests,
    requests_in_other_clothes,
    sessions_over_time,
    what_is_written,
    wrong_credentials,
    wrong_tokens,
)
from tests.showing.caller import Caller, Paused, calling
from tests.showing.showing import Showing

pytestmark = pytest.mark.waits  # for sessions to expire, among others
FAMILIES = (
    requests_in_other_clothes,
    wrong_credentials,
    wrong_tokens,
    malformed_requests,
    sessions_over_time,
    crowds_at_once,
    what_is_written,
)
SHOWINGS: dict[str, Showing] = {name: showing for family in FAMILIES for name, showing in family.SHOWINGS.items()}


def test_every_such_fault_is_shown() -> None:
    """Each fault names what shows it, and there are requests for each and for no other."""
    assert sorted(SHOWINGS) == sorted(SHOWN)
    assert sum(len(family.SHOWINGS) for family in FAMILIES) == len(SHOWN)
    assert [name for name, make in SHOWN.items() if not make().shown_by] == []


@pytest.mark.parametrize("name", SHOWN)
def test_fault_is_shown_and_no_right_server_shows_it(name: str) -> None:
    """The requests that show a fault are answered wrongly by it, and rightly by the same server without the fault."""
    fault, showing = SHOWN[name](), SHOWINGS[name]
    with serve_in_thread(create_app(fault.settings)) as base_url, calling(base_url, fault.settings) as caller:
        if name != "keeps-eight-sessions":  # its fault is a setting
            assert showing.probe(caller) == showing.expected

    with fault.serve() as base_url, calling(base_url, fault.settings) as caller:
        assert showing.probe(caller) != showing.expected


@pytest.mark.parametrize("name", SHOWN)
def test_fault_is_otherwise_right(name: str) -> None:
    """A plain conversation on one connection is answered with the statuses of a server without the fault."""
    fault = SHOWN[name]()
    with fault.serve() as base_url, calling(base_url, fault.settings) as caller:
        assert _conversation(caller) == [401, 400, 400, 200, 400, 428, 200, 500]


def _conversation(caller: Caller) -> list[int]:
    line = caller.line()
    unknown, stranger = (Paused(str(uuid.uuid4()), str(uuid.uuid4())) for _ in range(2))
    refused = [
        caller.resume(stranger, on=line, login=("nobody", "Wrong-Password-2")),
        caller.resume(unknown, on=line, body=b"{}"),
        caller.resume(unknown, on=line),
    ]
    paused = caller.pause(on=line)
    spent = [caller.resume(paused, on=line), caller.resume(paused, on=line)]
    asked = caller.resume(caller.pause(on=line), "wrong-token-8d1f", on=line)
    resumed = caller.resume(asked.next(), on=line)
    failed = caller.resume(caller.pause(on=line), caller.settings.failing_token, on=line)
    return [answer.status for answer in (*refused, *spent, asked, resumed, failed)]

"""Requests that misuse sessions: none of them may end a session that it does not name."""

from __future__ import annotations

from collections.abc import Callable

from contract_tests.cases.bodies import Body, Subject, failing_token, not_resumable, right, wrong_token
from contract_tests.cases.credentials import login_to_refuse
from contract_tests.cases.deliveries import KEPT, NEW
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract.protocol import BAD_REQUEST
from contract_tests.run.run import Case

Misuse = Callable[[Case, Lease], object]


def _wrong_credentials(case: Case, _waiting: Lease) -> None:
    case(right(case.synthetic()), login_to_refuse(case.target))


def _failing_token(case: Case, _waiting: Lease) -> None:
    failing = case.target.tokens.failing if case.target.tokens else None
    if failing is not None:
        case(failing_token(case.lease(), failing))


MISUSES: dict[str, Misuse] = {
    "an unknown session": lambda case, _: case(not_resumable(case.synthetic(), "a session that nobody paused")),
    "a body that is not JSON": lambda case, _: case(Body("not JSON", b"{", subject=Subject.MALFORMED)),
    "a body without its fields": lambda case, _: case(Body("an empty object", b"{}", subject=Subject.MALFORMED)),
    "wrong credentials": _wrong_credentials,
    "a wrong token for another link": lambda case, _: case(wrong_token(case.lease())),
    "the failing token of another link": _failing_token,
    "its link, sent with the session of another": lambda case, waiting: case(
        not_resumable(case.lease(), "the session of another link", link=waiting.link)
    ),
    "the right token of another link": lambda case, _: case.resume_to_the_end(case.lease()),
}


def why_sessions_end(case: Case) -> str:
    """Return what ends a session that waits, tried one by one; empty where nothing by itself does."""
    if case(right(case.lease()), delivery=NEW).status == BAD_REQUEST:
        is_known = case(right(case.lease("kept")), delivery=KEPT).status != BAD_REQUEST
        return "a fresh session is refused on another connection than the one that paused it" if is_known else ""
    for name, misuse in MISUSES.items():
        waiting = case.lease()
        misuse(case, waiting)
        if case(right(waiting), delivery=NEW).status == BAD_REQUEST:
            return f"a session that waits is ended by {name}"
    return ""

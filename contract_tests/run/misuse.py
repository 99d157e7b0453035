"""Requests that misuse sessions: none of them may end a session that it does not name."""

from __future__ import annotations

from collections.abc import Callable

from contract_tests.cases.bodies import Body, Subject, failing_token, not_resumable, right, wrong_token
from contract_tests.cases.credentials import UNACCEPTABLE
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract.protocol import BAD_REQUEST
from contract_tests.run.run import Case

Misuse = Callable[[Case, Lease], object]

NO_HEADER, WRONG_PASSWORD, *_ = UNACCEPTABLE


def _wrong_credentials(case: Case, _waiting: Lease) -> None:
    login = WRONG_PASSWORD if case.target.limits.wrong_credentials is None else NO_HEADER
    case(right(case.synthetic()), login)


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


def ending(case: Case) -> str:
    """Return which misuse, by itself, ends a session that waits; empty where none does."""
    for name, misuse in MISUSES.items():
        waiting = case.lease()
        misuse(case, waiting)
        if case(right(waiting)).status == BAD_REQUEST:
            return name
    return ""

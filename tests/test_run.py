"""run.py: which answers are kept for the client to read."""

from __future__ import annotations

import json
import uuid

from contract_tests.contract import load
from contract_tests.run.run import Run
from contract_tests.target.settings import Target
from contract_tests.wire import Budget
from tests.exchanges import LOGIN, an_answer, example, exchange_of


def kept(*answers: object) -> int:
    """Return how many of some links, answered 200, are kept."""
    run = Run(Target("http://127.0.0.1:9", LOGIN), load(), Budget(9, None), 1)
    for answer in answers:
        run.keep(exchange_of(an_answer(200, answer)))
    run.close()
    return len(run.readable)


def test_answers_that_differ_in_their_identifiers_alone_are_kept_once() -> None:
    """A client that reads one of them reads the other; how an identifier is written is another matter."""
    link = example(200)
    identifier = str(uuid.uuid4())

    assert kept(link, link | {"id": str(uuid.uuid4())}) == 1
    assert kept(link | {"id": identifier}, link | {"id": identifier.upper()}) == 2
    assert kept(link, link | {"institution": "another"}) == 2


def test_answers_that_differ_in_their_moments_alone_are_kept_once() -> None:
    """Within an hour one moment is read like another, if it is written alike and is no 61st second."""

    def at(*moments: str) -> int:
        return kept(*[example(200) | {"last_accessed_at": f"2016-12-{moment}"} for moment in moments])

    alike = ("31T23:15:27.250Z", "31T23:59:00.999Z")
    others = ("31T23:59:60.250Z", "31T23:15:27.25Z", "31T23:15:27Z", "31T23:15:27.250+00:00", "31T23:15:27.250z")
    assert at(*alike) == 1
    assert at(*alike, *others, "31T22:15:27.250Z", "30T23:15:27.250Z") == 1 + len(others) + 2


def test_a_wrong_answer_is_not_kept() -> None:
    """What breaks the contract is no matter of the client."""
    assert kept(json.dumps(example(200)).encode() + b"]", example(200) | {"id": None}) == 0

"""Requests that leave at the same moment: crowds of different links, and rivals for one session."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

from contract_tests.cases.bodies import WRONG_TOKEN, Body, Subject, not_resumable, right, wrong_token
from contract_tests.cases.credentials import RIGHT, Authorization, login_to_refuse
from contract_tests.cases.identifiers import ENCODINGS
from contract_tests.cases.paused_sessions import Lease
from contract_tests.exchange.expectation import ONLY_IN_A_CROWD, assert_answer
from contract_tests.exchange.judged import Exchange
from contract_tests.run.run import Case, next_lease
from contract_tests.wire import NoAnswer

ALONE = {
    Subject.RIGHT: (200,),
    Subject.WRONG_TOKEN: (428, 400),
    Subject.SESSION: (400,),
    Subject.MALFORMED: (400,),
    Subject.CREDENTIALS: (401,),
}
"""What is answered to each kind of request by itself; a right token is answered 428 where another one is asked for."""
NEEDING_A_SESSION = (Subject.RIGHT, Subject.WRONG_TOKEN)
MOST_TRIES = 3
"""So often a crowd is sent one at a time where one was asked for a further token: some institutions ask by chance."""


@dataclass(frozen=True)
class Crowd:
    """So many requests for different links, of some kinds in turn; the last of them has a right token."""

    name: str
    size: int
    kinds: tuple[Subject, ...] = field(repr=False)
    rare: bool = False

    def requests(self, case: Case) -> tuple[list[Body], list[Authorization]]:
        """Return bodies and credentials, with a fresh session for each token that is sent."""
        size = most_at_once(case, self.size)
        kinds = list(islice(cycle(self.kinds), size))[::-1]
        leases = iter(case.leases(sum(kind in NEEDING_A_SESSION for kind in kinds)))
        return [_body(case, kind, number, leases) for number, kind in enumerate(kinds)], [
            login_to_refuse(case.target) if kind == Subject.CREDENTIALS else RIGHT for kind in kinds
        ]


@dataclass(frozen=True)
class Race:
    """So many resumes of one session, in some ways in turn; `on_second` for the session of a second factor.

    Seconds `apart` let them arrive in this order, where it matters which of them comes last.
    """

    name: str
    size: int
    ways: Callable[[Lease], tuple[Body, ...]] = field(repr=False)
    on_second: bool = False
    apart: float = 0.0
    rare: bool = False

    def bodies(self, case: Case, lease: Lease) -> list[Body]:
        """Return the rivals."""
        return list(islice(cycle(self.ways(lease)), most_at_once(case, self.size)))


CROWDS = (
    Crowd("right tokens", 12, (Subject.RIGHT,)),
    Crowd("wrong tokens", 6, (Subject.WRONG_TOKEN,), rare=True),
    Crowd(
        "right and wrong",
        12,
        (
            Subject.RIGHT,
            Subject.CREDENTIALS,
            Subject.RIGHT,
            Subject.WRONG_TOKEN,
            Subject.RIGHT,
            Subject.MALFORMED,
            Subject.SESSION,
        ),
    ),
)
RACES = (
    Race(
        "two spellings",
        10,
        lambda lease: tuple(
            right(lease, f"session {name}", session=spelled(lease.session)) for name, spelled in ENCODINGS.items()
        ),
    ),
    Race("a right token behind a wrong one", 2, lambda lease: (wrong_token(lease), right(lease)), apart=0.001),
    Race("right and wrong tokens", 6, lambda lease: (wrong_token(lease), right(lease)), rare=True),
    Race("second factor", 6, lambda lease: (right(lease),), on_second=True, rare=True),
)


def most_at_once(case: Case, wanted: int) -> int:
    """Return how many requests may leave at the same moment: no more than the pace of a second, and two at least."""
    pace = case.target.limits.requests_per_second
    return min(wanted, max(2, int(pace))) if pace else wanted


def send_at_once(
    case: Case, bodies: Sequence[Body], credentials: Sequence[Authorization] = (), apart: float = 0.0
) -> list[Exchange]:
    """Send requests at the same moment and return those that were answered; that some were not is advice."""
    sent = case.together(bodies, credentials, apart)
    answered = [exchange for exchange in sent if exchange.status is not None]
    if any(isinstance(exchange.outcome, NoAnswer) and exchange.outcome.kind == "timeout" for exchange in sent):
        return sent  # accepted, and never answered
    if answered and len(answered) < len(sent):
        case.advise(f"Of {len(sent)} requests at once {len(answered)} were answered, and the others were not accepted.")
    return answered or sent


def send_in_turn(case: Case, bodies: Sequence[Body], credentials: Sequence[Authorization] = ()) -> list[Exchange]:
    """Send the requests of a crowd one at a time."""
    logins = credentials or [RIGHT] * len(bodies)
    return [case(body, login) for body, login in zip(bodies, logins, strict=True)]


def going_on(answers: Sequence[Exchange]) -> list[Body]:
    """Return the bodies that resume the sessions which wrong tokens were answered with."""
    asked = [answer for answer in answers if answer.subject == Subject.WRONG_TOKEN]
    following = [next_lease(answer, answer.body.lease) for answer in asked if answer.body.lease]
    return [right(lease) for lease in following if lease]


def winners(resume_to_the_end: Callable[[Lease], Exchange], answers: Sequence[Exchange]) -> list[Exchange]:
    """Return the answers to rivals that go on: a 200, or a 428 whose session is resumed to a 200 in the end."""
    won = [answer for answer in answers if answer.status == 200]
    handed_out: dict[str, tuple[Exchange, Lease]] = {}
    for answer in answers:
        assert answer.body.lease is not None
        following = next_lease(answer, answer.body.lease)
        if following is not None:
            handed_out[following.session.lower()] = (answer, following)
    for answer, following in handed_out.values():
        if resume_to_the_end(following).status == 200:
            won.append(answer)
    return won


def are_answered_as_alone(case: Case, answers: Sequence[Exchange], one_at_a_time: Callable[[], list[Exchange]]) -> None:
    """Each answer is the one that its request gets by itself, for its own link, and tells nothing of the others.

    `one_at_a_time` sends the like again, to find out whether a wrong answer is given only in company: call this while
    the case is alone.
    """
    differing = [answer for answer in answers if answer.status not in ALONE[answer.subject]]
    # That a right token is answered with a question may be the institution's own business: anything else comes first.
    wrong = next((answer for answer in differing if not _is_asked(answer)), next(iter(differing), None))
    if wrong is not None and not (_is_asked(wrong) and case.run.asks_now_and_then):
        if _is_right_by_itself(wrong, one_at_a_time):
            _shows_only_in_a_crowd(wrong, len(answers))
        _is_wrong_by_itself(wrong, len(answers))
    for answer in answers:
        if answer.body.lease is not None and answer.status in (200, 428):
            assert_answer(answer).names("/id" if answer.status == 200 else "/link", answer.body.lease.link)
        assert_answer(answer).discloses_nothing_of(answers)


def _is_asked(answer: Exchange) -> bool:
    return (answer.subject, answer.status) == (Subject.RIGHT, 428)


def _is_right_by_itself(wrong: Exchange, one_at_a_time: Callable[[], list[Exchange]]) -> bool:
    for _ in range(MOST_TRIES if _is_asked(wrong) else 1):
        by_itself = {other.status for other in one_at_a_time() if other.subject == wrong.subject}
        if not by_itself <= {*ALONE[wrong.subject]}:
            return False
    return True


def _shows_only_in_a_crowd(answer: Exchange, crowd: int) -> None:
    token = "a wrong token" if answer.subject == Subject.WRONG_TOKEN else "the right token"
    told = f"{token} is answered {answer.status} where {crowd} callers come at once, and otherwise one at a time"
    handed_out = answer.body.lease is not None and answer.body.lease.origin == "another try"
    lost = "428" if handed_out and answer.status == 400 else "200"
    group, response = ONLY_IN_A_CROWD, "500" if answer.status == 500 else lost
    if answer.subject in (Subject.RIGHT, Subject.WRONG_TOKEN):
        assert_answer(answer).has_status(*ALONE[answer.subject], because=told, attributed_to=response, group=group)
    assert_answer(answer).has_status(*ALONE[answer.subject])


def _is_wrong_by_itself(answer: Exchange, waiting: int) -> None:
    # A further factor may be asked for by any institution, and of some links only.
    if not _is_asked(answer):
        lost = f"of {waiting} sessions that are paused before the first one is resumed, some are answered 400"
        is_paused = answer.body.lease is not None and answer.body.lease.origin == "paused"
        is_lost = answer.subject == Subject.RIGHT and answer.status == 400 and is_paused
        assert_answer(answer).has_status(*ALONE[answer.subject], because=lost if is_lost else "")


def _body(case: Case, kind: Subject, number: int, leases: Iterator[Lease]) -> Body:
    match kind:
        case Subject.RIGHT:
            return right(next(leases))
        case Subject.WRONG_TOKEN:
            return wrong_token(next(leases), f"{WRONG_TOKEN}-of-{number}")
        case Subject.MALFORMED:
            return Body("an empty object", b"{}", subject=Subject.MALFORMED)
        case Subject.CREDENTIALS:
            return right(case.synthetic())
    return not_resumable(case.synthetic(), "a session that nobody paused")

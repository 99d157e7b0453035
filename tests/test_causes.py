"""Findings → causes: what one bug explains is one cause, which blames the one response that a person has to fix."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from contract_tests.cases.bodies import Body, Subject, failing_token, not_resumable, right, wrong_token
from contract_tests.exchange.expectation import ONLY_IN_A_CROWD, assert_answer, rely_on
from contract_tests.exchange.judged import Exchange
from contract_tests.exchange.problem import Problem
from contract_tests.exchange.record import CaseResult, ExchangeRecord
from contract_tests.exchange.violation import Blocked, CheckFailed, Finding, Unanswered
from contract_tests.verdict.causes import group_by_cause
from contract_tests.verdict.groups import Group
from contract_tests.verdict.sentences import sentence
from contract_tests.wire import NoAnswer
from tests.exchanges import BAD_REQUEST, CONTRACT, LEASE, WRONG, an_answer, answered, example, exchange_of

ERROR = "/components/schemas/Error"
MALFORMED = Body("token missing", b"{}", lease=LEASE, subject=Subject.MALFORMED)
SPENT = not_resumable(LEASE, "a session that is spent")
WRONG_TOKEN = wrong_token(LEASE)

Step = Callable[[], object]


def case_of(
    *exchanges: Exchange, asserting: Step = lambda: None, check: str = "a", case: str | None = None
) -> CaseResult:
    """Return how a case ended that made exchanges and then asserted something."""
    records = tuple(ExchangeRecord.of(exchange, check, case) for exchange in exchanges)
    try:
        asserting()
    except CheckFailed as failed:
        number = failed.finding.exchange.number
        outcome = "violated" if failed.own else "blocked"
        return CaseResult(check, case, outcome, findings=(failed.finding,), exchange=number, records=records)  # type: ignore[arg-type]
    except Blocked as blocked:
        return CaseResult(check, case, "blocked", exchange=blocked.exchange.number, records=records)
    except Unanswered as unanswered:
        return CaseResult(check, case, "unanswered", findings=(unanswered.finding,), records=records)
    return CaseResult(check, case, "holds", records=records)


def expecting(exchange: Exchange, *statuses: int, check: str = "a", case: str | None = None, **more: str) -> CaseResult:
    """Return how a case ended that expected its one exchange to be answered with one of the statuses."""
    return case_of(
        exchange, asserting=lambda: assert_answer(exchange).has_status(*statuses, **more), check=check, case=case
    )


def only(*results: CaseResult) -> Group:
    """Return the one cause of what happened."""
    (group,) = group_by_cause(results)
    return group


def told(*results: CaseResult) -> list[tuple[str | None, str]]:
    """Return the response and the sentence of each cause."""
    return [(group.response, sentence(group, CONTRACT)) for group in group_by_cause(results)]


def without(status: int, field: str) -> object:
    """Return the example of a status, without a field of it."""
    value = example(status)
    del (value[0] if isinstance(value, list) else value)[field]
    return value


def test_nothing_wrong_has_no_cause() -> None:
    """Conforming answers, and cases that hold or found no session, come down to nothing."""
    assert group_by_cause([expecting(answered(200), 200), CaseResult("a", None, "incomplete", "no session")]) == ()


# The content of an answer is wrong


def test_the_same_response_clause_place_and_kind_is_one_cause() -> None:
    """However many checks meet it, whatever they sent and wherever in a list it stands."""
    first = answered(400, [BAD_REQUEST[0] | {"code": 1}], MALFORMED)
    second = answered(400, [BAD_REQUEST[0], BAD_REQUEST[0] | {"code": None}], SPENT)
    group = only(case_of(first), case_of(second, check="b"))

    assert (group.response, group.responses, len(group.exchanges)) == ("400", ("400",), 2)
    assert group.first.problem.clause == f"{ERROR}/properties/code/type"
    assert told(case_of(first)) == [("400", '"code" of the 400 is not of the declared type string')]


def test_another_place_clause_or_keyword_is_another_cause() -> None:
    """A wrong code and a wrong message are two bugs."""
    codes = case_of(answered(400, [BAD_REQUEST[0] | {"code": 1}], MALFORMED))
    messages = case_of(answered(400, [BAD_REQUEST[0] | {"message": 1}], MALFORMED))

    assert [group.response for group in group_by_cause([codes, messages])] == ["400", "400"]


def test_fields_that_are_missing_together_are_one_cause() -> None:
    """An answer of another shape lacks them all, for one reason."""
    body = {"detail": "no"}

    assert told(case_of(answered(400, [body], MALFORMED))) == [
        ("400", '"code", "message" and "request_id" are missing from the 400')
    ]


def test_content_blames_its_own_response() -> None:
    """What is wrong with a 428 is to be fixed there, whichever check met it and whatever that check is about."""
    asked = answered(428, without(428, "session"), WRONG_TOKEN)
    result = case_of(asked, asserting=lambda: assert_answer(asked).has_status(200, 428), check="of the 200")

    assert told(result) == [("428", '"session" is missing from the 428')]


def test_the_same_schema_of_two_responses_is_fixed_in_each() -> None:
    """400 and 401 share a schema and not a handler: two causes, each of which blames its own."""
    refused = answered(400, without(400, "code"), MALFORMED)
    unauthorized = answered(401, without(401, "code"), credentials=WRONG["no header"])

    assert {group.response for group in group_by_cause([case_of(refused), case_of(unauthorized)])} == {"400", "401"}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (
            lambda status: an_answer(status, example(status), "text/html"),
            "answers 200, 400, 428: the answer is sent as",
        ),
        (lambda status: an_answer(status, b"{}{}"), "answers 200, 400, 428: the answer is not JSON"),
        (
            lambda status: NoAnswer("truncated", "it broke off", 0.1, status),
            "answers 200, 400, 428: the answer does not",
        ),
    ],
    ids=["media type", "json", "length"],
)
def test_what_every_response_gets_wrong_alike_is_one_cause(spoil: Callable[[int], object], words: str) -> None:
    """One bug writes every answer: it blames the operation as a whole, and violates the responses that it met."""
    results = [case_of(exchange_of(spoil(status), MALFORMED)) for status in (200, 428, 400)]  # type: ignore[arg-type]
    right = case_of(answered(401, example(401), credentials=WRONG["no header"]))
    group = only(*results, right)

    assert (group.response, group.responses) == (None, ("200", "400", "428"))
    assert sentence(group, CONTRACT).startswith(words)


@pytest.mark.parametrize("statuses", [(400,), (200, 428)])
def test_where_no_answer_arrives_whole_none_is_named(statuses: Sequence[int]) -> None:
    """Which answers were met before the run ended is chance: the operation is blamed, in the same words each time."""
    broken = (NoAnswer("truncated", "it broke off", 0.1, status) for status in statuses)
    group = only(*(case_of(exchange_of(outcome, MALFORMED)) for outcome in broken))

    assert (group.response, group.responses) == (None, ())
    assert sentence(group, CONTRACT).startswith("each answer: the answer does not arrive whole")


def test_what_one_response_gets_wrong_alone_blames_it() -> None:
    """A page in place of JSON for one status is fixed at that status."""
    pages = [exchange_of(an_answer(400, b"<p>", "text/html"), MALFORMED) for _ in range(2)]

    assert told(*(case_of(page) for page in pages)) == [
        ("400", "the 400 is sent as text/html, application/json is declared")
    ]


def test_a_media_type_that_is_none_is_one_cause_whatever_it_says() -> None:
    """A server that echoes in its Content-Type says something else each time: one bug, told without its words."""
    echoes = [
        exchange_of(an_answer(400, BAD_REQUEST, f"text/{LEASE.token} {number}"), MALFORMED) for number in range(9)
    ]

    assert told(*(case_of(echo) for echo in echoes)) == [
        ("400", "the 400 is sent as what is no media type, application/json is declared")
    ]


def test_a_sentence_shows_no_secret_and_is_bounded() -> None:
    """Names that an answer made up stand in a sentence: redacted, and no longer than a line or two."""
    media_type = case_of(exchange_of(an_answer(400, BAD_REQUEST, f"text/{LEASE.token}"), MALFORMED))
    fields = BAD_REQUEST[0] | {LEASE.token: 1, "x" * 5_000: 1}
    undeclared = case_of(answered(400, [fields], MALFORMED, undeclared_fields="fail"))

    for _, sentence_told in told(media_type, undeclared):
        assert LEASE.token not in sentence_told
        assert len(sentence_told) <= 301


def test_a_relation_that_a_check_found_is_a_cause_of_its_own() -> None:
    """The id of another link is wrong in the 200."""
    exchange = answered(200)
    wrong = case_of(exchange, asserting=lambda: assert_answer(exchange).has_status(200).names("/id", LEASE.session))

    assert told(wrong) == [("200", '"id" of the 200 is not the link that was sent')]


# The status is wrong


@pytest.mark.parametrize("received", [200, 428])
def test_refusals_that_are_not_made_are_one_cause(received: int) -> None:
    """Fourteen malformed bodies that are accepted are one bug, of the 400, whether a token is asked for then or not."""
    bodies = [Body(f"case {number}", b"{}", lease=LEASE, subject=Subject.MALFORMED) for number in range(14)]
    group = only(*(expecting(answered(received, body=body), 400, case=body.name) for body in bodies))

    assert (group.response, len(group.met), len(group.exchanges)) == ("400", 14, 14)
    assert sentence(group, CONTRACT) == (f"a malformed body is accepted: {received} is answered where 400 is declared")


def test_accepted_once_as_200_and_once_as_428_is_one_cause() -> None:
    """What is wrong is that it was accepted."""
    results = [expecting(answered(received, body=MALFORMED), 400) for received in (200, 428)]

    assert only(*results).response == "400"


def test_credentials_that_are_not_refused_are_one_cause() -> None:
    """Whatever they are answered with, and whichever check sent them: the 401 is missing."""
    results = [
        expecting(answered(received, credentials=WRONG[name]), 401, check=check)
        for received, name, check in ((200, "no header", "a"), (400, "wrong password", "b"), (428, "wrong id", "b"))
    ]

    assert only(*results).response == "401"


def test_another_kind_of_request_is_another_cause() -> None:
    """To accept a malformed body and to accept a spent session are two bugs, both of the 400."""
    results = [expecting(answered(200, body=body), 400) for body in (MALFORMED, SPENT)]

    assert [group.response for group in group_by_cause(results)] == ["400", "400"]


def test_a_wrong_status_blames_the_response_that_was_expected() -> None:
    """A wrong token that is accepted is a 428 that is missing, and the 200 that came is right by itself."""
    assert told(expecting(answered(200, body=WRONG_TOKEN), 428, 400)) == [
        ("428", "a wrong token is accepted: 200 is answered where 428 is declared (a wrong token)")
    ]


def test_an_undeclared_status_is_one_cause_however_many_checks_met_it() -> None:
    """A check that asked for another status, one that asked for two, and one that never looked: one bug."""
    answer = an_answer(422, {"detail": "no"})
    asked, alike, unasked = (exchange_of(answer, body) for body in (MALFORMED, WRONG_TOKEN, SPENT))
    group = only(expecting(asked, 400), expecting(alike, 428, 400, check="b"), case_of(unasked, check="c"))

    assert (group.response, len(group.exchanges)) == ("400", 3)
    assert "422 is answered where 400 is declared" in sentence(group, CONTRACT)


def test_an_undeclared_status_blames_the_response_that_all_expected() -> None:
    """A status in place of the 428 is met where 428 or 400 would do: what all expected in common is blamed."""
    results = [
        expecting(exchange_of(an_answer(403, BAD_REQUEST), body), *expected)
        for body, expected in ((WRONG_TOKEN, (428, 400)), (WRONG_TOKEN, (428,)))
    ]

    assert only(*results).response == "428"


def test_an_undeclared_status_in_place_of_two_responses_is_two_causes() -> None:
    """404 in place of the 400 and of the 401 has to be fixed in two places."""
    results = [
        expecting(exchange_of(an_answer(404, {}), MALFORMED), 400),
        expecting(exchange_of(an_answer(404, {}), credentials=WRONG["no header"]), 401),
    ]

    assert {group.response for group in group_by_cause(results)} == {"400", "401"}


@pytest.mark.parametrize(("received", "response"), [(500, "500"), (503, None)])
def test_a_server_that_fails_now_and_then_is_one_cause(received: int, response: str | None) -> None:
    """A failure that meets requests of every kind blames none of the responses that were expected instead."""
    answer = an_answer(received, BAD_REQUEST)
    results = [
        expecting(exchange_of(answer, MALFORMED), 400),
        expecting(exchange_of(answer, right(LEASE)), 200),
        expecting(exchange_of(answer, credentials=WRONG["no header"]), 401),
    ]

    assert only(*results).response == response


def test_a_failure_of_one_kind_of_request_blames_the_response_it_calls_for() -> None:
    """500 for a malformed body is a 400 that is missing."""
    results = [expecting(answered(500, body=MALFORMED), 400), expecting(answered(500, body=SPENT), 400)]

    assert only(*results).response == "400"


def test_a_check_that_knows_better_is_believed() -> None:
    """A session that unacceptable credentials have spent is a fault of the 401, of whatever status it is told."""
    spent = expecting(answered(400), 200, because="it is spent", attributed_to="401", group="spent")

    assert told(spent) == [("401", "it is spent")]


def test_what_is_only_relied_on_is_told_once_and_violates_no_check() -> None:
    """A check that cannot go on finds the same cause, and is blocked by it."""
    exchange = answered(500, body=WRONG_TOKEN)
    relied = case_of(exchange, asserting=lambda: rely_on(exchange).has_status(428, 400), check="b")
    group = only(expecting(answered(500, body=WRONG_TOKEN), 428, 400), relied)

    assert [met.role for met in group.met] == ["violated", "blocked"]
    assert group.first.exchange is not exchange


# What one bug brings about elsewhere

GIVEN = replace(LEASE, origin="another try")
FAILING = failing_token(GIVEN, "failing-token")
UNIQUE = Problem("relation", "/c", "/session", "unique", "is that of another link")


def with_problem(exchange: Exchange, problem: Problem) -> CaseResult:
    """Return how a case ended that found something out about an answer by itself."""
    return case_of(exchange, asserting=lambda: raise_failed(exchange, problem))


def raise_failed(exchange: Exchange, problem: Problem) -> None:
    """Fail a case as a check does."""
    raise CheckFailed(Finding(exchange, problem), own=True)


@pytest.mark.parametrize(
    ("cause", "consequence", "response"),
    [
        pytest.param(
            expecting(answered(400, body=right(GIVEN)), 200),
            expecting(answered(400, body=FAILING), 500),
            "428",
            id="dead",
        ),
        pytest.param(
            expecting(answered(200, body=SPENT), 400),
            expecting(answered(500, body=not_resumable(LEASE, "unknown", token="failing-token")), 400),
            "400",
            id="a session that nobody paused, with the failing token",
        ),
        pytest.param(
            with_problem(answered(428, body=WRONG_TOKEN), UNIQUE),
            expecting(answered(200, body=not_resumable(GIVEN, "the session of another link")), 400),
            "428",
            id="one session for two links",
        ),
        pytest.param(
            expecting(exchange_of(an_answer(502, b"", "text/html"), WRONG_TOKEN), 428),
            expecting(
                exchange_of(an_answer(502, b"", "text/html"), right(LEASE), at_once=12),
                200,
                group=ONLY_IN_A_CROWD,
                attributed_to="200",
            ),
            "428",
            id="a gateway now and then",
        ),
    ],
)
def test_what_a_bug_brings_about_elsewhere_stands_under_it(
    cause: CaseResult, consequence: CaseResult, response: str
) -> None:
    """Both together are one cause, which names the response that has to be fixed; alone each is its own."""
    assert only(cause).response == response
    assert len(group_by_cause([consequence])) == 1
    group = only(cause, consequence)

    assert group.response == response
    assert len(group.consequences) == 1


def test_what_fails_only_in_a_crowd_is_no_consequence_of_another_undeclared_status() -> None:
    """422 for malformed bodies, and 409 for right ones that come together: two bugs."""
    results = [
        expecting(exchange_of(an_answer(422, {}), MALFORMED), 400),
        expecting(
            exchange_of(an_answer(409, {}), right(LEASE), at_once=12), 200, group=ONLY_IN_A_CROWD, attributed_to="200"
        ),
    ]

    assert {group.response for group in group_by_cause(results)} == {"400", "200"}


def test_a_failing_token_that_is_refused_for_a_paused_session_is_a_cause_of_its_own() -> None:
    """The sessions of a 428 are dead, and the institution is not asked: two bugs."""
    dead = expecting(answered(400, body=right(GIVEN)), 200)
    refused = expecting(answered(400, body=failing_token(LEASE, "failing-token")), 500)

    assert {group.response for group in group_by_cause([dead, refused])} == {"428", "500"}


# What belongs together


def test_what_only_wrong_answers_get_wrong_besides_is_a_detail() -> None:
    """A 500 on a malformed body whose own content is wrong as well: one bug wrote it."""
    result = expecting(answered(500, {"detail": "no"}, MALFORMED), 400)
    group = only(result)

    assert group.response == "400"
    assert [sentence(detail, CONTRACT) for detail in group.details] == [
        "the body of the 500 is not of the declared type array"
    ]


def test_what_other_answers_get_wrong_too_is_no_detail() -> None:
    """Where right answers lack the field as well it is a cause of its own."""
    wrong = expecting(answered(500, without(500, "code"), MALFORMED), 400)
    failing = expecting(answered(500, without(500, "code"), failing_token(LEASE, "f")), 500)

    assert {group.response for group in group_by_cause([wrong, failing])} == {"400", "500"}


def test_a_secret_is_a_cause_that_blames_no_response() -> None:
    """A token that answers of several statuses repeat is one cause of the whole operation."""
    told_token = [BAD_REQUEST[0] | {"message": f"{LEASE.token} is wrong"}]
    results = [case_of(answered(400, told_token, body)) for body in (SPENT, right(LEASE))]
    group = only(*results, case_of(answered(401, told_token, credentials=WRONG["wrong id"])))

    assert (group.response, group.responses, len(group.exchanges)) == (None, (), 3)
    assert sentence(group, CONTRACT) == "an answer repeats the token that was sent"


def test_what_a_page_shows_besides_is_a_detail_of_the_page() -> None:
    """A stack trace on a page that is no JSON is told with the page."""
    page = an_answer(400, b"<pre>Traceback (most recent call last):</pre>", "text/html")
    group = only(case_of(exchange_of(page, MALFORMED)))

    assert group.response == "400"
    assert [detail.key[0] for detail in group.details] == ["disclosure"]


# No answer at all


def test_an_answer_that_does_not_come_is_one_cause_of_each_kind() -> None:
    """A refused connection is one cause, however many cases met it, and blames no response."""
    results = []
    for number, kind in enumerate(["refused", "refused", "timeout"]):
        nothing = exchange_of(NoAnswer(kind, f"{kind} it was", 0.1))
        results.append(case_of(nothing, asserting=lambda nothing=nothing: assert_answer(nothing), case=str(number)))  # type: ignore[misc]
    groups = group_by_cause(results)

    assert [(group.key, group.response, len(group.exchanges)) for group in groups] == [
        (("no answer", "refused"), None, 2),
        (("no answer", "timeout"), None, 1),
    ]


# Order and identity


def test_causes_come_with_most_exchanges_first() -> None:
    """What explains most stands first, whichever was met first."""
    few = [expecting(answered(200, body=SPENT), 400)]
    many = [case_of(answered(428, without(428, "code"), WRONG_TOKEN)) for _ in range(3)]

    assert [len(group.exchanges) for group in group_by_cause([*few, *many])] == [3, 1]


def test_a_cause_keeps_its_id_from_run_to_run() -> None:
    """Other bodies, identifiers, list positions, numbers of exchanges and orders leave an id as it is."""
    one = case_of(answered(400, [BAD_REQUEST[0] | {"code": 1}], MALFORMED))
    other = case_of(answered(400, [BAD_REQUEST[0], BAD_REQUEST[0] | {"code": []}], SPENT), check="another")

    assert only(one).id == only(other).id
    assert len(only(one).id) == 12
    assert only(one, other).id == only(other, one).id


def test_different_causes_have_different_ids() -> None:
    """Another response, clause, place, keyword, kind of request or status makes another id."""
    made = [
        case_of(answered(400, [BAD_REQUEST[0] | {"code": 1}], MALFORMED)),
        case_of(answered(400, without(400, "code"), MALFORMED)),
        case_of(answered(400, [BAD_REQUEST[0] | {"message": 1}], MALFORMED)),
        case_of(answered(500, [BAD_REQUEST[0] | {"code": 1}], failing_token(LEASE, "f"))),
        expecting(answered(200, body=MALFORMED), 400),
        expecting(answered(200, body=SPENT), 400),
        expecting(answered(401, body=SPENT), 400),
        expecting(exchange_of(an_answer(422, {}), SPENT), 400),
        expecting(exchange_of(an_answer(422, {}), WRONG_TOKEN), 428),
    ]

    assert len({only(result).id for result in made}) == len(made)


def test_causes_do_not_depend_on_the_order_of_what_was_found() -> None:
    """The same results in any order make the same causes, with the same ids."""
    results = [
        expecting(answered(200, body=SPENT), 400),
        expecting(exchange_of(an_answer(404, {}), MALFORMED), 400),
        expecting(exchange_of(an_answer(404, {}), WRONG_TOKEN), 428, 400),
        case_of(answered(428, without(428, "code"), WRONG_TOKEN)),
    ]
    expected = {(group.id, group.response, group.exchanges) for group in group_by_cause(results)}

    for order in itertools.permutations(results):
        assert {(group.id, group.response, group.exchanges) for group in group_by_cause(order)} == expected

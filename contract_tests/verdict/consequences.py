"""What one bug brings about elsewhere: sessions that were taken or lost make right requests fail in other places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from contract_tests.cases.bodies import BEFORE_THE_LAST, Subject
from contract_tests.contract.protocol import BAD_REQUEST, OK, TOKEN_REQUIRED, UNAUTHORIZED, UNEXPECTED_ERROR
from contract_tests.exchange.disclosure import token_of
from contract_tests.exchange.expectation import ONLY_IN_A_CROWD, SPENT_BY_OTHERS, WITHIN_EXPIRY
from contract_tests.verdict.groups import Group
from contract_tests.wire import GATEWAY

Test = Callable[[Group], bool]

REFUSED, NOT_LET_IN, FAILED = str(BAD_REQUEST), str(UNAUTHORIZED), str(UNEXPECTED_ERROR)


def fold_consequences(groups: Sequence[Group]) -> list[Group]:
    """Return the groups without those that another one brings about, which go into it: one bug, one cause."""
    left = list(groups)
    for is_cause, is_consequence in RULES:
        holder = next((group for group in left if is_cause(group)), None)
        if holder is None:
            continue
        following = [group for group in left if group is not holder and is_consequence(group)]
        if following:
            told = tuple(each for group in following for each in (replace(group, consequences=()), *group.consequences))
            whole = replace(holder, consequences=(*holder.consequences, *told))
            left = [whole if group is holder else group for group in left if group not in following]
    return left


def _loses_paused_sessions(group: Group) -> bool:
    return group.key == ("status", Subject.RIGHT, REFUSED) and group.response == str(OK)


def _finds_its_session_lost(group: Group) -> bool:
    """A session that was handed out, or one that others used, is gone: as it is where paused ones get lost."""
    return group.key[0] == "status" and (
        group.key[1:] in [(kind, REFUSED) for kind in (SPENT_BY_OTHERS, WITHIN_EXPIRY, Subject.FAILING_TOKEN)]
        or (group.key[1:] == (Subject.RIGHT, REFUSED) and group.response == str(TOKEN_REQUIRED))
    )


def _asks_without_end(response: str) -> Test:
    return lambda group: group.key == ("status", Subject.RIGHT, str(TOKEN_REQUIRED)) and group.response == response


def _accepts_wrong_tokens(group: Group) -> bool:
    return group.key == ("status", Subject.WRONG_TOKEN, "accepted") and group.response == str(TOKEN_REQUIRED)


def _ends_with_a_wrong_token(group: Group) -> bool:
    """A wrong token counts where it races a right one, or stands in for the first of two factors."""
    accepted = group.key[:2] == ("status", Subject.WRONG_TOKEN) or group.key == ("status", Subject.RIGHT, str(OK))
    return accepted and group.response == str(OK)


def _hands_out_a_dead_session(group: Group) -> bool:
    return group.key == ("status", Subject.RIGHT, REFUSED) and group.response == str(TOKEN_REQUIRED)


def _finds_a_session_of_a_428_lost(group: Group) -> bool:
    """The failing token is refused for sessions that were handed out, and for no other."""
    leases = [met.finding.exchange.body.lease for met in group.met]
    is_refused = group.key == ("status", Subject.FAILING_TOKEN, REFUSED)
    return is_refused and all(lease is not None and lease.origin != "paused" for lease in leases)


def _keeps_the_one_before(group: Group) -> bool:
    """The session that was spent goes on, where the one that was handed out in its place does not."""
    cases = {met.finding.exchange.case for met in group.met}
    return group.key == ("status", Subject.SESSION, "accepted") and cases == {BEFORE_THE_LAST}


def _accepts_dead_sessions(group: Group) -> bool:
    return group.key == ("status", Subject.SESSION, "accepted") and group.response == REFUSED


def _fails_for_a_dead_session(group: Group) -> bool:
    """The institution is asked for a session that cannot be resumed, and fails as its failing token makes it."""
    sent = [met.finding.exchange for met in group.met]
    return group.key == ("status", FAILED) and all(
        each.subject == Subject.SESSION and token_of(each.body) == each.scene.failing_token for each in sent
    )


def _accepts_sessions_of_a_428(group: Group) -> bool:
    """A session is accepted that was handed out to another link, or in another's place."""
    leases = [met.finding.exchange.body.lease for met in group.met]
    return _accepts_dead_sessions(group) and all(lease is not None and lease.origin != "paused" for lease in leases)


def _hands_out_one_session_twice(group: Group) -> bool:
    return group.key[0] == "content" and group.key[-1] == "unique"


def _takes_a_session_of_others(group: Group) -> bool:
    """A request that named no session of its own was read as right: whichever session it took belonged to another."""
    if group.key != ("status", Subject.MALFORMED, "accepted"):
        return False
    bodies = [met.finding.exchange.body for met in group.met]
    return any(body.lease is None or body.lease.session.encode() not in body.content for body in bodies)


def _refuses_right_credentials(group: Group) -> bool:
    return group.key == ("status", Subject.RIGHT, NOT_LET_IN) and group.response == str(OK)


def _takes_wrong_tokens_for_wrong_credentials(group: Group) -> bool:
    return group.key == ("status", Subject.WRONG_TOKEN, NOT_LET_IN) and group.response == str(TOKEN_REQUIRED)


def _refuses_them_elsewhere(group: Group) -> bool:
    return group.key[0] == "status" and group.key[-1] == NOT_LET_IN and group.key[1] != Subject.CREDENTIALS


def _names_another_link(response: str) -> Test:
    return lambda group: group.key[:2] == ("content", response) and group.key[-1] == "equal"


def _is_mixed_up(group: Group) -> bool:
    """A token counts for another caller than the one who sent it."""
    kinds = (Subject.RIGHT, Subject.WRONG_TOKEN)
    return (
        group.key[0] == "status"
        and group.key[1] in kinds
        and group.first.problem.keyword in (str(OK), str(TOKEN_REQUIRED))
    )


def _reads_the_first_segment_only(group: Group) -> bool:
    """A right request that arrives in pieces is read in part: so is one whose last byte waits for those of others."""
    return _loses_paused_sessions(group) and all(met.finding.exchange.delivery.segments > 1 for met in group.met)


def _loses_them_for_a_known_reason(group: Group) -> bool:
    """A check found out, with nothing else under way, why sessions that wait are refused."""
    return _loses_paused_sessions(group) and any(met.finding.problem.message for met in group.met)


def _is_refused_in_a_crowd(group: Group) -> bool:
    return group.key == ("status", ONLY_IN_A_CROWD, str(BAD_REQUEST))


def _shows_only_in_a_crowd(group: Group) -> bool:
    return group.key[:2] == ("status", ONLY_IN_A_CROWD)


def _comes_now_and_then(group: Group) -> bool:
    """A gateway answers in place of the operation, requests that go by themselves among others."""
    return _is_of_a_gateway(group) and any(met.finding.exchange.at_once == 1 for met in group.met)


def _comes_in_a_crowd(group: Group) -> bool:
    return _is_of_a_gateway(group) and _shows_only_in_a_crowd(group)


def _is_of_a_gateway(group: Group) -> bool:
    sent = [met.finding.exchange for met in group.met]
    undeclared = all(each.scene.contract.declared(each.status) is None for each in sent)
    return group.key[0] == "status" and undeclared and {each.status for each in sent} <= GATEWAY


def _is_of_sessions_or_tokens(group: Group) -> bool:
    """What else comes of serving several callers at once, wherever cases of the suite happened to meet."""
    subjects = {met.finding.exchange.subject for met in group.met}
    return group.key[0] == "status" and not subjects & {Subject.MALFORMED, Subject.CREDENTIALS}


RULES: tuple[tuple[Test, Test], ...] = (
    (_accepts_wrong_tokens, _ends_with_a_wrong_token),
    (_hands_out_a_dead_session, _keeps_the_one_before),
    (_hands_out_a_dead_session, _finds_a_session_of_a_428_lost),
    (_asks_without_end(str(TOKEN_REQUIRED)), _asks_without_end(str(OK))),
    (_loses_paused_sessions, _finds_its_session_lost),
    (_accepts_dead_sessions, _keeps_the_one_before),
    (_accepts_dead_sessions, _fails_for_a_dead_session),
    (_hands_out_one_session_twice, _accepts_sessions_of_a_428),
    (_hands_out_one_session_twice, _finds_its_session_lost),
    (_takes_a_session_of_others, _loses_paused_sessions),
    (_takes_a_session_of_others, _finds_its_session_lost),
    (_refuses_right_credentials, _refuses_them_elsewhere),
    (_takes_wrong_tokens_for_wrong_credentials, _refuses_them_elsewhere),
    (_names_another_link(str(OK)), _names_another_link(str(TOKEN_REQUIRED))),
    (_names_another_link(str(OK)), _is_mixed_up),
    (_names_another_link(str(OK)), _finds_its_session_lost),
    (_names_another_link(str(TOKEN_REQUIRED)), _loses_paused_sessions),
    (_names_another_link(str(TOKEN_REQUIRED)), _finds_its_session_lost),
    (_reads_the_first_segment_only, _shows_only_in_a_crowd),
    (_loses_them_for_a_known_reason, _finds_its_session_lost),
    (_loses_them_for_a_known_reason, _is_refused_in_a_crowd),
    (_comes_now_and_then, _comes_in_a_crowd),
    (_shows_only_in_a_crowd, _is_of_sessions_or_tokens),
)

"""Problems and failed expectations → causes: what one bug explains is told once, and blames one declared response."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace

from contract_tests.cases.bodies import Subject
from contract_tests.cases.deliveries import PLAIN
from contract_tests.contract.protocol import BAD_REQUEST, OK, TOKEN_REQUIRED, UNAUTHORIZED, UNEXPECTED_ERROR
from contract_tests.exchange.record import CaseResult
from contract_tests.exchange.violation import Finding
from contract_tests.verdict.consequences import fold_consequences
from contract_tests.verdict.groups import Group, Met, Role

ACCEPTED = (str(OK), str(TOKEN_REQUIRED))
FAILED = str(UNEXPECTED_ERROR)
PROPER = {
    Subject.RIGHT: str(OK),
    Subject.WRONG_TOKEN: str(TOKEN_REQUIRED),
    Subject.FAILING_TOKEN: FAILED,
    Subject.SESSION: str(BAD_REQUEST),
    Subject.MALFORMED: str(BAD_REQUEST),
    Subject.CREDENTIALS: str(UNAUTHORIZED),
}
"""The declared response that a kind of request calls for, where no check has said so."""
WHOLE_ANSWER = ("media type", "length", "json")
"""Kinds of problems that one bug brings to every response alike: those that have it are told, and none is blamed."""


def group_by_cause(results: Sequence[CaseResult]) -> tuple[Group, ...]:
    """Return what the findings of a run come down to, most exchanges first."""
    records = [record for result in results for record in result.records]
    judged = [Met(found, record.check, record.case, "judged") for record in records for found in record.findings]
    asserted = [Met(found, r.check, r.case, _role(r)) for r in results for found in r.findings]
    expectations = [met for met in asserted if met.finding.problem.kind == "status"]
    expected_of = {met.finding.exchange.number for met in expectations}
    # An undeclared status that no check asked about still calls for the response that such a request is declared.
    expectations += [
        met for met in judged if met.finding.problem.kind == "status" and met.finding.exchange.number not in expected_of
    ]
    contents = _by_content(
        [met for met in judged if met.finding.problem.kind != "status"]
        + [met for met in asserted if met.finding.problem.kind in ("relation", "disclosure")],
        some_arrived=any(record.no_answer is None for record in records if not record.register),
    )
    unanswered = _grouped(
        [met for met in asserted if met.role == "unanswered"], lambda met: ("no answer", met.finding.problem.keyword)
    )
    groups = fold_consequences(_explained(_by_status(expectations), contents))
    groups = [_as_declared(group) for group in groups]
    return tuple(sorted([*groups, *unanswered], key=lambda group: (-len(group.exchanges), group.key)))


def _as_declared(group: Group) -> Group:
    """Return a group that names each response as the contract does: 401 may be declared as 4XX, or by default."""
    contract = group.first.exchange.scene.contract

    def declared(response: str) -> str:
        found = contract.declared(int(response)) if response.isdecimal() else None
        return found.status if found else response

    return replace(
        group,
        response=declared(group.response) if group.response else None,
        responses=tuple(dict.fromkeys(map(declared, group.responses))),
    )


def _role(result: CaseResult) -> Role:
    return "unanswered" if result.outcome == "unanswered" else "violated" if result.outcome == "violated" else "blocked"


def _by_status(expectations: Sequence[Met]) -> list[Group]:
    """Group wrong statuses: one that is never right by itself, a declared one by the kind of request it answers."""
    never_right: dict[str, list[Met]] = defaultdict(list)
    answered: dict[tuple[str, ...], list[Met]] = defaultdict(list)
    for met in expectations:
        finding = met.finding
        received = finding.problem.keyword
        if finding.attributed_to is None and (_is_undeclared(finding) or received == FAILED):
            never_right[received].append(met)
        else:
            response = finding.attributed_to or _expected(finding)[0]
            answered[(response, *_kind_of_request(finding))].append(met)
    groups = [
        Group(("status", *kind), response, (response,), tuple(found)) for (response, *kind), found in answered.items()
    ]
    for received, found in never_right.items():
        groups += _attributed(received, found)
    return groups


def _is_undeclared(finding: Finding) -> bool:
    return finding.exchange.scene.contract.declared(finding.exchange.status) is None


def _expected(finding: Finding) -> tuple[str, ...]:
    return finding.expected or (PROPER[finding.exchange.subject],)


def _kind_of_request(finding: Finding) -> tuple[str, str]:
    """Return what was wrongly answered, and how: taken for right, or refused with another status."""
    received, subject = finding.problem.keyword, finding.group or finding.exchange.subject
    if subject == Subject.CREDENTIALS:
        return subject, "not refused"
    return subject, "accepted" if received in ACCEPTED and subject != Subject.RIGHT else received


def _attributed(received: str, found: Sequence[Met]) -> list[Group]:
    """Attribute a status that is never right to the response expected in its place, or to as few as explain it."""
    # What no check asked about goes along with what one did: only that says what was expected.
    asserted = [met for met in found if met.role != "judged"] or list(found)
    others = [met for met in found if met not in asserted]
    expected = [_expected(met.finding) for met in asserted]
    common = [status for status in expected[0] if all(status in statuses for statuses in expected)]
    if common:
        return [Group(("status", received), common[0], (common[0],), tuple(found))]
    if all(met.finding.exchange.delivery is not PLAIN for met in asserted):
        # It is about how a request is sent, whatever it asks for.
        response = expected[0][0]
        return [Group(("status", received), response, (response,), tuple(found))]
    if received.startswith("5"):
        # Something fails now and then, whatever is asked: no response of its own is to be fixed.
        own = FAILED if received == FAILED else None
        return [Group(("status", received), own, (own,) if own else (), tuple(found))]
    by_response: dict[str, list[Met]] = {}
    for met in sorted(asserted, key=lambda met: len(_expected(met.finding))):
        statuses = _expected(met.finding)
        response = next((status for status in statuses if status in by_response), statuses[0])
        by_response.setdefault(response, []).append(met)
    max(by_response.values(), key=len).extend(others)
    return [Group(("status", received), status, (status,), tuple(some)) for status, some in by_response.items()]


def _by_content(found: Sequence[Met], *, some_arrived: bool) -> list[Group]:
    # Where no answer of the run arrived whole, which of them were met is chance; under load all of them are, and named.
    responses: dict[tuple[str, str], set[str]] = defaultdict(set)
    for met in found:
        problem = met.finding.problem
        responses[problem.kind, problem.keyword].add(_response(met.finding))

    def key(met: Met) -> tuple[str, ...]:
        problem = met.finding.problem
        if problem.kind == "disclosure":
            return "disclosure", problem.keyword, problem.clause
        if problem.kind in WHOLE_ANSWER and (len(responses[problem.kind, problem.keyword]) > 1 or not some_arrived):
            return "whole answer", problem.kind, problem.keyword
        place = re.sub(r"/\d+(?=/|$)", "/*", problem.place)
        if problem.keyword == "required":
            place = place.rpartition("/")[0]
        return "content", _response(met.finding), problem.clause, place, problem.keyword

    groups = []
    for group in _grouped(found, key):
        if group.key[0] == "content":
            response = group.key[1] or None
            group = replace(group, response=response, responses=(response,) if response else ())
        elif group.key[0] == "whole answer":
            affected = sorted(filter(None, {_response(met.finding) for met in group.met}))
            group = replace(group, responses=tuple(affected) if some_arrived else ())
        groups.append(group)
    return groups


def _response(finding: Finding) -> str:
    """Return the declared response whose content is wrong, empty where none came."""
    declared = finding.exchange.scene.contract.declared(finding.exchange.outcome.status)
    return declared.status if declared else ""


def _explained(statuses: Sequence[Group], contents: Sequence[Group]) -> list[Group]:
    """Fold what only wrong answers got wrong besides into the cause of those answers: one bug wrote them."""
    details: Mapping[Hashable, list[Group]] = defaultdict(list)
    left = []
    for content in contents:
        if content.key[0] == "disclosure":
            holder = next((other for other in (*statuses, *contents) if _covers(other, content)), None)
        else:
            holder = next((status for status in statuses if _covers(status, content)), None)
        if holder is None:
            left.append(content)
        else:
            details[holder.key, holder.response].append(content)
    return [replace(group, details=tuple(details[group.key, group.response])) for group in (*statuses, *left)]


def _covers(holder: Group, other: Group) -> bool:
    return holder is not other and holder.key[0] != "disclosure" and other.exchanges <= holder.exchanges


def _grouped(found: Iterable[Met], key: Callable[[Met], tuple[str, ...]]) -> list[Group]:
    groups: dict[tuple[str, ...], list[Met]] = defaultdict(list)
    for met in found:
        groups[key(met)].append(met)
    return [Group(name, None, (), tuple(some)) for name, some in groups.items()]

"""A cause in one sentence: what is wrong, and where, without a word of the answer itself."""

from __future__ import annotations

from contract_tests.cases.bodies import Subject
from contract_tests.contract import Contract
from contract_tests.exchange.violation import Finding
from contract_tests.verdict.causes import ACCEPTED, PROPER
from contract_tests.verdict.groups import Group

KINDS = {
    Subject.RIGHT: "the right token",
    Subject.WRONG_TOKEN: "a wrong token",
    Subject.FAILING_TOKEN: "the failing token",
    Subject.SESSION: "a session that cannot be resumed",
    Subject.MALFORMED: "a malformed body",
    Subject.CREDENTIALS: "unacceptable credentials",
}
MOST_NAMES = 3
"""How many cases are named in a sentence: more of them are listed under it."""

LONGEST = 300


def sentence(group: Group, contract: Contract) -> str:
    """Return what is wrong, as a person says it: redacted and bounded, since names of an answer's own stand in it."""
    text = group.first.exchange.scene.redactor.redact(_words(group, contract))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _words(group: Group, contract: Contract) -> str:
    problem = group.first.problem
    match group.key[0]:
        case "status":
            return _status(group)
        case "no answer":
            return f"no answer comes: {problem.message}"
        case "whole answer":
            which = f"answers {', '.join(group.responses)}" if group.responses else "each answer"
            return f"{which}: {_content(group, contract)}"
        case "disclosure":
            return f"an answer {problem.message}"
    return f"{_content(group, contract)}"


def case_names(group: Group) -> tuple[str, ...]:
    """Return what is special about each request that met a cause, each once; of a group only what was found in it."""
    fewest = min(met.finding.exchange.variations for met in group.met)
    cases = (met.finding.exchange for met in group.met if met.finding.exchange.variations == fewest)
    return tuple(dict.fromkeys(exchange.case for exchange in cases))


def _status(group: Group) -> str:
    finding = group.first
    received = finding.problem.keyword
    # A range says less than the statuses of it that were expected.
    exact = group.response if group.response in PROPER.values() else None
    declared = exact or " or ".join(dict.fromkeys(status for met in group.met for status in met.finding.expected))
    where = (
        f"{received} is answered where {declared} is declared" if declared != received else f"{received} is answered"
    )
    if finding.problem.message:
        return finding.problem.message
    if group.key[1] == Subject.RIGHT and (told := _explanation(group)):
        return told
    subjects = dict.fromkeys(_subject(met.finding) for met in group.met)
    names = case_names(group)
    what = KINDS[_subject(finding)]
    if len(subjects) > 1:
        what += f" and {len(subjects) - 1} other kind{'s' if len(subjects) > 2 else ''} of requests"
    # Last, for a line is cut at its end.
    which = f" ({', '.join(names)})" if len(names) <= MOST_NAMES and names != ("right",) else ""
    if group.key[-1] in ("accepted", "not refused") and received in ACCEPTED:
        verb = "are" if len(subjects) > 1 or _subject(finding) == Subject.CREDENTIALS else "is"
        return f"{what} {verb} accepted: {where}{which}"
    return f"{where}: {what}{which}"


def _explanation(group: Group) -> str:
    """Return what a check found out about why right requests are refused, where one did."""
    return next((met.finding.problem.message for met in group.met if met.finding.problem.message), "")


def _subject(finding: Finding) -> Subject:
    return Subject(finding.group) if finding.group in KINDS else finding.exchange.subject


def _content(group: Group, contract: Contract) -> str:
    problem = group.first.problem
    response = f"the {group.response}" if group.response else "the answer"
    if problem.kind in ("media type", "json"):
        return f"{response} {problem.message}"
    if problem.kind == "length":
        return f"{response} does not arrive whole: {problem.message}"
    if problem.keyword == "required":
        return f"{_missing(group)} missing from {response}"
    if problem.kind == "header":
        return f"{problem.place} of {response} {_schema(problem.keyword, problem.clause, contract)}"
    place = _place(problem.place, response)
    if problem.kind in ("relation", "undeclared"):
        return f"{place} {problem.message}"
    return f"{place} {_schema(problem.keyword, problem.clause, contract)}"


def _missing(group: Group) -> str:
    names = dict.fromkeys(met.finding.problem.place.rpartition("/")[2] for met in group.met)
    quoted = [f'"{name}"' for name in names]
    return f"{', '.join(quoted[:-1])} and {quoted[-1]} are" if len(quoted) > 1 else f"{quoted[0]} is"


def _place(pointer: str, response: str) -> str:
    if not pointer.startswith("/"):
        return f"{pointer} of {response}" if pointer else f"the body of {response}"
    steps = [step for step in pointer.split("/")[1:] if not step.isdecimal()]
    return f'"{"/".join(steps)}" of {response}' if steps else f"an item of {response}"


def _schema(keyword: str, clause: str, contract: Contract) -> str:
    value = contract.resolve(clause)
    match keyword:
        case "type":
            return f"is not of the declared type {' or '.join(value) if isinstance(value, list) else value}"
        case "format":
            return f"is not in the declared format {value}"
        case "minItems":
            return f"has fewer than {value} item{'s' if value != 1 else ''}"
        case "enum":
            return "is none of the declared values"
        case "additionalProperties" | "unevaluatedProperties":
            return "is not declared"
    shown = f" {value}" if isinstance(value, str | int | float) else ""
    return f"breaks {keyword}{shown}"

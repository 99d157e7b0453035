"""The example of a cause: one exchange in words, with what led to it and a script that shows it again."""

from __future__ import annotations

from contract_tests.exchange import wording
from contract_tests.exchange.curl import script
from contract_tests.exchange.violation import Finding
from contract_tests.report.model import Example


def example_of(finding: Finding) -> Example:
    """Return a finding in the shape in which every cause is told."""
    exchange, problem = finding.exchange, finding.problem
    redact = exchange.scene.redactor.redact
    received = wording.received(exchange)
    if problem.kind not in ("status", "length"):
        received += f"        {redact(problem.message)[: wording.SHOWN]}"
    return Example(
        sent=redact(wording.sent(exchange)),
        expected=_expected(finding),
        received=redact(received),
        place=redact(problem.place) or None,
        answer=wording.answer(exchange),
        repeat=script(exchange),
        before=tuple(redact(f"{before.case}: {before.status or 'no answer'}") for before in exchange.before),
    )


def _expected(finding: Finding) -> str:
    problem = finding.problem
    match problem.kind:
        case "disclosure":
            return "an answer that repeats no secret and shows no stack trace"
        case "length":
            return "a whole answer"
        case "relation":
            return f"{wording.expected(finding.exchange, ())}, whose {problem.place} {_positive(problem.keyword)}"
    return wording.expected(finding.exchange, finding.expected)


def _positive(keyword: str) -> str:
    return {"equal": "is the link that was sent", "unique": "is a session of its own"}.get(keyword, "is right")

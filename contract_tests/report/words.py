"""The words that every form of the report shares, so that none of them says it differently."""

from __future__ import annotations

from collections.abc import Iterable

from contract_tests.report.model import Cause, CheckResult, Report

EXIT_CODES = {
    0: "the contract holds",
    1: "the contract is violated",
    2: "interrupted",
    3: "an error of the suite itself",
    4: "wrong usage or configuration",
    5: "nothing was checked",
    6: "the target did not answer",
    7: "incomplete",
}

# In the order in which a reader wants to hear of them.
CHECK_VERDICTS = ("violated", "error", "unanswered", "incomplete", "blocked", "not run", "waived", "holds")

SYMBOLS = {
    "holds": "✓",
    "violated": "✕",
    "blocked": "⊘",
    "waived": "≈",
    "unanswered": "?",
    "incomplete": "…",
    "error": "!",
    "not run": "-",
    "not seen": "○",
    "accepted unseen": "◌",
    "not selected": "-",
}


def counted(number: int, thing: str) -> str:
    """Return the number with its thing, in the plural where it is one: 1 check, 2 checks."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def place(clause: str) -> str:
    """Return a clause's pointer as people say it, from the operation on: responses/401."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in clause.split("/")[1:]]
    if parts[:1] == ["paths"]:
        parts = parts[3:] or parts[2:] or parts[1:]
    return "/".join(parts) or "openapi.yaml"


def extent(cause: Cause) -> str:
    """Return how far a cause reaches: 48 of 48 answers 200, 14 of 55 cases."""
    number = len(cause.cases) if cause.unit == "cases" else cause.exchanges
    if cause.of is None:
        told = counted(number, cause.unit.removesuffix("s"))
    else:
        told = f"{number:,} of {counted(cause.of, cause.unit.removesuffix('s'))}"
    return f"{told} {cause.response}" if cause.unit == "answers" and cause.response else told


def blocking(cause: Cause) -> str:
    """Return how many checks could not tell because of a cause, or nothing."""
    if not cause.blocked:
        return ""
    return f"{counted(len(cause.blocked), 'check')} {'is' if len(cause.blocked) == 1 else 'are'} blocked by it"


def case_names(cause: Cause) -> tuple[str, ...]:
    """Return the names of the cases that met a cause, each once."""
    return tuple(dict.fromkeys(item.case for item in cause.cases if item.case))


def is_pointer(place_in_answer: str | None) -> bool:
    """Tell whether a place in an answer is a JSON pointer, and not the name of a header, say."""
    return place_in_answer is not None and (place_in_answer == "" or place_in_answer.startswith("/"))


def open_causes(report: Report) -> list[Cause]:
    """Return the causes that no waiver accepts, in the order in which they are told."""
    return [cause for cause in report.causes if cause.waived is None]


def waived_causes(report: Report) -> list[Cause]:
    """Return the causes that a waiver accepts."""
    return [cause for cause in report.causes if cause.waived is not None]


def numbered(report: Report) -> dict[str, tuple[int, Cause]]:
    """Return every cause by its id, with the number under which all forms of the report tell it."""
    causes = [*open_causes(report), *waived_causes(report)]
    return {cause.id: (number, cause) for number, cause in enumerate(causes, 1)}


def by_verdict(checks: Iterable[CheckResult]) -> dict[str, list[CheckResult]]:
    """Return the checks by verdict, in the order in which they are told; verdicts of no check are absent."""
    groups: dict[str, list[CheckResult]] = {verdict: [] for verdict in CHECK_VERDICTS}
    for check in checks:
        groups[check.verdict].append(check)
    return {verdict: members for verdict, members in groups.items() if members}


def by_reason(checks: Iterable[CheckResult]) -> dict[str, list[CheckResult]]:
    """Return the checks by their reason, so that an equal one is told once."""
    groups: dict[str, list[CheckResult]] = {}
    for check in checks:
        groups.setdefault(check.reason or "", []).append(check)
    return groups


def causes_of(check: CheckResult) -> tuple[str, ...]:
    """Return the ids of the causes that violate a check, or of those that keep it from telling."""
    return tuple(violation.cause for violation in check.violations) or check.blocked_by

"""The words that every form of the report shares, so that none of them says it differently."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Report = Mapping[str, Any]

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
CHECK_VERDICTS = ("violated", "error", "unanswered", "incomplete", "not run", "waived", "holds")

SYMBOLS = {
    "holds": "✓",
    "violated": "✕",
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


def violations_of(check: Mapping[str, Any]) -> int:
    """Return how many violations a check found, those left out of the record too."""
    return len(check["violations"]) + int(check.get("violations_left_out", 0))


def by_verdict(report: Report) -> dict[str, list[Mapping[str, Any]]]:
    """Return the checks by verdict, in the order in which they are told; verdicts of no check are absent."""
    groups = {
        verdict: [check for check in report["checks"] if check["verdict"] == verdict] for verdict in CHECK_VERDICTS
    }
    return {verdict: checks for verdict, checks in groups.items() if checks}


def why(check: Mapping[str, Any]) -> str:
    """Return in a few words why a check does not hold."""
    if check["verdict"] == "violated":
        found = counted(violations_of(check), "violation")
        found = f"{found} in {counted(check['cases'], 'case')}" if check["cases"] else found
        return f"{found}; {check['reason']}" if check["reason"] else found
    return str(check["reason"] or "")

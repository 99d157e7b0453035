"""Exchanges → a verdict per declared response and per check, drift, advice, and the exit code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from contract_tests.contract.clauses import response_of
from contract_tests.contract.document import MEDIA_TYPE, Contract
from contract_tests.exchange.validation import optional_fields
from contract_tests.report.words import counted
from contract_tests.target.settings import Target

HOLDS, VIOLATED, INTERRUPTED, OUR_ERROR, USAGE, NOTHING_CHECKED, NO_ANSWER, INCOMPLETE = range(8)
WORST_FIRST = ("violated", "error", "unanswered", "incomplete", "not run", "holds", "skipped")
MOST_VIOLATIONS = 30
"""Violations of one check that are kept: the rest are counted by its cases."""


@dataclass
class CheckRecord:
    """What is known of one check so far."""

    id: str
    title: str
    clause: str
    cases: int = 0
    exchanges: int = 0
    seconds: float = 0.0
    findings: list[tuple[str, str]] = field(default_factory=list)
    violations: list[dict[str, Any]] = field(default_factory=list)
    refused: int = 0


@dataclass
class Ledger:
    """Collects what every worker of a run reports and gives the verdict."""

    target: Target
    contract: Contract
    seed: int
    workers: int = 1
    partial: bool = False
    planned: int | None = None
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    checks: dict[str, CheckRecord] = field(default_factory=dict)
    records: list[dict[str, Any]] = field(default_factory=list)
    sessions: int = 0
    waits: int = 0
    advice: Counter[str] = field(default_factory=Counter)
    interrupted: bool = False
    stopped: tuple[str, str] | None = None

    def expect(self, check: str, title: str, clause: str) -> None:
        """Say that a check was selected: until it reports it counts as not run."""
        self.checks.setdefault(check, CheckRecord(check, title, clause))

    def add(self, check: str, told: Mapping[str, Any]) -> None:
        """Take in what one phase of one case reports: its exchanges and how it ended."""
        record = self.checks[check]
        record.cases += told["ended"]
        record.seconds += told["seconds"]
        taken = told["taken"]
        record.exchanges += len(taken["exchanges"])
        self.records += taken["exchanges"]
        self.sessions += taken["pauses"]
        self.waits += taken["waits"]
        self.advice.update(taken["advice"])
        for exchange in taken["exchanges"]:
            self.advice.update(exchange.get("advice", ()))
        blamed = self.checks.get(told.get("blamed") or check, record)
        if told["finding"] == "violated":
            violation = told["violation"] | {"case": told["case"]}
            blamed.refused += told["refused"]
            if len(blamed.violations) < MOST_VIOLATIONS or not told["refused"]:
                blamed.violations.append(violation | {"refused": told["refused"]})
        if told["ended"] or told["finding"] != "holds":
            blamed.findings.append((told["finding"], told["reason"] or ""))

    @property
    def answers(self) -> list[dict[str, Any]]:
        """The exchanges of the operation itself: without those that paused a session."""
        return [record for record in self.records if not record.get("register")]

    def report(self, seconds: float) -> dict[str, Any]:
        """Return what contract.json holds."""
        refused = self._every_answer_was_401()
        checks = [self._check(record, refused) for record in self.checks.values()]
        waivers = self._waive(checks)
        statuses = {status: self._status(status, checks) for status in self.contract.responses}
        code, verdict = self._verdict(checks, statuses, refused)
        others = Counter(
            str(answer["status"])
            for answer in self.answers
            if answer["status"] and not answer["no_answer"] and str(answer["status"]) not in self.contract.responses
        )
        return {
            "target": self.target.base_url,
            "contract_version": self.contract.version,
            "started_at": self.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "seconds": round(seconds, 3),
            "seed": self.seed,
            "workers": self.workers,
            "partial": self.partial,
            "exchanges": len(self.records),
            "sessions": self.sessions,
            "planned_exchanges": self.planned,
            "exit_code": code,
            "verdict": ("Partial run: " if self.partial else "") + verdict,
            "statuses": statuses,
            "undeclared_statuses": dict(sorted(others.items())),
            "no_answers": dict(Counter(a["no_answer"] for a in self.answers if a["no_answer"])),
            "checks": checks,
            "waivers": waivers,
            "accepted_unseen": dict(self.target.accept_unseen),
            "drift": self._drift(),
            "advice": self._advice(waivers),
        }

    def _check(self, record: CheckRecord, credentials_refused: bool) -> dict[str, Any]:
        findings = list(record.findings)
        violations = list(record.violations)
        if credentials_refused and violations:
            # The right credentials were never accepted: what was refused says nothing of the check's own clause.
            violations = [violation for violation in violations if not violation["refused"]]
            findings = [found for found in findings if found[0] != "violated"]
            findings.append(("violated", "") if violations else ("incomplete", "every answer was 401"))
        kinds = {kind for kind, _ in findings}
        verdict = next((kind for kind in WORST_FIRST if kind in kinds), "not run")
        reasons = [reason for kind, reason in findings if kind == verdict and reason]
        # A check that a target gives no means for: its response counts as not seen, or as accepted unseen.
        verdict = "not run" if verdict == "skipped" else verdict
        return {
            "id": record.id,
            "title": record.title,
            "clause": record.clause,
            "response": response_of(self.contract, record.clause),
            "line": self.contract.line(record.clause),
            "quote": self.contract.quote(record.clause),
            "verdict": verdict,
            "reason": reasons[0] if reasons else None,
            "cases": record.cases,
            "exchanges": record.exchanges,
            "seconds": round(record.seconds, 3),
            "violations": [
                {key: value for key, value in violation.items() if key != "refused"} for violation in violations
            ],
        }

    def _waive(self, checks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        waived = []
        for waiver in self.target.waivers:
            name, _, case = waiver.check.partition("[")
            needed = False
            for check in checks:
                if check["id"] != name or check["verdict"] not in ("violated", "waived"):
                    continue
                matched = [v for v in check["violations"] if not case or v["case"] == case.removesuffix("]")]
                needed = needed or bool(matched)
                left = [v for v in check["violations"] if v not in matched and not v.get("waived")]
                for violation in matched:
                    violation["waived"] = True
                if matched and not left:
                    check["verdict"] = "waived"
                    check["reason"] = f"{waiver.reason} (until {waiver.expires.isoformat()})"
            waived.append(
                {
                    "check": waiver.check,
                    "reason": waiver.reason,
                    "expires": waiver.expires.isoformat(),
                    "needed": needed,
                }
            )
        for check in checks:
            for violation in check["violations"]:
                violation.pop("waived", None)
        return waived

    def _status(self, status: str, checks: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        answers = [a for a in self.answers if str(a["status"]) == status and not a["no_answer"]]
        own = [check for check in checks if check["response"] == status]
        verdicts = {check["verdict"] for check in own}
        nonconforming = sum(1 for answer in answers if not answer["conforming"])
        accepted = self.target.accept_unseen.get(status)
        reason = None
        if "violated" in verdicts or (nonconforming and "waived" not in verdicts):
            verdict = "violated"
        elif "waived" in verdicts:
            verdict, reason = "waived", next(check["reason"] for check in own if check["verdict"] == "waived")
        elif self.partial and not own:
            verdict = "not selected"
        elif answers:
            verdict = "holds"
        elif accepted is not None:
            verdict, reason = "accepted unseen", accepted
        else:
            verdict = "not seen"
        return {
            "name": self.contract.responses[status].name,
            "seen": len(answers),
            "conforming": len(answers) - nonconforming,
            "verdict": verdict,
            "reason": reason,
            "milliseconds": [round(answer["seconds"] * 1000, 3) for answer in answers],
        }

    def _verdict(
        self, checks: list[dict[str, Any]], statuses: Mapping[str, Mapping[str, Any]], credentials_refused: bool
    ) -> tuple[int, str]:
        kinds = Counter(check["verdict"] for check in checks)
        unseen = [status for status, told in statuses.items() if told["verdict"] == "not seen"]
        violated = [status for status, told in statuses.items() if told["verdict"] == "violated"]
        kind, sentence = self.stopped or ("", "")
        if self.interrupted:
            return INTERRUPTED, f"Interrupted after {len(self.records)} exchanges; the verdicts reached by then stand."
        if kind == "unanswered":
            return NO_ANSWER, f"{sentence}."
        if not self.records and not kinds["error"]:
            reason = next((check["reason"] for check in checks if check["reason"]), "no exchange took place")
            return (INCOMPLETE if kinds["incomplete"] else NOTHING_CHECKED), f"Nothing was checked: {reason}."
        if kinds["violated"] or violated:
            what = f"{kinds['violated']} of {len(checks)} checks" if kinds["violated"] else f"response {violated[0]}"
            return VIOLATED, f"The contract is violated: {what}."
        if kinds["error"]:
            return OUR_ERROR, f"{kinds['error']} checks failed by an error of their own: this is a defect of the suite."
        if kinds["unanswered"]:
            return NO_ANSWER, f"Nothing is said of {counted(kinds['unanswered'], 'check')}: the target did not answer."
        if credentials_refused:
            return INCOMPLETE, "Incomplete: every answer was 401: are the credentials right?"
        if kind:
            return INCOMPLETE, f"Incomplete: {sentence}"
        reasons = [check["reason"] for check in checks if check["verdict"] == "incomplete"]
        if unseen:
            why = f" {reasons[0]}" if reasons else ""
            return INCOMPLETE, f"Incomplete: {', '.join(unseen)} not seen.{why}"
        if reasons:
            return INCOMPLETE, f"Incomplete: {reasons[0]}"
        missed = sum(check["verdict"] == "not run" and not check["reason"] for check in checks)
        if missed:
            return INCOMPLETE, f"Incomplete: {missed} of {len(checks)} checks did not run."
        waived = f", but for {kinds['waived']} waived" if kinds["waived"] else ""
        return HOLDS, f"The contract holds: {kinds['holds']} checks{waived}, {len(self.records)} exchanges."

    def _every_answer_was_401(self) -> bool:
        right = [r for r in self.records if (r.get("register") or r["right"]) and not r.get("no_answer")]
        return bool(right) and all(record["status"] == 401 for record in right)

    def _drift(self) -> list[dict[str, Any]]:
        if self.target.undeclared_fields == "ignore":
            return []
        undeclared: Counter[tuple[str, str, str]] = Counter()
        valued: set[tuple[str, str]] = set()
        seen: Counter[str] = Counter()
        for answer in self.answers:
            status = str(answer["status"])
            if answer.get("conforming"):
                seen[status] += 1
            undeclared.update((status, path, kind) for path, kind in answer.get("undeclared", ()))
            valued.update((status, path) for path in answer.get("valued", ()))
        drift: list[dict[str, Any]] = [
            {"kind": "undeclared field", "status": status, "path": path, "type": kind, "count": count}
            for (status, path, kind), count in sorted(undeclared.items())
        ]
        for status, declared in self.contract.responses.items():
            names = optional_fields(self.contract, declared.node["content"][MEDIA_TYPE]["schema"])
            drift += [
                {
                    "kind": "never with a value",
                    "status": status,
                    "path": f"/{name}",
                    "type": None,
                    "count": seen[status],
                }
                for name in names
                if seen[status] and (status, f"/{name}") not in valued
            ]
        return drift

    def _advice(self, waivers: Iterable[Mapping[str, Any]]) -> list[str]:
        advice = [f"{text} Seen {count} times." if count > 1 else text for text, count in sorted(self.advice.items())]
        if self.waits:
            advice.append(
                f"A gateway answered 429 with Retry-After {self.waits} times; it was waited for. 429 is not declared."
            )
        advice += [
            f"The waiver of {waiver['check']} is no longer needed: remove it."
            for waiver in waivers
            if not waiver["needed"] and not self.partial
        ]
        return advice


def case_of(nodeid: str) -> str | None:
    """Return the case that a pytest node id names in brackets, or None."""
    found = re.search(r"\[(.*)\]$", nodeid, re.DOTALL)
    return found.group(1) if found else None

"""The result collector: takes in how each case ended, and gives the report of the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from contract_tests.contract import Contract
from contract_tests.exchange.record import CaseResult, ExchangeRecord
from contract_tests.report.model import Report
from contract_tests.target.settings import Target
from contract_tests.verdict.checks import Selected, causes_of, check_results
from contract_tests.verdict.decision import decide, status_results
from contract_tests.verdict.drift import drift_of
from contract_tests.verdict.waivers import waive


@dataclass(frozen=True)
class Stopped:
    """Why a run sends nothing more: the kind, and a sentence."""

    kind: str
    sentence: str


@dataclass
class ResultCollector:
    """Everything that a run has found so far."""

    target: Target
    contract: Contract
    seed: int
    concurrency: int = 1
    partial: bool = False
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    selected: dict[str, Selected] = field(default_factory=dict)
    results: list[CaseResult] = field(default_factory=list)
    interrupted: bool = False
    stopped: Stopped | None = None
    backed_off: int = 0
    held: float = 0.0

    def expect(self, check: Selected) -> None:
        """Say that a check was selected: until it reports it counts as not run."""
        self.selected.setdefault(check.id, check)

    def add(self, result: CaseResult) -> None:
        """Take in how a case ended."""
        self.results.append(result)

    def report(self, seconds: float) -> Report:
        """Return what contract.json holds."""
        records = sorted((record for result in self.results for record in result.records), key=lambda r: r.number)
        answers = [record for record in records if not record.register]
        judged = [] if self.stopped and self.stopped.kind in ("gateway", "setting") else self.results
        causes, waivers = waive(causes_of(judged, list(self.selected.values()), self.contract, answers), self.target)
        checks = check_results(list(self.selected.values()), self.results, causes, self.contract)
        statuses = status_results(self.contract, self.target, answers, causes, checks, partial=self.partial)
        code, verdict = decide(
            statuses, checks, causes, len(records), interrupted=self.interrupted, stopped=self.stopped
        )
        return Report(
            target=self.target.base_url,
            contract_version=self.contract.version,
            started_at=self.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
            seconds=round(seconds, 3),
            seed=self.seed,
            workers=self.concurrency,
            partial=self.partial,
            exchanges=len(records),
            sessions=sum(result.pauses for result in self.results),
            exit_code=code,
            verdict=("Partial run: " if self.partial else "") + verdict,
            statuses=statuses,
            undeclared_statuses=self._undeclared(answers),
            no_answers=dict(Counter(answer.no_answer for answer in answers if answer.no_answer)),
            causes=causes,
            checks=checks,
            waivers=waivers,
            accepted_unseen=dict(self.target.accept_unseen),
            drift=() if self.target.undeclared_fields == "ignore" else drift_of(self.contract, answers),
            advice=self._advice(records),
        )

    def _undeclared(self, answers: Sequence[ExchangeRecord]) -> dict[str, int]:
        seen = Counter(answer.status for answer in answers if answer.status and not answer.no_answer)
        return {str(status): seen[status] for status in sorted(seen) if self.contract.declared(status) is None}

    def _advice(self, records: Sequence[ExchangeRecord]) -> tuple[str, ...]:
        counted = Counter(text for result in self.results for text in result.advice)
        counted.update(text for record in records for text in record.advice)
        advice = [f"{text} Seen {count} times." if count > 1 else text for text, count in sorted(counted.items())]
        if self.backed_off:
            times = "once" if self.backed_off == 1 else f"{self.backed_off} times"
            advice.append(f"A gateway stood in the way {times}: it was waited for, {self.held:.1f} s in all.")
        if others := self.contract.other_operations:
            names = ", ".join(f"{other.method} {other.path} ({other.id})" for other in others)
            advice.append(f"No check covers what openapi.yaml also declares: {names}.")
        return tuple(advice)

"""--plan: the run is rehearsed on the embedded server, and what it sent there is what would be sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

from contract_tests.run.preflight import PREFLIGHT
from contract_tests.target.sections import Limits, Register
from contract_tests.target.settings import EMBEDDED, Target, load_target
from contract_tests.verdict.collector import ResultCollector


def rehearsal_of(target: Target) -> Target:
    """Return the embedded target, able to do just what the given target is able to do."""
    embedded = load_target(target=EMBEDDED, base_url=None, environment={}, today=date.today())
    tokens = embedded.tokens
    if tokens and target.tokens and target.tokens.failing is None:
        tokens = replace(tokens, failing=None)
    return replace(
        embedded,
        tokens=tokens if target.tokens else None,
        paused_session=embedded.paused_session if target.paused_session else None,
        profile=target.profile,
        second_factor=embedded.second_factor if target.second_factor else None,
        limits=Limits(requests_per_second=None, requests=1_000_000, wrong_credentials=target.limits.wrong_credentials),
    )


def plan_of(collector: ResultCollector, target: Target) -> str:
    """Return, as text, what a rehearsed run would send to the target if the target keeps the contract."""
    registers = isinstance(target.paused_session, Register)
    records = [record for result in collector.results for record in result.records]
    requests = Counter(record.check for record in records)
    cases = Counter(result.check for result in collector.results if not result.late)
    resumes = sum(not record.register for record in records)
    pauses = sum(result.pauses for result in collector.results)
    total = resumes + (pauses if registers else 0)
    how = "one request more each" if registers else "without a request of the suite's own"
    return "\n".join(
        [
            "",
            f"Plan for {target.base_url or target.source}: nothing was sent to it.",
            "",
            f"  {requests[PREFLIGHT]:4} requests            to find out whether there is anything to judge",
            *(f"  {requests[check]:4} requests  {cases[check]:3} cases  {check}" for check in collector.selected),
            "",
            f"About {total} requests: {resumes} resumes, and {pauses} sessions to be paused, {how}.",
            f"limits.requests is {target.limits.requests}, limits.requests_per_second "
            f"{target.limits.requests_per_second or 'unlimited'}.",
        ]
    )

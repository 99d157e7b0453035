"""--plan: what a run under load would send, in words; nothing is sent."""

from __future__ import annotations

from collections.abc import Sequence

from contract_tests.load.settings import Settings
from contract_tests.load.steps import Step
from contract_tests.target.settings import Target


def plan_of(target: Target, settings: Settings, steps: Sequence[Step]) -> str:
    """Return, as text, what a run would send."""
    weights = sum(step.weight for step in steps)
    starts = min(settings.per_second * settings.seconds, settings.requests)
    return "\n".join(
        [
            "",
            f"Plan for {target.base_url or target.source}: nothing was sent to it.",
            "",
            *(f"  {100 * step.weight / weights:3.0f} % of the steps  {step.name}: {step.title}" for step in steps),
            "",
            f"At most {starts:,.0f} requests by {settings.users} users over {settings.workers} workers, "
            f"{settings.per_second:g} started a second for {settings.seconds:g} s, crowds of {settings.crowd}; those",
            "that pause sessions are among them. Exit code 1 over "
            f"{settings.max_violations_per_million:g} violations in a million answers, 6 over "
            f"{settings.max_unanswered_percent:g} % without an answer.",
        ]
    )

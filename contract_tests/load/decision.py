"""The exit code of a run under load, and the sentence that says what it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contract_tests.contract.protocol import UNEXPECTED_ERROR
from contract_tests.load.tally import Tally
from contract_tests.report.model import Cause, LoadResult, StatusResult
from contract_tests.report.words import counted as in_words
from contract_tests.verdict.decision import (
    HOLDS,
    INCOMPLETE,
    INTERRUPTED,
    NO_ANSWER,
    NOTHING_CHECKED,
    OUR_ERROR,
    VIOLATED,
)

BUSY = 0.9
"""A worker whose processor is busy for so large a share of the time cannot keep its moments."""
MISSED = 0.05
"""A generator that misses so large a share of its starts by itself is saturated: that was another load."""


@dataclass(frozen=True)
class Ended:
    """How a run under load ended, beside what it counted; `obstacle` is why it never began."""

    started: datetime
    seconds: float
    engine: str
    interrupted: bool = False
    lost_workers: int = 0
    obstacle: tuple[str, str] | None = None


def decide(
    tally: Tally, ended: Ended, load: LoadResult, statuses: dict[str, StatusResult], causes: Sequence[Cause]
) -> tuple[int, str]:
    """Return the exit code and the sentence that says what it means. What was found counts, whatever came after."""
    asked = tally.answers + tally.unanswered
    open_causes = [cause for cause in causes if cause.waived is None]
    if ended.interrupted:
        return INTERRUPTED, f"Interrupted after {load.achieved} requests; the verdicts reached by then stand."
    if open_causes or (tally.untold and load.violations_per_million > load.max_violations_per_million):
        blamed = sorted({response for cause in open_causes for response in cause.responses})
        where = f" in {', '.join(blamed)}" if blamed else ""
        rate = f"{load.violations_per_million:,.0f} of a million answers"
        return VIOLATED, f"The contract is violated under load: {in_words(len(open_causes), 'cause')}{where}, {rate}."
    if "error" in tally.stopped:
        return OUR_ERROR, f"An error of the suite's own ended the run: {tally.stopped['error']}: report it."
    for kind, sentence in [ended.obstacle] if ended.obstacle else tally.stopped.items():
        if kind in ("unanswered", "gateway"):
            return NO_ANSWER, sentence
        if kind in ("setting", "refused", "provider"):
            return INCOMPLETE, f"Incomplete: {sentence}"
    if not asked:
        return NOTHING_CHECKED, "Nothing was checked: no exchange took place."
    if load.unanswered_percent > load.max_unanswered_percent:
        share = f"{load.unanswered_percent:g} % of {asked} requests found no answer"
        return NO_ANSWER, f"{share}: load.max_unanswered_percent is {load.max_unanswered_percent:g}."
    if ended.lost_workers:
        lost = f"{ended.lost_workers} of {in_words(load.workers, 'worker')}"
        return INCOMPLETE, f"Incomplete: {lost} were lost; what they had counted by then stands."
    if is_saturated(tally):
        return INCOMPLETE, (
            f"Incomplete: the generator is saturated, {tally.omitted} of {tally.offered} starts were missed: give it "
            "more --workers, or fewer --requests-per-second."
        )
    unseen = [status for status, result in statuses.items() if result.verdict == "not seen"]
    if unseen:
        return INCOMPLETE, f"Incomplete: {', '.join(unseen)} not seen. {_remedy(unseen)}"
    return HOLDS, f"The contract holds under load: {in_words(tally.answers, 'answer')}, {load.violations} violations."


def is_saturated(tally: Tally) -> bool:
    """Tell whether the load was bounded by the machine that makes it, and not by the target."""
    busy = tally.worker_seconds > 0 and tally.cpu_seconds / tally.worker_seconds >= BUSY
    missed = tally.omitted if busy else tally.late
    return tally.offered > 0 and missed / tally.offered > MISSED


def _remedy(unseen: Sequence[str]) -> str:
    if str(UNEXPECTED_ERROR) in unseen:
        return "Name tokens.failing in the target file, or accept_unseen with a reason."
    return "Name a paused_session that leads to it in the target file, or accept_unseen with a reason."

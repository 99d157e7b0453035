"""Groups that are sent at once and taken apart where that is needed: exchanges are dear, and most groups are fine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from contract_tests.exchange.violation import Blocked, CheckFailed, Unanswered

Member = TypeVar("Member")


def attempt_together(members: Sequence[Member], attempt: Callable[[Sequence[Member]], bool]) -> None:
    """Attempt a whole group, and its halves where it fails or does not prove each member; raises what fails smallest.

    `attempt` returns whether it proved each member that it was given; it raises where one fails.
    """
    failure: CheckFailed | Blocked | Unanswered | None = None
    try:
        is_proved = attempt(members)
    except (CheckFailed, Blocked, Unanswered) as raised:
        failure, is_proved = raised, False
    if len(members) > 1 and not is_proved:
        middle = len(members) // 2
        for half in (members[:middle], members[middle:]):
            attempt_together(half, attempt)
    if failure is not None:
        # No half fails: it takes all of them together, or it is the only one.
        raise failure

"""The table of rules in docs/compatibility.md, written from the rules themselves."""

from collections.abc import Iterator
from typing import Any

from compatibility.limit_rules import LIMITS, TYPES
from compatibility.message_rules import CONTENTS, HEADERS, PARAMETER, PARAMETERS, RESPONSES
from compatibility.object_rules import OBJECTS
from compatibility.operation_rules import DOCUMENTS, OPERATIONS
from compatibility.rules import Direction, Rule, Rules
from compatibility.value_rules import ALTERNATIVES, VALUES

BEGIN, END = "<!-- compatibility:begin -->", "<!-- compatibility:end -->"
EVERY_RULE = (
    DOCUMENTS,
    OPERATIONS,
    PARAMETERS,
    PARAMETER,
    RESPONSES,
    HEADERS,
    CONTENTS,
    VALUES,
    ALTERNATIVES,
    TYPES,
    LIMITS,
    OBJECTS,
)


def rewrite(page: str) -> str:
    """Return the page with the table between its markers written anew."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return "\n".join([before + BEGIN, *(line for rules in EVERY_RULE for line in _table(rules)), END + after])


def _table(rules: Rules[Any]) -> Iterator[str]:
    verdicts = ["in a request", "in a response"] if rules.directed else ["verdict"]
    yield from ("", f"### {rules.title}", "")
    yield _row("rule", "change", *verdicts, "who breaks", "oasdiff")
    yield _row(*["---"] * (len(verdicts) + 4))
    for rule in rules.rules:
        directions = Direction if rules.directed else [Direction.RESPONSE]
        words = [_verdict(rule, direction) for direction in directions]
        yield _row(f"`{rule.name}`", rule.sentence, *words, rule.why, rule.oasdiff)


def _verdict(rule: Rule[Any], direction: Direction) -> str:
    return "**breaking**" if rule.effect.breaks(direction) else "fine"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"

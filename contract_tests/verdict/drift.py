"""Where declared fields and the wire differ without breaking anything: places and types, never values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from contract_tests.contract.document import MEDIA_TYPE, Contract
from contract_tests.exchange.record import ExchangeRecord
from contract_tests.exchange.validation import optional_fields
from contract_tests.report.model import Drift


def drift_of(contract: Contract, answers: Sequence[ExchangeRecord]) -> tuple[Drift, ...]:
    """Return the fields that are not declared, and the declared ones that never had a value."""
    undeclared: Counter[tuple[str, str, str]] = Counter()
    valued: set[tuple[str, str]] = set()
    seen: Counter[str] = Counter()
    for answer in answers:
        status = str(answer.status)
        seen[status] += answer.conforming
        undeclared.update((status, path, kind) for path, kind in answer.undeclared)
        valued.update((status, path) for path in answer.valued)
    drift = [
        Drift("undeclared field", status, path, kind, count)
        for (status, path, kind), count in sorted(undeclared.items())
    ]
    for status, declared in contract.responses.items():
        names = optional_fields(contract, declared.node["content"][MEDIA_TYPE]["schema"])
        drift += [
            Drift("never with a value", status, f"/{name}", None, seen[status])
            for name in names
            if seen[status] and (status, f"/{name}") not in valued
        ]
    return tuple(drift)

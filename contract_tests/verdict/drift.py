"""Where declared fields and the wire differ without breaking anything: places and types, never values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from contract_tests.contract import Contract
from contract_tests.exchange.record import ExchangeRecord
from contract_tests.report.model import Drift


def drift_of(contract: Contract, answers: Sequence[ExchangeRecord]) -> tuple[Drift, ...]:
    """Return the fields that are not declared, and the declared ones that never had a value."""
    undeclared: Counter[tuple[str, str, str]] = Counter()
    valued: set[tuple[str, str]] = set()
    seen: Counter[str] = Counter()
    for answer in answers:
        declared = contract.declared(answer.status)
        status = declared.status if declared else str(answer.status)
        seen[status] += answer.conforming
        undeclared.update((str(answer.status), path, kind) for path, kind in answer.undeclared)
        valued.update((status, path) for path in answer.valued)
    drift = [
        Drift("undeclared field", status, path, kind, count)
        for (status, path, kind), count in sorted(undeclared.items())
    ]
    for status, response in contract.responses.items():
        schema = response.media_types[0].schema if response.media_types else None
        names = schema.optional if schema else ()
        drift += [
            Drift("never with a value", status, f"/{name}", None, seen[status])
            for name in names
            if seen[status] and (status, f"/{name}") not in valued
        ]
    return tuple(drift)

"""What the contract itself says of a request's body: valid bodies, their boundaries, and one mutation a keyword."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from contract_tests.cases.boundaries import boundaries
from contract_tests.cases.paths import Place, changed, places
from contract_tests.cases.samples import sample
from contract_tests.cases.second_opinion import SecondOpinion
from contract_tests.cases.violations import candidates
from contract_tests.contract import ContractError, RequestBody


@dataclass(frozen=True)
class NamedBody:
    """A valid body, and what is special about it."""

    name: str
    value: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Mutation:
    """One way to break one keyword; `clause` is where it stands, `apply` takes the fields of a valid body."""

    name: str
    clause: str
    apply: Callable[[dict[str, Any]], Any] = field(repr=False)


def complete(request: RequestBody, known: dict[str, Any]) -> dict[str, Any]:
    """Return a valid body: the known fields that the contract declares, and a value for each other required one.

    Raises ContractError when a known value does not match, or when no value is found for a field.
    """
    return _checked(request, _with_known(request, sample(request.schema), known))


def variants(request: RequestBody, known: dict[str, Any]) -> tuple[NamedBody, ...]:
    """Return further valid bodies: with every optional field, and each field that is not known at its boundaries."""
    least = complete(request, known)
    whole = _checked(request, _with_known(request, sample(request.schema, optional=True), known))
    found = [NamedBody("every field", whole)] if whole != least else []
    for place in places(request.schema, whole):
        if place.path[0] not in known:
            found += _at_boundaries(place, least, whole)
    return tuple(body for body in found if request.is_valid(body.value))


def mutations(request: RequestBody) -> tuple[Mutation, ...]:
    """Return one way to break each keyword of each field, and nothing else in the body.

    Each is verified on a sample by two validators: both have to find the same one keyword broken, at the same place.
    The second one reads formats as generously as a server may.
    """
    whole = sample(request.schema, optional=True)
    opinion = SecondOpinion(request.schema)
    return tuple(_verified(request, opinion, whole))


def _at_boundaries(place: Place, least: Any, whole: Any) -> list[NamedBody]:
    def with_value(value: Any) -> Any:
        return changed(least, place.path, lambda _old: value, whole)

    return [NamedBody(f"{place.name} {how}", with_value(value)) for how, value in boundaries(place.schema)]


def _verified(request: RequestBody, opinion: SecondOpinion, whole: Any) -> Iterator[Mutation]:
    # repr tells True from 1, which are equal for Python, but not for JSON.
    seen: set[str] = set()
    for candidate in candidates(request.schema, whole):
        body = candidate.apply(whole)
        if candidate.name in seen or repr(body) in seen:
            continue
        wrong = request.mismatches(body)
        broken = {(found.keyword, found.owner) for found in wrong}
        if len(broken) == 1 and opinion.of(body) == broken:
            seen |= {candidate.name, repr(body)}
            yield Mutation(candidate.name, wrong[0].clause, candidate.apply)


def _with_known(request: RequestBody, body: Any, known: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise ContractError(f"The request body is no object (at {request.schema.pointer}): declare one with fields.")
    declared = request.schema.all_properties
    merged = body | {name: value for name, value in known.items() if name in declared}
    return {name: merged[name] for name in (*declared, *merged) if name in merged}


def _checked(request: RequestBody, body: dict[str, Any]) -> dict[str, Any]:
    for wrong in request.mismatches(body):
        raise ContractError(
            # Not the message: it may show a token.
            f"No valid body can be made: {wrong.pointer or 'the body'} breaks {wrong.keyword} (at {wrong.clause}). "
            "Correct the schema, or the value in the target."
        )
    return body

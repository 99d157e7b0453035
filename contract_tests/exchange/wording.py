"""An exchange in words: what was sent, expected and received; redacted before it is cut: half a secret is not found."""

from __future__ import annotations

import json

from contract_tests.cases.deliveries import PLAIN
from contract_tests.exchange.judged import Exchange
from contract_tests.wire import Answer, NoAnswer

SHOWN = 400
KEPT = 6_000


def sent(exchange: Exchange) -> str:
    """Return the request in one line."""
    body, operation = exchange.body, exchange.scene.contract
    usual = body.content_type == operation.media_type
    media_type = "" if usual else f"   media type: {body.content_type or 'none'}"
    name = "" if body.name == "right" else f" ({body.name})"
    media_type += "" if exchange.delivery is PLAIN else f"   sent: {exchange.delivery.name}"
    content = exchange.scene.redactor.redact(body.content.decode("utf-8", "backslashreplace"))
    return (
        f"{operation.method} {operation.path}   credentials: {exchange.credentials.name}{media_type}   "
        f"body{name}: {_bounded(content)}"
    )


def expected(exchange: Exchange, statuses: tuple[str, ...]) -> str:
    """Return what the contract promises in one line, for the statuses that would have been right."""
    contract = exchange.scene.contract
    declared = [contract.declared(int(status)) for status in statuses] or [contract.declared(exchange.status)]
    known = [response for response in declared if response is not None]
    if not known:
        return f"one of {', '.join(contract.responses)}"
    told = " or ".join(statuses or [str(exchange.status)])
    types = dict.fromkeys(media_type.name for response in known for media_type in response.media_types)
    schemas = dict.fromkeys(response.schema for response in known if response.schema)
    matching = f" matching {' or '.join(schemas)}" if schemas else ""
    return f"{told} {' or '.join(types)}{matching}".strip()


def received(exchange: Exchange) -> str:
    """Return the answer in one line, or what came instead."""
    outcome, redact = exchange.outcome, exchange.scene.redactor.redact
    if isinstance(outcome, NoAnswer):
        return redact(f"{outcome.status or 'nothing'}: {outcome.sentence}")
    content_type = _bounded(redact(outcome.header("Content-Type") or "no Content-Type"), 100)
    location = f" Location: {_bounded(redact(outcome.header('Location') or ''))}" if outcome.header("Location") else ""
    text = redact(outcome.body.decode("utf-8", "backslashreplace"))
    return f"{outcome.status} {content_type}{location} {_bounded(text)}"


def answer(exchange: Exchange) -> str | None:
    """Return the body of the answer, laid out where it is JSON, or None where no answer came."""
    if not isinstance(exchange.outcome, Answer):
        return None
    text = exchange.outcome.body.decode("utf-8", "backslashreplace")
    if isinstance(exchange.value, dict | list):
        text = json.dumps(exchange.value, indent=2, ensure_ascii=False)
    return _bounded(exchange.scene.redactor.redact(text), KEPT)


def _bounded(text: str, length: int = SHOWN) -> str:
    return text if len(text) <= length else f"{text[:length]}… ({len(text)} characters)"

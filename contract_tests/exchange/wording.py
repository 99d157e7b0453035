"""An exchange in words: what was sent, expected and received; redacted before it is cut: half a secret is not found."""

from __future__ import annotations

import json

from contract_tests.exchange.judged import Exchange
from contract_tests.wire import Answer, NoAnswer

SHOWN = 400
KEPT = 6_000


def sent(exchange: Exchange) -> str:
    """Return the request in one line."""
    body, operation = exchange.body, exchange.scene.contract
    media_type = "" if body.content_type == "application/json" else f"   media type: {body.content_type or 'none'}"
    name = "" if body.name == "right" else f" ({body.name})"
    content = exchange.scene.redactor.redact(body.content.decode("utf-8", "backslashreplace"))
    return (
        f"{operation.method} {operation.path}   credentials: {exchange.credentials.name}{media_type}   "
        f"body{name}: {_bounded(content)}"
    )


def expected(exchange: Exchange, statuses: tuple[str, ...]) -> str:
    """Return what the contract promises in one line, for the statuses that would have been right."""
    responses = exchange.scene.contract.responses
    statuses = statuses or ((str(exchange.status),) if str(exchange.status) in responses else ())
    schemas = dict.fromkeys(responses[status].schema for status in statuses if status in responses)
    if not schemas:
        return f"one of {', '.join(responses)}"
    return f"{' or '.join(statuses)} application/json matching {' or '.join(schemas)}"


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

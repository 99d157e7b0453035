"""What an answer gives away: the secrets of its own request, in any spelling, and stack traces."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any

from contract_tests.answers import Exchange
from contract_tests.contract import Mismatch
from contract_tests.exchange import Answer
from contract_tests.secrets import spellings

DISTINCT = 8
"""From so many characters on a secret is looked for everywhere; a shorter one may stand in a text by chance."""
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\b[0-9a-fA-F]{32}\b")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)?")

TRACES = {
    "Python": r'Traceback \(most recent call last\)|File "[^"\n]+", line \d+',
    "Java": r"\bat [\w.$<>/]+\((?:[\w$]+\.(?:java|kt|scala|groovy):\d+|Native Method|Unknown Source)\)",
    "JavaScript": r"\bat (?:[^\n(]{1,200} \()?(?:file://|node:|/|[A-Za-z]:\\|[\w./-]+/)[^\n()]*:\d+:\d+\)?|\.[cm]?[jt]s:\d+:\d+",
    ".NET": r"\bat [\w.`<>\[\]]+\([^)\n]*\)(?: in [^\n]+:line \d+)|--- End of (?:inner exception )?stack trace|\bat (?:System|Microsoft)\.[\w.`<>]+\(",
    "Go": r"goroutine \d+ \[|\.go:\d+(?: \+0x[0-9a-f]+)?",
    "Ruby": r"\.rb:\d+:in ['`]",
    "PHP": r"#\d+ [^\n]*\.php\(\d+\)|\.php(?: on line |:)\d+|PHP (?:Fatal error|Stack trace)",
    "Rust": r"panicked at |stack backtrace:|\.rs:\d+:\d+",
    "Elixir": r"\.exs?:\d+: ",
    "Perl": r" at \S+\.p[lm] line \d+",
}
TRACE = re.compile("|".join(f"(?P<t{number}>{pattern})" for number, pattern in enumerate(TRACES.values())))


def disclosed(exchange: Exchange) -> Iterator[Mismatch]:
    """Yield what an answer discloses; nothing when no answer came."""
    answer = exchange.outcome
    if not isinstance(answer, Answer):
        return
    text = _text(answer, exchange.value)
    for what, words in (("password", _passwords(exchange)), ("token", _tokens(exchange))):
        if any(_repeats(text, word) for word in words):
            yield Mismatch("", what, f"the answer repeats the {what} that was sent")
    trace = TRACE.search(text)
    if trace:
        language = list(TRACES)[int(str(trace.lastgroup)[1:])]
        yield Mismatch("", "stack trace", f"the answer shows a stack trace of {language}")


def _text(answer: Answer, value: Any) -> str:
    """Return body, unescaped strings and headers as one text, without what is no word of anybody's."""
    body = answer.body.decode("utf-8", "backslashreplace")
    headers = "\n".join(f"{name}: {content}" for name, content in answer.headers if name.lower() not in _COUNTS)
    text = "\n".join([headers, body, *_strings(value)])
    return MOMENT.sub(" ", UUID.sub(" ", text))


_COUNTS = {"content-length", "date", "etag", "age", "last-modified", "expires"}


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _repeats(text: str, word: str) -> bool:
    if len(word) >= DISTINCT:
        return any(spelling in text for spelling in spellings(word))
    # A short one counts where it stands as a word of its own and not as a JSON number.
    found = re.search(rf"(?<![\w.:-]){re.escape(word)}(?![\w.:-])(?!\s*[,}}\]])", text)
    return len(word) > 3 and found is not None


def _passwords(exchange: Exchange) -> set[str]:
    words = {exchange.login.secret_password}
    value = exchange.credentials.value(exchange.login)
    if value and value.lower().startswith(b"basic "):
        try:
            decoded = base64.b64decode(value[6:], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            decoded = ""
        words.add(decoded.partition(":")[2])
        words.add(value[6:].decode("ascii", "replace"))
    return {word for word in words if len(word) > 3 and word != exchange.login.secret_id}


def _tokens(exchange: Exchange) -> set[str]:
    body, lease = exchange.body, exchange.body.lease
    words = {lease.token} if lease and lease.token.encode() in body.content else set()
    try:
        sent = json.loads(body.content)
    except (ValueError, RecursionError):
        sent = None
    if isinstance(sent, dict) and isinstance(sent.get("token"), str):
        words.add(sent["token"])
    return words

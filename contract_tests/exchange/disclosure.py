"""What an answer gives away: the secrets of its own request, in any spelling, and stack traces."""

from __future__ import annotations

import base64
import binascii
import functools
import json
import re
from collections.abc import Iterator
from typing import Any

from contract_tests.cases.bodies import Body
from contract_tests.cases.credentials import Authorization
from contract_tests.contract import Contract
from contract_tests.exchange.problem import Problem
from contract_tests.exchange.redaction import spellings
from contract_tests.target.settings import Credentials
from contract_tests.wire import Answer

DISTINCT = 8
"""From so many characters on a secret is looked for everywhere; a shorter one may stand in a longer word by chance."""
SHORTEST = 4
"""A secret of fewer characters is not looked for: it stands in many an answer by chance."""
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\b[0-9a-fA-F]{32}\b")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)?")

LOGINS = 256
"""The same few credentials are sent in every run: the passwords of so many are kept."""
COUNTS = frozenset({"content-length", "date", "etag", "age", "last-modified", "expires"})
"""Headers whose values say nothing, and change from answer to answer."""

TRACES = {
    "Python": r'Traceback \(most recent call last\)|File "[^"\n]+", line \d+',
    "Java": r"\bat [\w.$<>/]+\((?:[\w$]+\.(?:java|kt|scala|groovy):\d+|Native Method|Unknown Source)\)",
    "JavaScript": r"\bat (?:[^\n(]{1,200} \()?(?:file://|node:|/|[A-Za-z]:\\|[\w./-]+/)[^\n()]*:\d+:\d+\)?"
    r"|\.[cm]?[jt]s:\d+:\d+",
    ".NET": r"\bat [\w.`<>\[\]]+\([^)\n]*\)(?: in [^\n]+:line \d+)"
    r"|--- End of (?:inner exception )?stack trace|\bat (?:System|Microsoft)\.[\w.`<>]+\(",
    "Go": r"goroutine \d+ \[|\.go:\d+(?: \+0x[0-9a-f]+)?",
    "Ruby": r"\.rb:\d+:in ['`]",
    "PHP": r"#\d+ [^\n]*\.php\(\d+\)|\.php(?: on line |:)\d+|PHP (?:Fatal error|Stack trace)",
    "Rust": r"panicked at |stack backtrace:|\.rs:\d+:\d+",
    "Elixir": r"\.exs?:\d+: ",
    "Perl": r" at \S+\.p[lm] line \d+",
}
TRACE = re.compile("|".join(f"(?P<t{number}>{pattern})" for number, pattern in enumerate(TRACES.values())))


def disclosed(
    contract: Contract, login: Credentials, body: Body, credentials: Authorization, answer: Answer, value: Any
) -> Iterator[Problem]:
    """Yield what an answer discloses; `value` is its JSON value, None where it has none."""
    clause = contract.place("description")
    text = _text(answer, value)
    passwords, tokens = words_of(login, body, credentials)
    for what, words in (("password", passwords), ("token", tokens)):
        if any(_repeats(text, word) for word in words):
            yield Problem("disclosure", clause, "", what, f"repeats the {what} that was sent")
    trace = TRACE.search(text)
    if trace:
        language = list(TRACES)[int(str(trace.lastgroup)[1:])]
        yield Problem("disclosure", clause, "", "stack trace", f"shows a stack trace of {language}")


def words_of(login: Credentials, body: Body, credentials: Authorization) -> tuple[frozenset[str], frozenset[str]]:
    """Return the passwords and the tokens of a request, which its answer may not repeat."""
    return _passwords(login, credentials), frozenset(_tokens(body))


def _text(answer: Answer, value: Any) -> str:
    """Return headers and strings of an answer as one text, without UUIDs and moments, which are nobody's words."""
    headers = [f"{name}: {content}" for name, content in answer.headers if name.lower() not in COUNTS]
    # Numbers stand for themselves: an expiry may be the same digits as a token.
    said = list(_strings(value)) if value is not None else [answer.body.decode("utf-8", "backslashreplace")]
    text = "\n".join([*headers, *said])
    return MOMENT.sub(" ", UUID.sub(" ", "\n".join([text, *_decoded(text)])))


def _decoded(text: str) -> Iterator[str]:
    """Yield what the parts of a text that may be base64 say."""
    for run in re.findall(r"[A-Za-z0-9+/_-]{12,}", text):
        raw = (
            base64.urlsafe_b64decode((run + "=" * (-len(run) % 4)).replace("+", "-").replace("/", "_"))
            if len(run) % 4 != 1
            else b""
        )
        if raw and raw.isascii():
            yield raw.decode()


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
    if len(word) < SHORTEST:
        return False
    for spelling in spellings(word):
        if len(spelling) >= DISTINCT and spelling in text:
            return True
    # A short one counts where it stands as a word of its own. Most answers have it nowhere, which is quickly seen.
    return word in text and re.search(rf"(?<![\w-])(?<!\d[.:]){re.escape(word)}(?![\w-])", text) is not None


@functools.lru_cache(LOGINS)
def _passwords(login: Credentials, credentials: Authorization) -> frozenset[str]:
    words = {login.secret_password}
    value = credentials.value(login)
    if value and value.lower().startswith(b"basic "):
        try:
            decoded = base64.b64decode(value[6:], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            decoded = ""
        words.add(decoded.partition(":")[2])
        words.add(value[6:].decode("ascii", "replace"))
    return frozenset(word for word in words if word != login.secret_id)


def _tokens(body: Body) -> set[str]:
    lease = body.lease
    words = {lease.token} if lease and lease.token.encode() in body.content else set()
    try:
        sent = json.loads(body.content)
    except (ValueError, RecursionError):
        sent = None
    if isinstance(sent, dict) and isinstance(sent.get("token"), str):
        words.add(sent["token"])
    return words

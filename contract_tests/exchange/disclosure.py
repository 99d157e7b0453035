"""What an answer gives away, in any of its places: secrets, in any encoding, and stack traces."""

from __future__ import annotations

import base64
import binascii
import functools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from contract_tests.cases.bodies import Body
from contract_tests.cases.credentials import Authorization
from contract_tests.cases.tokens import ORDINARY
from contract_tests.contract import Contract
from contract_tests.contract.protocol import TOKEN
from contract_tests.exchange.problem import Problem
from contract_tests.exchange.redaction import spellings
from contract_tests.exchange.traces import has_frame, language_of_trace, parts_of
from contract_tests.target.settings import Credentials
from contract_tests.wire import Answer

DISTINCT = 8
"""From so many characters on a secret is looked for everywhere; a shorter one may stand in a longer word by chance."""
SHORTEST = 4
"""A secret of fewer characters is not looked for: it stands in many an answer by chance."""
# The first character stands by itself, by which a place where none begins is passed over in a fifth of the time.
UUID = re.compile(r"[0-9a-fA-F][0-9a-fA-F]{7}(?:(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(?<=\b.{8})[0-9a-fA-F]{24}\b)")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)?")

LOGINS = 256
"""The same few credentials are sent in every run: the passwords of so many are kept."""
ENCODED = 512
SHORT_ENCODED = 200
"""What may be base64 is mostly names of headers and fields: so many of so few characters, and what they would say, are
remembered."""
TOLD = (
    ("password", "repeats the password that was sent"),
    ("token", "repeats the token that was sent"),
    ("token", "repeats a token that was sent before for the same link"),
    ("token", "tells the right token"),
)
"""What an answer may disclose, and how it is told; of one kind the first that is found."""
COUNTS = frozenset({"content-length", "date", "age", "last-modified", "expires"})
"""Headers whose values say nothing, and change from answer to answer."""


def disclosed(
    contract: Contract,
    login: Credentials,
    body: Body,
    credentials: Authorization,
    answer: Answer,
    value: Any,
    earlier: Sequence[Body] = (),
) -> Iterator[Problem]:
    """Yield what an answer discloses; `value` is its JSON value, None where it has none.

    `earlier` are the bodies that were sent for the same link before: their tokens are secrets as well.
    """
    parts = parts_of(value)
    text = _text(answer, parts)
    told = set()

    def problem(what: str, sentence: str) -> Problem:
        return Problem("disclosure", contract.place("description"), "", what, sentence)

    for (what, sentence), words in zip(TOLD, words_of(login, body, credentials, earlier), strict=True):
        if what not in told and any(_repeats(text, word) for word in words):
            told.add(what)
            yield problem(what, sentence)
    language = language_of_trace(text)
    if language:
        yield problem("stack trace", f"shows a stack trace of {language}")
    elif has_frame(parts):
        yield problem("stack trace", "shows file and line of its code, as a stack trace does")


def words_of(
    login: Credentials, body: Body, credentials: Authorization, earlier: Sequence[Body] = ()
) -> tuple[frozenset[str], ...]:
    """Return the words that an answer may not tell: those that each sentence of TOLD is about."""
    right = {body.lease.token} if body.lease else set()
    return (
        _passwords(login, credentials),
        frozenset(_sent(body) | {token for token in right if token.encode() in body.content}),
        frozenset(token for each in earlier for token in _sent(each)),
        frozenset(right),
    )


def tokens_of(body: Body) -> frozenset[str]:
    """Return the tokens that a request names: the one that it sends, and the one that is right for its session."""
    return frozenset(_sent(body) | ({body.lease.token} if body.lease else set()))


def repeats_one_of(words: Iterable[str], answer: Answer, value: Any) -> bool:
    """Tell whether an answer says one of some words, in any of its places."""
    text = _text(answer, parts_of(value))
    return any(_repeats(text, word) for word in words)


def _text(answer: Answer, parts: Sequence[Any]) -> str:
    """Return all places of an answer as one text, without UUIDs and moments, which are nobody's words."""
    fields = [*answer.headers, *answer.trailers]
    headers = [answer.reason, *(f"{name}: {content}" for name, content in fields if name.lower() not in COUNTS)]
    # Numbers stand for themselves: an expiry may be the same digits as a token.
    said = [part for part in parts if isinstance(part, str)]
    if parts == [None]:  # what is no JSON, or null
        said = [answer.body.decode("utf-8", "backslashreplace")]
    text = _without_identifiers("\n".join(dict.fromkeys([*headers, *said])))
    encoded = dict.fromkeys(re.findall(r"[A-Za-z0-9+/_-]{12,}", text))
    decoded = (_decoded(part) if len(part) <= SHORT_ENCODED else _decoded_anew(part) for part in encoded)
    return "\n".join([text, *filter(None, decoded)])


def _without_identifiers(text: str) -> str:
    return MOMENT.sub(" ", UUID.sub(" ", text))


def _decoded_anew(part: str) -> str:
    """Return what a part of a text that may be base64 says, or nothing."""
    if len(part) % 4 == 1:
        return ""
    raw = base64.urlsafe_b64decode((part + "=" * (-len(part) % 4)).replace("+", "-").replace("/", "_"))
    return _without_identifiers(raw.decode()) if raw.isascii() else ""


_decoded = functools.lru_cache(ENCODED)(_decoded_anew)


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


def token_of(body: Body) -> str | None:
    """Return the token that a body sends, None where it sends no text for one."""
    try:
        sent = json.loads(body.content)
    except (ValueError, RecursionError):
        return None
    token = sent.get(TOKEN) if isinstance(sent, dict) else None
    return token if isinstance(token, str) else None


def _sent(body: Body) -> set[str]:
    token = token_of(body)
    # What is an ordinary word says nothing where an answer has it, too.
    return {token} if token is not None and token not in ORDINARY else set()

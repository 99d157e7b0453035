"""Which words are secret, and how they are taken out of everything that is shown or kept."""

from __future__ import annotations

import base64
import functools
import html
import json
import re
import threading
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

FILTERED = "[filtered]"
SHORTEST = 3  # a secret of one or two characters stands in every text: filtering it would filter the text
SHORTEST_CUT = 5  # so much of a secret gives the rest of it away, and is sent by checks of words cut short

SPELT = 256
"""The same few words are looked for in every answer: the spellings of so many are kept."""


class Redactor:
    """The secret words of a run: the password, the tokens, and every session that was leased or handed out."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._words: set[str] = set()
        self._spelled: set[str] = set()
        self._spellings: set[str] = set()
        self._lock = threading.Lock()
        self.add(*words)

    def add(self, *words: str) -> None:
        """Remember words that are never shown, in each spelling that they may come back in."""
        self._words.update(word for word in words if len(word) >= SHORTEST)

    def with_words(self, *words: str) -> Redactor:
        """Return a redactor that knows these words besides; this one stays as it is, and as small."""
        more = Redactor()
        # In this order: another case may be adding words, and none of them may count as spelt that is not.
        more._spelled, more._spellings, more._words = set(self._spelled), set(self._known()), set(self._words)
        more.add(*words)
        return more

    def redact(self, text: str) -> str:
        """Return the text with every secret replaced by `[filtered]`, whatever its letter case."""
        # There are thousands of spellings and hardly one in a text: looked for one by one, they cost little.
        folded = _folded(text)
        found = [spelling for spelling in self._known() if spelling in folded]
        if not found:
            return text
        # Longest first: what contains a shorter secret goes as a whole.
        pattern = "|".join(map(re.escape, sorted(found, key=lambda spelling: (-len(spelling), spelling))))
        kept, end = [], 0
        for match in re.finditer(pattern, folded):
            kept.append(text[end : match.start()])
            end = match.end()
        return FILTERED.join([*kept, text[end:]])

    def _known(self) -> tuple[str, ...]:
        """Return every spelling of the words so far, spelt only now: most runs have nothing to take them out of."""
        with self._lock:
            # Of a copy: another case may be adding some.
            for word in tuple(self._words) if len(self._words) > len(self._spelled) else ():
                if word not in self._spelled:
                    self._spellings |= _given_away_by(word)
                    self._spelled.add(word)
            return tuple(self._spellings)


def _given_away_by(word: str) -> set[str]:
    # In other case some letters become two, or one that is another's as well.
    found = {_folded(spelling) for spelling in (word.upper(), word.lower(), *spellings(word))}
    if len(word) > SHORTEST_CUT:
        # The checks of words cut short and turned round send these, and they give the word away.
        found |= {_folded(spelling) for spelling in (word[::-1], *spellings(word[:-1]))}
    return found


@functools.lru_cache(SPELT)
def spellings(word: str) -> frozenset[str]:
    """Return a word as it is and as JSON, HTML, URLs, base64, hexadecimal and UUID notations spell it."""
    raw = word.encode("utf-8", "surrogatepass")
    escaped = json.dumps(word)[1:-1]
    # markupsafe writes quotes as decimals, Go's templates the plus sign too, and others every character.
    decimal = html.escape(word).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
    found = {decimal, decimal.replace("+", "&#43;"), f"&#{';&#'.join(map(str, map(ord, word)))};"}
    # A header's bytes are often read as Latin-1.
    found.add(raw.decode("latin-1"))
    found |= {word, escaped, json.dumps(word, ensure_ascii=False)[1:-1], escaped.replace("/", "\\/"), html.escape(word)}
    units = word.encode("utf-16-be", "surrogatepass").hex("u", -2)
    found.add(f"u{units}".replace("u", "\\u"))
    found |= {quote(raw, safe=""), quote(raw), quote_plus(raw), f"%{raw.hex('%').upper()}"}
    found |= {raw.hex(), raw.hex().upper()}
    encoded = base64.b64encode(raw).decode()
    for spelling in (encoded, encoded.rstrip("="), *_inner_base64(raw)):
        found |= {spelling, spelling.replace("+", "-").replace("/", "_")}
    if re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", word):
        found.add(word.replace("-", ""))
    return frozenset(spelling for spelling in found if len(spelling) >= SHORTEST)


def _folded(text: str) -> str:
    """Return a text without letter case, one character for each of its own: a place in it is a place in the text."""
    if text.isascii():
        return text.lower()
    return "".join(lowered if len(lowered := character.lower()) == 1 else character for character in text)


def _inner_base64(raw: bytes) -> set[str]:
    """Return what of a word's base64 stays the same whatever stands before and after it."""
    found = set()
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw).decode().rstrip("=")
        # A character is six bits; the first and the last may hold bits of a neighbour.
        inner = encoded[-(-8 * before // 6) : 8 * (before + len(raw)) // 6]
        if len(inner) > SHORTEST:
            found.add(inner)
    return found

"""Which words are secret, and how they are taken out of everything that is shown or kept."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

FILTERED = "[filtered]"
SHORTEST = 3  # a secret of one or two characters stands in every text: filtering it would filter the text


class Secrets:
    """The secret words of a run: the password, the tokens, and every session that was leased or handed out."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._spellings: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        for word in words:
            self.add(word)

    def add(self, *words: str) -> None:
        """Remember words that are never shown, in each spelling that they may come back in."""
        for word in words:
            if len(word) >= SHORTEST:
                self._spellings |= spellings(word)
        self._pattern = None

    def filter(self, text: str) -> str:
        """Return the text with every secret replaced by `[filtered]`, whatever its letter case."""
        if self._pattern is None:
            # Longest first: what contains a shorter secret goes as a whole.
            longest_first = sorted(self._spellings, key=lambda word: (-len(word), word))
            self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)", re.IGNORECASE)
        return self._pattern.sub(FILTERED, text)


def spellings(word: str) -> set[str]:
    """Return a word as it is and as JSON, URLs, base64 and UUID notations spell it."""
    raw = word.encode("utf-8", "surrogatepass")
    encoded = base64.b64encode(raw).decode()
    found = {
        word,
        json.dumps(word)[1:-1],
        json.dumps(word, ensure_ascii=False)[1:-1],
        json.dumps(word)[1:-1].replace("/", "\\/"),
    }
    found |= {quote(raw, safe=""), quote(raw), quote_plus(raw), "".join(f"%{byte:02X}" for byte in raw)}
    found |= {encoded, encoded.rstrip("="), encoded.replace("+", "-").replace("/", "_"), raw.hex()}
    found |= _inner_base64(raw)
    if re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", word):
        found.add(word.replace("-", ""))
    return {spelling for spelling in found if len(spelling) >= SHORTEST}


def _inner_base64(raw: bytes) -> set[str]:
    """Return what of a word's base64 stays the same when other bytes stand before and after it."""
    found = set()
    for shift in (1, 2):
        aligned = raw[3 - shift :]
        whole = aligned[: len(aligned) // 3 * 3]
        if len(whole) >= 6:
            found.add(base64.b64encode(whole).decode())
    whole = raw[: len(raw) // 3 * 3]
    if len(whole) >= 6:
        found.add(base64.b64encode(whole).decode())
    return found

"""Wrong tokens, in families of what comparisons get wrong; a family is sent for one link, one token after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from contract_tests.cases.bodies import WRONG_TOKEN
from contract_tests.target.settings import Tokens

LONG = 100_000
LIKE_DIGITS = str.maketrans("01", "Ol")
LIKE_LATIN = str.maketrans("aceopxy", "\u0430\u0441\u0435\u043e\u0440\u0445\u0443")
FULL_WIDTH = {code: code + 0xFEE0 for code in range(ord("!"), ord("~") + 1)}

TEST_TOKENS = ("000000", "123456", "111111", "test", "0000")
"""What is left in code by mistake."""
NO_VALUE = "null"
ORDINARY = (*TEST_TOKENS, NO_VALUE, "__proto__")
"""What answers may say for reasons of their own."""

Write = str | Callable[[str], str]


@dataclass(frozen=True)
class Family:
    """Tokens that are wrong in kindred ways, by name: as they are, or made of the right one."""

    name: str
    tokens: dict[str, Write] = field(repr=False)
    rare: bool = False

    def wrong_for(self, right: str, tokens: Tokens | None) -> Iterator[tuple[str, str]]:
        """Yield name and token of those that are neither the right one nor one that the target gives a meaning."""
        known = {right, *((tokens.accepted, tokens.failing) if tokens else ())}
        for name, write in self.tokens.items():
            token = write if isinstance(write, str) else write(right)
            if token and token not in known:
                yield name, token


def _replaced(right: str, place: int) -> str:
    other = "7" if right[place] != "7" else "8"
    return right[:place] + other + right[place + 1 :]


def _rewritten(right: str, letters: dict[int, int]) -> str:
    """Write other letters, and one more where there is none to be written otherwise: each run sends as much."""
    changed = right.translate(letters)
    return changed if changed != right else right + chr(next(iter(letters.values())))


def _beyond_32_bits(right: str) -> str:
    return str(int(right) + 2**32) if right.isdecimal() else "9" * 12


ALIKE = Family(
    "much like the right one",
    {
        "another": WRONG_TOKEN,
        "the right one with a suffix": lambda right: f"{right}0",
        "the right one cut short": lambda right: right[:-1] or "0",
        "the right one in other case": str.swapcase,
        "the right one backwards": lambda right: right[::-1],
    },
)
SECOND = (
    ALIKE,
    Family(
        "patterns, test tokens and many characters",
        {"(": "(", "%": "%", ".*": ".*", "000000": "000000", "300 characters": "t" * 300},
        rare=True,
    ),
)
"""The telling ones again, for the second of two factors."""
FAMILIES = (
    ALIKE,
    Family(
        "the right one and more",
        {
            "a zero before the right one": lambda right: f"0{right}",
            "white space around the right one": lambda right: f"\t{right} ",
            "a line end behind the right one": lambda right: f"{right}\n",
            "NUL and more behind the right one": lambda right: f"{right}\0more",
            "a list with the right one": lambda right: f"wrong,{right}",
        },
    ),
    Family(
        "a slip of the right one",
        {
            "another last character": lambda right: _replaced(right, len(right) - 1),
            "another character within": lambda right: _replaced(right, len(right) // 2),
            "a blank within the right one": lambda right: f"{right[:2]} {right[2:]}",
            "a hyphen within the right one": lambda right: f"{right[:2]}-{right[2:]}",
        },
    ),
    Family(
        "patterns",
        {"(": "(", "%": "%", ".*": ".*", "*": "*", "underscores": lambda right: "_" * len(right)},
    ),
    Family("test tokens", {token: token for token in TEST_TOKENS}),
    Family(
        "numbers",
        {
            "superscript digits": "²³",
            "the right one in full-width characters": lambda right: right.translate(FULL_WIDTH),
            "0x before the right one": lambda right: f"0x{right}",
            "the right one plus 2 ** 32": _beyond_32_bits,
            "twenty digits": "9" * 20,
        },
    ),
    Family(
        "lengths",
        {
            "256 characters": "t" * 256,
            "2,000 characters": "t" * 2000,
            "5,000 digits": "9" * 5000,
            "the right one and 65,536 characters": lambda right: right + "t" * 65_536,
            "100,000 characters": "t" * LONG,
        },
        rare=True,
    ),
    Family(
        "what looks like an attack",
        {
            "a backslash and a quote": "\\' OR 1=1 --",
            "${jndi:…}": "${jndi:ldap://127.0.0.1/a}",
            "a path": "../../etc/passwd",
            "a brace": "{",
            "an ampersand": "a & b ]]>",
        },
    ),
    Family(
        "characters that systems treat apart",
        {
            "NUL": "\0",
            "a lone surrogate": "\ud800",
            "control characters": "\x01\x1b[31m\x7f",
            "a line break": "1\r\nX-Injected: 1",
            "only blanks": "   ",
        },
        rare=True,
    ),
    Family(
        "characters of other scripts",
        {
            "accents": "Zür\u00ed\u00e7\u00e5-\u00df",
            "Greek and Cyrillic": "\u03b1\u03a9\u0416\u044f",
            "right-to-left": "\u202e\u05d0\u05d1",
            "emoji": "\U0001f511\U0001f468\u200d\U0001f469\u200d\U0001f467",
            "a combining tower": "z" + "\u0301" * 200,
        },
        rare=True,
    ),
    Family(
        "the right one in escapes",
        {
            "a character of the right one percent-encoded": lambda right: f"%{ord(right[0]):02x}{right[1:]}",
            "a character reference in the right one": lambda right: f"&#{ord(right[0])};{right[1:]}",
            "a zero-width space within the right one": lambda right: f"{right[:1]}\u200b{right[1:]}",
            "accents on the right one": lambda right: "".join(f"{letter}\u0301" for letter in right),
            "Cyrillic letters that look like the Latin ones": lambda right: _rewritten(right, LIKE_LATIN),
        },
        rare=True,
    ),
    Family(
        "the right one with something around it",
        {
            "the right one in quotes": lambda right: f'"{right}"',
            "the right one in markup": lambda right: f"<b>{right}</b>",
            "a backslash within the right one": lambda right: f"{right[:2]}\\{right[2:]}",
            "a character of the right one as an escape": lambda right: f"\\u{ord(right[0]):04x}{right[1:]}",
            "letters that look like the digits": lambda right: _rewritten(right, LIKE_DIGITS),
        },
        rare=True,
    ),
    Family(
        "what programs put in place of a value",
        {
            "null": NO_VALUE,
            "a name that programs know": "__proto__",
            "what is no character": "\ufffe\uffff",
            "the right one as a fraction": lambda right: f"{right}.0",
        },
        rare=True,
    ),
    Family(
        "markup",
        {
            "quotes and SQL": "' OR '1'='1' --",
            "a format string": "%s%n{0}${7*7}{{7*7}}",
            "markup": "<script>alert(1)</script>",
            "UNION SELECT": "1 UNION SELECT 1",
        },
        rare=True,
    ),
)

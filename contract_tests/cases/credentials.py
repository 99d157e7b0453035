"""The right credentials and every named way to get them wrong (RFC 7617), each with how curl sends them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_letters

from contract_tests.target.settings import Credentials, Target

ID = "$CONTRACT_SECRET_ID"
PASSWORD = "$CONTRACT_SECRET_PASSWORD"  # noqa: S105 - the variable's name
WRONG_ID = "nobody-0c6ba7f1"
WRONG_PASSWORD = "Wrong-password-5f1e7c2a"  # noqa: S105 - wrong on purpose
# Of ASCII letters alone, as `tr` in the repeat line does it.
OTHER_CASE = str.maketrans(ascii_letters, ascii_letters.swapcase())


Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Authorization:
    """A way to fill the Authorization header: `value` makes it, None for no header; `curl` says the same to curl.

    `beside` makes further header fields that claim who is calling, and a `rare` one is left out of the profile quick.
    """

    name: str
    value: Callable[[Credentials], bytes | None]
    curl: str
    beside: Callable[[Credentials], Headers] = lambda _right: ()
    rare: bool = False


@lru_cache(64)
def basic(user: str, password: str) -> bytes:
    """Return the header's value for the Basic scheme, in UTF-8 (RFC 7617 section 2)."""
    return b"Basic " + base64.b64encode(f"{user}:{password}".encode())


def user(name: str, make: Callable[[Credentials], tuple[str, str]], curl: str, *, rare: bool = False) -> Authorization:
    """Return a pair of id and password, and what stands between the quotes of curl's -u."""
    return Authorization(name, lambda right: basic(*make(right)), f'-u "{curl}"', rare=rare)


def _raw(name: str, value: bytes, curl: str, *, rare: bool = False) -> Authorization:
    return Authorization(name, lambda _right: value, curl, rare=rare)


RIGHT = user("right", lambda right: (right.secret_id, right.secret_password), f"{ID}:{PASSWORD}")

NO_HEADER = Authorization("no header", lambda _right: None, "")
WRONG_LOGIN = user("wrong password", lambda right: (right.secret_id, WRONG_PASSWORD), f"{ID}:{WRONG_PASSWORD}")

UNACCEPTABLE = (
    NO_HEADER,
    WRONG_LOGIN,
    user("wrong id", lambda right: (WRONG_ID, right.secret_password), f"{WRONG_ID}:{PASSWORD}"),
    user(
        "password in other case",
        lambda right: (right.secret_id, right.secret_password.translate(OTHER_CASE)),
        f"{ID}:$(printf %s \"{PASSWORD}\" | tr 'A-Za-z' 'a-zA-Z')",
    ),
    user(
        "prefix of the password",
        lambda right: (right.secret_id, right.secret_password[:-1]),
        f"{ID}:${{CONTRACT_SECRET_PASSWORD%?}}",
    ),
    user(
        "password with a suffix",
        lambda right: (right.secret_id, f"{right.secret_password}x"),
        f"{ID}:${{CONTRACT_SECRET_PASSWORD}}x",
    ),
    user("empty password", lambda right: (right.secret_id, ""), f"{ID}:"),
    Authorization(
        "other scheme",
        lambda right: b"Bearer " + basic(right.secret_id, right.secret_password)[6:],
        f'-H "Authorization: Bearer $(printf %s "{ID}:{PASSWORD}" | base64 -w0)"',
    ),
    Authorization(
        "not in base64",
        lambda right: b"Basic " + f"{right.secret_id}:{right.secret_password}".encode(),
        f'-H "Authorization: Basic {ID}:{PASSWORD}"',
    ),
    _raw("bad base64", b"Basic !!!=not*base64", "-H 'Authorization: Basic !!!=not*base64'", rare=True),
    Authorization(
        "no colon",
        lambda right: b"Basic " + base64.b64encode(f"{right.secret_id}{right.secret_password}".encode()),
        f'-H "Authorization: Basic $(printf %s "{ID}{PASSWORD}" | base64 -w0)"',
        rare=True,
    ),
    _raw("not UTF-8", b"Basic " + base64.b64encode(b"\xff\xfe:\xff"), "-H 'Authorization: Basic //46/w=='", rare=True),
    user("both wrong", lambda _right: (WRONG_ID, WRONG_PASSWORD), f"{WRONG_ID}:{WRONG_PASSWORD}", rare=True),
    _raw("empty header", b"", "-H 'Authorization;'", rare=True),
    _raw("scheme without credentials", b"Basic", "-H 'Authorization: Basic'", rare=True),
    user(
        "password with a blank behind it",
        lambda right: (right.secret_id, f"{right.secret_password} "),
        f"{ID}:{PASSWORD} ",
        rare=True,
    ),
    user("swapped", lambda right: (right.secret_password, right.secret_id), f"{PASSWORD}:{ID}", rare=True),
    user("empty id and password", lambda _right: ("", ""), ":", rare=True),
    user(
        "password with a colon behind it",
        lambda right: (right.secret_id, f"{right.secret_password}:x"),
        f"{ID}:{PASSWORD}:x",
        rare=True,
    ),
    _raw("id without colon", b"Basic " + base64.b64encode(b"nobody"), "-H 'Authorization: Basic bm9ib2R5'", rare=True),
    _raw("base64 cut short", b"Basic A", "-H 'Authorization: Basic A'", rare=True),
    _raw("NUL bytes", b"Basic " + base64.b64encode(b"\0:\0"), "-H 'Authorization: Basic ADoA'", rare=True),
)
"""The most telling ones first: a target may set how many wrong ones a run sends."""


def login_to_refuse(target: Target) -> Authorization:
    """Return credentials that are sent on the way of another check: none at all where a target counts wrong ones."""
    return WRONG_LOGIN if target.limits.wrong_credentials is None else NO_HEADER

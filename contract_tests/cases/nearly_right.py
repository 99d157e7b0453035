"""Credentials that are nearly the right ones: wrong where a look-up is exact, and right where it is loose."""

from __future__ import annotations

from collections.abc import Callable

from contract_tests.cases.credentials import (
    ID,
    OTHER_CASE,
    PASSWORD,
    WRONG_PASSWORD,
    Authorization,
    Headers,
    basic,
    user,
)
from contract_tests.target.settings import Credentials

PAIR = f'printf %s "{ID}:{PASSWORD}"'
PERCENT = "od -An -v -tx1 | tr -d ' \\n' | sed 's/../%&/g'"
FULL_WIDTH = {code: code + 0xFEE0 for code in range(ord("!"), ord("~") + 1)}
ACCENT = "\u0301"
SPARE = "anything"


def _id(name: str, change: Callable[[str], str], curl: str, *, rare: bool = False) -> Authorization:
    return user(name, lambda right: (change(right.secret_id), right.secret_password), f"{curl}:{PASSWORD}", rare=rare)


def _password(name: str, change: Callable[[str], str], curl: str, *, rare: bool = False) -> Authorization:
    return user(name, lambda right: (right.secret_id, change(right.secret_password)), f"{ID}:{curl}", rare=rare)


def _encoded(name: str, make: Callable[[Credentials], bytes], shell: str, *, rare: bool = False) -> Authorization:
    """Return a header value that `make` makes, and the shell words that write it."""
    return Authorization(name, make, f'-H "Authorization: {shell}"', rare=rare)


def _base64(right: Credentials) -> bytes:
    return basic(right.secret_id, right.secret_password).partition(b" ")[2]


def _percents(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def _wrongly_padded(right: Credentials) -> bytes:
    """Leave the padding out, or pad what needs none: malformed (RFC 4648 section 3.2), which some readers overlook."""
    encoded = _base64(right)
    return b"Basic " + (encoded.rstrip(b"=") if encoded.endswith(b"=") else encoded + b"=")


def _id_of_gateway(right: Credentials) -> Headers:
    # As bytes of UTF-8, which a header's text holds one for one.
    known = right.secret_id.encode().decode("latin-1")
    return (
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Real-IP", "127.0.0.1"),
        ("X-Remote-User", known),
        ("X-Forwarded-User", known),
    )


def _wrong_then_right(right: Credentials) -> Headers:
    pairs = (basic(right.secret_id, WRONG_PASSWORD), basic(right.secret_id, right.secret_password))
    return tuple(("Authorization", pair.decode()) for pair in pairs)


NEARLY_RIGHT = (
    _id("id in other case", lambda text: text.translate(OTHER_CASE), f"$(printf %s \"{ID}\" | tr 'A-Za-z' 'a-zA-Z')"),
    _id("id with a blank behind it", lambda text: f"{text} ", f"{ID} ", rare=True),
    _id("id with a blank before it", lambda text: f" {text}", f" {ID}", rare=True),
    _password("password with a blank before it", lambda text: f" {text}", f" {PASSWORD}"),
    _id("% in place of the id's end", lambda text: f"{text[:-1]}%", "${CONTRACT_SECRET_ID%?}%"),
    _id("_ in place of the id's end", lambda text: f"{text[:-1]}_", "${CONTRACT_SECRET_ID%?}_", rare=True),
    _id("* in place of the id's end", lambda text: f"{text[:-1]}*", "${CONTRACT_SECRET_ID%?}*", rare=True),
    user(
        "SQL behind the id",
        lambda right: (f"{right.secret_id}' --", WRONG_PASSWORD),
        f"{ID}' --:{WRONG_PASSWORD}",
    ),
    user("SQL as id and password", lambda _right: ("x' OR '1'='1",) * 2, "x' OR '1'='1:x' OR '1'='1", rare=True),
    _password("password percent-encoded", _percents, f'$(printf %s "{PASSWORD}" | {PERCENT})'),
    _id("id percent-encoded", _percents, f'$(printf %s "{ID}" | {PERCENT})', rare=True),
    _encoded(
        "NUL and more behind the password",
        lambda right: basic(right.secret_id, f"{right.secret_password}\0more"),
        f"Basic $({{ {PAIR}; printf '\\0more'; }} | base64 -w0)",
    ),
    _encoded(
        "NUL and more behind the id",
        lambda right: basic(f"{right.secret_id}\0more", right.secret_password),
        f'Basic $({{ printf %s "{ID}"; printf \'\\0more\'; printf %s ":{PASSWORD}"; }} | base64 -w0)',
    ),
    _password(
        "password in full-width characters",
        lambda text: text.translate(FULL_WIDTH),
        f"$(printf %s \"{PASSWORD}\" | perl -C3 -pe 'y/!-~/\\x{{FF01}}-\\x{{FF5E}}/')",
    ),
    _id("id with an accent behind it", lambda text: text + ACCENT, f"{ID}$(printf '\\314\\201')", rare=True),
    user("a password of 73 bytes", lambda right: (right.secret_id, "0" * 73), f"{ID}:$(printf %073d 0)", rare=True),
    user("a password that is not ASCII", lambda right: (right.secret_id, "pässwörd"), f"{ID}:pässwörd"),
    user("a password of 5,000 bytes", lambda right: (right.secret_id, "0" * 5000), f"{ID}:$(printf %05000d 0)"),
    user(
        "a word and a colon before the password",
        lambda right: (right.secret_id, f"{SPARE}:{right.secret_password}"),
        f"{ID}:{SPARE}:{PASSWORD}",
    ),
    _encoded(
        "a character within that base64 does not have",
        lambda right: b"Basic " + _base64(right)[:4] + b"!" + _base64(right)[4:],
        f"Basic $({PAIR} | base64 -w0 | sed 's/^..../&!/')",
    ),
    _encoded(
        "base64 with wrong padding", _wrongly_padded, f"Basic $({PAIR} | base64 -w0 | sed 's/[^=]$/&=/;t;s/=*$//')"
    ),
    _password(
        "password with another last character",
        lambda text: f"{text[:-1]}~",
        "${CONTRACT_SECRET_PASSWORD%?}~",
    ),
    _password("SQL as password", lambda _: "' OR '1'='1' --", "' OR '1'='1' --"),
    _password("a pattern as password", lambda _: "%", "%", rare=True),
    _password("an expression as password", lambda _: ".*", ".*", rare=True),
    _password("null as password", lambda _: "null", "null", rare=True),
    user("no id before the right password", lambda right: ("", right.secret_password), f":{PASSWORD}", rare=True),
    _password("a star as password", lambda _: "*", "*", rare=True),
    user("the password as id, as keys are sent", lambda right: (right.secret_password, ""), f"{PASSWORD}:", rare=True),
    user("an id that programs know", lambda _: ("__proto__", "constructor"), "__proto__:constructor", rare=True),
    user("an id of 5,000 bytes", lambda _: ("0" * 5000, WRONG_PASSWORD), f"$(printf %05000d 0):{WRONG_PASSWORD}"),
    user(
        "an id that is not ASCII", lambda _: ("\U0001f511ñ", WRONG_PASSWORD), f"\U0001f511ñ:{WRONG_PASSWORD}", rare=True
    ),
    _encoded(
        "a line end behind the password",
        lambda right: basic(right.secret_id, f"{right.secret_password}\n"),
        f"Basic $({{ {PAIR}; echo; }} | base64 -w0)",
        rare=True,
    ),
    _encoded(
        "the colon a character too early",
        lambda right: basic(right.secret_id[:-1], f"{right.secret_id[-1:]}{right.secret_password}"),
        f"Basic $({PAIR} | sed 's/\\(.\\):/:\\1/' | base64 -w0)",
        rare=True,
    ),
    _encoded(
        "the password alone, as a bearer",
        lambda right: b"Bearer " + right.secret_password.encode(),
        f"Bearer {PASSWORD}",
        rare=True,
    ),
    _encoded(
        "wrong ones and right ones in one header",
        lambda right: basic(right.secret_id, WRONG_PASSWORD) + b", Basic " + _base64(right),
        f'Basic $(printf %s "{ID}:{WRONG_PASSWORD}" | base64 -w0), Basic $({PAIR} | base64 -w0)',
        rare=True,
    ),
    _encoded("no blank behind the scheme", lambda right: b"Basic" + _base64(right), f"Basic$({PAIR} | base64 -w0)"),
    _encoded(
        "a word behind the credentials",
        lambda right: b"Basic " + _base64(right) + b" x",
        f"Basic $({PAIR} | base64 -w0) x",
    ),
    _encoded(
        "a blank within base64",
        lambda right: b"Basic " + _base64(right)[:4] + b" " + _base64(right)[4:],
        f"Basic $({PAIR} | base64 -w0 | sed 's/^..../& /')",
        rare=True,
    ),
    _encoded("no scheme", _base64, f"$({PAIR} | base64 -w0)"),
    _encoded(
        "a word before the scheme",
        lambda right: b"Proxy Basic " + _base64(right),
        f"Proxy Basic $({PAIR} | base64 -w0)",
        rare=True,
    ),
    _encoded(
        "a word behind the scheme",
        lambda right: b"Basic x " + _base64(right),
        f"Basic x $({PAIR} | base64 -w0)",
        rare=True,
    ),
    _encoded(
        "a scheme that begins with Basic",
        lambda right: b"Basically " + _base64(right),
        f"Basically $({PAIR} | base64 -w0)",
        rare=True,
    ),
    Authorization(
        "no header, but those of a gateway (X-Forwarded-For, X-Remote-User)",
        lambda _right: None,
        "-H 'X-Forwarded-For: 127.0.0.1' -H 'X-Real-IP: 127.0.0.1' "
        f'-H "X-Remote-User: {ID}" -H "X-Forwarded-User: {ID}"',
        _id_of_gateway,
    ),
    Authorization(
        "two headers, the second one right",
        lambda _right: None,
        f'-H "Authorization: Basic $(printf %s "{ID}:{WRONG_PASSWORD}" | base64 -w0)" '
        f'-H "Authorization: Basic $({PAIR} | base64 -w0)"',
        _wrong_then_right,
        rare=True,
    ),
)
"""Each is wrong in one way, and each way is one in which services have found an account all the same, or failed."""

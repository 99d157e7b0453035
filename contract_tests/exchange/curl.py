"""The curl line that repeats an exchange, with every secret and session taken from the environment."""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Iterator
from shlex import quote
from urllib.parse import quote_plus

from contract_tests.cases.bodies import Body
from contract_tests.cases.credentials import Authorization
from contract_tests.cases.deliveries import PLAIN, Delivery
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract import Contract
from contract_tests.contract.protocol import SESSION, TOKEN_REQUIRED
from contract_tests.exchange.judged import Exchange
from contract_tests.exchange.redaction import SHORTEST, SHORTEST_CUT, Redactor

LONGEST_LITERAL = 2_000
PERCENT = "od -An -v -tx1 | tr -d ' \\n' | sed 's/../%&/g'"


TAKE_SESSION = rf"""sed -n 's/.*"{SESSION}": *"\([^"]*\)".*/\1/p'"""


def script(exchange: Exchange) -> str:
    """Return shell lines that show an exchange again: those that led to it first, rivals side by side.

    SESSION, LINK and TOKEN stand for a fresh paused session; a session that an answer hands out is taken from it.
    """
    steps = [*exchange.before, exchange]
    lines = []
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        line = repeat(
            step.scene.contract,
            step.scene.base_url,
            step.body,
            step.credentials,
            step.scene.redactor,
            step.scene.failing_token,
            step.delivery,
        )
        if step.at_once > 1:
            line = f"for _ in $(seq {step.at_once}); do {line} & done; wait"
        elif following and step.status == TOKEN_REQUIRED and _session(step) not in (None, _session(following)):
            line = f"SESSION=$({line} | tee /dev/stderr | {TAKE_SESSION})"
        lines.append(line)
    return "\n".join(lines)


def _session(exchange: Exchange) -> str | None:
    return exchange.body.lease.session if exchange.body.lease else None


def repeat(
    contract: Contract,
    base_url: str,
    body: Body,
    credentials: Authorization,
    redactor: Redactor,
    failing_token: str | None = None,
    delivery: Delivery = PLAIN,
) -> str:
    """Return a shell line that sends a body again: SESSION, LINK and TOKEN stand for a fresh paused session.

    FAILING_TOKEN stands for the token that makes the institution fail.
    """
    parts = ["curl -sS -i -X", contract.method]
    if credentials.curl:
        parts.append(credentials.curl)
    content_type = delivery.content_type or body.content_type
    parts.append(f"-H {quote(f'Content-Type: {content_type}' if content_type else 'Content-Type:')}")
    parts += [f"-H {quote(line)}" for line in delivery.curl]
    template, words = _template(body, redactor, failing_token)
    url = quote(f"{base_url}{contract.path}")
    if len(template) <= LONGEST_LITERAL and template.isascii() and template.isprintable():
        literal = quote(template) if template else "''"
        for mark, word in words.items():
            literal = literal.replace(mark, f"'{word}'")
        return " ".join([*parts, f"--data-raw {literal}", url])
    return " ".join([_printf(template, words), "|", *parts, "--data-binary @-", url])


def _template(body: Body, redactor: Redactor, failing_token: str | None) -> tuple[str, dict[str, str]]:
    """Return the body with marks for what is not to be shown, and the shell word that each mark stands for."""
    # Latin-1 keeps one character a byte, so nothing is lost on the way through text.
    text = body.content.decode("latin-1")
    words: dict[str, str] = {}
    for name, found, word in _variables(body.lease, failing_token):
        if found and found in text:
            text = text.replace(found, f"@{name}@")
            words[f"@{name}@"] = word
    return redactor.redact(text), words


def _variables(lease: Lease | None, failing_token: str | None) -> Iterator[tuple[str, str, str]]:
    """Yield what of a lease is sent: whole, and in each other way in which a check sends it."""
    if lease is None:
        return
    # A fresh session in place of one that nobody paused would be answered otherwise.
    identifiers = {} if lease.origin == "synthetic" else {"SESSION": lease.session, "LINK": lease.link}
    for variable, value in identifiers.items():
        yield variable, value, f'"${variable}"'
        yield f"{variable} IN CAPITALS", value.upper(), _piped(variable, "tr a-z A-Z")
        yield f"{variable} BARE", value.replace("-", ""), _piped(variable, "tr -d -")
    tokens = {"FAILING_TOKEN": failing_token or "", "TOKEN": lease.token}
    for variable, value in tokens.items():
        yield variable, value, f'"${variable}"'
        # sh has no words for one token in a URL's or JSON's escapes; every byte as %XX means the same in a form.
        yield f"{variable} IN A FORM", quote_plus(value), _piped(variable, PERCENT)
    given = identifiers | {"TOKEN": lease.token}
    for variable, value in given.items():
        if len(value) > SHORTEST_CUT:
            yield f"{variable} CUT", value[:-1], f'"${{{variable}%?}}"'
    if len(lease.token) > SHORTEST_CUT:
        yield "TOKEN REVERSED", lease.token[::-1], _piped("TOKEN", "rev")
    if lease.token.isascii() and len(lease.token) >= SHORTEST:
        yield "TOKEN IN OTHER CASE", lease.token.swapcase(), _piped("TOKEN", "tr A-Za-z a-zA-Z")


def _piped(variable: str, program: str) -> str:
    return f'"$(printf %s "${variable}" | {program})"'


def _printf(template: str, words: dict[str, str]) -> str:
    """Return a printf that writes any bytes: what is not printable is escaped, and much of it compressed."""
    shape = "".join(_escaped(character) for character in template)
    order = re.findall("|".join(map(re.escape, words)) or r"(?!)", template)
    for mark in words:
        shape = shape.replace(mark, "%s")
    arguments = "".join(f" {words[mark]}" for mark in order)
    if len(shape) <= LONGEST_LITERAL:
        return f"printf -- {quote(shape)}{arguments}"
    packed = base64.b64encode(gzip.compress(shape.encode("ascii"), mtime=0)).decode()
    return f'printf -- "$(printf %s {packed} | base64 -d | gunzip)"{arguments}'


def _escaped(character: str) -> str:
    if character == "%":
        return "%%"
    plain = character.isascii() and character.isprintable() and character not in "\\'"
    return character if plain else f"\\{ord(character):03o}"

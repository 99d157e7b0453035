"""The curl line that repeats an exchange, with every secret and session taken from the environment."""

from __future__ import annotations

import base64
import gzip
import re
from shlex import quote

from contract_tests.bodies import Body
from contract_tests.contract import API_PATH, METHOD
from contract_tests.credentials import Authorization
from contract_tests.secrets import Secrets

LONGEST_LITERAL = 2_000


def repeat(base_url: str, body: Body, credentials: Authorization, secrets: Secrets) -> str:
    """Return a shell line that sends a body again: SESSION, LINK and TOKEN stand for a fresh paused session."""
    parts = ["curl -sS -i -X", METHOD]
    if credentials.curl:
        parts.append(credentials.curl)
    parts.append(f"-H {quote(f'Content-Type: {body.content_type}' if body.content_type else 'Content-Type:')}")
    template, variables = _template(body)
    template = secrets.filter(template)
    url = quote(f"{base_url}{API_PATH}")
    plain = body.content.decode("ascii", "replace")
    if len(template) <= LONGEST_LITERAL and plain.isprintable() and "\ufffd" not in plain:
        literal = quote(template) if template else "''"
        for variable in dict.fromkeys(variables):
            literal = literal.replace(_mark(variable), f"'\"${variable}\"'")
        return " ".join([*parts, f"--data-raw {literal}", url])
    return " ".join([_printf(body, secrets), "|", *parts, "--data-binary @-", url])


def _printf(body: Body, secrets: Secrets) -> str:
    """Return a printf that writes any bytes: what is not printable is escaped, and much of it compressed."""
    template, variables = _template(body)
    # Latin-1 keeps one character a byte, so nothing is lost on the way through text.
    template = secrets.filter(template)
    shape = "".join(_escaped(character) for character in template)
    order = re.findall("|".join(_mark(name) for name in dict.fromkeys(variables)) or r"(?!)", template)
    for variable in dict.fromkeys(variables):
        shape = shape.replace(_mark(variable), "%s")
    arguments = "".join(f' "${mark.strip("@")}"' for mark in order)
    if len(shape) <= LONGEST_LITERAL:
        return f"printf {quote(shape)}{arguments}"
    packed = base64.b64encode(gzip.compress(shape.encode("ascii"), mtime=0)).decode()
    return f'printf "$(printf %s {packed} | base64 -d | gunzip)"{arguments}'


def _template(body: Body) -> tuple[str, list[str]]:
    text = body.content.decode("latin-1")
    variables = []
    lease = body.lease
    for variable, word in (("SESSION", lease.session), ("LINK", lease.link), ("TOKEN", lease.token)) if lease else ():
        if word and word in text:
            text = text.replace(word, _mark(variable))
            variables.append(variable)
    return text, variables


def _mark(variable: str) -> str:
    return f"@{variable}@"


def _escaped(character: str) -> str:
    if character in "%":
        return "%%"
    return (
        character
        if character.isascii() and character.isprintable() and character not in "\\'"
        else f"\\{ord(character):03o}"
    )

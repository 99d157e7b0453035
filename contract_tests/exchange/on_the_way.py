"""Answers of a proxy on the way, in place of the operation's: they say nothing of it, and are told as advice."""

from __future__ import annotations

import re

from contract_tests.cases.bodies import Body
from contract_tests.cases.deliveries import Delivery
from contract_tests.exchange.validation import Reading
from contract_tests.wire import Answer

REFUSALS = frozenset({400, 403, 411, 413, 417, 431, 501})
"""What HTTP has a proxy answer where it cannot, or will not, pass a request on (RFC 9110 section 15, RFC 6585)."""
PAGES = frozenset({"text/html", "text/plain", ""})
LARGE = 2_000
QUOTED = 80


def refusal_of_a_proxy(
    body: Body, authorization: bytes | None, delivery: Delivery, answer: Answer, reading: Reading
) -> str | None:
    """Return in one sentence, with its words, that a proxy has refused a request; None for any other answer.

    It plainly has where the request has something that HTTP stacks look at by themselves, and the answer is no JSON.
    """
    found = looked_at(body.content, authorization, delivery)
    media_type = (answer.header("Content-Type") or "").partition(";")[0].strip().lower()
    if found is None or answer.status not in REFUSALS or media_type not in PAGES or reading.value is not None:
        return None
    words = " ".join(re.sub(r"<[^>]*>", " ", answer.body[:4_000].decode("utf-8", "replace")).split())[:QUOTED]
    what = f"{answer.status} {media_type}".strip()
    return f"A proxy on the way answers {found} by itself: {what}, “{words}”. With strict: true it is a violation."


def looked_at(content: bytes, authorization: bytes | None, delivery: Delivery) -> str | None:
    """Return what of a request HTTP stacks look at by themselves and may refuse, or None."""
    values = [value.encode("latin-1") for _, value in delivery.headers if value is not None]
    values += [authorization] if authorization is not None else []
    if delivery.chunked:
        return "a body in chunks"
    if delivery.expect_continue:
        return "Expect: 100-continue"
    if any(len(value) > LARGE for value in values):
        return "a large header"
    if any(not value.isascii() or not value.decode().isprintable() for value in values):
        return "a header of unusual bytes"
    if b"\0" in content:
        return "NUL in a body"
    try:
        content.decode()
    except UnicodeDecodeError:
        return "a body that is not UTF-8"
    return None

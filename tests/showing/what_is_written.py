"""What is written: nothing secret in any place of an answer, and every value in just the declared form."""

from __future__ import annotations

import base64
import html
import re

from tests.showing.caller import Caller, Heard
from tests.showing.showing import Showing, right, wrong_token

WRONG = "Zq7-wrong-88"


def _discloses(answer: Heard, secret: str) -> bool:
    text = answer.everything.decode("utf-8", "replace")
    runs = re.findall(r"[A-Za-z0-9_/+-]{12,}", text)
    decoded = [base64.urlsafe_b64decode(run + "=" * (-len(run) % 4)) for run in runs if len(run) % 4 != 1]
    read = [text, html.unescape(text), *(raw.decode("latin-1") for raw in decoded)]
    return any(word.lower() in found.lower() for found in read for word in (secret, secret.encode().hex()))


def _secret_token(caller: Caller) -> str:
    return "disclosed" if _discloses(caller.resume(caller.pause(), WRONG), WRONG) else "clean"


def _right_token(caller: Caller) -> str:
    return "disclosed" if _discloses(caller.resume(caller.pause(), WRONG), caller.token) else "clean"


def _token_before(caller: Caller) -> str:
    answer = caller.resume(caller.resume(caller.pause(), WRONG).next(), "another")
    return "disclosed" if _discloses(answer, WRONG) else "clean"


def _wrong_password(caller: Caller) -> str:
    answer = caller.resume(caller.pause(), login=(caller.right[0], WRONG))
    return "disclosed" if _discloses(answer, WRONG) else "clean"


def _right_password(caller: Caller) -> str:
    return "disclosed" if _discloses(caller.resume(caller.pause()), caller.right[1]) else "clean"


def _inside(status: int) -> Showing:
    def probe(caller: Caller) -> str:
        token = {500: caller.settings.failing_token, 428: WRONG}.get(status, caller.token)
        answer = caller.resume(caller.pause(), token, login=("nobody", "x") if status == 401 else caller.right)
        return f"{answer.status} debug" if b'"debug"' in answer.body else f"{answer.status}"

    return Showing(f"{status}", probe)


CLEAN = Showing("clean", _secret_token)
REGISTERED, ASKED = right(), wrong_token("wrong")
SHOWINGS = {
    "repeats-the-token-in-a-cookie": CLEAN,
    "repeats-the-token-in-an-etag": CLEAN,
    "repeats-the-token-in-a-link": CLEAN,
    "repeats-the-token-in-a-timing": CLEAN,
    "repeats-the-token-as-a-name-of-a-header": CLEAN,
    "repeats-the-token-as-a-name": CLEAN,
    "repeats-the-token-in-hexadecimal": CLEAN,
    "repeats-the-token-in-a-ticket": CLEAN,
    "repeats-the-token-in-references": CLEAN,
    "repeats-the-request-in-base64": CLEAN,
    "repeats-the-token-before": Showing("clean", _token_before),
    "tells-the-right-token": Showing("clean", _right_token),
    "repeats-the-token-as-its-reason": CLEAN,
    "repeats-the-token-in-a-trailer": CLEAN,
    "repeats-the-password-in-a-cookie": Showing("clean", _right_password),
    "repeats-the-password-in-the-realm": Showing("clean", _wrong_password),
    "repeats-the-password-in-hexadecimal": Showing("clean", _wrong_password),
    "shows-file-and-line": _inside(500),
    "shows-frames": _inside(500),
    "shows-a-lua-trace": _inside(500),
    "shows-an-erlang-trace": _inside(500),
    "shows-a-dot-net-trace-without-symbols": _inside(500),
    "shows-a-java-trace-without-lines": _inside(500),
    "shows-a-crash-of-c": _inside(500),
    "shows-a-haskell-trace": _inside(500),
    "shows-a-trace-in-base64": _inside(500),
    "shows-a-trace-of-a-refused-token": _inside(428),
    "shows-a-trace-of-a-link": _inside(200),
    "shows-a-trace-of-wrong-credentials": _inside(401),
    **dict.fromkeys(
        (
            "writes-times-without-seconds",
            "writes-offsets-without-a-colon",
            "writes-offsets-of-hours",
            "writes-basic-times",
            "writes-the-hour-twenty-four",
            "writes-sixty-seconds-anywhere",
            "writes-a-comma",
            "writes-an-empty-fraction",
            "writes-a-far-offset",
            "writes-zones-in-brackets",
            "writes-zones-by-name",
            "writes-seconds-since1970",
            "writes-mail-times",
            "writes-weeks",
            "writes-digits-of-another-script",
            "writes-days-of-other-calendars",
            "writes-short-days",
            "writes-uuids-in-braces",
            "writes-uuids-as-urns",
            "writes-uuids-in-base64",
            "writes-nul-behind-the-value",
            "says-a-charset-it-does-not-write",
        ),
        REGISTERED,
    ),
    **dict.fromkeys(
        (
            "writes-a-blank-behind-a-uuid",
            "writes-fractions-of-seconds",
            "writes-seconds-in-words",
            "writes-cesu8",
            "writes-overlong-bytes",
            "writes-windows1252",
            "writes-raw-line-ends",
            "writes-escapes-of-others",
            "writes-hexadecimal-escapes",
            "writes-numbers-with-zeros",
            "writes-numbers-with-a-plus",
            "writes-numbers-with-a-point",
            "writes-commas-behind-all",
        ),
        ASKED,
    ),
}

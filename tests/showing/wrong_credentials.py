"""Wrong credentials: each is answered 401 by a server that is right, whatever came before."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.showing.caller import Caller, Login, basic
from tests.showing.showing import Showing, wrong_login

WRONG = ("nobody", "Wrong-Password-2")


def _id(change: Callable[[str], str]) -> Showing:
    return wrong_login(lambda caller: (change(caller.right[0]), caller.right[1]))


def _password(change: Callable[[str], str]) -> Showing:
    return wrong_login(lambda caller: (caller.right[0], change(caller.right[1])))


def _raw(change: Callable[[bytes], bytes]) -> Showing:
    return wrong_login(lambda caller: change(basic(caller.right)))


def _loose(header: bytes) -> bytes:
    """Set a spare bit of the last character before the padding, or drop the padding."""
    return header.rstrip(b"=")


def _large_body(caller: Caller) -> str:
    paused = caller.pause()
    return caller.resume(paused, body=b'{"note": "' + b"n" * 100_000 + b'"}', login=WRONG).outcome(paused)


def _after_right(login: Login, *, same_line: bool, same_body: bool = False) -> Showing:
    def probe(caller: Caller) -> str:
        first, second, line = caller.pause(), caller.pause(), caller.line()
        caller.resume(first, on=line)
        paused = first if same_body else second
        given = (caller.right[0], "Wrong-Password-2") if login == WRONG else login
        return caller.resume(paused, on=line if same_line else None, login=given).outcome(paused)

    return Showing("401", probe)


def _right_after_wrong(caller: Caller) -> str:
    paused = caller.pause()
    caller.resume(paused, login=WRONG)
    return caller.resume(paused).outcome(paused)


def _at_the_same_moment(caller: Caller) -> str:
    first, second = caller.pause(), caller.pause()
    requests = [caller.request(caller.body(first)), caller.request(caller.body(second), login=WRONG)]
    return caller.crowd(requests)[1].outcome(second)


def _after_a_login(change: Callable[[Caller], Login]) -> Showing:
    def probe(caller: Caller) -> str:
        caller.resume(caller.pause())
        time.sleep(0.1)
        paused = caller.pause()
        return caller.resume(paused, login=change(caller)).outcome(paused)

    return Showing("401", probe)


def _two_headers(caller: Caller) -> str:
    paused = caller.pause()
    both = {"Authorization": basic(WRONG).decode(), "authorization": basic(caller.right).decode()}
    return caller.resume(paused, headers=both).outcome(paused)


SHOWINGS = {
    "ignores-the-case-of-the-id": _id(str.upper),
    "trims-the-id": _id(lambda text: f"{text} "),
    "trims-the-start-of-the-password": _password(lambda text: f" {text}"),
    "looks-the-id-up-with-like": _id(lambda text: f"{text[:3]}%"),
    "looks-the-id-up-with-stars": _id(lambda text: f"{text[:3]}*"),
    "builds-sql-from-the-id": _id(lambda _text: "x' OR '1'='1"),
    "fails-on-a-quote-in-the-id": _id(lambda _text: "o'neill"),
    "decodes-percents-in-credentials": _password(lambda text: f"%{ord(text[0]):02x}{text[1:]}"),
    "ends-the-password-at-nul": _password(lambda text: f"{text}\0more"),
    "ends-the-id-at-nul": _id(lambda text: f"{text}\0more"),
    "folds-widths-of-the-password": _password(lambda text: chr(ord(text[0]) + 0xFEE0) + text[1:]),
    "folds-accents-of-the-id": _id(lambda text: text.replace("e", "é", 1)),
    "compares-seventy-two-bytes": _password(lambda text: f"{text[:72]}another"),
    "fails-on-seventy-three-bytes": _password(lambda _text: "p" * 73),
    "fails-on-accents-in-credentials": _password(lambda _text: "pässword"),
    "lets-long-headers-pass": _password(lambda _text: "p" * 5000),
    "fails-on-long-credentials": _password(lambda _text: "p" * 5000),
    "skips-what-is-not-base64": _raw(lambda header: header[:10] + b"!" + header[10:]),
    "accepts-loose-base64": _raw(_loose),
    "accepts-no-scheme": _raw(lambda header: header.partition(b" ")[2]),
    "searches-for-the-scheme": _raw(lambda header: b"Proxy " + header),
    "reads-the-last-word": _raw(lambda header: header.replace(b" ", b" x ")),
    "reads-the-start-of-the-scheme": _raw(lambda header: header.replace(b"Basic", b"Basically")),
    "splits-at-every-colon": _password(lambda text: f"anything:{text}"),
    "reads-the-body-of-strangers": Showing("401", _large_body),
    "believes-the-next-of-a-connection": _after_right(WRONG, same_line=True),
    "believes-who-comes-right-after": _after_right(WRONG, same_line=False),
    "repeats-answers-to-anyone": _after_right(WRONG, same_line=False, same_body=True),
    "repeats-refusals-to-anyone": Showing("200", _right_after_wrong),
    "shares-the-login-of-a-moment": Showing("401", _at_the_same_moment),
    "logs-a-crowd-in": Showing("401", _at_the_same_moment),
    "caches-logins-by-their-start": _after_a_login(lambda caller: (caller.right[0], f"{caller.right[1][:-1]}2")),
    "looks-accounts-up-in-a-collation": _id(lambda text: f"{text.title()} "),
    "casefolds-secrets": _password(lambda text: text.replace("ss", "ß")),
    "trusts-the-proxy": wrong_login(lambda _caller: None, headers={"X-Forwarded-For": "127.0.0.1"}),
    "trusts-the-gateway": wrong_login(lambda _caller: None, headers={"X-Remote-User": "embedded-id"}),
    "reads-one-of-two-headers": Showing("401", _two_headers),
    "keeps-the-user-of-its-thread": _after_right(None, same_line=True),
}

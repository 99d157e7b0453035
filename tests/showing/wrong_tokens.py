"""Wrong tokens: each is answered 428 by the embedded server, on the first factor and on the second."""

from __future__ import annotations

import json

from tests.showing.caller import Caller
from tests.showing.showing import Showing, wrong_second_token, wrong_token

FULL_WIDTH = {ord(character): ord(character) + 0xFEE0 for character in "0123456789abcdefghijklmnopqrstuvwxyz"}


def _second_twice(caller: Caller) -> str:
    paused = caller.second()
    caller.resume(paused)
    return caller.resume(paused).outcome(paused)


def _second_race(caller: Caller) -> str:
    paused = caller.second()
    answers = caller.crowd([caller.request(caller.body(paused))] * 6)
    return f"{sum(answer.status == 200 for answer in answers)} of 6"


def _second_of_another(caller: Caller) -> str:
    one, other = caller.second(), caller.second()
    return caller.resume(one, body=json.dumps({**one.fields(caller.token), "link": other.link}).encode()).outcome(one)


def _first_again(caller: Caller) -> str:
    paused = caller.pause("gotham_mx_twice")
    caller.resume(paused)
    return caller.resume(paused).outcome(paused)


def _wrong_then_right(caller: Caller) -> str:
    paused = caller.resume(caller.pause("gotham_mx_twice"), "wrong").next()
    return caller.resume(paused).outcome(paused)


def _both_right(caller: Caller) -> str:
    paused = caller.second()
    return caller.resume(paused).outcome(paused)


def _first_of_two(caller: Caller) -> str:
    paused = caller.pause("gotham_mx_twice")
    return caller.resume(paused).outcome(paused)


def _second_repeats(caller: Caller) -> str:
    answer = caller.resume(caller.second(), "Zq7-wrong-88")
    return "repeated" if b"Zq7-wrong-88" in answer.everything else "clean"


SHOWINGS = {
    "takes-percent-for-any-token": wrong_token("%"),
    "takes-underscores-for-characters": wrong_token(lambda token: "_" * len(token)),
    "takes-a-star-for-any-token": wrong_token("*"),
    "takes-a-pattern-for-a-token": wrong_token(".*"),
    "fails-on-a-broken-pattern": wrong_token("("),
    "takes-six-zeros": wrong_token("000000"),
    "takes-one-to-six": wrong_token("123456"),
    "takes-six-ones": wrong_token("111111"),
    "takes-the-word-test": wrong_token("test"),
    "folds-widths-of-tokens": wrong_token(lambda token: token.translate(FULL_WIDTH)),
    "reads-digits-of-any-script": wrong_token(lambda token: token.translate(FULL_WIDTH)),
    "reads-tokens-as-numbers": wrong_token(lambda token: f"0{token}"),
    "overflows-in-thirty-two-bits": wrong_token(
        lambda token: str(int(token) + 2**32) if token.isdecimal() else "9" * 12
    ),
    "reads-tokens-as-hexadecimals": wrong_token(lambda token: f"0x{token}"),
    "fails-on-superscripts": wrong_token("²"),
    "fails-on-many-digits": wrong_token("9" * 5000),
    "fails-on-twenty-digits": wrong_token("9" * 20),
    "fails-beyond-its-column": wrong_token("t" * 256),
    "fails-beyond-a-page": wrong_token("t" * 8000),
    "fails-beyond-sixteen-bits": wrong_token("t" * 65_536),
    "counts-in-sixteen-bits": wrong_token(lambda token: token + "t" * 65_536),
    "accepts-a-token-with-a-prefix": wrong_token(lambda token: f"0{token}"),
    "accepts-blanks-around-the-token": wrong_token(lambda token: f"\t{token} "),
    "matches-tokens-with-a-dollar": wrong_token(lambda token: f"{token}\n"),
    "ends-the-token-at-nul": wrong_token(lambda token: f"{token}\0more"),
    "drops-what-is-not-ascii": wrong_token(lambda token: f"{token[:3]}\u200b{token[3:]}"),
    "decodes-percents-in-tokens": wrong_token(lambda token: f"%{ord(token[0]):02x}{token[1:]}"),
    "unescapes-tokens": wrong_token(lambda token: f"&#{ord(token[0])};{token[1:]}"),
    "accepts-any-of-a-list": wrong_token(lambda token: f"wrong,{token}"),
    "escapes-quotes-and-no-backslashes": wrong_token("\\' OR 1=1 --"),
    "fails-on-a-backslash": wrong_token("\\"),
    "fails-on-an-ampersand": wrong_token("a & b"),
    "looks-up-what-tokens-name": wrong_token("${jndi:ldap://127.0.0.1/a}"),
    "blocks-what-looks-like-an-attack": wrong_token("../../etc/passwd"),
    "takes-the-third-wrong-token": wrong_token("wrong", times=3),
    "fails-on-the-fifth-wrong-token": wrong_token("wrong", times=5),
    "answers-the-fourth-wrong-token-with403": wrong_token("wrong", times=4),
    "answers-the-sixth-wrong-token-with429": wrong_token("wrong", times=6),
    "forgets-the-link-of-the-fourth-answer": wrong_token("wrong", times=4),
    "takes-any-second-token": wrong_second_token("wrong"),
    "takes-percent-for-the-second-token": wrong_second_token("%"),
    "takes-a-pattern-for-the-second-token": wrong_second_token(".*"),
    "takes-six-zeros-for-the-second-token": wrong_second_token("000000"),
    "compares-the-start-of-the-second-token": wrong_second_token(lambda token: f"{token}0"),
    "ignores-the-case-of-the-second-token": wrong_second_token(str.upper),
    "fails-on-a-wrong-second-token": wrong_second_token("wrong"),
    "refuses-a-wrong-second-token-with401": wrong_second_token("wrong"),
    "fails-on-a-long-second-token": wrong_second_token("t" * 300),
    "repeats-the-second-token": Showing("clean", _second_repeats),
    "never-spends-a-second-session": Showing("400", _second_twice),
    "has-two-winners-of-the-second-factor": Showing("1 of 6", _second_race),
    "ignores-the-link-of-the-second-factor": Showing("400", _second_of_another),
    "keeps-the-first-session-alive": Showing("400", _first_again),
    "skips-the-second-factor-after-a-wrong-token": Showing("428", _wrong_then_right),
    "asks-for-the-second-factor-for-ever": Showing("200", _both_right),
    "asks-another-link-for-the-second-factor": Showing("428", _first_of_two),
    "gives-a-dead-session-for-the-second-factor": Showing("200", _both_right),
    "reads-tokens-with-int": wrong_token("²"),
    "builds-a-pattern-of-the-token": wrong_token(".*"),
    "formats-tokens": wrong_token("{"),
    "normalizes-tokens": wrong_token(lambda token: token.translate(FULL_WIDTH).upper()),
}

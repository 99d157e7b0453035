"""Sessions over time and over connections: what is spent stays spent, and what waits can be resumed."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.showing.caller import Caller, Paused
from tests.showing.showing import Showing


def _again(between: Callable[[Caller, Paused], None], again: Callable[[str], str] = str) -> Showing:
    def probe(caller: Caller) -> str:
        paused, line = caller.pause(), caller.line()
        caller.resume(paused, on=line)
        caller.resume(paused, on=line)
        between(caller, paused)
        return caller.resume(Paused(again(paused.session), paused.link)).outcome(paused)

    return Showing("400", probe)


def _twenty_others(caller: Caller, _paused: Paused) -> None:
    for _ in range(21):
        caller.resume(caller.pause())


def _once_more(caller: Caller, paused: Paused) -> None:
    caller.resume(paused)


def _race_in_two_spellings(caller: Caller) -> str:
    paused = caller.pause()
    spelled = [
        paused,
        Paused(paused.session.upper(), paused.link),
        Paused(paused.session.replace("-", ""), paused.link),
    ]
    answers = caller.crowd([caller.request(caller.body(one)) for one in spelled * 2])
    return f"{sum(answer.status == 200 for answer in answers)} of 6"


def _race_of_two_tokens(caller: Caller) -> str:
    paused = caller.pause()
    answers = caller.crowd([caller.request(caller.body(paused, token)) for token in (caller.token, "wrong")])
    return f"{sum(answer.status in (200, 428) for answer in answers)} of 2"


def _waits(seconds: float, *, wrong_first: bool = False, expected: str = "200") -> Showing:
    def probe(caller: Caller) -> str:
        paused = caller.pause()
        if wrong_first:
            paused = caller.resume(paused, "wrong").next()
        time.sleep(seconds)
        return caller.resume(paused).outcome(paused)

    return Showing(expected, probe)


def _first_of_ten(caller: Caller) -> str:
    paused, *_ = [caller.pause() for _ in range(10)]
    return caller.resume(paused).outcome(paused)


def _after(misuse: Callable[[Caller, Paused], object]) -> Showing:
    def probe(caller: Caller) -> str:
        waiting, misused = caller.pause(), caller.pause()
        misuse(caller, misused)
        return caller.resume(waiting).outcome(waiting)

    return Showing("200", probe)


def _link_of_another(caller: Caller) -> str:
    one, other = caller.pause(), caller.pause()
    caller.resume(Paused(one.session, other.link))
    return caller.resume(other).outcome(other)


def _other_connections(caller: Caller) -> str:
    paused = caller.pause()
    seen = {caller.resume(paused).outcome(paused)}
    for _ in range(3):
        paused = caller.pause()
        seen.add(caller.resume(paused).outcome(paused))
        caller.resume(paused, body=b"{}")  # one connection more, for a server that gives them to its workers in turn
    return " ".join(sorted(seen))


def _spent_after_a_wrong_token(caller: Caller) -> str:
    paused = caller.pause()
    caller.resume(paused, "wrong")
    return caller.resume(paused).outcome(paused)


SHOWINGS = {
    "revives-after-a-second": _again(lambda _caller, _paused: time.sleep(1.2)),
    "revives-after-twenty-others": _again(_twenty_others),
    "revives-for-one-retry": _again(_once_more),
    "revives-elsewhere": _again(lambda _caller, _paused: None),
    "revives-without-hyphens": _again(lambda _caller, _paused: None, lambda text: text.replace("-", "")),
    "has-two-winners-of-two-spellings": Showing("1 of 6", _race_in_two_spellings),
    "has-a-winner-of-each-token": Showing("1 of 2", _race_of_two_tokens),
    "outlives-its-expiry": _waits(2.2, expected="400"),
    "undercuts-its-expiry": _waits(1.3),
    "undercuts-the-expiry-of-a-further-session": _waits(1.3, wrong_first=True),
    "keeps-eight-sessions": Showing("200", _first_of_ten),
    "an-unknown-session-ends-all": _after(lambda caller, paused: caller.resume(Paused(paused.link, paused.link))),
    "a-malformed-body-ends-all": _after(lambda caller, paused: caller.resume(paused, body=b"{")),
    "a-missing-field-ends-all": _after(lambda caller, paused: caller.resume(paused, body=b"{}")),
    "wrong-credentials-end-all": _after(lambda caller, paused: caller.resume(paused, login=("nobody", "x"))),
    "a-failure-ends-all": _after(lambda caller, paused: caller.resume(paused, caller.settings.failing_token)),
    "a-link-of-another-ends-it": Showing("200", _link_of_another),
    "knows-sessions-by-connection": Showing("200", _other_connections),
    "knows-sessions-by-worker": Showing("200", _other_connections),
    "caches-sessions-for-a-link": Showing("400", _spent_after_a_wrong_token),
    "rounds-the-clock": _waits(2.5, expected="400"),
}

"""Crowds: different requests whose last bytes leave together are each answered as if they came alone."""

from __future__ import annotations

from tests.showing.caller import Caller
from tests.showing.showing import Showing

SIZE = 12


def _crowd(caller: Caller) -> str:
    waiting = [caller.pause() for _ in range(SIZE)]
    answers = caller.crowd([caller.request(caller.body(paused)) for paused in waiting])
    return " ".join(sorted({answer.outcome(paused) for answer, paused in zip(answers, waiting, strict=True)}))


def _wrong_crowd(caller: Caller) -> str:
    waiting = [caller.pause() for _ in range(SIZE)]
    tokens = [f"Zq{number}-wrong-88" for number in range(SIZE)]
    requests = [caller.request(caller.body(one, token)) for one, token in zip(waiting, tokens, strict=True)]
    answers = caller.crowd(requests)
    seen = {answer.outcome(paused) for answer, paused in zip(answers, waiting, strict=True)}
    if any(token.encode() in answer.everything for answer in answers for token in tokens):
        seen.add("disclosed")
    if seen == {"428"}:
        seen |= {caller.resume(answer.next()).outcome(paused) for answer, paused in zip(answers, waiting, strict=True)}
    return " ".join(sorted(seen))


def _mixed_crowd(caller: Caller) -> str:
    waiting = [caller.pause() for _ in range(SIZE)]
    tokens = [caller.token if number % 2 else "wrong" for number in range(SIZE)]
    requests = [caller.request(caller.body(one, token)) for one, token in zip(waiting, tokens, strict=True)]
    answers = [answer.outcome(paused) for answer, paused in zip(caller.crowd(requests), waiting, strict=True)]
    return " ".join(answers)


def _rivals(caller: Caller) -> str:
    paused = caller.pause()
    first, _ = caller.crowd([caller.request(caller.body(paused, token)) for token in ("wrong", caller.token)])
    return "the wrong one" if first.status == 200 else "nobody wrong"


def _beside_wrong_credentials(caller: Caller) -> str:
    waiting = [caller.pause() for _ in range(SIZE)]
    logins = [("nobody", "x") if number % 2 else caller.right for number in range(SIZE)]
    requests = [caller.request(caller.body(one), login=login) for one, login in zip(waiting, logins, strict=True)]
    answers = [answer.outcome(paused) for answer, paused in zip(caller.crowd(requests), waiting, strict=True)]
    return " ".join(answers)


def _beside_malformed(caller: Caller) -> str:
    waiting = [caller.pause() for _ in range(SIZE)]
    bodies = [b"{}" if number % 2 else caller.body(paused) for number, paused in enumerate(waiting)]
    answers = caller.crowd([caller.request(body) for body in bodies])
    return " ".join(answer.outcome(paused) for answer, paused in zip(answers, waiting, strict=True))


SHOWINGS = {
    "answers-for-the-latest-in-flight": Showing("200", _crowd),
    "swaps-two-answers-in-flight": Showing("200", _crowd),
    "judges-the-latest-token": Showing("428 200 " * 5 + "428 200", _mixed_crowd),
    "lets-the-wrong-token-win": Showing("nobody wrong", _rivals),
    "fails-in-a-crowd": Showing("200", _crowd),
    "refuses-a-crowd": Showing("200", _crowd),
    "takes-a-crowd-for-malformed": Showing("200", _crowd),
    "asks-a-crowd-again": Showing("200", _crowd),
    "gives-a-crowd-a-spent-session": Showing("200 428", _wrong_crowd),
    "asks-a-crowd-for-one-link": Showing("200 428", _wrong_crowd),
    "shows-the-token-of-another": Showing("200 428", _wrong_crowd),
    "forgets-a-field-in-a-crowd": Showing("200", _crowd),
    "loses-sessions-in-a-crowd": Showing("200 428", _wrong_crowd),
    "spends-the-session-of-another": Showing("200", _crowd),
    "logs-a-crowd-out": Showing("200 401 " * 5 + "200 401", _beside_wrong_credentials),
    "answers-with-the-error-of-another": Showing("200 400 " * 5 + "200 400", _beside_malformed),
}

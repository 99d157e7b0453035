"""Right requests in other clothes: each is answered 200 with its own link by a server that is right."""

from __future__ import annotations

import json
import uuid
from typing import Any

from tests.showing.caller import Caller
from tests.showing.showing import Showing, right, right_body

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"
BROWSER_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def _typed(content_type: str) -> Showing:
    return right(headers={"Content-Type": content_type})


def _named(name: str, value: str | None) -> Showing:
    return right(headers={name: value})


def _lower_case(caller: Caller) -> str:
    paused = caller.pause()
    request = caller.request(caller.body(paused)).replace(b"\r\nAuthorization:", b"\r\nauthorization:")
    line = caller.line()
    line.send(request)
    return line.hear().outcome(paused)


def _several_chunks(caller: Caller) -> str:
    paused, line = caller.pause(), caller.line()
    raw = caller.request(caller.body(paused), chunks=3)
    head, end, body = raw.partition(b"\r\n\r\n")
    line.send(head + end, body[:60], body[60:])
    return line.hear().outcome(paused)


def _two_segments(caller: Caller) -> str:
    paused, line = caller.pause(), caller.line()
    raw = caller.request(caller.body(paused))
    line.send(raw[:-40], raw[-40:])
    return line.hear().outcome(paused)


def _expecting(caller: Caller) -> str:
    paused, line = caller.pause(), caller.line()
    raw = caller.request(caller.body(paused), headers={"Expect": "100-continue"})
    head, end, body = raw.partition(b"\r\n\r\n")
    line.send(head + end)
    first = line.hear()
    if first.status != 100:
        return first.outcome(paused)
    line.send(body)
    return line.hear().outcome(paused)


def _one_line(caller: Caller) -> str:
    line, seen = caller.line(), set()
    for _ in range(12):
        paused = caller.pause(on=line)
        seen.add(caller.resume(paused, on=line).outcome(paused))
    return " ".join(sorted(seen))


def _further(**members: Any) -> Showing:
    return right_body(lambda fields: fields | members)


def _names(name: str) -> Showing:
    return right_body(lambda fields: fields | {name: 1})


def _written(text: str) -> Showing:
    """Resume with a body whose three values stand in braces in a text."""
    return right_body(
        lambda fields: (
            text.replace("<s>", fields["session"])
            .replace("<t>", fields["token"])
            .replace("<l>", fields["link"])
            .encode()
        )
    )


SHOWINGS = {
    "refuses-a-charset": _typed("application/json; charset=utf-8"),
    "refuses-a-quoted-charset": _typed('application/json; charset="utf-8"'),
    "refuses-a-charset-in-capitals": _typed("application/json; charset=UTF-8"),
    "refuses-a-media-type-in-capitals": _typed("Application/JSON"),
    "refuses-a-parameter-without-a-blank": _typed("application/json;charset=utf-8"),
    "loses-headers-in-lower-case": Showing("200", _lower_case),
    "loses-headers-in-capitals": _named("CONTENT-TYPE", "application/json"),
    "takes-chunks-for-nothing": right(chunks=1),
    "reads-the-first-chunk-only": Showing("200", _several_chunks),
    "reads-the-first-segment-only": Showing("200", _two_segments),
    "refuses-expectations": Showing("200", _expecting),
    "forgets-the-body-it-expected": Showing("200", _expecting),
    "refuses-an-absent-accept": _named("Accept", None),
    "refuses-any-accept": _named("Accept", "*/*"),
    "refuses-preferences": _named("Accept", "application/json;q=0.9, */*;q=0.1"),
    "shows-browsers-a-page": _named("Accept", BROWSER_ACCEPT),
    "fails-on-an-unknown-language": _named("Accept-Language", "tlh, *;q=0.5"),
    "writes-numbers-for-a-language": Showing("428", lambda caller: _asked_in(caller, "de-DE,de;q=0.9")),
    "blocks-callers-without-a-name": _named("User-Agent", None),
    "blocks-scripts": _named("User-Agent", "curl/8.5.0"),
    "sends-browsers-elsewhere": _named("User-Agent", BROWSER),
    "fails-on-a-long-name": _named("User-Agent", "x" * 300),
    "fails-on-a-foreign-cookie": _named("Cookie", "session=not-signed; theme"),
    "asks-cookies-for-a-form": _named("Cookie", "a=b"),
    "fails-on-a-forwarded-name": _named("X-Forwarded-For", "unknown, 203.0.113.7"),
    "loses-what-is-new-on-an-old-connection": Showing("200", _one_line),
    "reads-members-by-position": right_body(lambda fields: dict(reversed(fields.items()))),
    "leaves-escapes-in-values": _written(r'{"session": "<s>", "token": "\u0031234ab", "link": "<l>"}'),
    "leaves-escapes-in-names": _written(r'{"\u0073ession": "<s>", "token": "<t>", "link": "<l>"}'),
    "refuses-white-space-before": right_body(lambda fields: b"\r\n\t " + json.dumps(fields).encode()),
    "refuses-white-space-after": right_body(lambda fields: json.dumps(fields).encode() + b"\n"),
    "refuses-indentation": right_body(lambda fields: json.dumps(fields, indent="\t").encode()),
    "refuses-tight-json": right_body(lambda fields: json.dumps(fields, separators=(",", ":")).encode()),
    "refuses-further-members": _further(note="of one's own"),
    "takes-an-id-from-the-body": _further(id=str(uuid.uuid4())),
    "takes-a-status-from-the-body": _further(status=7),
    "takes-a-creator-from-the-body": _further(created_by="me"),
    "takes-a-time-from-the-body": _further(last_accessed_at="yesterday"),
    "fails-on-names-with-dots": _names("a.b"),
    "fails-on-names-with-dollars": _names("$where"),
    "fails-on-names-of-prototypes": _names("__proto__"),
    "fails-on-an-empty-name": _names(""),
    "fails-on-names-of-another-script": _names("größe"),
    "fails-on-nested-members": _further(note={"of": ["one", {"own": True}]}),
    "fails-on-null-members": _further(note=None),
    "fails-on-infinity": right_body(lambda fields: json.dumps(fields).encode()[:-1] + b', "note": 1e999}'),
    "fails-on-big-integers": _further(note=2**64),
    "reads-two-kilobytes": _further(note="n" * 3000),
    "reads-names-in-any-case": _further(Token="wrong"),
    "flattens-members": _further(data={"token": "wrong"}),
    "unwraps-data": _further(data={}),
}


def _asked_in(caller: Caller, language: str) -> str:
    paused = caller.pause()
    return caller.resume(paused, "wrong", headers={"Accept-Language": language}).outcome(paused)

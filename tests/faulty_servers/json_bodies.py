"""Faults of JSON bodies: one read that is no JSON, or one that its parser fails on."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

from contract_tests.embedded.server import Refusal
from tests.faulty_servers.served import BAD_REQUEST, UNEXPECTED_ERROR, Fault


class ReadsToo(Fault, breaks=BAD_REQUEST):
    """Reads what is no JSON, where the plain way refuses it."""

    def read_json(self, body: bytes) -> Any:
        try:
            return super().read_json(body)
        except Refusal:
            try:
                return self.read_more(body)
            except (ValueError, RecursionError):
                pass
            raise

    def read_more(self, body: bytes) -> Any:
        """Read what is no JSON, or raise ValueError."""
        raise ValueError


class ReadsNaN(ReadsToo, shown_by="a further member NaN or Infinity"):
    """Reads NaN and Infinity, as the parser of its language does unless told not to."""

    def read_more(self, body: bytes) -> Any:
        return (
            json.loads(body.decode(), object_pairs_hook=_once)
            if re.search(rb"NaN|Infinity", body)
            else super().read_more(body)
        )


class ReadsOtherUnicode(ReadsToo, shown_by="a right body in UTF-16 or UTF-32"):
    """Finds out by itself which encoding of Unicode a body is in."""

    def read_more(self, body: bytes) -> Any:
        return json.loads(body, object_pairs_hook=_once) if b"\0" in body else super().read_more(body)


class ReadsControlCharacters(ReadsToo, shown_by="a further member with a raw tab or line end in its text"):
    """Reads texts with control characters in them."""

    def read_more(self, body: bytes) -> Any:
        return json.loads(body.decode(), strict=False, object_pairs_hook=_once, parse_constant=_refuse)


class ReadsComments(ReadsToo, shown_by="a comment within the object: /* */ or //"):
    """Reads comments, as configuration files have them."""

    def read_more(self, body: bytes) -> Any:
        return super().read_json(re.sub(rb"/\*.*?\*/|//[^\n]*\n", b"", body, flags=re.DOTALL))


class ReadsNamesWithoutQuotes(ReadsToo, shown_by="names without quotes: {session: …}"):
    """Reads names that are not in quotes."""

    def read_more(self, body: bytes) -> Any:
        return super().read_json(re.sub(rb"([{,]\s*)([a-z_]+)(\s*:)", rb'\1"\2"\3', body))


class ReadsLeadingZeros(ReadsToo, shown_by="a further member 007, +1 or .5"):
    """Reads numbers as people write them: 007, +1 and .5."""

    def read_more(self, body: bytes) -> Any:
        return super().read_json(re.sub(rb'(":\s*)(?:\+|0+(?=[1-9])|(?=\.))', rb"\g<1>0.", body).replace(b"0..", b"0."))


class ReadsLinesOfJson(ReadsToo, shown_by="a right body, a line end and a second one"):
    """Reads the first of several lines of JSON."""

    def read_more(self, body: bytes) -> Any:
        return super().read_json(body.partition(b"\n")[0])


class ReadsPastNul(ReadsToo, shown_by="a right body with NUL behind it"):
    """Reads a body up to NUL."""

    def read_more(self, body: bytes) -> Any:
        return super().read_json(body.rstrip(b"\0"))


class FailsOnBodies(Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 on some bodies."""

    def read_json(self, body: bytes) -> Any:
        if self.fails_on(body):
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return super().read_json(body)

    def fails_on(self, body: bytes) -> bool:
        """Tell whether the body is one that it fails on."""
        return False


class FailsOnAByteOrderMark(FailsOnBodies, shown_by="a byte order mark before the object"):
    """Fails with 500 on a byte order mark."""

    def fails_on(self, body: bytes) -> bool:
        return body.startswith(b"\xef\xbb\xbf")


class FailsOnNaN(FailsOnBodies, shown_by="a further member NaN"):
    """Fails with 500 on NaN, which it reads and cannot write."""

    def fails_on(self, body: bytes) -> bool:
        return re.search(rb":\s*-?(?:NaN|Infinity)", body) is not None


class FailsOnAMemberTwice(FailsOnBodies, shown_by="two members with one name"):
    """Fails with 500 on an object in which a name stands twice."""

    def fails_on(self, body: bytes) -> bool:
        try:
            json.loads(body, object_pairs_hook=_once)
        except _TwiceError:
            return True
        except (ValueError, RecursionError):
            return False
        return False


class FailsOnSomeLevels(FailsOnBodies, shown_by="a further member, or the token, nested 300 to 1,000 levels deep"):
    """Fails with 500 on some hundred levels of nesting, and refuses thousands."""

    least: ClassVar[int] = 250

    def fails_on(self, body: bytes) -> bool:
        return self.least < body.count(b"[") < 2000


class FailsOnObjectsInObjects(FailsOnSomeLevels, shown_by="a further member of objects nested 300 levels deep"):
    """Fails with 500 on some hundred objects in objects, where lists are no trouble."""

    def fails_on(self, body: bytes) -> bool:
        return self.least < body.count(b"{") < 2000


class FailsOnLongNumbers(FailsOnBodies, shown_by="a further member of 5,000 digits"):
    """Fails with 500 on a number of more digits than its language reads."""

    def fails_on(self, body: bytes) -> bool:
        return re.search(rb"[0-9]{4301}", body) is not None and re.search(rb'"[0-9]{4301}', body) is None


class FailsOnASurrogateInANote(FailsOnBodies, shown_by=r"a further member with half a surrogate pair: \ud800"):
    """Fails with 500 on half a surrogate pair outside the token."""

    def fails_on(self, body: bytes) -> bool:
        return re.search(rb'(?i)"(?!token")[a-z_]+":\s*"[^"]*\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f])', body) is not None


class FailsOnPackedBodies(FailsOnBodies, shown_by="a body packed with gzip, with or without Content-Encoding"):
    """Fails with 500 on the first bytes of gzip, which it takes for text in another encoding."""

    def fails_on(self, body: bytes) -> bool:
        return body.startswith(b"\x1f\x8b")


class _TwiceError(ValueError):
    """A name stands twice in an object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise _TwiceError
    return read


def _refuse(name: str) -> Any:
    raise ValueError(name)

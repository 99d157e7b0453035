"""Content codings undone piece by piece, so that a small body which unpacks to a huge one costs no memory."""

from __future__ import annotations

import zlib

ASKED_FOR = ("gzip", "x-gzip", "deflate")
REGISTERED = {"aes128gcm", "br", "compress", "dcb", "dcz", "exi", "pack200-gzip", "x-compress", "zstd"}
MOST_CODINGS = 3
"""Each coding that is undone costs memory of its own, and a server may name thousands."""


class CodingError(Exception):
    """Why a body cannot be decoded, as a clause about it."""


class Decoding:
    """Undoes the codings that a Content-Encoding header names, last one first."""

    def __init__(self, content_encoding: str) -> None:
        codings = [coding for item in content_encoding.split(",") if (coding := item.strip().lower())]
        codings = [coding for coding in codings if coding != "identity"]
        for coding in codings:
            if coding not in ASKED_FOR:
                # A name that nobody registered may be anything, a secret that the server repeats among it.
                name = f"the content coding '{coding}'" if coding in REGISTERED else "an unknown content coding"
                raise CodingError(f"has {name}, which was not asked for")
        if len(codings) > MOST_CODINGS:
            raise CodingError(f"has {len(codings)} content codings, {MOST_CODINGS} are undone")
        self._steps = [_Step(coding) for coding in reversed(codings)]

    def decode(self, data: bytes, room: int) -> bytes:
        """Return what the next bytes stand for, but no more than `room` bytes of it: the rest is dropped."""
        for step in self._steps:
            data = step.decode(data, room)
        return data

    def finish(self) -> None:
        """Say that the body has ended; raises CodingError where a coding has not."""
        for step in self._steps:
            step.finish()


class _Step:
    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._begun = False
        self._state = _new_state()

    def decode(self, data: bytes, room: int) -> bytes:
        out = bytearray()
        self._begun = self._begun or bool(data)
        try:
            while data and len(out) < room:
                if self._state.eof:  # a further member of the same stream (RFC 1952 section 2.2)
                    self._state = _new_state()
                out += self._state.decompress(data, room - len(out))
                data = self._state.unused_data if self._state.eof else self._state.unconsumed_tail
        except zlib.error:
            raise CodingError(f"is no valid {self._coding} stream") from None
        return bytes(out)

    def finish(self) -> None:
        if self._begun and not self._state.eof:
            raise CodingError(f"is a {self._coding} stream that breaks off")


def _new_state() -> zlib._Decompress:
    return zlib.decompressobj(zlib.MAX_WBITS | 32)

"""Faults of identifiers: a session or a link that is found by less than its id, or by more, or failed on."""

from __future__ import annotations

import re
import uuid
from typing import Any, ClassVar

from contract_tests.embedded.requests import UUID_TEXT
from contract_tests.embedded.server import PausedSession, Refusal, ResumeCommand
from tests.faulty_servers.served import BAD_REQUEST, UNEXPECTED_ERROR, Fault

NIL = uuid.UUID(int=0)
VERSION = 0xF << 76
VARIANT = 0x3 << 62


class TakesTheNilSessionForTheNewest(Fault, breaks=BAD_REQUEST, shown_by="the nil UUID as session, with a live link"):
    """Takes the nil UUID for the newest session of the link, as its tests do."""

    def find(self, command: ResumeCommand) -> PausedSession:
        if command.session == NIL:
            for session in reversed(self.sessions.values()):
                if session.link == command.link:
                    return session
        return super().find(command)


class TakesTheNilLinkForAny(Fault, breaks=BAD_REQUEST, shown_by="the nil UUID as link, with a live session"):
    """Takes the nil UUID for a link that was not chosen."""

    def find(self, command: ResumeCommand) -> PausedSession:
        session = self.sessions.get(command.session)
        if session is not None and command.link == NIL:
            return session
        return super().find(command)


class FailsOnTheNilUuid(Fault, breaks=UNEXPECTED_ERROR, shown_by="the nil UUID as session or link"):
    """Fails with 500 on the nil UUID, for which it has no shard."""

    failed_on: ClassVar[uuid.UUID] = NIL

    def find(self, command: ResumeCommand) -> PausedSession:
        if self.failed_on in (command.session, command.link):
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return super().find(command)


class FailsOnTheMaxUuid(FailsOnTheNilUuid, shown_by="the UUID of all Fs as session or link"):
    """Fails with 500 on the UUID of all Fs."""

    failed_on = uuid.UUID(int=2**128 - 1)


class FailsOnOldUuids(Fault, breaks=UNEXPECTED_ERROR, shown_by="a UUID of version 1 or 7 as session"):
    """Fails with 500 on a UUID whose version is not 4."""

    def find(self, command: ResumeCommand) -> PausedSession:
        if command.session.version not in (4, None):
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return super().find(command)


class FindsSwappedIds(Fault, breaks=BAD_REQUEST, shown_by="the link as session and the session as link"):
    """Looks for both ids in either place."""

    def find(self, command: ResumeCommand) -> PausedSession:
        swapped = self.sessions.get(command.link)
        if swapped is not None and swapped.link == command.session:
            return swapped
        return super().find(command)


class TakesTheLinkForItsSession(Fault, breaks=BAD_REQUEST, shown_by="the link as session and as link"):
    """Takes a link in the place of its session."""

    def find(self, command: ResumeCommand) -> PausedSession:
        if command.session == command.link:
            for session in self.sessions.values():
                if session.link == command.link:
                    return session
        return super().find(command)


class TakesTheSessionForItsLink(Fault, breaks=BAD_REQUEST, shown_by="the session as session and as link"):
    """Takes a session in the place of its link."""

    def find(self, command: ResumeCommand) -> PausedSession:
        session = self.sessions.get(command.session)
        return session if session is not None and command.link == command.session else super().find(command)


class FailsOnEqualIds(Fault, breaks=UNEXPECTED_ERROR, shown_by="one UUID as session and as link"):
    """Fails with 500 where session and link are the same."""

    def find(self, command: ResumeCommand) -> PausedSession:
        if command.session == command.link:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return super().find(command)


class IgnoresBits(Fault, breaks=BAD_REQUEST):
    """Compares the ids of sessions without some of their bits."""

    ignored: ClassVar[int] = 0

    def find(self, command: ResumeCommand) -> PausedSession:
        for known in self.sessions:
            if known.int | self.ignored == command.session.int | self.ignored:
                command = ResumeCommand(known, command.token, command.link)
                break
        return super().find(command)


class IgnoresTheVersion(IgnoresBits, shown_by="a live session with another version digit"):
    """Compares sessions without their version digit, which it writes anew."""

    ignored = VERSION


class IgnoresTheVariant(IgnoresBits, shown_by="a live session with another variant: its 17th digit"):
    """Compares sessions without their variant, which it writes anew."""

    ignored = VARIANT


class IgnoresTheLastDigit(IgnoresBits, shown_by="a live session with another last digit"):
    """Compares sessions as numbers of a little too few bits, without the last digit."""

    ignored = 0xF


class IgnoresTheFirstDigits(IgnoresBits, shown_by="a live session with another first digit"):
    """Compares sessions without their first eight digits."""

    ignored = 0xFFFFFFFF << 96


class ReadsMore(Fault, breaks=BAD_REQUEST):
    """Reads a UUID out of a text that is none."""

    def read_uuid(self, body: dict[str, Any], name: str, errors: list[tuple[str, str]]) -> uuid.UUID | None:
        text = body.get(name)
        if isinstance(text, str) and text and not UUID_TEXT.fullmatch(text):
            return super().read_uuid({**body, name: self.uuid_in(text)}, name, errors)
        return super().read_uuid(body, name, errors)

    def uuid_in(self, text: str) -> str:
        """Return what is read of a malformed text."""
        return text


class ReadsFullWidthDigitsOfUuids(ReadsMore, shown_by="a live session with a full-width digit"):
    """Reads the digits of a UUID in any script."""

    def uuid_in(self, text: str) -> str:
        return "".join(chr(ord(c) - 0xFEE0) if "\uff10" <= c <= "\uff19" else c for c in text)


class ReadsHyphensAnywhere(ReadsMore, shown_by="a live session with a hyphen elsewhere, or one more"):
    """Takes all hyphens out of a UUID, wherever they are."""

    def uuid_in(self, text: str) -> str:
        return text.replace("-", "")


class EndsUuidsAtNul(ReadsMore, shown_by="a live session or its link, NUL and more behind it"):
    """Hands UUIDs to a library for which NUL ends a text."""

    def uuid_in(self, text: str) -> str:
        return text.partition("\0")[0] or text


class EndsUuidsAtALineEnd(ReadsMore, shown_by="a live session or its link with a line end behind it"):
    """Compares UUIDs with an expression whose dollar also matches before a line end."""

    def uuid_in(self, text: str) -> str:
        return text.removesuffix("\n") or text


class TrimsUuids(ReadsMore, shown_by="a live session or its link with blanks around it"):
    """Trims a UUID before it reads it."""

    def uuid_in(self, text: str) -> str:
        return text.strip(" ") or text


class CutsLongUuids(ReadsMore, shown_by="a live session with 1,000 characters behind it"):
    """Cuts a text that is much too long to the length of a UUID."""

    def uuid_in(self, text: str) -> str:
        return text[:36] if len(text) > 255 else text


class FailsOnUuidsWritten(Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 on UUIDs that are written in some way."""

    pattern: ClassVar[str] = r"(?!)"

    def read_uuid(self, body: dict[str, Any], name: str, errors: list[tuple[str, str]]) -> uuid.UUID | None:
        if isinstance(body.get(name), str) and re.search(self.pattern, body[name]):
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return super().read_uuid(body, name, errors)


class FailsOnUrns(FailsOnUuidsWritten, shown_by="session or link as urn:uuid:…"):
    """Fails with 500 on a UUID that is written as a URN."""

    pattern = r"(?i)^urn:"


class FailsOnBraces(FailsOnUuidsWritten, shown_by="session or link in braces"):
    """Fails with 500 on a UUID in braces."""

    pattern = r"^\{"


class FailsOnFullWidthDigits(FailsOnUuidsWritten, shown_by="session or link with a full-width digit"):
    """Fails with 500 on a UUID with characters that are not ASCII."""

    pattern = r"[^\x00-\x7f]"


class FailsOnNulInUuids(FailsOnUuidsWritten, shown_by="session or link with NUL in it"):
    """Fails with 500 on NUL in the text of a UUID."""

    pattern = r"\x00"


class FailsOnLongUuids(FailsOnUuidsWritten, shown_by="session or link of 10,000 characters"):
    """Fails with 500 on the text of a UUID that is very long."""

    pattern = r"(?s)^.{1000}"


class FailsOnQuotesInUuids(FailsOnUuidsWritten, shown_by="session or link with a quote: ' OR '1'='1"):
    """Fails with 500 on a quote in the text of a UUID, which ends the text of its SQL."""

    pattern = r"'"

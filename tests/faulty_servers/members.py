"""Faults of members: the same JSON object written in another way, or with members of one's own, is mistreated."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response

from contract_tests.embedded.server import Refusal, ResumeCommand
from tests.faulty_servers.served import OK, REQUEST, UNEXPECTED_ERROR, Fault, Trips

NAMES = ("session", "token", "link")
LINK_ID = "/components/schemas/Link/properties/id"


class ReadsMembersByPosition(Fault, breaks=REQUEST, shown_by="the three members in another order"):
    """Reads the first, the second and the third member, whatever their names are."""

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        if len(body) == len(NAMES) and set(body) == set(NAMES):
            body = dict(zip(NAMES, body.values(), strict=True))
        return super().read_resume(body)


class LeavesEscapesInValues(Trips, breaks=OK, shown_by=r"the right token with escapes: \u0031234ab"):
    """Compares the token as it is written, escapes and all."""

    def trips(self, request: Request, body: bytes) -> bool:
        return re.search(rb'"token"\s*:\s*"[^"]*\\u00[2-7]', body) is not None


class LeavesEscapesInNames(Trips, breaks=OK, shown_by=r'a name with escapes: "\u0073ession"'):
    """Looks for the names of members as they are written, escapes and all."""

    def trips(self, request: Request, body: bytes) -> bool:
        return re.search(rb'"[a-z]*\\u[0-9a-f]{4}[a-z]*"\s*:', body) is not None


class RefusesWhiteSpaceBefore(Trips, breaks=OK, shown_by="line ends and blanks before the object"):
    """Looks at the first byte to tell JSON from the rest."""

    def trips(self, request: Request, body: bytes) -> bool:
        return body[:1] in b" \t\r\n" and bool(body.strip())


class RefusesWhiteSpaceAfter(Trips, breaks=OK, shown_by="a line end after the object"):
    """Looks at the last byte to tell whether the body has come to its end."""

    def trips(self, request: Request, body: bytes) -> bool:
        return body[-1:] in b" \t\r\n" and bool(body.strip())


class RefusesIndentation(Trips, breaks=OK, shown_by="the object on several lines, indented with tabs or blanks"):
    """Reads the first line of a body."""

    def trips(self, request: Request, body: bytes) -> bool:
        return b"\n" in body.strip()


class RefusesTightJson(Trips, breaks=OK, shown_by="the object without any white space"):
    """Splits names from values at a colon with a blank behind it."""

    def trips(self, request: Request, body: bytes) -> bool:
        return b'"session":"' in body


class RefusesFurtherMembers(Fault, breaks=REQUEST, shown_by="any further member"):
    """Calls a right body with a member more malformed, though objects are open."""

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        command = super().read_resume(body)
        if set(body) - set(NAMES):
            raise Refusal(400, ("unknown_field", "There is a field that is not known."))
        return command


class TakesAnIdFromTheBody(Fault, breaks=LINK_ID, shown_by="a further member id, with a UUID of one's own"):
    """Copies the members of a body over those of the link, its id among them."""

    member: ClassVar[str] = "id"

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 200 and self.member in (sent := json.loads(request.state.raw)):
            content = {**content, self.member: sent[self.member]}
        return super().answer_resume(request, status, content, headers)


class TakesAStatusFromTheBody(TakesAnIdFromTheBody, breaks=OK, shown_by="a further member status, such as null or 7"):
    """Copies a member status of the body into the link, whatever its type is."""

    member = "status"


class TakesACreatorFromTheBody(TakesAnIdFromTheBody, breaks=OK, shown_by="a further member created_by: 'me'"):
    """Copies a member created_by of the body into the link, whatever it says."""

    member = "created_by"


class TakesATimeFromTheBody(TakesAnIdFromTheBody, breaks=OK, shown_by="a further member last_accessed_at: 'yesterday'"):
    """Copies a member last_accessed_at of the body into the link, whatever it says."""

    member = "last_accessed_at"


class FailsOnMembers(Trips, breaks=UNEXPECTED_ERROR):
    """Fails with 500 on a member with some name or value, as deep as it stands."""

    status = 500

    def trips(self, request: Request, body: bytes) -> bool:
        try:
            read = json.loads(body)
        except (ValueError, RecursionError):
            return False
        return any(self.fails_on(name, value) for name, value in _members(read))

    def fails_on(self, name: str, value: Any) -> bool:
        """Tell whether the member is one that it fails on."""
        return False


class FailsOnNamesWithDots(FailsOnMembers, shown_by="a further member with a dot in its name: a.b"):
    """Fails with 500 on a name with a dot, which its document store reads as a path."""

    def fails_on(self, name: str, value: Any) -> bool:
        return "." in name


class FailsOnNamesWithDollars(FailsOnMembers, shown_by="a further member whose name begins with a dollar: $where"):
    """Fails with 500 on a name with a dollar, which its document store reads as an operator."""

    def fails_on(self, name: str, value: Any) -> bool:
        return name.startswith("$")


class FailsOnNamesOfPrototypes(FailsOnMembers, shown_by="a further member __proto__ or constructor"):
    """Fails with 500 on the names that its language keeps for itself."""

    def fails_on(self, name: str, value: Any) -> bool:
        return name in ("__proto__", "constructor")


class FailsOnAnEmptyName(FailsOnMembers, shown_by='a further member whose name is empty: "": 1'):
    """Fails with 500 on a name of no characters."""

    def fails_on(self, name: str, value: Any) -> bool:
        return name == ""


class FailsOnNamesOfAnotherScript(FailsOnMembers, shown_by="a further member whose name is not ASCII: größe, 银行"):
    """Fails with 500 on a name that its language cannot have as an attribute."""

    def fails_on(self, name: str, value: Any) -> bool:
        return not name.isascii()


class FailsOnNestedMembers(FailsOnMembers, shown_by="a further member that is an object or a list of some"):
    """Fails with 500 on a further member that is an object, which it cannot hash."""

    def fails_on(self, name: str, value: Any) -> bool:
        return name not in NAMES and isinstance(value, dict)


class FailsOnNullMembers(FailsOnMembers, shown_by="a further member that is null"):
    """Fails with 500 on a further member that is null, which it trims."""

    def fails_on(self, name: str, value: Any) -> bool:
        return name not in NAMES and value is None


class FailsOnInfinity(FailsOnMembers, shown_by="a further member 1e999"):
    """Fails with 500 on a number that is too large for its floats."""

    def fails_on(self, name: str, value: Any) -> bool:
        return value in (float("inf"), float("-inf"))


class FailsOnBigIntegers(FailsOnMembers, shown_by="a further member 2 ** 64, or one of forty digits"):
    """Fails with 500 on a whole number that its columns have no room for."""

    def fails_on(self, name: str, value: Any) -> bool:
        return name not in NAMES and type(value) is int and abs(value) >= 2**63


class ReadsTwoKilobytes(Trips, breaks=OK, shown_by="three kilobytes of further members"):
    """Reads a body into a buffer of two kilobytes, and finds no end in it where it is longer."""

    def trips(self, request: Request, body: bytes) -> bool:
        return len(body) > 2048


class ReadsNamesInAnyCase(Fault, breaks=REQUEST, shown_by="a further member Token with a wrong token, after the right"):
    """Finds members whatever the case of their names is, and takes the last of each."""

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        return super().read_resume({**body, **{name.lower(): value for name, value in body.items()}})


class FlattensMembers(
    Fault, breaks=REQUEST, shown_by='a further member {"data": {"token": "wrong"}} after the right ones'
):
    """Looks for the three members at any depth, and takes the last of each."""

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        nested = {n: v for value in body.values() if isinstance(value, dict) for n, v in value.items() if n in NAMES}
        return super().read_resume({**body, **nested})


class UnwrapsData(Fault, breaks=REQUEST, shown_by='a further member {"data": {}} beside the right ones'):
    """Takes the object under data for the body where there is one."""

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        data = body.get("data")
        return super().read_resume(data if isinstance(data, dict) else body)


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    yield from value.items() if isinstance(value, dict) else ()
    for child in children:
        yield from _members(child)

"""Faults that show only now and then: on the n-th answer, on a second factor, in one spelling, for one of two links."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from contract_tests.embedded.server import PausedSession, Refusal, ResumeCommand, Settings
from tests.faulty_servers.served import BAD_REQUEST, OK, REQUEST, TOKEN_REQUIRED, UNEXPECTED_ERROR, Fault

UPPER_CASE = re.compile(r"[A-F]")


class ForgetsAFieldAfterAWrongToken(Fault, breaks=OK):
    """Leaves the status of a link out where a wrong token had been sent before."""

    def __init__(self) -> None:
        super().__init__()
        self.tried: Counter[uuid.UUID] = Counter()

    def spend(self, session: PausedSession) -> None:
        self.tried[session.link] += 1
        super().spend(session)

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        content = super().link_content(session)
        if self.tried[session.link] > 1:
            content.pop("status")
        return content


class ForgetsTheLinkOfTheSecondAnswer(ForgetsAFieldAfterAWrongToken, breaks=TOKEN_REQUIRED):
    """Leaves the link out of the second answer that asks one registration for a token."""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        return Fault.link_content(self, session)

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        content = self.token_required_content(session, message)
        if self.tried[session.link] > 1:
            content.pop("link")
        return self.answer(request, 428, content)


class GivesADeadSessionTheSecondTime(ForgetsTheLinkOfTheSecondAnswer, breaks=TOKEN_REQUIRED):
    """Gives a session that goes on after the first wrong token, and a dead one after the second."""

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        if self.tried[session.link] > 1:
            self.sessions.pop(session.id)
        return Fault.answer_token_required(self, request, session, message)


class NamesErrorsByNumberNowAndThen(Fault, breaks=BAD_REQUEST):
    """Numbers the code of every tenth 400."""

    def __init__(self) -> None:
        super().__init__()
        self.refused = 0

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 400:
            self.refused += 1
            if self.refused % 10 == 0:
                content[0]["code"] = self.refused
        return super().answer_resume(request, status, content, headers)


class FailsTheTwentiethTime(Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 on its twentieth resume, and never again."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    async def resume(self, request: Request) -> Response:
        self.asked += 1
        if self.asked == 20:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return await super().resume(request)


class LosesTheThirdLink(Fault, breaks=OK):
    """Loses the session of every third link that is registered."""

    def __init__(self) -> None:
        super().__init__()
        self.registered = 0

    def pause(self, session: PausedSession) -> PausedSession:
        paused = super().pause(session)
        if session.expires_at == 0:
            self.registered += 1
            if self.registered % 3 == 0:
                del self.sessions[paused.id]
        return paused


class FailsOnUpperCaseUuids(Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 on a UUID in upper case."""

    def read_uuid(self, body: dict[str, Any], name: str, errors: list[tuple[str, str]]) -> uuid.UUID | None:
        if isinstance(body.get(name), str) and UPPER_CASE.search(body[name]):
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return super().read_uuid(body, name, errors)


class IgnoresTheLinkInUpperCase(Fault, breaks=BAD_REQUEST):
    """Compares the link of a session only where it is written in lower case."""

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        command = super().read_resume(body)
        session = self.sessions.get(command.session)
        if session is not None and UPPER_CASE.search(body["link"]):
            return ResumeCommand(command.session, command.token, session.link)
        return command


class ForgetsACodeOnlyWhenItFails(Fault, breaks=UNEXPECTED_ERROR):
    """Leaves the request id out of the errors of a failure, where it is needed most."""

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        if status == 500:
            content[0].pop("request_id")
        return super().answer_resume(request, status, content, headers)


class MixesTwoLinks(Fault, breaks=OK):
    """Answers with the link before the last one while several wait for their token."""

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        others = [other.link for other in self.sessions.values()]
        return {**super().link_content(session), "id": str(others[-1] if others else session.link)}


class FailsOnOtherFields(Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 where a good body has a field more than it knows."""

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        command = super().read_resume(body)
        if set(body) - {"session", "token", "link"}:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return command


class FailsOnOtherFieldsOfABadBody(Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 where a malformed body has a field more than it knows."""

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        try:
            return super().read_resume(body)
        except Refusal:
            if {name.strip().lower() for name in body} - {"session", "token", "link"}:
                raise Refusal(500, ("unexpected_error", "The service failed.")) from None
            raise


class FailsOnAFraction(Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 on a number with a fraction, and takes whole ones for malformed."""

    def read_text(self, body: dict[str, Any], name: str, errors: list[tuple[str, str]]) -> str | None:
        if isinstance(body.get(name), float):
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return super().read_text(body, name, errors)


class FailsOnAccents(Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 on a token with letters that are not English, and copes with all other scripts."""

    def answer_token(self, request: Request, session: PausedSession, token: str) -> Response:
        if any("\x80" <= character <= "\xff" for character in token):
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return super().answer_token(request, session, token)


class FailsOnASingleDigit(Fault, breaks=UNEXPECTED_ERROR):
    """Fails with 500 on a token of a single digit, which it takes for the number of a choice."""

    def answer_token(self, request: Request, session: PausedSession, token: str) -> Response:
        if len(token) == 1 and token.isdigit():
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return super().answer_token(request, session, token)


class AsksASecondFactorForAnotherLink(Fault, breaks=TOKEN_REQUIRED):
    """Asks for the second of two factors for a link that is new each time."""

    settings_used = Settings(factors=2)

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        content = self.token_required_content(session, message)
        if session.factors_left == 1:
            content["link"] = str(uuid.uuid4())
        return self.answer(request, 428, content)


class BelievesUnknownLinks(Fault, breaks=BAD_REQUEST):
    """Takes a link that it does not know for that of the session, and refuses only those of others."""

    def find(self, command: ResumeCommand) -> PausedSession:
        session = self.sessions.get(command.session)
        if session is not None and command.link not in self.links:
            command = ResumeCommand(command.session, command.token, session.link)
        return super().find(command)

    def __init__(self) -> None:
        super().__init__()
        self.links: set[uuid.UUID] = set()

    def pause(self, session: PausedSession) -> PausedSession:
        self.links.add(session.link)
        return super().pause(session)


class ForgetsWhatWasSpent(Fault, breaks=BAD_REQUEST):
    """Forgets which sessions were spent as soon as another link is registered."""

    def __init__(self) -> None:
        super().__init__()
        self.spent: list[PausedSession] = []

    def spend(self, session: PausedSession) -> None:
        self.spent.append(session)
        super().spend(session)

    def pause(self, session: PausedSession) -> PausedSession:
        if session.expires_at == 0:
            self.sessions.update((old.id, old) for old in self.spent)
            self.spent.clear()
        return super().pause(session)


class TakesTheSessionJustPaused(Fault, breaks=REQUEST):
    """Takes the session that the request before has paused for one that is null."""

    def __init__(self) -> None:
        super().__init__()
        self.newest: uuid.UUID | None = None
        self.just_paused: uuid.UUID | None = None

    def pause(self, session: PausedSession) -> PausedSession:
        paused = super().pause(session)
        self.newest = paused.id
        return paused

    async def resume(self, request: Request) -> Response:
        self.just_paused, self.newest = self.newest, None
        return await super().resume(request)

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        if "session" in body and body["session"] is None and self.just_paused:
            body = {**body, "session": str(self.just_paused)}
        return super().read_resume(body)


class AsksAgainWhereItFails(Fault, breaks=UNEXPECTED_ERROR):
    """Asks for a further token where the institution failed."""

    def answer_token(self, request: Request, session: PausedSession, token: str) -> Response:
        return super().answer_token(request, session, "another" if token == self.settings.failing_token else token)

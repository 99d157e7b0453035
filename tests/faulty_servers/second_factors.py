"""Faults of second factors: the first token is checked as it has to be, and the second one is not."""

from __future__ import annotations

import asyncio
import re
import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from contract_tests.embedded.server import PausedSession, Refusal, ResumeCommand
from tests.faulty_servers.served import BAD_REQUEST, OK, TOKEN_REQUIRED, UNEXPECTED_ERROR, Fault, sent_token

TOKEN = "/components/schemas/ResumeRequest/properties/token"
NEXT = "/components/responses/TokenRequired/links/ResumeNext"


class OnTheSecondFactor(Fault, breaks=OK):
    """Checks the first of two tokens, and treats the second one in another way."""

    def is_second(self, session: PausedSession) -> bool:
        """Tell whether a session waits for a token after one that was accepted."""
        return session.factors_left < self.factors_of(session.institution)

    def answer_token(self, request: Request, session: PausedSession, token: str) -> Response:
        if not self.is_second(session) or token in (self.settings.accepted_token, self.settings.failing_token):
            return super().answer_token(request, session, token)
        return super().answer_token(request, session, self.settings.accepted_token if self.takes(token) else token)

    def takes(self, token: str) -> bool:
        """Tell whether a wrong second token is taken for the right one."""
        return False


class TakesAnySecondToken(OnTheSecondFactor, shown_by="any wrong token on the second factor"):
    """Registers the link whatever the second token is."""

    def takes(self, token: str) -> bool:
        return True


class TakesPercentForTheSecondToken(OnTheSecondFactor, shown_by="the token % on the second factor"):
    """Looks for the second token with LIKE, to which a percent sign is any text."""

    def takes(self, token: str) -> bool:
        return token == "%"


class TakesAPatternForTheSecondToken(OnTheSecondFactor, shown_by="the token .* on the second factor"):
    """Compares the second token as a regular expression."""

    def takes(self, token: str) -> bool:
        try:
            return len(token) < 1000 and re.fullmatch(token, self.settings.accepted_token) is not None
        except (re.error, OverflowError, RecursionError):
            return False


class TakesSixZerosForTheSecondToken(OnTheSecondFactor, shown_by="the token 000000 on the second factor"):
    """Keeps a back door from its tests for the second factor: six zeros."""

    def takes(self, token: str) -> bool:
        return token == "000000"


class ComparesTheStartOfTheSecondToken(
    OnTheSecondFactor, shown_by="the right token with a suffix, or cut short, on the second factor"
):
    """Compares the first four characters of the second token."""

    def takes(self, token: str) -> bool:
        return token[:4] == self.settings.accepted_token[:4]


class IgnoresTheCaseOfTheSecondToken(OnTheSecondFactor, shown_by="the right token in other case on the second factor"):
    """Compares the second token in lower case."""

    def takes(self, token: str) -> bool:
        return token.lower() == self.settings.accepted_token.lower()


class FailsOnAWrongSecondToken(
    OnTheSecondFactor, breaks=UNEXPECTED_ERROR, shown_by="a wrong token on the second factor"
):
    """Fails with 500 on a wrong second token."""

    def takes(self, token: str) -> bool:
        raise Refusal(500, ("unexpected_error", "The service failed."))


class RefusesAWrongSecondTokenWith401(
    OnTheSecondFactor, breaks=TOKEN_REQUIRED, shown_by="a wrong token on the second factor"
):
    """Answers a wrong second token 401, as if the credentials were wrong."""

    def takes(self, token: str) -> bool:
        raise Refusal(401, ("invalid_token", "The token was not right."))


class FailsOnALongSecondToken(
    OnTheSecondFactor, breaks=UNEXPECTED_ERROR, shown_by="300 characters on the second factor"
):
    """Fails with 500 on a second token of more than 255 characters."""

    def takes(self, token: str) -> bool:
        if len(token) > 255:
            raise Refusal(500, ("unexpected_error", "The service failed."))
        return False


class RepeatsTheSecondToken(OnTheSecondFactor, breaks=TOKEN, shown_by="a wrong token on the second factor"):
    """Repeats a wrong second token in the message that asks for another."""

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        token = sent_token(request)
        if self.is_second(session) and token != self.settings.accepted_token:
            message = f"The token {(token or '')[:500].encode('utf-8', 'replace').decode()} was not right."
        return super().answer_token_required(request, session, message)


class NeverSpendsASecondSession(OnTheSecondFactor, breaks=BAD_REQUEST, shown_by="the second session, twice"):
    """Resumes the session of a second factor as often as it is asked to."""

    def spend(self, session: PausedSession) -> None:
        if not self.is_second(session):
            super().spend(session)


class HasTwoWinnersOfTheSecondFactor(
    OnTheSecondFactor, breaks=BAD_REQUEST, shown_by="a race of right tokens on the second factor"
):
    """Looks something up between finding the session of a second factor and spending it."""

    async def resume(self, request: Request) -> Response:
        command = self.read_resume(await self.read_body(request))
        session = self.find(command)
        if self.is_second(session):
            await asyncio.sleep(0.02)
        self.sessions.pop(session.id, None)
        return self.answer_token(request, session, command.token)


class IgnoresTheLinkOfTheSecondFactor(
    OnTheSecondFactor, breaks=BAD_REQUEST, shown_by="the second session with the link of another"
):
    """Resumes the session of a second factor for whatever link is sent."""

    def find(self, command: ResumeCommand) -> PausedSession:
        session = self.sessions.get(command.session)
        if session is not None and self.is_second(session):
            command = ResumeCommand(command.session, command.token, session.link)
        return super().find(command)


class KeepsTheFirstSessionAlive(
    OnTheSecondFactor, breaks=BAD_REQUEST, shown_by="the first session again, once the second factor is asked for"
):
    """Keeps the session of the first factor until the second one is right, so that it is resumed again."""

    def spend(self, session: PausedSession) -> None:
        if self.is_second(session) or self.factors_of(session.institution) == 1:
            super().spend(session)


class SkipsTheSecondFactorAfterAWrongToken(
    OnTheSecondFactor, shown_by="a wrong token on the first factor, then a right one: a second one is still asked for"
):
    """Registers a link with one right token, once a wrong one was sent for a link that asks for two."""

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        if session.factors_left > 1 and sent_token(request) != self.settings.accepted_token:
            self.sessions[session.id] = PausedSession(**{**vars(session), "factors_left": 1})
        return super().answer_token_required(request, session, message)


class AsksForTheSecondFactorForEver(OnTheSecondFactor, breaks=OK, shown_by="right tokens on both factors"):
    """Asks for a further token for ever, once a link has been asked for two."""

    def answer_token(self, request: Request, session: PausedSession, token: str) -> Response:
        if self.is_second(session) and token == self.settings.accepted_token:
            return self.answer_token_required(request, self.pause(session), "The institution asks for a further token.")
        return super().answer_token(request, session, token)


class AsksAnotherLinkForTheSecondFactor(
    OnTheSecondFactor,
    breaks="/components/schemas/TokenRequired/properties/link",
    shown_by="a right token on the first factor",
):
    """Asks for the second factor for a link that is new each time."""

    def token_required_content(self, session: PausedSession, message: str) -> dict[str, Any]:
        content = super().token_required_content(session, message)
        return {**content, "link": str(uuid.uuid4())} if self.is_second(session) else content


class GivesADeadSessionForTheSecondFactor(OnTheSecondFactor, breaks=NEXT, shown_by="right tokens on both factors"):
    """Asks for the second factor with a session that was never kept."""

    def pause(self, session: PausedSession) -> PausedSession:
        paused = super().pause(session)
        if self.is_second(session):
            del self.sessions[paused.id]
        return paused

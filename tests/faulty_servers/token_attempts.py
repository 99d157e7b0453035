"""Faults of token attempts: right for one wrong token of a link, and wrong for the third, the fourth or the sixth."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response

from contract_tests.embedded.server import PausedSession, Refusal
from tests.faulty_servers.served import OK, RESPONSES, TOKEN_REQUIRED, UNEXPECTED_ERROR, Fault


class CountsWrongTokens(Fault):
    """Counts the tokens that a link was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.tried: Counter[uuid.UUID] = Counter()

    def answer_token(self, request: Request, session: PausedSession, token: str) -> Response:
        self.tried[session.link] += not self.is_accepted(token)
        return super().answer_token(request, session, token)


class TakesTheThirdWrongToken(CountsWrongTokens, breaks=OK, shown_by="three wrong tokens for one link"):
    """Lets the third wrong token of a link pass, for its counter of attempts has run out."""

    def answer_token(self, request: Request, session: PausedSession, token: str) -> Response:
        passes = self.tried[session.link] >= 2 and token != self.settings.failing_token
        return super().answer_token(request, session, self.settings.accepted_token if passes else token)


class FailsOnTheFifthWrongToken(CountsWrongTokens, breaks=UNEXPECTED_ERROR, shown_by="five wrong tokens for one link"):
    """Fails with 500 on the fifth wrong token of a link."""

    status: ClassVar[int] = 500
    most: ClassVar[int] = 4

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        if self.tried[session.link] > self.most:
            raise Refusal(self.status, ("too_many_attempts", "Too many attempts."))
        return super().answer_token_required(request, session, message)


class AnswersTheFourthWrongTokenWith403(
    FailsOnTheFifthWrongToken, breaks=RESPONSES, shown_by="four wrong tokens for one link"
):
    """Answers the fourth wrong token of a link 403, which is not declared."""

    status = 403
    most = 3


class AnswersTheSixthWrongTokenWith429(
    FailsOnTheFifthWrongToken, breaks=RESPONSES, shown_by="six wrong tokens for one link"
):
    """Answers the sixth wrong token of a link 429 without Retry-After, which is not declared."""

    status = 429
    most = 5


class ForgetsTheLinkOfTheFourthAnswer(
    CountsWrongTokens, breaks=TOKEN_REQUIRED, shown_by="four wrong tokens for one link"
):
    """Leaves the link out of the fourth answer that asks for another token."""

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        content = self.token_required_content(session, message)
        if self.tried[session.link] > 3:
            content.pop("link")
        return self.answer(request, 428, content)

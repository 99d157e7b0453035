"""The embedded target: a small, honest, stateful Links API.

It is written from the facts of the operation and knows neither `openapi.yaml` nor the code that validates with it, so
that an error in one cannot hide an error in the other.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contract_tests.embedded.loopback import HOST, RunningServer, serve_in_thread
from contract_tests.embedded.requests import Refusal, RequestReading, Settings

__all__ = [
    "LinksApi",
    "PausedSession",
    "Refusal",
    "ResumeCommand",
    "RunningServer",
    "Settings",
    "create_app",
    "main",
    "serve_in_thread",
]

INSTITUTION_TEXT = re.compile(r"[a-z0-9_]{1,100}", re.ASCII)


@dataclass(frozen=True)
class PausedSession:
    """A registration that waits for its token."""

    id: uuid.UUID
    link: uuid.UUID
    institution: str
    access_mode: str | None
    factors_left: int
    expires_at: float


@dataclass(frozen=True)
class ResumeCommand:
    """The body of a resume, read."""

    session: uuid.UUID
    token: str
    link: uuid.UUID


def create_app(settings: Settings | None = None) -> Starlette:
    """Make a Links API of its own, with its own sessions."""
    return LinksApi(settings).app()


class LinksApi(RequestReading):
    """The API, one small method for each thing that it decides, so that a faulty server overrides one of them."""

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings)
        self.clock: Callable[[], float] = time.monotonic
        self.sessions: OrderedDict[uuid.UUID, PausedSession] = OrderedDict()
        self.account = uuid.uuid4()

    def app(self) -> Starlette:
        """Make the ASGI application."""
        app = Starlette(
            routes=[
                Route("/api/", self.serve_login, methods=["GET"]),
                Route("/api/links/", self.serve_links, methods=["POST", "PATCH"]),
            ],
            exception_handlers={HTTPException: self.serve_nothing, Exception: self.serve_failure},
        )
        app.router.redirect_slashes = False
        return app

    async def serve_login(self, request: Request) -> Response:
        """Answer `GET /api/`, with which published clients find out whether their credentials are right."""
        return await self.handle(request, self.login)

    async def serve_links(self, request: Request) -> Response:
        """Answer the two methods of `/api/links/`."""
        return await self.handle(request, self.register if request.method == "POST" else self.resume)

    async def serve_nothing(self, request: Request, error: Exception) -> Response:
        """Answer a path or a method that there is not."""
        assert isinstance(error, HTTPException)
        errors = [("not_found" if error.status_code == 404 else "method_not_allowed", f"{error.detail}.")]
        return self.answer(request, error.status_code, self.errors_content(errors), error.headers)

    async def serve_failure(self, request: Request, _error: Exception) -> Response:
        """Answer a request that this server failed on, which says nothing about why."""
        return self.answer(request, 500, self.errors_content([("unexpected_error", "The service failed.")]))

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        """Authenticate, before anything is said about the body, then do what is asked."""
        try:
            self.authenticate(request)
            return await operation(request)
        except Refusal as refusal:
            return self.answer(request, refusal.status, self.errors_content(refusal.errors), refusal.headers)

    async def login(self, request: Request) -> Response:
        """Answer that the credentials are right."""
        return self.answer(request, 200, {})

    async def register(self, request: Request) -> Response:
        """Begin the registration of a link, which this institution always pauses for a token."""
        session = self.pause(self.read_registration(await self.read_body(request)))
        message = "The institution asks for an MFA token."
        return self.answer(request, 428, self.token_required_content(session, message))

    async def resume(self, request: Request) -> Response:
        """Continue a paused registration. Nothing is awaited between finding the session and spending it."""
        command = self.read_resume(await self.read_body(request))
        session = self.find(command)
        self.spend(session)
        return self.answer_token(request, session, command.token)

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        """Read the three fields of a resume, and tell of each that is wrong."""
        errors: list[tuple[str, str]] = []
        session = self.read_uuid(body, "session", errors)
        token = self.read_text(body, "token", errors)
        link = self.read_uuid(body, "link", errors)
        if session is None or token is None or link is None:
            raise Refusal(400, *errors)
        return ResumeCommand(session, token, link)

    def read_registration(self, body: dict[str, Any]) -> PausedSession:
        """Read the fields of a registration; the user's own secrets are asked for and forgotten."""
        errors: list[tuple[str, str]] = []
        institution, *_ = [self.read_text(body, name, errors) for name in ("institution", "username", "password")]
        if institution is not None and not INSTITUTION_TEXT.fullmatch(institution):
            errors.append(("invalid", "The field institution is not the name of an institution."))
        access_mode = body.get("access_mode")
        if access_mode not in (None, "single", "recurrent"):
            errors.append(("invalid", "The field access_mode is neither single nor recurrent."))
        if errors or institution is None:
            raise Refusal(400, *errors)
        return PausedSession(uuid.uuid4(), uuid.uuid4(), institution, access_mode, self.factors_of(institution), 0)

    def factors_of(self, institution: str) -> int:
        """Tell how many accepted tokens in a row register a link of an institution."""
        return max(self.settings.factors, 2) if institution in self.settings.asking_twice else self.settings.factors

    def pause(self, session: PausedSession) -> PausedSession:
        """Keep a session until it expires, or until so many newer ones wait that the oldest leave."""
        now = self.clock()
        paused = PausedSession(
            **{**vars(session), "id": uuid.uuid4(), "expires_at": now + self.settings.session_seconds}
        )
        self.sessions[paused.id] = paused
        oldest = next(iter(self.sessions.values()))
        while oldest.expires_at <= now or len(self.sessions) > self.settings.max_sessions:
            del self.sessions[oldest.id]
            oldest = next(iter(self.sessions.values()))
        return paused

    def find(self, command: ResumeCommand) -> PausedSession:
        """Find the session of a resume, and refuse one that is unknown, expired, spent or of another link."""
        session = self.sessions.get(command.session)
        if session is None or session.link != command.link:
            raise Refusal(400, ("session_not_found", "No session of this link waits for a token under this id."))
        if session.expires_at <= self.clock():
            raise Refusal(400, ("session_expired", "The session has expired. Register the link again."))
        return session

    def spend(self, session: PausedSession) -> None:
        """Use a session up."""
        del self.sessions[session.id]

    def answer_token(self, request: Request, session: PausedSession, token: str) -> Response:
        """Ask the institution what it makes of the token."""
        if token == self.settings.failing_token:
            errors = [("unexpected_error", "The institution could not be reached. Try again later.")]
            return self.answer(request, 500, self.errors_content(errors))
        if token == self.settings.refused_token:
            return self.answer(
                request, 400, self.errors_content([("invalid_token", "The institution refused the token.")])
            )
        if token == self.settings.further_token:
            return self.answer_token_required(request, self.pause(session), "The institution asks for a further token.")
        if not self.is_accepted(token):
            return self.answer_token_required(request, self.pause(session), "The token was not right. Try another one.")
        if session.factors_left > 1:
            rest = PausedSession(**{**vars(session), "factors_left": session.factors_left - 1})
            return self.answer_token_required(request, self.pause(rest), "The institution asks for a further token.")
        return self.answer(request, 200, self.link_content(session))

    def is_accepted(self, token: str) -> bool:
        """Tell whether the institution accepts the token."""
        return token == self.settings.accepted_token

    def answer_token_required(self, request: Request, session: PausedSession, message: str) -> Response:
        """Answer a resume 428, with the session to resume next."""
        return self.answer(request, 428, self.token_required_content(session, message))

    def link_content(self, session: PausedSession) -> dict[str, Any]:
        """Show a registered link."""
        return {
            "id": str(session.link),
            "institution": session.institution,
            "access_mode": session.access_mode,
            "last_accessed_at": datetime.now(UTC).isoformat(),
            "status": "valid",
            "created_by": str(self.account),
            "refresh_rate": "24h" if session.access_mode == "recurrent" else None,
        }

    def token_required_content(self, session: PausedSession, message: str) -> dict[str, Any]:
        """Show a paused session."""
        return {
            "code": "token_required",
            "message": message,
            "request_id": str(uuid.uuid4()),
            "session": str(session.id),
            "expiry": self.settings.session_seconds,
            "link": str(session.link),
            "token_generation_data": {
                "instructions": "Type the characters that were sent to the phone ending in 42.",
                "type": "alphanumeric",
                "value": "42",
            },
        }

    def errors_content(self, errors: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
        """Show what was wrong; what was sent is never repeated."""
        request_id = uuid.uuid4().hex
        return [{"code": code, "message": message, "request_id": request_id} for code, message in errors]

    def answer(
        self,
        request: Request,  # noqa: ARG002 - for subclasses, which may answer the two methods differently
        status: int,
        content: Any,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Write an answer: the one place through which every one of them goes."""
        return Response(self.write_json(content), status, dict(headers or {}), "application/json")

    def write_json(self, content: Any) -> bytes:
        """Write strict JSON."""
        return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the API on 127.0.0.1 until Ctrl-C or SIGTERM, and print lines to try it with."""
    parser = argparse.ArgumentParser(
        prog="python -m contract_tests serve",
        description=main.__doc__,
        epilog="CONTRACT_SECRET_ID and CONTRACT_SECRET_PASSWORD are its credentials, where they are set.",
    )
    parser.add_argument(
        "--port", type=int, default=8000, help="the port on 127.0.0.1 (default: %(default)s; 0: a free one)"
    )
    port: int = parser.parse_args(arguments).port
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    settings = Settings()
    settings = Settings(
        secret_id=os.environ.get("CONTRACT_SECRET_ID") or settings.secret_id,
        secret_password=os.environ.get("CONTRACT_SECRET_PASSWORD") or settings.secret_password,
    )
    try:
        with serve_in_thread(create_app(settings), port, http="httptools") as base_url:
            print(_invitation(base_url, settings), flush=True)
            stopped.wait()
    except (OSError, OverflowError) as error:
        print(f"serve: cannot listen on {HOST}:{port} ({error}); choose another port with --port.", file=sys.stderr)
        return 1
    return 0


def _invitation(base_url: str, settings: Settings) -> str:
    curl = f"curl -u '{settings.secret_id}:{settings.secret_password}' -H 'Content-Type: application/json'"
    register = '{"institution": "gotham_mx_business", "username": "u", "password": "p"}'
    resume = f'{{"session": "…", "token": "{settings.accepted_token}", "link": "…"}}'
    return (
        f"A Links API answers on {base_url} until Ctrl-C. Register a link, which is paused for a token:\n\n"
        f"  {curl} {base_url}/api/links/ -d '{register}'\n\n"
        f"then resume it with the session and the link of the answer:\n\n"
        f"  {curl} -X PATCH {base_url}/api/links/ -d '{resume}'\n\n"
        f"An institution that asks for two tokens in a row: {', '.join(sorted(settings.asking_twice))}.\n"
    )

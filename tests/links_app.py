"""A Links API as somebody writes it with FastAPI, which keeps the contract: what docs/target-file.md starts."""

import base64
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from pydantic_core import from_json
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint

CREDENTIALS = base64.b64encode(b"app-id:app-Password-1")
ACCEPTED, FAILING = "1234ab", "500500"
INSTRUCTIONS = {"instructions": "Look at your phone.", "type": "sms", "value": "42"}
Text = Annotated[str, Field(min_length=1)]


class Registration(BaseModel):
    """What registers a link."""

    institution: Text
    username: Text
    password: Text


class Resume(BaseModel):
    """What resumes a session."""

    session: uuid.UUID
    token: Text
    link: uuid.UUID


@dataclass(frozen=True)
class Paused:
    """A session that waits for a token."""

    institution: str
    link: uuid.UUID = field(default_factory=uuid.uuid4)


app = FastAPI(title="Links")
sessions: dict[uuid.UUID, Paused] = {}


def errors(status: int, *problems: tuple[str, str]) -> JSONResponse:
    """Answer with the declared list of errors."""
    request_id = uuid.uuid4().hex
    headers = {"WWW-Authenticate": "Basic"} if status == 401 else None
    return JSONResponse([{"code": a, "message": b, "request_id": request_id} for a, b in problems], status, headers)


def ask_for_token(paused: Paused) -> JSONResponse:
    """Pause the session anew, and ask for a token."""
    sessions[session := uuid.uuid4()] = paused
    ids = {"session": str(session), "link": str(paused.link), "request_id": str(uuid.uuid4())}
    content = {"code": "token_required", "message": "A token is needed.", "expiry": 600, **ids}
    return JSONResponse(content | {"token_generation_data": INSTRUCTIONS}, 428)


@app.middleware("http")
async def authenticate(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """Refuse wrong credentials, before anything is said about the body."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic" or not secrets.compare_digest(encoded.strip().encode(), CREDENTIALS):
        return errors(401, ("authentication_failed", "The credentials are not right."))
    return await call_next(request)


@app.exception_handler(RequestValidationError)
async def refuse_body(_request: Request, error: RequestValidationError) -> JSONResponse:
    """Say which fields are wrong, and repeat nothing of what was sent."""
    return errors(400, *(("invalid", f"{problem['loc'][-1]} is not right.") for problem in error.errors()))


@app.exception_handler(HTTPException)
async def refuse(_request: Request, error: HTTPException) -> JSONResponse:
    """Answer a body that FastAPI cannot read at all in the declared form."""
    return errors(error.status_code, ("refused", str(error.detail)))


async def require_json(request: Request) -> None:
    """Refuse what FastAPI reads as JSON and is none: NaN, UTF-16, media types like application/merge-patch+json."""
    media_type, _, _ = request.headers.get("content-type", "").partition(";")
    try:
        from_json(await request.body(), allow_inf_nan=False)
    except ValueError:
        media_type = ""
    if media_type.strip().lower() != "application/json":
        raise HTTPException(400, "The body is not application/json.")


@app.post("/api/links/")
async def register(registration: Registration) -> JSONResponse:
    """Register a link: its session is paused."""
    return ask_for_token(Paused(registration.institution))


@app.patch("/api/links/", dependencies=[Depends(require_json)])
async def resume(body: Resume) -> JSONResponse:
    """Resume a paused session with the token that the institution asked for."""
    paused = sessions.get(body.session)
    if paused is None or paused.link != body.link:
        return errors(400, ("session_not_found", "No session of this link waits for a token."))
    del sessions[body.session]
    if body.token == FAILING:
        return errors(500, ("unexpected_error", "The institution could not be reached."))
    if body.token != ACCEPTED:
        return ask_for_token(paused)
    link = {"id": str(paused.link), "institution": paused.institution, "access_mode": None, "status": "valid"}
    now = datetime.now(UTC).isoformat()
    return JSONResponse(link | {"last_accessed_at": now, "created_by": str(uuid.uuid4()), "refresh_rate": None})

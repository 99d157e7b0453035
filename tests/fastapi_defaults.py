"""A Links API as FastAPI answers by default, which breaks the contract: the red run that docs/reports.md explains.

What is invalid is answered 422, every error is `{"detail": …}`, and a body is read before the credentials are.
"""

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import BaseModel, Field

ID, PASSWORD = b"app-id", b"app-Password-1"
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


class Link(BaseModel):
    """A link that is registered."""

    id: uuid.UUID
    institution: str
    access_mode: str | None = None
    last_accessed_at: datetime | None
    status: str = "valid"
    created_by: uuid.UUID
    refresh_rate: str | None = None


@dataclass(frozen=True)
class Paused:
    """A session that waits for a token."""

    institution: str
    link: uuid.UUID = field(default_factory=uuid.uuid4)


def authenticate(given: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]) -> None:
    """Refuse wrong credentials."""
    right = [
        secrets.compare_digest(given.username.encode(), ID),
        secrets.compare_digest(given.password.encode(), PASSWORD),
    ]
    if not all(right):
        raise HTTPException(401, "The credentials are not right.")


app = FastAPI(title="Links", dependencies=[Depends(authenticate)])
sessions: dict[uuid.UUID, Paused] = {}


def ask_for_token(paused: Paused) -> JSONResponse:
    """Pause the session anew, and ask for a token."""
    sessions[session := uuid.uuid4()] = paused
    ids = {"session": str(session), "link": str(paused.link), "request_id": str(uuid.uuid4())}
    content = {"code": "token_required", "message": "A token is needed.", "expiry": 600, **ids}
    return JSONResponse(content | {"token_generation_data": INSTRUCTIONS}, 428)


@app.post("/api/links/")
async def register(registration: Registration) -> JSONResponse:
    """Register a link: its session is paused."""
    return ask_for_token(Paused(registration.institution))


@app.patch("/api/links/", response_model=Link)
async def resume(body: Resume) -> Link | JSONResponse:
    """Resume a paused session with the token that the institution asked for."""
    paused = sessions.get(body.session)
    if paused is None or paused.link != body.link:
        raise HTTPException(400, "No session of this link waits for a token.")
    del sessions[body.session]
    if body.token == FAILING:
        raise HTTPException(500, "The institution could not be reached.")
    if body.token != ACCEPTED:
        return ask_for_token(paused)
    return Link(
        id=paused.link, institution=paused.institution, last_accessed_at=datetime.now(UTC), created_by=uuid.uuid4()
    )

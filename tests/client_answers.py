"""What the tests of the generated client answer it with: the examples of openapi.yaml, and whatever else they name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import yaml
from links_api_client import Client, basic_auth_client
from links_api_client.models import ResumeRequest

SECRET_ID, PASSWORD, TOKEN = "the-secret-id", "the-secret-password", "t0ken-of-the-user"
SESSION, LINK = UUID("39cd6a88-8ee3-4e59-a861-b8a2187e0f4c"), UUID("683005d6-f45c-4adb-b289-f1a12f50f80c")
REQUEST = ResumeRequest(session=SESSION, token=TOKEN, link=LINK)
COMPONENTS = {200: "Ok", 400: "BadRequest", 401: "Unauthorized", 428: "TokenRequired", 500: "UnexpectedError"}


def right_answers() -> dict[int, Any]:
    """Take the first example of each declared response out of the contract."""
    spec = yaml.safe_load((Path(__file__).parent.parent / "openapi.yaml").read_text(encoding="utf-8"))
    responses = spec["components"]["responses"]
    examples = {
        status: responses[name]["content"]["application/json"]["examples"] for status, name in COMPONENTS.items()
    }
    return {status: next(iter(named.values()))["value"] for status, named in examples.items()}


def client_of(handler: Callable[[httpx.Request], Any], **settings: Any) -> Client:
    """Make a client whose requests the handler answers."""
    transport = httpx.MockTransport(handler)
    return basic_auth_client("http://links.test", SECRET_ID, PASSWORD, httpx_args={"transport": transport}, **settings)


def client_answered(status: int, body: Any) -> Client:
    """Make a client that is always answered this status and body: bytes as they are, all else as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client_of(lambda _: httpx.Response(status, content=content))

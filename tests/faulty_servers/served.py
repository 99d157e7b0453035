"""What every faulty and every odd server is: the reference server with one thing changed, and how to serve it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, cast

from starlette.requests import Request
from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from contract_tests.embedded.loopback import RunningServer, serve_in_thread
from contract_tests.embedded.server import LinksApi, Refusal, Settings

OPERATION = "/paths/~1api~1links~1/patch"
OK, BAD_REQUEST, UNAUTHORIZED, TOKEN_REQUIRED, UNEXPECTED_ERROR = (
    f"{OPERATION}/responses/{status}" for status in (200, 400, 401, 428, 500)
)
RESPONSES = f"{OPERATION}/responses"
BASIC = "/components/securitySchemes/basic"
REQUEST = "/components/schemas/ResumeRequest"


class Served(LinksApi):
    """The reference server with places to change: what a resume is answered, and the bytes that are sent."""

    settings_used: ClassVar[Settings] = Settings()
    prefix: ClassVar[str] = ""
    target: ClassVar[dict[str, Any]] = {}
    idle_seconds: ClassVar[float] = 75
    """How long it keeps a connection that brings nothing."""

    def __init__(self) -> None:
        super().__init__(self.settings_used)

    @property
    def name(self) -> str:
        """The name it is served and reported under."""
        return kebab(type(self).__name__)

    @property
    def words(self) -> str:
        """What is odd about it, in one line."""
        return (type(self).__doc__ or "").splitlines()[0]

    async def handle(self, request: Request, operation: Callable[[Request], Awaitable[Response]]) -> Response:
        """Handle a request; one whose answer is tampered with is read to its end, before a close could cut it."""
        if _tampers(self):
            await request.body()
        return await super().handle(request, operation)

    def answer(self, request: Request, status: int, content: Any, headers: Mapping[str, str] | None = None) -> Response:
        """Answer; what is not a resume is answered honestly."""
        if request.method != "PATCH":
            return super().answer(request, status, content, headers)
        return self.answer_resume(request, status, content, dict(headers or {}))

    def answer_resume(self, request: Request, status: int, content: Any, headers: dict[str, str]) -> Response:
        """Answer a resume: the place to change what is said."""
        return LinksApi.answer(self, request, status, content, headers)

    async def read_bytes(self, request: Request) -> bytes:
        """Keep what was sent within reach of the answer, and of whoever reads it again."""
        if not hasattr(request.state, "raw"):
            request.state.raw = await super().read_bytes(request)
        return cast(bytes, request.state.raw)

    def receive(self, data: bytes) -> bytes:
        """Take bytes as they arrive: the place to change how a request is heard."""
        return data

    def transmit(self, connection: asyncio.Transport, head: bytes, body: bytes) -> None:
        """Send the bytes of a whole answer to a resume: the place to change how it travels."""
        connection.write(head + body)

    def serve(self, port: int = 0) -> RunningServer:
        """Serve it, for the length of a `with` block that is given the URL without its prefix."""
        return serve_in_thread(self.app(), port, _protocol(self))

    def target_settings(self, base_url: str) -> dict[str, Any]:
        """Write the target file that a user would write for it."""
        user = {"username": "u", "password": "bank-Password-1"}
        one, two = (
            {"register": {"method": "POST", "path": "/api/links/", "json": {"institution": name, **user}}}
            for name in ("gotham_mx_business", "gotham_mx_twice")
        )
        settings: dict[str, Any] = {
            "base_url": base_url + self.prefix,
            "credentials": {
                "secret_id": self.settings.secret_id,
                "secret_password": self.settings.secret_password,
            },
            "paused_session": one,
            "second_factor": two,
            "tokens": {"accepted": self.settings.accepted_token, "failing": self.settings.failing_token},
        }
        return {key: value for key, value in {**settings, **self.target}.items() if value is not None}


class Fault(Served):
    """A server broken in one way, which the docstring names.

    `breaks` is the clause of openapi.yaml it breaks; `shown_by` says which requests show it, where few do.
    """

    breaks: str = ""
    shown_by: str = ""
    exit_code: int = 1

    def __init_subclass__(cls, breaks: str = "", shown_by: str = "") -> None:
        cls.breaks = breaks or cls.breaks
        cls.shown_by = shown_by or cls.shown_by


class Trips(Fault):
    """A server that answers an authenticated resume wrongly where something about it is unusual."""

    status: ClassVar[int] = 400

    async def resume(self, request: Request) -> Response:
        """Resume, unless the request is one to trip over."""
        if self.trips(request, await self.read_bytes(request)):
            raise Refusal(self.status, ("refused", "The request cannot be handled."))
        return await super().resume(request)

    def trips(self, request: Request, body: bytes) -> bool:
        """Tell whether the request is unusual in the way that this server cannot handle."""
        return False


class Style(Served):
    """A server that keeps the contract in its own way, which the docstring names."""


def kebab(class_name: str) -> str:
    """Turn a class name into the name that is typed: AcceptsAnyone into accepts-anyone."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", class_name).lower()


def sent_token(request: Request) -> str | None:
    """Return the token that a resume sent, where one can be read."""
    try:
        body = json.loads(request.state.raw)
    except (AttributeError, ValueError, RecursionError):
        return None
    token = body.get("token") if isinstance(body, dict) else None
    return token if isinstance(token, str) and token else None


def is_text(body: bytes) -> bool:
    """Tell whether bytes are UTF-8."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def with_header(head: bytes, name: bytes, value: bytes | None) -> bytes:
    """Replace one header of the head of an answer, or take it out."""
    line = b"" if value is None else name + b": " + value + b"\r\n"
    return re.sub(rb"(?im)^" + name + rb":.*\r\n", lambda _: line, head)


def _tampers(served: Served) -> bool:
    return type(served).transmit is not Served.transmit


def _protocol(served: Served) -> type[asyncio.Protocol]:
    class Receiving(HttpToolsProtocol):
        def __init__(self, *args: Any, **named: Any) -> None:
            super().__init__(*args, **named)
            self.timeout_keep_alive = cast(Any, served.idle_seconds)  # whole ones in uvicorn

        def data_received(self, data: bytes) -> None:
            super().data_received(served.receive(data))

    class Tampering(Receiving):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(cast(asyncio.Transport, _Wire(transport, self, served)))

    return Tampering if _tampers(served) else Receiving


class _Wire:
    """A transport that collects the writes of an answer to a resume, and lets the served one send them."""

    def __init__(self, connection: asyncio.Transport, protocol: HttpToolsProtocol, served: Served) -> None:
        self._connection = connection
        self._protocol = protocol
        self._served = served
        self._writes: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def write(self, data: bytes) -> None:
        if self._protocol.cycle.scope["method"] != "PATCH" or data.startswith(b"HTTP/1.1 100 "):
            self._connection.write(data)
            return
        # uvicorn writes the head, and then the body in one.
        self._writes.append(data)
        if len(self._writes) == 2:
            (head, body), self._writes = self._writes, []
            self._served.transmit(self._connection, head, body)

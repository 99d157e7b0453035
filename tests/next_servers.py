"""Servers for the contracts of tests/next_contracts.py: one that keeps the change, and those that break it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contract_tests.embedded.requests import Refusal
from contract_tests.embedded.server import LinksApi, ResumeCommand
from tests.next_contracts import NEXT, OF_ITS_OWN, Answer, NextContract, link

Make = Callable[[], LinksApi]
LINK, BODY = "/components/schemas/Link", "/components/schemas/ResumeRequest"
RETRY_AFTER = "/components/responses/Unauthorized/headers/Retry-After"
PROBLEM = "/components/responses/BadRequest/content/application~1problem+json"
REGISTER_ELSEWHERE = "/api/registrations/"


class Answering(LinksApi):
    """Answers with what some answers of a next contract have that today's have not: fields, headers, a media type."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        super().__init__()
        given = {answer.status: [same for same in answers if same.status == answer.status] for answer in answers}
        self._turns = {status: itertools.cycle(same) for status, same in given.items()}

    def answer(self, request: Request, status: int, content: Any, headers: Mapping[str, str] | None = None) -> Response:
        if status not in self._turns:
            return super().answer(request, status, content, headers)
        following = next(self._turns[status])
        if status == link().status:
            today, then = link().body, following.body
            kept = {name: value for name, value in content.items() if name in then}
            content = kept | {name: value for name, value in then.items() if name not in today or today[name] != value}
        return Response(
            self.write_json(content), status, {**(headers or {}), **following.headers}, following.media_type
        )


class ReadsAChannel(LinksApi):
    """Reads a further field of the request, of at least one character where it is there."""

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        channel = body.get("channel", "none")
        if not isinstance(channel, str) or not channel:
            raise Refusal(400, ("invalid", "The field channel is not a text."))
        return super().read_resume(body)


class NeedsAChannel(LinksApi):
    """Reads a further field of the request, which may be empty but not absent."""

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        if not isinstance(body.get("channel"), str):
            raise Refusal(400, ("invalid", "The field channel is not a text."))
        return super().read_resume(body)


class FailsOnAChannel(LinksApi):
    """Fails on a further field of the request that it does not know."""

    def read_resume(self, body: dict[str, Any]) -> ResumeCommand:
        if "channel" in body:
            raise RuntimeError("what is a channel?")
        return super().read_resume(body)


class ReadsJsonOfItsOwn(LinksApi):
    """Reads a resume as application/vnd.links+json alone."""

    def read_media_type(self, request: Request) -> None:
        if request.method == "POST":
            super().read_media_type(request)
        elif request.headers.get("content-type", "").partition(";")[0].strip().lower() != OF_ITS_OWN:
            raise Refusal(400, ("invalid_media_type", f"The body is not {OF_ITS_OWN}."))


class Forbids(LinksApi):
    """Answers wrong credentials with 403."""

    def answer(self, request: Request, status: int, content: Any, headers: Mapping[str, str] | None = None) -> Response:
        return super().answer(request, 403 if status == 401 else status, content, headers)


class RateLimited(LinksApi):
    """Answers every resume with the right credentials 429, to be tried again at once."""

    async def resume(self, request: Request) -> Response:
        await self.read_body(request)
        raise Refusal(429, ("rate_limited", "Too many requests."), headers={"Retry-After": "0"})


class Moved(LinksApi):
    """Serves the resume at a path and by a method; a link is registered elsewhere."""

    def __init__(self, path: str, method: str) -> None:
        super().__init__()
        self._path, self._method = path, method

    def app(self) -> Starlette:
        app = super().app()
        app.router.routes[:] = [
            Route(self._path, self.serve_resume, methods=[self._method]),
            Route(REGISTER_ELSEWHERE, self.serve_register, methods=["POST"]),
        ]
        return app

    async def serve_resume(self, request: Request) -> Response:
        """Answer a resume."""
        return await self.handle(request, self.resume)

    async def serve_register(self, request: Request) -> Response:
        """Answer a registration."""
        return await self.handle(request, self.register)


@dataclass(frozen=True)
class Broken:
    """A server that breaks the new contract, and the clauses of which each is one cause; `select` are its checks."""

    make: Make
    clauses: frozenset[str]
    select: tuple[str, ...]


@dataclass(frozen=True)
class Next:
    """A next contract, a server that keeps it, some that do not, and whether callers break.

    `settings` are those of the target that the change needs, `told` words of the report on the right server.
    """

    contract: NextContract
    right: Make
    broken: tuple[Broken, ...] = ()
    breaks_callers: bool = False
    settings: dict[str, Any] = field(default_factory=dict)
    told: str = ""


def _breaks(make: Make, *clauses: str, select: str = "test_200_ok") -> Broken:
    return Broken(make, frozenset(clauses), ("-k", select))


def _wrong(name: str, *clauses: str, ignored: str = "", **more: Any) -> tuple[Broken, ...]:
    """Return servers that give the wrong answers of a contract in turn, and the one that ignores the change.

    Two answers that break the same clause are given by two servers: each has to be found.
    """
    dealt: list[dict[str, Answer]] = []
    for wrong, clause in zip(BY_NAME[name].wrong, clauses, strict=True):
        server = next((given for given in dealt if clause not in given), None)
        if server is None:
            dealt.append(server := {})
        server[clause] = wrong.answer
    made = [_breaks(lambda given=given: Answering([*given.values()]), *given, **more) for given in dealt]  # type: ignore[misc]
    return (*made, *((_breaks(LinksApi, ignored, **more),) if ignored else ()))


BY_NAME = {contract.name: contract for contract in NEXT}
UNSEEN = {name: {"accept_unseen": {name: "No server answers so yet."}} for name in ("409", "204", "202")}
REGISTER: dict[str, Any] = {
    "paused_session": {
        "register": {
            "path": REGISTER_ELSEWHERE,
            "json": {"institution": "gotham_mx_business", "username": "u", "password": "bank-Password-1"},
        }
    }
}
BODIES = "test_malformed_bodies"
CREDENTIALS = "test_unacceptable_credentials"


def _next(name: str, right: Make | None = None, broken: tuple[Broken, ...] = (), **more: Any) -> Next:
    contract = BY_NAME[name]
    return Next(contract, right or (lambda: Answering(contract.right)), broken, **more)


SERVERS: tuple[Next, ...] = (
    _next(
        "optional request field",
        ReadsAChannel,
        (
            _breaks(LinksApi, f"{BODY}/properties/channel", select=BODIES),
            _breaks(FailsOnAChannel, "/components/responses/Ok", select="test_right_token"),
        ),
    ),
    _next(
        "required request field",
        NeedsAChannel,
        (_breaks(LinksApi, BODY, select=BODIES),),
        breaks_callers=True,
    ),
    _next(
        "required response property",
        broken=_wrong(
            "required response property",
            f"{LINK}/required",
            f"{LINK}/properties/currency/type",
            ignored=f"{LINK}/required",
        ),
    ),
    _next(
        "pattern and lengths",
        broken=_wrong(
            "pattern and lengths",
            *(f"{LINK}/properties/currency/{keyword}" for keyword in ("minLength", "maxLength", "pattern", "pattern")),
        ),
    ),
    _next("enum", broken=_wrong("enum", f"{LINK}/properties/grade/type", ignored=f"{LINK}/required")),
    _next("sixth response", LinksApi, settings=UNSEEN["409"]),
    _next(
        "response header",
        broken=_wrong(
            "response header",
            f"{RETRY_AFTER}/required",
            f"{RETRY_AFTER}/schema/type",
            f"{RETRY_AFTER}/schema/minimum",
            ignored=f"{RETRY_AFTER}/required",
            select=CREDENTIALS,
        ),
    ),
    _next("path", lambda: Moved("/api/v2/links/resume/", "PATCH"), breaks_callers=True, settings=REGISTER),
    _next("method", lambda: Moved("/api/links/", "POST"), breaks_callers=True, settings=REGISTER),
    _next(
        "media type of 400",
        broken=(_breaks(LinksApi, PROBLEM, select="test_unknown_sessions"),),
        breaks_callers=True,
    ),
    _next("media type of the request", ReadsJsonOfItsOwn, breaks_callers=True),
    _next(
        "nested nullable object",
        broken=_wrong(
            "nested nullable object",
            f"{LINK}/properties/owner/required",
            f"{LINK}/properties/owner/properties/born_on/format",
            f"{LINK}/properties/owner/type",
            ignored=f"{LINK}/required",
        ),
    ),
    _next(
        "date",
        broken=_wrong(
            "date",
            *(f"{LINK}/properties/opened_on/{keyword}" for keyword in ("format", "format", "format", "type")),
            ignored=f"{LINK}/required",
        ),
    ),
    _next(
        "int64 and bounds",
        broken=_wrong(
            "int64 and bounds",
            *(f"{LINK}/properties/count/{keyword}" for keyword in ("minimum", "format", "type", "type", "type")),
            ignored=f"{LINK}/required",
        ),
    ),
    _next(
        "second operation",
        LinksApi,
        told="No check covers what openapi.yaml also declares: POST /api/links/ (register).",
    ),
    _next("second security scheme", LinksApi),
    _next("3.0", broken=(_breaks(lambda: Answering([link(access_mode=5)]), f"{LINK}/properties/access_mode/type"),)),
    _next(
        "split document",
        LinksApi,
        (_breaks(lambda: Answering([link(created_by="me")]), "schemas.yaml#/Link/properties/created_by/format"),),
    ),
    _next("removed field", LinksApi, breaks_callers=True, told="/refresh_rate"),
    _next("204", LinksApi, breaks_callers=True, settings=UNSEEN["204"]),
    _next("202", LinksApi, breaks_callers=True, settings=UNSEEN["202"]),
    _next("4XX and default", LinksApi, (_breaks(Forbids, "/components/responses/BadRequest", select=CREDENTIALS),)),
)

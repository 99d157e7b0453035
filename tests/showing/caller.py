"""A caller of a Links API over plain sockets: every byte of what it sends is chosen, nothing is sent twice."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from contract_tests.embedded.requests import Settings

UUID_TEXT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME_TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-5][0-9]:[0-5][0-9](\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})")
LINK = {"id", "institution", "access_mode", "last_accessed_at", "status", "created_by", "refresh_rate"}
PAUSED = ("session", "link")
ONE_FACTOR, TWO_FACTORS = "gotham_mx_business", "gotham_mx_twice"

Login = tuple[str | bytes, str | bytes] | bytes | None


@dataclass(frozen=True)
class Paused:
    """A session that waits for a token, and its link."""

    session: str
    link: str

    def fields(self, token: str) -> dict[str, Any]:
        """Return the three members that resume it."""
        return {"session": self.session, "token": token, "link": self.link}


@dataclass(frozen=True)
class Heard:
    """An answer, with all of its bytes."""

    status: int
    head: bytes
    body: bytes
    trailers: bytes = b""

    @property
    def everything(self) -> bytes:
        """Every byte of it."""
        return self.head + self.body + self.trailers

    def header(self, name: str) -> str:
        """Return a header's value, or an empty text."""
        found = re.search(rf"(?im)^{name}: *([^\r\n]*)", self.head.decode("latin-1"))
        return found[1] if found else ""

    def content(self) -> Any:
        """Read the body as strict JSON, or raise ValueError."""
        return json.loads(self.body.decode("utf-8"))

    def next(self) -> Paused:
        """Return the session that a 428 hands out, however bad its JSON is otherwise."""
        session, link = (re.search(rf'"{name}":"([0-9a-f-]{{36}})', self.body.decode("latin-1")) for name in PAUSED)
        if session is None or link is None:
            raise ValueError(f"the {self.status} hands out no session")
        return Paused(session[1], link[1])

    def outcome(self, paused: Paused) -> str:
        """Say in a word what it is: its status, with "wrong" behind it where the content is not what is declared."""
        return f"{self.status}" if self._is_declared(paused) else f"{self.status} wrong"

    def _is_declared(self, paused: Paused) -> bool:
        try:
            content = self.content()
        except ValueError:
            return False
        if not re.fullmatch(r"application/json(; ?charset=utf-8)?", self.header("content-type")):
            return False
        if self.status == 200:
            return content.keys() >= LINK and content["id"] == paused.link and _is_link(content)
        if self.status == 428:
            return content.get("link") == paused.link and _is_pause(content)
        return isinstance(content, list) and bool(content)


class Line:
    """One connection."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=5)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")

    def send(self, *segments: bytes, seconds: float = 0.02) -> None:
        """Send bytes, with a moment between the segments."""
        for number, segment in enumerate(segments):
            if number:
                time.sleep(seconds)
            self._socket.sendall(segment)

    def hear(self) -> Heard:
        """Read an answer to its end."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self._file.readline()
            if not line:
                raise ConnectionError("the connection ended before the answer")
            head += line
        status = int(head[9:12])
        if status == 100:
            return Heard(status, head, b"")
        length = re.search(rb"(?im)^content-length: *(\d+)", head)
        if length:
            return Heard(status, head, self._file.read(int(length[1])))
        body = b""
        while size := int(self._file.readline(), 16):
            body += self._file.read(size)
            self._file.readline()
        trailers = b"".join(iter(self._file.readline, b"\r\n"))
        return Heard(status, head, body, trailers)

    def close(self) -> None:
        """End the connection."""
        self._file.close()
        self._socket.close()


class Caller:
    """Pauses and resumes sessions of one server."""

    def __init__(self, base_url: str, settings: Settings) -> None:
        self.base_url = base_url
        self.settings = settings
        self._lines: list[Line] = []

    def line(self) -> Line:
        """Open a new connection."""
        self._lines.append(Line(self.base_url))
        return self._lines[-1]

    def close(self) -> None:
        """End all connections."""
        for line in self._lines:
            line.close()

    @property
    def right(self) -> tuple[str, str]:
        """The right credentials."""
        return self.settings.secret_id, self.settings.secret_password

    @property
    def token(self) -> str:
        """The right token."""
        return self.settings.accepted_token

    def pause(self, institution: str = ONE_FACTOR, on: Line | None = None) -> Paused:
        """Register a link, which is paused for a token."""
        body = {"institution": institution, "username": "u", "password": "bank-Password-1"}
        line = on or self.line()
        line.send(self.request(json.dumps(body).encode(), method="POST"))
        return line.hear().next()

    def second(self) -> Paused:
        """Register a link that asks for two factors, and give the first of them."""
        return self.resume(self.pause(TWO_FACTORS)).next()

    def request(
        self,
        body: bytes,
        *,
        login: Login = ("", ""),
        headers: Mapping[str, str | None] | None = None,
        method: str = "PATCH",
        chunks: int = 0,
    ) -> bytes:
        """Write a request; `headers` replace those of the same name, as they are written, and None leaves one out."""
        given = headers or {}
        credentials = self.right if login == ("", "") else login
        plain = {
            "Host": urlsplit(self.base_url).netloc,
            "Authorization": basic(credentials).decode("latin-1") if credentials is not None else None,
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": "showing/1",
            "Transfer-Encoding" if chunks else "Content-Length": "chunked" if chunks else str(len(body)),
        }
        replaced = {name.lower() for name in given}
        lines = [(n, v) for n, v in plain.items() if n.lower() not in replaced] + list(given.items())
        head = "".join(f"{name}: {value}\r\n" for name, value in lines if value is not None)
        return f"{method} /api/links/ HTTP/1.1\r\n{head}\r\n".encode("latin-1") + (
            _chunked(body, chunks) if chunks else body
        )

    def body(self, paused: Paused, token: str | None = None) -> bytes:
        """Write the body that resumes a session, with the right token where none is given."""
        return json.dumps(paused.fields(self.token if token is None else token)).encode()

    def resume(
        self,
        paused: Paused,
        token: str | None = None,
        *,
        body: bytes | None = None,
        on: Line | None = None,
        **sent: Any,
    ) -> Heard:
        """Resume a session, on a new connection where none is given."""
        line = on or self.line()
        line.send(self.request(self.body(paused, token) if body is None else body, **sent))
        return line.hear()

    def crowd(self, requests: Sequence[bytes]) -> list[Heard]:
        """Send requests on a connection each, their last bytes together."""
        lines = [self.line() for _ in requests]
        for line, request in zip(lines, requests, strict=True):
            line.send(request[:-1])
        time.sleep(0.03)
        for line, request in zip(lines, requests, strict=True):
            line.send(request[-1:])
        return [line.hear() for line in lines]


@contextlib.contextmanager
def calling(base_url: str, settings: Settings) -> Iterator[Caller]:
    """Give a caller whose connections end with the block."""
    caller = Caller(base_url, settings)
    try:
        yield caller
    finally:
        caller.close()


def basic(login: tuple[str | bytes, str | bytes] | bytes) -> bytes:
    """Write the value of an Authorization header; bytes are taken as they are."""
    if isinstance(login, bytes):
        return login
    secret_id, secret_password = (part.encode() if isinstance(part, str) else part for part in login)
    return b"Basic " + base64.b64encode(secret_id + b":" + secret_password)


def _chunked(body: bytes, chunks: int) -> bytes:
    size = -(-len(body) // chunks)
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def _is_link(content: dict[str, Any]) -> bool:
    moment = content["last_accessed_at"]
    return (
        all(UUID_TEXT.fullmatch(str(content[name])) for name in ("id", "created_by"))
        and isinstance(content["status"], str)
        and (moment is None or (isinstance(moment, str) and _is_moment(moment)))
    )


def _is_moment(text: str) -> bool:
    if not TIME_TEXT.fullmatch(text):
        return False
    try:
        return datetime.fromisoformat(text) is not None and int(text[11:13]) < 24
    except ValueError:
        return False


def _is_pause(content: dict[str, Any]) -> bool:
    return UUID_TEXT.fullmatch(str(content.get("session"))) is not None and type(content.get("expiry")) is int

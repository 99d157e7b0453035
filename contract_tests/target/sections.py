"""The sections of a target, each read from its part of a target file that target.schema.json has passed."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from contract_tests.target.file import TargetError

UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}(-?)(?:[0-9a-fA-F]{4}\1){3}[0-9a-fA-F]{12}")

PORT = "{port}"


@dataclass(frozen=True)
class Credentials:
    """The HTTP Basic credentials every request of the suite carries, unless its check is about them."""

    secret_id: str = field(repr=False)
    secret_password: str = field(repr=False)


@dataclass(frozen=True)
class Server:
    """A program that serves the API on a port it is given, run in the folder of the target file."""

    command: tuple[str, ...] = field(repr=False)
    directory: Path
    environment: dict[str, str] = field(default_factory=dict, repr=False)
    ready_path: str = "/"
    ready_seconds: float = 30


@dataclass(frozen=True)
class Tokens:
    """The MFA tokens a target understands."""

    accepted: str = field(repr=False)
    failing: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Limits:
    """How far the suite may go with a target.

    `requests_per_second` None is unpaced, `wait_seconds` is how long one check may wait for a session to expire or to
    revive, and `wrong_credentials` how many requests of a run may carry wrong credentials: None, as many as it likes.
    """

    timeout_seconds: float = 10
    body_bytes: int = 1_048_576
    requests_per_second: float | None = 20
    requests: int = 2000
    wait_seconds: float = 5
    wrong_credentials: int | None = None


@dataclass(frozen=True)
class Load:
    """How a target may be loaded, and what of a run under load is still accepted.

    `requests_per_second` and `requests` are None where nobody has given them: a target that is not loopback is not
    loaded then.
    """

    users: int = 50
    seconds: float = 60
    requests_per_second: float | None = None
    requests: int | None = None
    crowd: int = 16
    max_violations_per_million: float = 0
    max_unanswered_percent: float = 1


@dataclass(frozen=True)
class Register:
    """A request to the target that pauses a session."""

    method: str
    path: str
    json: Any = field(repr=False)


@dataclass(frozen=True)
class Command:
    """A program that pauses a session, run in the folder of the target file."""

    argv: tuple[str, ...] = field(repr=False)
    directory: Path


@dataclass(frozen=True)
class PausedSession:
    """A session that was paused beforehand; without a token of its own, the accepted one is right for it."""

    session: str = field(repr=False)
    link: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Values:
    """Sessions that were paused beforehand."""

    sessions: tuple[PausedSession, ...]


@dataclass(frozen=True)
class Waiver:
    """A known violation, accepted up to and with a day: that of a check, of a case of it, or a cause by its id."""

    reason: str
    expires: date
    check: str | None = None
    cause: str | None = None


@dataclass(frozen=True)
class ClientCertificate:
    """The files of the certificate that is shown to a target which asks for one."""

    certificate: Path
    key: Path
    password: str | None = field(default=None, repr=False)


def read_credentials(section: dict[str, str], source: str, overridden: Collection[str]) -> Credentials:
    """Read the credentials, and hold them to what HTTP Basic allows."""
    names = {"secret_id": "CONTRACT_SECRET_ID", "secret_password": "CONTRACT_SECRET_PASSWORD"}
    missing = [name for key, name in names.items() if key not in section]
    if missing:
        raise TargetError(f"The target ({source}) has no credentials: set {' and '.join(missing)} in the environment.")
    for key, name in names.items():
        place = name if f"credentials.{key}" in overridden else f"credentials.{key} in {source}"
        if any(unicodedata.category(character) == "Cc" for character in section[key]):
            raise TargetError(
                f"{place} has a control character in it, perhaps a line break at its end, which HTTP Basic forbids: "
                "take it out."
            )
        if key == "secret_id" and ":" in section[key]:
            raise TargetError(f"{place} has a colon in it, which HTTP Basic forbids: take it out.")
    return Credentials(section["secret_id"], section["secret_password"])


def read_server(section: dict[str, Any] | None, source: str) -> Server | None:
    """Read how the server under test is started; it has to be told its port."""
    if section is None:
        return None
    environment, ready = section.get("env", {}), section.get("ready", {})
    if not any(PORT in text for text in (*section["command"], *environment.values())):
        raise TargetError(f"server in {source} is not told its port: write {PORT} where its command or env names it.")
    how = {f"ready_{key}": value for key, value in ready.items()}
    return Server(tuple(section["command"]), _folder(source), environment, **how)


def read_tokens(section: dict[str, str] | None, source: str) -> Tokens | None:
    """Read the tokens, which have to differ."""
    if section is None:
        return None
    if section.get("failing") == section["accepted"]:
        raise TargetError(f"tokens in {source} has one token as accepted and as failing: give two that differ.")
    return Tokens(section["accepted"], section.get("failing"))


def read_way_to_pause(section: dict[str, Any] | None, key: str, source: str) -> Register | Command | Values | None:
    """Read the one way in which the sessions of a key are paused."""
    if section is None:
        return None
    if "register" in section:
        register = section["register"]
        return Register(register.get("method", "POST"), register["path"], register["json"])
    if "command" in section:
        return Command(tuple(section["command"]), _folder(source))
    return _values(section["values"], f"{key}.values in {source}")


def read_limits(section: dict[str, Any], *, loopback: bool) -> Limits:
    """Read the limits; a loopback target is not paced unless the file says so."""
    default = Limits(requests_per_second=None) if loopback else Limits()
    # JSON Schema takes 10.0 for a whole number, and so it is.
    whole = {key: int(section[key]) for key in ("body_bytes", "requests", "wrong_credentials") if key in section}
    return replace(default, **(section | whole))


def read_load(section: dict[str, Any] | None) -> Load | None:
    """Read how the target may be loaded."""
    if section is None:
        return None
    whole = {key: int(section[key]) for key in ("users", "requests", "crowd") if key in section}
    return Load(**(section | whole))


def read_waivers(section: list[dict[str, str]], source: str, today: date) -> tuple[Waiver, ...]:
    """Read the waivers, none of which has expired."""
    waivers = tuple(
        Waiver(item["reason"], date.fromisoformat(item["expires"]), item.get("check"), item.get("cause"))
        for item in section
    )
    for index, waiver in enumerate(waivers):
        if waiver.expires < today:
            raise TargetError(
                f"waivers[{index}] in {source} expired on {waiver.expires}: mend what it waives and take it out, or "
                "give it a new date."
            )
    return waivers


def read_client_certificate(section: dict[str, str] | None, source: str) -> ClientCertificate | None:
    """Read a client certificate whose files are there."""
    if section is None:
        return None
    paths: dict[str, Path] = {}
    for key in ("certificate", "key"):
        paths[key] = _folder(source) / section[key]
        try:
            paths[key].open("rb").close()
        except (OSError, ValueError):
            raise TargetError(
                f"client_certificate.{key} in {source} names no file that can be read: name its PEM file."
            ) from None
    return ClientCertificate(paths["certificate"], paths["key"], section.get("password"))


def is_uuid(text: str) -> bool:
    """Tell whether text is a UUID as it travels in JSON: with hyphens or without, small or capital."""
    return UUID_TEXT.fullmatch(text) is not None


def _values(items: list[dict[str, str]], place: str) -> Values:
    for index, item in enumerate(items):
        for key in ("session", "link"):
            if not is_uuid(item[key]):
                raise TargetError(f"The {key} at index {index} of {place} is not a UUID: copy it anew.")
    if len({UUID(item["session"]) for item in items}) < len(items):
        raise TargetError(f"A session stands twice in {place}: it is good for one use, so take one of them out.")
    return Values(tuple(PausedSession(**item) for item in items))


def _folder(source: str) -> Path:
    path = Path(source).absolute()
    # A target file that comes through a pipe has no folder of its own.
    return path.parent if path.is_file() else Path.cwd()

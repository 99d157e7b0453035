"""Which server the suite checks, with which credentials and limits: flag > environment > target file > default."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Literal

from contract_tests.contract.strict_yaml import is_unicode
from contract_tests.target.base_url import BaseUrlError, is_loopback, normal_base_url
from contract_tests.target.file import TargetError, nearest, read_settings
from contract_tests.target.sections import (
    ClientCertificate,
    Command,
    Credentials,
    Limits,
    Load,
    PausedSession,
    Register,
    Server,
    Tokens,
    Values,
    Waiver,
    read_client_certificate,
    read_credentials,
    read_limits,
    read_load,
    read_server,
    read_tokens,
    read_waivers,
    read_way_to_pause,
)

__all__ = [
    "ClientCertificate",
    "Command",
    "Credentials",
    "Limits",
    "Load",
    "PausedSession",
    "Register",
    "Server",
    "Target",
    "TargetError",
    "Tokens",
    "Values",
    "Waiver",
    "check_accept_unseen",
    "check_waivers",
    "load_target",
    "with_base_url",
]

EMBEDDED = Path(__file__).parent.parent / "targets" / "embedded.yaml"


@dataclass(frozen=True)
class Target:
    """Everything a run knows about the server under test; without a base URL it is to be started."""

    base_url: str
    credentials: Credentials
    server: Server | None = None
    paused_session: Register | Command | Values | None = None
    second_factor: Register | Command | Values | None = None
    tokens: Tokens | None = None
    limits: Limits = field(default_factory=Limits)
    accept_unseen: dict[str, str] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    undeclared_fields: Literal["advise", "fail", "ignore"] = "advise"
    allow_http: bool = False
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    profile: Literal["quick", "full"] = "full"
    strict: bool = False
    client_certificate: ClientCertificate | None = None
    load: Load | None = None
    embedded: bool = False
    source: str = ""
    taken: tuple[str, ...] = field(default=(), repr=False)

    @property
    def secret_words(self) -> tuple[str, ...]:
        """Return every word of the settings that no output may show, what came from the environment among them."""
        words = [self.credentials.secret_password, *self.taken, *(value for _, value in self.headers)]
        if self.tokens is not None:
            words += [self.tokens.accepted, self.tokens.failing or ""]
        if self.client_certificate is not None:
            words.append(self.client_certificate.password or "")
        for way in (self.paused_session, self.second_factor):
            if isinstance(way, Values):
                words += [word for given in way.sessions for word in (given.session, given.token or "")]
        return tuple(word for word in words if word)


def load_target(*, target: Path | None, base_url: str | None, environment: Mapping[str, str], today: date) -> Target:
    """Put a target together from flags, the environment and a target file; a TargetError says what is wrong."""
    file = target or _path(_given(environment, "CONTRACT_TARGET"))
    url = _given(environment, "CONTRACT_BASE_URL") if base_url is None else base_url
    url_place = "CONTRACT_BASE_URL" if base_url is None else "--base-url"
    if file is None and url is None:
        file = EMBEDDED
    source = str(file or url_place)
    overrides = {
        "base_url": url,
        "credentials.secret_id": _given(environment, "CONTRACT_SECRET_ID"),
        "credentials.secret_password": _given(environment, "CONTRACT_SECRET_PASSWORD"),
    }
    taken: set[str] = set()
    wins = {key: value for key, value in overrides.items() if value is not None}
    settings = read_settings(file, environment, wins, taken)
    server = read_server(settings.get("server"), source) if url is None else None
    if server is not None and "base_url" in settings:
        raise TargetError(f"{source} has both base_url and server: take out base_url, since the suite picks the port.")
    embedded = "base_url" not in settings and _is_embedded(file)
    starts = embedded or server is not None
    if not starts:
        url_place = f"base_url in {file}" if url is None else url_place
        url = _base_url(settings.get("base_url"), url_place, allow_http=settings.get("allow_http", False))
    on_loopback = starts or is_loopback(str(url))
    return Target(
        base_url="" if starts else str(url),
        credentials=read_credentials(settings.get("credentials", {}), source, wins),
        server=server,
        paused_session=read_way_to_pause(settings.get("paused_session"), "paused_session", source),
        second_factor=read_way_to_pause(settings.get("second_factor"), "second_factor", source),
        tokens=read_tokens(settings.get("tokens"), source),
        limits=read_limits(settings.get("limits", {}), loopback=on_loopback),
        accept_unseen=settings.get("accept_unseen", {}),
        waivers=read_waivers(settings.get("waivers", []), source, today),
        undeclared_fields=settings.get("undeclared_fields", "advise"),
        allow_http=settings.get("allow_http", False),
        headers=tuple(settings.get("headers", {}).items()),
        profile=settings.get("profile", "full" if on_loopback else "quick"),
        strict=settings.get("strict", False),
        client_certificate=read_client_certificate(settings.get("client_certificate"), source),
        load=read_load(settings.get("load")),
        embedded=embedded,
        source="the embedded server" if embedded else source,
        taken=tuple(sorted(taken)),
    )


def with_base_url(target: Target, base_url: str) -> Target:
    """Return a target that stands elsewhere: where its server has started."""
    return replace(target, base_url=base_url.rstrip("/"))


def check_waivers(target: Target, known_ids: Iterable[str]) -> None:
    """Hold every waiver to a check that exists; a case in brackets is held to the known cases, where any are given."""
    known = set(known_ids)
    checks = {name.partition("[")[0] for name in known}
    for index, waiver in enumerate(target.waivers):
        if waiver.check is None:
            continue
        check, bracket, _ = waiver.check.partition("[")
        cases = {name for name in known if name.startswith(f"{check}[")}
        if check not in checks or (bracket and not waiver.check.endswith("]")):
            wrong, right = check, checks
        elif bracket and cases and waiver.check not in cases:
            wrong, right = waiver.check, cases
        else:
            continue
        place = f"waivers[{index}].check in {target.source}"
        raise TargetError(f"{place} names no check: {nearest(wrong, right)}")


def check_accept_unseen(target: Target, declared: Iterable[str]) -> None:
    """See that every response accepted unseen is a declared one; raises TargetError."""
    known = list(declared)
    for status in target.accept_unseen:
        if status not in known:
            place = f"accept_unseen in {target.source}"
            raise TargetError(f'{place} has "{status}", which openapi.yaml does not declare: {nearest(status, known)}')


def _given(environment: Mapping[str, str], name: str) -> str | None:
    value = environment.get(name)
    # A pipeline's undefined variable arrives empty: to go on without it would check something else, and be green.
    if value == "":
        raise TargetError(f"The environment variable {name} is empty: give it a value, or unset it.")
    if value is not None and not is_unicode(value):
        raise TargetError(f"The environment variable {name} is not UTF-8: set it anew.")
    return value


def _path(value: str | None) -> Path | None:
    return None if value is None else Path(value)


def _is_embedded(file: Path | None) -> bool:
    try:
        return file is not None and file.samefile(EMBEDDED)
    except OSError:
        return False


def _base_url(url: str | None, place: str, *, allow_http: bool) -> str:
    if url is None:
        raise TargetError(f"There is no {place}: write it there, or give --base-url or CONTRACT_BASE_URL.")
    try:
        normal = normal_base_url(url)
    except BaseUrlError as error:
        raise TargetError(f"{place} {error}") from None
    if normal.startswith("http:") and not (allow_http or is_loopback(normal)):
        raise TargetError(
            f"{place} is http to a host that is not loopback, where anyone on the way can read the credentials: use "
            "https, or set allow_http: true in a target file."
        )
    return normal

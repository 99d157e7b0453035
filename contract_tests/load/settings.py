"""How much a run loads its target: command line > target file > default, within what the target file allows."""

from __future__ import annotations

import argparse
import hashlib
import json
from dataclasses import asdict, dataclass, replace

from contract_tests.contract import Contract
from contract_tests.target.base_url import is_loopback
from contract_tests.target.sections import Command, Load, Register, Values
from contract_tests.target.settings import Target, TargetError

PER_SECOND, REQUESTS = 100.0, 20_000
"""What a loopback target is loaded with where nothing else is said."""
PARTS = 60
"""A run is plotted in so many stretches at most, none shorter than a second."""


@dataclass(frozen=True)
class Settings:
    """The load of a run, over all of its workers."""

    users: int
    seconds: float
    per_second: float
    requests: int
    crowd: int
    max_violations_per_million: float
    max_unanswered_percent: float
    workers: int
    seed: int
    exit_first: bool = False

    @property
    def seconds_of_a_part(self) -> float:
        """How long a stretch of the run is that is plotted as one."""
        return max(1.0, self.seconds / PARTS)


@dataclass(frozen=True)
class Share:
    """What one worker has of a run; this is all that a master tells it, and holds no secret."""

    index: int
    workers: int
    seconds: float
    per_second: float
    requests: int
    crowd: int
    seconds_of_a_part: float
    seed: int


def settings_of(target: Target, given: argparse.Namespace) -> Settings:
    """Return the load of a run; raises TargetError where the target does not allow it."""
    allowed = target.load or Load()
    if not is_loopback(target.base_url) and not _starts(target):
        if allowed.requests_per_second is None or allowed.requests is None:
            raise TargetError(
                f"{target.base_url} is not loopback, and is loaded only where its target file says how much: write "
                "load: {requests_per_second: …, requests: …} into it."
            )
        for key, limit in (("requests_per_second", allowed.requests_per_second), ("requests", allowed.requests)):
            asked = getattr(given, key)
            if asked is not None and asked > limit:
                raise TargetError(
                    f"--{key.replace('_', '-')} is more than load.{key} in {target.source} allows: at most {limit:g}."
                )
    own = {name: value for name, value in asdict(allowed).items() if value is not None}
    over = {name: value for name in asdict(allowed) if (value := getattr(given, name)) is not None}
    merged = {"requests_per_second": PER_SECOND, "requests": REQUESTS} | own | over
    made = Settings(
        users=merged["users"],
        seconds=merged["seconds"],
        per_second=merged["requests_per_second"],
        requests=merged["requests"],
        crowd=merged["crowd"],
        max_violations_per_million=merged["max_violations_per_million"],
        max_unanswered_percent=merged["max_unanswered_percent"],
        workers=given.expect_workers or given.workers,
        seed=given.seed,
        exit_first=given.exit_first,
    )
    if made.requests < made.workers * made.crowd:
        raise TargetError(f"{made.requests} requests are less than one crowd a worker: give more, or a smaller crowd.")
    return made


def shares(settings: Settings) -> list[Share]:
    """Return what each worker has of a run: none of its limits is exceeded by all of them together."""
    count = settings.workers
    return [
        Share(
            index,
            count,
            settings.seconds,
            settings.per_second / count,
            settings.requests // count + (index < settings.requests % count),
            settings.crowd,
            settings.seconds_of_a_part,
            settings.seed,
        )
        for index in range(count)
    ]


def target_of_share(target: Target, share: Share) -> Target:
    """Return the target of one worker: what is counted over a run is divided, a session of a list is one worker's."""
    limits, paused = target.limits, target.paused_session
    if limits.wrong_credentials is not None:
        left = limits.wrong_credentials // share.workers + (share.index < limits.wrong_credentials % share.workers)
        limits = replace(limits, wrong_credentials=left)
    if isinstance(paused, Values):
        paused = Values(paused.sessions[share.index :: share.workers])
    return replace(target, limits=limits, paused_session=paused)


def digests(contract: Contract, target: Target) -> dict[str, str]:
    """Return what a master and its workers compare: the contract, and all of the target that is no secret."""
    sources = {name: source.text for name, source in sorted(contract.files.sources.items())}
    match target.paused_session:
        case Register(method, path, _):
            pauses = f"{method} {path}"
        case Command():
            pauses = "command"
        case Values():
            pauses = "values"
        case None:
            pauses = "none"
    settings = {
        "base_url": target.base_url,
        "paused_session": pauses,
        "failing": target.tokens is not None and target.tokens.failing is not None,
        "limits": asdict(target.limits),
        "load": asdict(target.load or Load()),
        "undeclared_fields": target.undeclared_fields,
    }
    texts = {"contract": json.dumps(sources), "target": json.dumps(settings, sort_keys=True)}
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}


def _starts(target: Target) -> bool:
    return target.embedded or target.server is not None

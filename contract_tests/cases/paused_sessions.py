"""Leases of paused sessions, each good for one resume, from the provider that the target names."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from contract_tests.cases.command import OUTPUT_BYTES, CommandError, Outcome, run_bounded
from contract_tests.contract.protocol import EXPIRY, LINK, SESSION, TOKEN_REQUIRED
from contract_tests.target.sections import is_uuid
from contract_tests.target.settings import Command, Register, Target, Values
from contract_tests.wire import Answer, NoAnswer

COMMAND = "The command of paused_session"
QUOTED_CHARACTERS = 200
SESSIONS_OF_A_RUN = 200
"""So many sessions a run uses at most; where fewer were paused beforehand, none is spent on what is refused anyway."""
FAILURES_IN_A_ROW = 3
"""After so many the provider is not asked again: each failure may take as long as the timeout."""


Origin = Literal["paused", "further factor", "another try", "synthetic"]


@dataclass(frozen=True)
class Lease:
    """A paused session with its link and the token that is right for it.

    `origin` says where it comes from: paused for this run, handed out by a 428 to a right token or to a wrong one, or
    synthetic, so that no server knows it. `template` is a whole valid body: the contract may ask for more than these.
    `expiry` is for how many seconds it can be resumed, where whoever handed it out has said so, and `since` the moment
    of the monotonic clock at which it was not there yet. `asks_twice` where the target file says that it will.
    """

    session: str = field(repr=False)
    link: str = field(repr=False)
    token: str = field(repr=False)
    origin: Origin = "paused"
    template: Mapping[str, Any] | None = field(default=None, repr=False)
    expiry: int | None = None
    since: float = field(default=0.0, repr=False)
    asks_twice: bool = field(default=False, repr=False)

    def may_be_over(self, moment: float) -> bool:
        """Tell whether its expiry may have passed by a moment of the monotonic clock."""
        return self.expiry is not None and 0 < self.expiry <= moment - self.since


class PausedSessionUnavailable(Exception):  # noqa: N818 (no error of ours and no violation: the verdict is incomplete)
    """Why no paused session could be had, in a sentence that holds no secret."""


class PausedSessions:
    """Hands out paused sessions, each of them once. Several threads may ask at the same time."""

    def __init__(
        self,
        target: Target,
        redact: Callable[[str], str],
        next_value: Callable[[], int] | None = None,
        go_on: Callable[[], object] = lambda: None,
        way: Register | Command | Values | None = None,
    ) -> None:
        """`next_value` counts the values used, from 0, and `go_on` raises what ends a command that is still running.

        `way` is where sessions come from, the target's paused_session where it is not given.
        """
        self._provider = way or target.paused_session
        self._token = target.tokens.accepted if target.tokens else ""
        self._timeout = target.limits.timeout_seconds
        self._filter = redact
        self._go_on = go_on
        self._next_value = next_value or self._count
        self._lock = threading.Lock()
        self._used = 0
        self._failures = 0
        self._last_failure = ""
        self.taken = 0

    @property
    def is_given_up(self) -> bool:
        """Whether so many sessions in a row could not be paused that no other is asked for."""
        with self._lock:
            return self._failures >= FAILURES_IN_A_ROW

    def lease(self, send: Callable[[Register], Answer | NoAnswer]) -> Lease:
        """Pause a session, with `send` where the provider is a request; raises PausedSessionUnavailable."""
        if self.is_given_up:
            raise PausedSessionUnavailable(self._last_failure)
        try:
            lease = self._ask(send)
        except PausedSessionUnavailable as failure:
            with self._lock:
                self._failures += 1
                self._last_failure = str(failure)
            raise
        with self._lock:
            self._failures = 0
            self.taken += 1
        return lease

    def _ask(self, send: Callable[[Register], Answer | NoAnswer]) -> Lease:
        match self._provider:
            case Register() as register:
                return read_register_answer(send(register), self._token)
            case Command() as command:
                try:
                    outcome = run_bounded(command.argv, command.directory, self._timeout, self._go_on)
                except CommandError as error:
                    raise PausedSessionUnavailable(f"{COMMAND} {error}.") from None
                return read_output(outcome, self._token, self._filter)
            case Values(sessions):
                index = self._next_value()
                if index >= len(sessions):
                    raise PausedSessionUnavailable(
                        f"All {len(sessions)} sessions of paused_session.values are used: pause more of them. "
                        f"With {SESSIONS_OF_A_RUN} every check has enough."
                    )
                given = sessions[index]
                return Lease(given.session, given.link, given.token or self._token)
            case None:
                raise PausedSessionUnavailable(
                    "The target has no paused_session, so nothing can be resumed: give register, command or values."
                )

    def _count(self) -> int:
        with self._lock:
            self._used += 1
            return self._used - 1


def read_pause(document: object, default_token: str) -> Lease:
    """Read a paused session from JSON: session and link are UUIDs, a token of its own is optional."""
    if not isinstance(document, dict):
        raise PausedSessionUnavailable("The description of a paused session is not a JSON object.")
    for key in ("session", "link"):
        if not isinstance(document.get(key), str) or not is_uuid(document[key]):
            raise PausedSessionUnavailable(f'The description of a paused session has no "{key}" that is a UUID.')
    token = document.get("token", default_token)
    if not isinstance(token, str) or not token:
        raise PausedSessionUnavailable(
            'The description of a paused session has a "token" that is not a non-empty text.'
        )
    return Lease(document["session"], document["link"], token, expiry=expiry_of(document))


def expiry_of(document: object) -> int | None:
    """Return for how many seconds an answer says that its session can be resumed, or None where it does not."""
    expiry = document.get(EXPIRY) if isinstance(document, dict) else None
    return expiry if isinstance(expiry, int) and not isinstance(expiry, bool) else None


def read_register_answer(answer: Answer | NoAnswer, token: str) -> Lease:
    """Read a paused session from the answer to the register request, which is 428 with session and link."""
    if isinstance(answer, NoAnswer):
        raise PausedSessionUnavailable(f"The register request got no answer: {answer.sentence}.")
    if answer.status != TOKEN_REQUIRED:
        hint = {401: ": are the credentials right?", 404: ": is its path right?"}.get(answer.status, ".")
        instead = f"{answer.status} instead of {TOKEN_REQUIRED}{hint}"
        raise PausedSessionUnavailable(f"The register request was answered {instead}")
    document = _json(answer.body, "The register request was answered 428 with a body that is not JSON.")
    if isinstance(document, dict):  # a token in it is not ours to use
        document = {key: document[key] for key in (SESSION, LINK, EXPIRY) if key in document}
    try:
        return read_pause(document, token)
    except PausedSessionUnavailable as error:
        raise PausedSessionUnavailable(f"The register request was answered 428, but: {error}") from None


def read_output(outcome: Outcome, token: str, redact: Callable[[str], str]) -> Lease:
    """Read a paused session from what the command of paused_session printed before it exited with 0."""
    if outcome.code != 0:
        how = f"exited with {outcome.code}" if outcome.code > 0 else f"was ended by signal {-outcome.code}"
        raise PausedSessionUnavailable(f"{COMMAND} {how}{_last_words(outcome.err, redact)}")
    document = _json(outcome.out, f"{COMMAND} exited with 0 but printed no JSON.")
    try:
        return read_pause(document, token)
    except PausedSessionUnavailable as error:
        raise PausedSessionUnavailable(f"{COMMAND} printed JSON, but: {error}") from None


def _last_words(err: bytes, redact: Callable[[str], str]) -> str:
    # Filtered as a whole, since a secret may span lines; not quoted where the bound may have cut one.
    lines = redact(err.decode(errors="replace")).strip().splitlines() if len(err) < OUTPUT_BYTES else []
    printable = "".join(character if character.isprintable() else " " for character in lines[-1]) if lines else ""
    return f"; the last line of its stderr: {printable[:QUOTED_CHARACTERS]}" if printable else "."


def _json(data: bytes, otherwise: str) -> object:
    try:
        document: object = json.loads(data.decode())
    except (ValueError, RecursionError):
        raise PausedSessionUnavailable(otherwise) from None
    return document

"""Paused sessions: each is leased once, and a provider that fails is told in a sentence without secrets."""

import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from contract_tests.cases.paused_sessions import (
    FAILURES_IN_A_ROW,
    Lease,
    PausedSessions,
    PausedSessionUnavailable,
    read_pause,
)
from contract_tests.target.settings import Command, Credentials, Limits, PausedSession, Register, Target, Tokens, Values
from contract_tests.wire import Answer, NoAnswer

CANARY = "canary-7f3d"
SESSION, LINK = "39cd6a88-8ee3-4e59-a861-b8a2187e0f4c", "683005d6-f45c-4adb-b289-f1a12f50f80c"
PAUSE = {"session": SESSION, "link": LINK}
REGISTER = Register("POST", "/api/links/", {"password": CANARY})

Send = Callable[[Register], Answer | NoAnswer]


@dataclass(frozen=True)
class Pausing:
    """Paused sessions, and what sends the request that pauses one."""

    of: PausedSessions
    send: Send

    def lease(self) -> Lease:
        """Lease one."""
        return self.of.lease(self.send)


def sessions(way: Register | Command | Values | None, send: Send | None = None, timeout: float = 10) -> Pausing:
    """Return the sessions of a target with this way to pause them."""
    target = Target(
        "https://x.example",
        Credentials("id", CANARY),
        paused_session=way,
        tokens=Tokens("accepted-token"),
        limits=Limits(timeout_seconds=timeout),
    )
    return Pausing(PausedSessions(target, lambda text: text.replace(CANARY, "[filtered]")), send or _unreachable)


def refusal(provider: Pausing) -> str:
    """Return why no session could be had, which never shows the canary."""
    with pytest.raises(PausedSessionUnavailable) as caught:
        provider.lease()
    assert CANARY not in str(caught.value)
    assert SESSION not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return str(caught.value)


def answered(status: int, body: Any) -> Send:
    """Return a target that gives one answer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda register: Answer(status, (), content, 0.1)


def python(code: str, tmp_path: Path) -> Command:
    """Return a command that runs some Python."""
    return Command((sys.executable, "-c", code), tmp_path)


# What a paused session is


@pytest.mark.parametrize(
    ("document", "token", "expiry"),
    [
        (PAUSE, "accepted-token", None),
        ({**PAUSE, "token": "own"}, "own", None),
        ({**PAUSE, "expiry": 3, "code": None}, "accepted-token", 3),
    ],
)
def test_a_pause_names_session_and_link_and_perhaps_a_token(
    document: dict[str, Any], token: str, expiry: int | None
) -> None:
    """A token of its own wins over the accepted one; what is not known is ignored."""
    assert read_pause(document, "accepted-token") == Lease(SESSION, LINK, token, expiry=expiry)


@pytest.mark.parametrize("session", [SESSION.upper(), SESSION.replace("-", "")])
def test_a_uuid_is_taken_as_it_is_spelled(session: str) -> None:
    """Capital letters and a spelling without hyphens are UUIDs, and are sent back as they came."""
    assert read_pause({**PAUSE, "session": session}, "t").session == session


@pytest.mark.parametrize(
    ("document", "word"),
    [
        (None, "object"),
        ([PAUSE], "object"),
        ("text", "object"),
        ({"link": LINK}, '"session"'),
        ({"session": SESSION}, '"link"'),
        ({**PAUSE, "session": None}, '"session"'),
        ({**PAUSE, "session": 5}, '"session"'),
        ({**PAUSE, "session": CANARY}, '"session"'),
        ({**PAUSE, "session": f"{{{SESSION}}}"}, '"session"'),
        ({**PAUSE, "session": f"{SESSION}\n"}, '"session"'),
        ({**PAUSE, "session": SESSION.replace("-", "", 1)}, '"session"'),
        ({**PAUSE, "link": ""}, '"link"'),
        ({**PAUSE, "token": ""}, '"token"'),
        ({**PAUSE, "token": None}, '"token"'),
        ({**PAUSE, "token": 1234}, '"token"'),
    ],
)
def test_what_is_no_pause_is_refused(document: object, word: str) -> None:
    """The sentence names what is wrong, and shows no value."""
    with pytest.raises(PausedSessionUnavailable, match=word) as caught:
        read_pause(document, "accepted-token")

    assert CANARY not in str(caught.value)


def test_a_lease_shows_nothing() -> None:
    """Session, link and token of a lease stand in no traceback."""
    assert repr(Lease(SESSION, LINK, CANARY)) == "Lease(origin='paused', expiry=None)"


def test_a_target_without_a_way_to_pause_has_no_sessions() -> None:
    """Without paused_session every lease is refused with that sentence."""
    assert "paused_session" in refusal(sessions(None))


# register


def test_a_register_request_is_sent_for_each_lease() -> None:
    """Each lease sends the request of the target file, and takes session and link of the 428 answer."""
    sent: list[Register] = []

    def send(register: Register) -> Answer:
        sent.append(register)
        body = {**PAUSE, "token": None, "code": "token_required"}
        return Answer(428, (), json.dumps(body).encode(), 0.1)

    provider = sessions(REGISTER, send)

    assert [provider.lease(), provider.lease()] == [Lease(SESSION, LINK, "accepted-token")] * 2
    assert sent == [REGISTER, REGISTER]
    assert provider.of.taken == 2


@pytest.mark.parametrize(
    ("send", "words"),
    [
        (answered(500, [{"message": CANARY}]), "answered 500 instead of 428"),
        (answered(401, {}), "credentials"),
        (answered(404, {}), "path"),
        (answered(200, PAUSE), "answered 200 instead of 428"),
        (answered(428, f"<html>{CANARY}".encode()), "not JSON"),
        (answered(428, b"\xff"), "not JSON"),
        (answered(428, b"[" * 100_000), "not JSON"),
        (answered(428, [PAUSE]), "object"),
        (answered(428, {"session": CANARY, "link": LINK}), '"session"'),
        (answered(428, {"session": SESSION}), '"link"'),
        (lambda register: NoAnswer("timeout", "no whole answer within 10 s", 10.0), "no whole answer within 10 s."),
    ],
)
def test_a_register_request_that_fails_is_told(send: Send, words: str) -> None:
    """Another status, another body and no answer at all are told, without a word of the body."""
    provider = sessions(REGISTER, send)
    sentence = refusal(provider)

    assert provider.of.taken == 0
    assert sentence.startswith("The register request")
    assert words in sentence


# command


def test_a_command_prints_a_session(tmp_path: Path) -> None:
    """The command runs in the folder of the target file, without a shell, and its JSON is the session."""
    program = tmp_path / "pause"
    program.write_text(f"#!/bin/sh\necho '{json.dumps(PAUSE)[:-1]}, \"token\": \"'$1'\"}}'\n")
    program.chmod(0o755)
    provider = sessions(Command(("./pause", "$HOME"), tmp_path))

    assert provider.lease() == Lease(SESSION, LINK, "$HOME")
    assert provider.of.taken == 1


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("raise SystemExit(3)", "exited with 3."),
        (
            f"import sys; sys.exit('first\\nno session, password {CANARY} is wrong')",
            "stderr: no session, password [filtered]",
        ),
        ("import sys; sys.exit('a\\x1b[31mb' + 'c' * 5000)", "stderr: a [31mb" + "c" * 192),
        ("import sys; sys.exit('x' * 70000)", "exited with 1."),
        ("import os; os.kill(os.getpid(), 9)", "ended by signal 9"),
        ("pass", "printed no JSON"),
        (f"print('{CANARY}')", "printed no JSON"),
        ("import sys; sys.stdout.buffer.write(bytes([255]))", "printed no JSON"),
        ("print('[' * 60000)", "printed no JSON"),
        (f'print(\'{{"session": "{CANARY}"}}\')', '"session"'),
        ("print('1' * 70000)", "more than 64 KiB"),
        ("while True: print('1' * 70000)", "more than 64 KiB"),
    ],
)
def test_a_command_that_fails_is_told(tmp_path: Path, code: str, words: str) -> None:
    """How it ended and the last line of its stderr are told, bounded, printable and without secrets."""
    sentence = refusal(sessions(python(code, tmp_path)))

    assert sentence.startswith("The command of paused_session")
    assert words in sentence
    assert len(sentence) < 300
    assert sentence.isprintable()


@pytest.mark.parametrize(
    ("command", "words"),
    [(("./none",), "No such file"), (("./text",), "Permission denied"), (("./empty",), "Exec format error")],
)
def test_a_command_that_cannot_start_is_told(tmp_path: Path, command: tuple[str, ...], words: str) -> None:
    """A program that is missing, not executable, or no program is told with the system's reason."""
    (tmp_path / "text").write_text("text")
    (tmp_path / "empty").write_bytes(b"\x00\x01")
    (tmp_path / "empty").chmod(0o755)

    assert words in refusal(sessions(Command(command, tmp_path)))


def test_a_command_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    """At the timeout the command and its children are gone, also those that hold no output open."""
    code = (
        "import subprocess, time, pathlib\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        "pathlib.Path('child').write_text(str(child.pid))\n"
        "time.sleep(60)\n"
    )
    started = time.monotonic()
    sentence = refusal(sessions(python(code, tmp_path), timeout=0.5))

    assert "did not end within 0.5 s" in sentence
    assert time.monotonic() - started < 5
    assert _is_gone(int((tmp_path / "child").read_text()))


def test_a_child_that_holds_the_output_open_does_not_delay(tmp_path: Path) -> None:
    """Once the command has exited its output is complete, and what it left in the background is ended."""
    code = (
        "import json, subprocess, pathlib\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        "pathlib.Path('child').write_text(str(child.pid))\n"
        f"print(json.dumps({PAUSE!r}))\n"
    )
    started = time.monotonic()

    assert sessions(python(code, tmp_path)).lease() == Lease(SESSION, LINK, "accepted-token")
    assert time.monotonic() - started < 5
    assert _is_gone(int((tmp_path / "child").read_text()))


def test_much_stderr_does_not_stop_a_command(tmp_path: Path) -> None:
    """A talkative command that prints a session is good."""
    code = f"import json, sys; sys.stderr.write('x' * 1000000); print(json.dumps({PAUSE!r}))"

    assert sessions(python(code, tmp_path)).lease().session == SESSION


def test_no_file_stays_open(tmp_path: Path) -> None:
    """Good and failing commands leave no descriptor behind."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    sessions(python(f"print('{json.dumps(PAUSE)}')", tmp_path)).lease()
    refusal(sessions(python("raise SystemExit(1)", tmp_path)))
    refusal(sessions(Command(("./none",), tmp_path)))

    assert len(list(Path("/proc/self/fd").iterdir())) == before


# values


def test_values_are_handed_out_in_order_and_once() -> None:
    """Each value is leased once, with its own token or the accepted one; then they have run out."""
    values = Values((PausedSession(SESSION, LINK), PausedSession(LINK, LINK, "own")))
    provider = sessions(values)

    assert [provider.lease(), provider.lease()] == [Lease(SESSION, LINK, "accepted-token"), Lease(LINK, LINK, "own")]
    assert "All 2 sessions" in refusal(provider)
    assert provider.of.taken == 2


def test_threads_share_no_value() -> None:
    """Eight threads that ask at once receive each value exactly once."""
    values = Values(tuple(PausedSession(f"{index:032x}", LINK) for index in range(200)))
    provider = sessions(values)
    leased: list[str] = []
    start = threading.Barrier(8)

    def take() -> None:
        start.wait()
        leased.extend(provider.lease().session for _ in range(25))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(leased) == [f"{index:032x}" for index in range(200)]
    assert provider.of.taken == 200


def test_workers_share_one_count_of_values() -> None:
    """Where the count is kept elsewhere, two providers of one target hand out different values."""
    values = Values((PausedSession(SESSION, LINK), PausedSession(LINK, LINK)))
    target = Target("https://x.example", Credentials("id", "pw"), paused_session=values, tokens=Tokens("t"))
    count = iter(range(10))
    workers = [PausedSessions(target, str, lambda: next(count)) for _ in range(2)]

    assert {worker.lease(_unreachable).session for worker in workers} == {SESSION, LINK}


# A provider that keeps failing


def test_a_provider_that_keeps_failing_is_not_asked_for_ever() -> None:
    """After some failures in a row the last sentence is repeated and nothing is sent any more."""
    sent: list[Register] = []

    def send(register: Register) -> Answer:
        sent.append(register)
        return Answer(500, (), b"", 0.1)

    provider = sessions(REGISTER, send)
    sentences = {refusal(provider) for _ in range(FAILURES_IN_A_ROW + 3)}

    assert len(sent) == FAILURES_IN_A_ROW
    assert len(sentences) == 1


def test_a_failure_now_and_then_is_no_end() -> None:
    """A lease that is had starts the count of failures anew."""
    provider = sessions(REGISTER, lambda register: Answer(next(statuses), (), json.dumps(PAUSE).encode(), 0.1))
    statuses = iter([500, 500, 428, 500, 500, 428])
    had = 0
    for _ in range(6):
        try:
            provider.lease()
        except PausedSessionUnavailable:
            continue
        had += 1

    assert had == provider.of.taken == 2


def _unreachable(register: Register) -> Answer | NoAnswer:
    raise AssertionError("nothing is sent")


def _is_gone(process: int) -> bool:
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":  # dead, and only waited for by whoever adopted it
            return True
        time.sleep(0.02)
    return False

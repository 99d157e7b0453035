"""A master: it tells workers what to send, adds up what they count, and notices when one is lost."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

import msgspec
from locust.env import Environment
from locust.rpc.protocol import Message
from locust.runners import STATE_MISSING

from contract_tests.load.engine import TICK_SECONDS, Tell
from contract_tests.load.generator import Generator, user_class
from contract_tests.load.messages import BEGIN, DONE, END, HELLO, REFUSE, REPORT
from contract_tests.load.settings import Settings, Share, shares
from contract_tests.load.steps import Step
from contract_tests.load.tally import Tally, total
from contract_tests.run.interruption import Interruption
from contract_tests.server_process import ServerProcess

JOIN_SECONDS = 60.0
LAST_WORDS_SECONDS = 0.7
"""Ctrl-C ends a run within two seconds: so long are the last counts of the workers waited for."""


class WorkerRefusedError(Exception):
    """Why a worker cannot take part, in one sentence."""


class Master:
    """The master of a run. It is bound to one address, and listens from now on."""

    def __init__(self, settings: Settings, steps: tuple[Step, ...], own: dict[str, str], host: str, port: int) -> None:
        """`own` are the digests that every worker has to have too."""
        self._settings, self._own = settings, own
        self._tallies: dict[str, Tally] = {}
        self._joined: list[str] = []
        self._done: set[str] = set()
        self._lost: set[str] = set()
        self._refusal, self._refused = "", 0
        environment = Environment(user_classes=[user_class(steps, _no_generator)])
        self._runner = environment.create_master_runner(host, port)
        self._runner.register_message(HELLO, self._greet)
        self._runner.register_message(DONE, self._finish)
        environment.events.worker_report.add_listener(self._hear)  # type: ignore[no-untyped-call]

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._runner.server.port)

    @property
    def lost(self) -> int:
        """How many workers were lost in the run, or never joined it."""
        return self._settings.workers - len(self._joined) + len(self._lost)

    def run(self, processes: list[ServerProcess], interruption: Interruption, tell: Tell) -> Tally:
        """Run to the end, and return what all workers counted.

        `processes` are the workers that were started here. Raises WorkerRefusedError.
        """
        try:
            self._wait_for_workers(processes, interruption)
            if not interruption.asked:
                given = shares(self._settings)
                for client, share in zip(self._joined, given, strict=False):
                    self._send_share(client, share)
                self._runner.start(self._settings.users, spawn_rate=self._settings.users)
                until = time.monotonic() + self._settings.seconds + JOIN_SECONDS
                while not self._is_over() and not interruption.asked and time.monotonic() < until:
                    time.sleep(TICK_SECONDS)
                    self._look_for_lost()
                    tally = total(list(self._tallies.values()))
                    tell(tally)
                    if self._settings.exit_first and tally.wrong:
                        break
            if not self._is_over():
                self._runner.send_message(END)
                self._wait_for_last_words()
        finally:
            self._runner.quit()
        return total(list(self._tallies.values()))

    def _wait_for_workers(self, processes: list[ServerProcess], interruption: Interruption) -> None:
        until = time.monotonic() + JOIN_SECONDS
        # Also after a refusal: who comes later is told as well, and does not wait for a master that has gone.
        while len(self._joined) + self._refused < self._settings.workers and not interruption.asked:
            time.sleep(TICK_SECONDS)
            if any(process.exit_code is not None for process in processes) or time.monotonic() > until:
                break
        if self._refusal:
            raise WorkerRefusedError(self._refusal)
        missing = self._settings.workers - len(self._joined)
        if missing and not interruption.asked:
            lines = "".join(f"\n  | {line}" for process in processes for line in process.lines[-1:])
            raise WorkerRefusedError(
                f"{missing} of {self._settings.workers} workers did not join within {JOIN_SECONDS:.0f} s.{lines}"
            )

    def _send_share(self, client: str, share: Share) -> None:
        self._tallies[client] = Tally()
        self._runner.send_message(BEGIN, asdict(share), client)

    def _is_over(self) -> bool:
        return self._done | self._lost >= set(self._joined)

    def _wait_for_last_words(self) -> None:
        until = time.monotonic() + LAST_WORDS_SECONDS
        while not self._is_over() and time.monotonic() < until:
            time.sleep(TICK_SECONDS / 4)

    def _look_for_lost(self) -> None:
        gone = {client.id for client in self._runner.clients.all if client.state == STATE_MISSING}
        self._lost |= gone & set(self._joined) - self._done

    def _greet(self, environment: Environment, msg: Message) -> None:  # noqa: ARG002 - Locust names them
        different = [name for name, digest in self._own.items() if msg.data.get(name) != digest]
        if different:
            told = " and ".join(different)
            self._refused += 1
            self._refusal = f"A worker has another {told} than the master: give all of them the same."
            self._runner.send_message(REFUSE, {"sentence": self._refusal}, msg.node_id)
        elif len(self._joined) < self._settings.workers:
            self._joined.append(msg.node_id)

    def _finish(self, environment: Environment, msg: Message) -> None:  # noqa: ARG002
        self._tallies[msg.node_id] = msgspec.convert(msg.data, Tally)
        self._done.add(msg.node_id)

    def _hear(self, client_id: str, data: dict[str, Any]) -> None:
        if REPORT in data and client_id in self._tallies and client_id not in self._done:
            self._tallies[client_id] = msgspec.convert(data[REPORT], Tally)


def _no_generator() -> Generator:
    raise AssertionError("a master has no users of its own")

"""A worker: it calls for a master, on this machine or another, and tells it what it counted."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from locust.env import Environment
from locust.rpc.protocol import Message

from contract_tests.contract import Contract
from contract_tests.load.engine import TICK_SECONDS, finish
from contract_tests.load.generator import Generator, user_class
from contract_tests.load.messages import BEGIN, DONE, END, HELLO, REFUSE, REPORT
from contract_tests.load.settings import Share, digests
from contract_tests.load.steps import possible_steps
from contract_tests.run.interruption import Interruption
from contract_tests.target.settings import Target

LEFT, REFUSED, INTERRUPTED = 0, 4, 2
GOODBYE_SECONDS = 5.0


class Worker:
    """One worker of a distributed run: what it may send comes from the master, its target and secrets from here."""

    def __init__(self, target: Target, contract: Contract, host: str, port: int) -> None:
        self._target, self._contract = target, contract
        self._generator: Generator | None = None
        self._ended = False
        self.refused = ""
        environment = Environment(user_classes=[user_class(possible_steps(target), self._running)])
        self._runner = environment.create_worker_runner(host, port)
        for name, listener in ((BEGIN, self._begin), (END, self._end), (REFUSE, self._refuse)):
            self._runner.register_message(name, listener)
        environment.events.report_to_master.add_listener(self._report)  # type: ignore[no-untyped-call]
        self._runner.send_message(HELLO, digests(contract, target))

    def work(self, interruption: Interruption) -> int:
        """Work until the master ends the run or the run is over; return the exit code."""
        # Locust ends its greenlets when the master quits, or is not heard of for a minute.
        while self._runner.greenlet and not (self._ended or interruption.asked or self._is_over):
            time.sleep(TICK_SECONDS)
        generator = self._generator
        if generator is not None:
            finish(generator, self._runner, lambda: self._ended or interruption.asked)
            self._runner.send_message(DONE, _plain(generator))
        until = time.monotonic() + GOODBYE_SECONDS
        while self._runner.greenlet and time.monotonic() < until:
            time.sleep(TICK_SECONDS)
        return REFUSED if self.refused else INTERRUPTED if interruption.asked else LEFT

    @property
    def _is_over(self) -> bool:
        return self._generator is not None and self._generator.is_over

    def _running(self) -> Generator:
        assert self._generator is not None, "the master begins a run before it spawns users"
        return self._generator

    def _begin(self, environment: Environment, msg: Message) -> None:  # noqa: ARG002 - Locust names them
        self._generator = Generator(self._target, self._contract, msgspec.convert(msg.data, Share))

    def _end(self, environment: Environment, msg: Message) -> None:  # noqa: ARG002
        self._ended = True
        if self._generator is not None:
            self._generator.end()

    def _refuse(self, environment: Environment, msg: Message) -> None:  # noqa: ARG002
        self._ended = True
        self.refused = str(msg.data["sentence"])

    def _report(self, client_id: str, data: dict[str, Any]) -> None:  # noqa: ARG002
        if self._generator is not None:
            data[REPORT] = _plain(self._generator)


def _plain(generator: Generator) -> Any:
    """Return what a worker counted, as a message holds it: numbers, names of the suite's own, redacted examples."""
    return msgspec.to_builtins(generator.tally())

"""A run on Locust in this process: its local runner, and what local and distributed runs have in common."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from locust import __version__
from locust.env import Environment
from locust.runners import Runner

from contract_tests.load.generator import Generator, user_class
from contract_tests.load.settings import Settings
from contract_tests.load.steps import Step
from contract_tests.load.tally import Tally
from contract_tests.run.interruption import Interruption

ENGINE = f"Locust {__version__}"
TICK_SECONDS = 0.1

Tell = Callable[[Tally], None]


def keep_quiet() -> None:
    """Leave the screen to the suite's own lines: what Locust logs goes where the caller has set it to, or nowhere."""
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.NullHandler())


def run_here(
    generator: Generator, steps: tuple[Step, ...], settings: Settings, interruption: Interruption, tell: Tell
) -> Tally:
    """Run users in this process until the run is over, and return what they counted."""
    environment = Environment(user_classes=[user_class(steps, lambda: generator)])
    runner = environment.create_local_runner()
    runner.start(settings.users, spawn_rate=settings.users)
    while not generator.is_over:
        time.sleep(TICK_SECONDS)
        tally = generator.tally()
        tell(tally)
        if interruption.asked or (settings.exit_first and tally.wrong):
            generator.end()
    finish(generator, runner, lambda: interruption.asked)
    tally = generator.tally()
    runner.quit()
    return tally


def finish(generator: Generator, runner: Runner, is_interrupted: Callable[[], bool]) -> None:
    """Wait for the answers to what is under way, no longer than an exchange may take."""
    until = time.monotonic() + generator.patience
    while runner.user_count and time.monotonic() < until and not is_interrupted():
        time.sleep(TICK_SECONDS / 4)
    generator.end()
    generator.close()

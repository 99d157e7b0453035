"""`python -m contract_tests`: check a server, by pytest with options of this package, or run another command."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from contract_tests import __version__
from contract_tests.embedded.own_process import EmbeddedServer
from contract_tests.options import show_help, translate

HERE = Path(__file__).parent
SETTINGS = (
    # The project's own pytest settings are for its own tests, and a pipeline's plugins are not for this suite.
    f"--config-file={HERE / 'pytest.ini'}",
    f"--rootdir={HERE.parent}",
    "--disable-plugin-autoload",
    "--noconftest",
    "-p",
    "contract_tests.plugin",
    # A cache would keep the names of what failed; nothing but the reports stays behind.
    "-p",
    "no:cacheprovider",
    "-p",
    "no:logging",
    "-p",
    "no:faulthandler",
    # These two collect garbage time and again at the end, to find defects of the tested Python code: there is none.
    "-p",
    "no:unraisableexception",
    "-p",
    "no:threadexception",
    "--assert=plain",
    "--tb=no",
    "--no-header",
    "--no-summary",
    "-qq",
)
OTHER_COMMANDS = {
    "serve": "contract_tests.embedded.server",
    "report": "contract_tests.report.__main__",
    "history": "contract_tests.report.history_command",
    "load": "contract_tests.load.command",
}
BROKEN_PIPE = 141  # as a shell tells a program that SIGPIPE has ended
SERVE_NOTHING = {"--target", "--base-url", "--plan", "--collect-only", "--co", "--help"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, `check` where none is named, and return its exit code: the table of docs/exit-codes.md."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    name = given[0] if given else ""
    if name in ("--version", "-V"):
        return version()
    if name in OTHER_COMMANDS:
        return int(import_module(OTHER_COMMANDS[name]).main(given[1:]))
    checking = translate(given[1:] if name == "check" else given)
    if not {"--help", "-h"}.isdisjoint(checking):
        return show_help()
    return check(["--help" if argument == "--help-pytest" else argument for argument in checking])


def check(arguments: Sequence[str]) -> int:
    """Check a server: the embedded one where the arguments and the environment name no other."""
    # While it starts, on another core, pytest is imported here.
    early = EmbeddedServer(os.environ) if means_embedded_server(arguments, os.environ) else None
    try:
        import pytest

        return int(pytest.main([*SETTINGS, *arguments], plugins=[early] if early else []))
    finally:
        if early:
            early.end()


def version() -> int:
    """Print the versions of the suite and of its contract."""
    from contract_tests.contract.document import load

    print(f"resume-contract {__version__}, contract {load().version}")
    return 0


def means_embedded_server(arguments: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Guess whether the embedded server is to be checked: a wrong guess costs time, since the settings decide later."""
    options = {argument.partition("=")[0] for argument in arguments}
    named = environment.get("CONTRACT_TARGET") or environment.get("CONTRACT_BASE_URL")
    return not named and options.isdisjoint(SERVE_NOTHING)


def command() -> int:
    """Run as the process's own command."""
    # Next to nothing of a run is garbage, and looking for it often takes a tenth of the time.
    gc.set_threshold(50_000, 20, 50)
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has gone, `| head` for one, and the interpreter is not to complain of it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    return code


if __name__ == "__main__":
    sys.exit(command())

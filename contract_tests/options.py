"""The options of the command that pytest does not have, as data: what pytest is told of them, and `--help`."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from typing import Any

DEFAULT_SEED = 1
OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--target", {"metavar": "FILE", "help": "target file (CONTRACT_TARGET); without one: the embedded server"}),
    ("--base-url", {"metavar": "URL", "help": "base URL of the server under test (CONTRACT_BASE_URL)"}),
    ("--report-dir", {"metavar": "DIR", "help": "folder of the reports (CONTRACT_REPORT_DIR; default: reports)"}),
    ("--profile", {"choices": ["quick", "full"], "help": "how much is sent (default: full on loopback, else quick)"}),
    (
        "--concurrency",
        {
            "type": int,
            "metavar": "N",
            "help": "cases under way at the same time (default: 8, or 32 for a slow target; 1: in order, to debug)",
        },
    ),
    ("--seed", {"type": int, "default": DEFAULT_SEED, "metavar": "N", "help": "the same seed sends the same bodies"}),
    ("--plan", {"action": "store_true", "help": "print what would be sent, and send nothing"}),
    ("--compare", {"metavar": "OLD.json", "help": "compare with the contract.json of an earlier run"}),
)
COMMANDS = """commands:
  check                 check a server: what is done without a command
  load                  check it under load
  serve                 serve the embedded Links API on a fixed port
  report                make the page again from a contract.json
  history               make one page of many contract.json

Further options are those of pytest: -k 428 and the names of check files narrow a run, -x ends it at the first
violation, -v tells each case. --help-pytest lists them all.
"""


def show_help() -> int:
    """Print what the command takes, its own options only."""
    parser = argparse.ArgumentParser(
        prog="python -m contract_tests",
        usage="python -m contract_tests [command] [options] [check file …]",
        description="Check a server against openapi.yaml.",
        epilog=COMMANDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
    )
    for flag, settings in OPTIONS:
        parser.add_argument(flag, **settings)
    parser.print_help()
    return 0


def translate(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with `-n N`, which started workers once, as what has taken its place."""
    given = list(arguments)
    for index, argument in enumerate(given):
        found = re.fullmatch(r"(?:-n|--numprocesses)=?(\w+)?", argument)
        if found is None:
            continue
        count = found[1] or (given[index + 1] if index + 1 < len(given) else "")
        taken = 1 if found[1] else 2
        print(f"{argument}: cases run side by side in one process now, by --concurrency.", file=sys.stderr)
        new = ["--concurrency", count] if count.isdecimal() else []
        return [*given[:index], *new, *translate(given[index + taken :])]
    return given

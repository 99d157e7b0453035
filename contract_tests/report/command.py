"""What the commands of the report share: wrong usage is one sentence and exit code 4."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

from contract_tests.report.escaping import escape

WRONG_USAGE = 4


class Parser(argparse.ArgumentParser):
    """An argument parser that says in one sentence what was wrong."""

    def error(self, message: str) -> NoReturn:
        """End the command with one sentence and exit code 4."""
        sys.exit(self.refuse(message))

    def refuse(self, sentence: str) -> int:
        """Print what was wrong and return the exit code."""
        print(escape(f"{self.prog}: {sentence}"), file=sys.stderr)
        return WRONG_USAGE

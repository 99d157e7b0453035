"""`python -m contract_tests`: pytest with this package's options and exit codes."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from pathlib import Path

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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suite and return its exit code: DESIGN's table, the same in README.md."""
    import pytest

    given = list(sys.argv[1:] if arguments is None else arguments)
    return int(pytest.main([*SETTINGS, *given]))


if __name__ == "__main__":
    # Next to nothing of a run is garbage, and looking for it often takes a tenth of the time.
    gc.set_threshold(50_000, 20, 50)
    sys.exit(main())

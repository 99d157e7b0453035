"""mypy and pyright in their strict modes, for clients and those who use them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.suite_command import PROJECT

KNOWN = PROJECT / ".mypy_cache"


def mypy(folder: Path, *checked: Path, path: str = "") -> str:
    """Check packages, from a folder that is this check's own, and return what mypy prints; `path` is where it imports.

    What `make lint` has learned of other packages is taken over: mypy holds it against their files.
    """
    (folder / "mypy.ini").write_text("[mypy]\nstrict = true\nwarn_unreachable = true\n", encoding="utf-8")
    if KNOWN.is_dir():
        shutil.copytree(KNOWN, folder / "cache")
    command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--cache-dir", "cache", *map(str, checked)]
    environment = os.environ | {"MYPYPATH": path}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def pyright(folder: Path, *checked: Path, path: str = "") -> dict[str, Any]:
    """Check folders or files, from a folder that is this check's own, and return pyright's summary."""
    settings = {"include": [str(one) for one in checked], "extraPaths": [path] if path else []}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings | {"typeCheckingMode": "strict"}), encoding="utf-8")
    command = [sys.executable, "-m", "basedpyright", "--project", str(folder), "--pythonpath", sys.executable]
    done = subprocess.run([*command, "--outputjson"], capture_output=True, text=True, check=False)
    summary: dict[str, Any] = json.loads(done.stdout)["summary"]
    return summary

"""Serve one of the faulty or odd servers by hand: `python -m tests.faulty_servers NAME [--port 8000]`."""

from __future__ import annotations

import argparse
import difflib
import signal
import sys
import threading
from collections.abc import Callable, Mapping

import yaml

from tests.faulty_servers import BY_HAND, DERIVED, FAULTS, SHOWN, STYLES
from tests.faulty_servers.served import Fault, Served


def main() -> int:
    """Serve a server, or list them all where none is named."""
    parser = argparse.ArgumentParser(prog="python -m tests.faulty_servers", description=__doc__)
    parser.add_argument("name", nargs="?", help="the server; without it all are listed")
    parser.add_argument("--port", type=int, default=8000, help="the port on 127.0.0.1 (default: %(default)s)")
    arguments = parser.parse_args()
    if arguments.name is None:
        print(_listing())
        return 0
    if arguments.name not in FAULTS and arguments.name not in STYLES:
        near = difflib.get_close_matches(arguments.name, [*FAULTS, *STYLES], 1)
        print(f"There is no server {arguments.name}{f': is {near[0]} meant?' if near else '.'}", file=sys.stderr)
        return 2
    return _serve(arguments.name, arguments.port)


def _serve(name: str, port: int) -> int:
    served = FAULTS[name]() if name in FAULTS else STYLES[name]()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        with served.serve(port) as base_url:
            print(f"{name}: {served.words}")
            if isinstance(served, Fault):
                print(f"It breaks {served.breaks} of openapi.yaml.")
                print(f"It is shown by {served.shown_by}." if served.shown_by else "Most requests show it.")
            print(f"It answers on {base_url}{served.prefix} until Ctrl-C. Its target file:\n")
            print(yaml.safe_dump(served.target_settings(base_url), sort_keys=False), flush=True)
            stopped.wait()
    except OSError as error:
        print(f"Port {port} cannot be used ({error}): choose another with --port.", file=sys.stderr)
        return 1
    return 0


def _listing() -> str:
    lines = []
    faults: dict[str, Mapping[str, Callable[[], Served]]] = {
        "Derived faults": DERIVED,
        "Faults by hand": BY_HAND,
        "Faults that few requests show": SHOWN,
    }
    for title, servers in {**faults, "Styles": STYLES}.items():
        lines.append(f"{title} ({len(servers)})")
        lines += [f"  {name:<44} {make().words}" for name, make in servers.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

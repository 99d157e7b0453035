"""The whole matrix, faults by checks: `make faults`. `--summary FILE` writes the table of docs/developing.md anew."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from contract_tests.contract.document import load
from contract_tests.registry import all_checks
from tests.faulty_servers import BY_HAND, DERIVED, FAULTS, STYLE_THEMES, STYLES, THEMES
from tests.faulty_servers.expected import BY_CHANCE, WITNESSES, count_of_causes, exit_code_of, response_to_fix
from tests.faulty_servers.proof import prove
from tests.faulty_servers.served import Fault

SERVERS_OF_A_PROCESS = 25
BEGIN, END = "<!-- faults:begin -->", "<!-- faults:end -->"


@dataclass(frozen=True)
class Row:
    """One server of the matrix: what the run ended with, which checks failed it, and how long that took."""

    name: str
    is_fault: bool
    exit_code: int
    failed: tuple[str, ...]
    seconds: float
    caught: bool
    one_cause: bool
    right_response: bool

    @property
    def right(self) -> bool:
        """Whether the run said of the server what is expected of it."""
        return self.caught and (not self.is_fault or (self.one_cause and self.right_response))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the matrix and its score; 1 where a fault survives or is told wrongly, or a style is failed."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("names", nargs="*", help="some servers only")
    parser.add_argument("--quick", action="store_true", help="stop each run at its first violation")
    parser.add_argument("--workers", type=int, default=2, help="processes (default: %(default)s)")
    parser.add_argument("--summary", type=Path, metavar="FILE", help="write the summary into FILE and run nothing")
    given = parser.parse_args(arguments)
    if given.summary:
        return _write_summary(given.summary)
    unknown = [name for name in given.names if name not in FAULTS and name not in STYLES]
    if unknown:
        print(f"There is no server {unknown[0]}: `python -m tests.faulty_servers` lists them.", file=sys.stderr)
        return 2
    rows = _run(given.names or [*FAULTS, *STYLES], given.workers, quick=given.quick)
    return 0 if all(row.right for row in rows) else 1


def summary() -> str:
    """Return the table of docs/developing.md: how many servers each theme has, and what the tests assert of them."""
    lines = ["| servers | how many | what they are |", "|---|---:|---|"]
    derived = "one thing wrong in one declared answer, or one keyword of the request ignored"
    lines.append(f"| derived from `openapi.yaml` | {len(DERIVED)} | {derived} |")
    for theme in (*THEMES, *STYLE_THEMES):
        servers = [make for make in (*BY_HAND.values(), *STYLES.values()) if make.__module__ == theme.__name__]
        words = (theme.__doc__ or "").splitlines()[0].rstrip(".").partition(": ")
        title = words[0].replace("Faults of ", "").replace("Faults ", "").lower()
        lines.append(f"| {title} | {len(servers)} | {words[2]} |")
    lines += [
        "",
        f"{len(DERIVED) + len(BY_HAND)} faults, each named by the check that is expected to;",
        f"{len(STYLES)} styles, none failed;",
        f"{len(all_checks())} checks, of which {len(WITNESSES)} have a faulty server that survives without them, and",
        "the others a broken client.",
    ]
    return "\n".join(lines)


def score(rows: Sequence[Row]) -> str:
    """Return in one line how many faults are told as they are expected to be, and how many styles are not failed."""
    faults, styles = ([row for row in rows if row.is_fault is kind] for kind in (True, False))
    return ", ".join(
        f"{words} {sum(good)} of {len(good)}"
        for words, good in (
            ("one cause", [row.one_cause for row in faults]),
            ("right response", [row.right_response for row in faults]),
            ("caught", [row.caught for row in faults]),
            ("styles left in peace", [row.right for row in styles]),
        )
    )


def _run(names: Sequence[str], workers: int, *, quick: bool) -> list[Row]:
    checks = [check.id for check in all_checks()]
    for number, check in enumerate(checks, 1):
        print(f"{number:>3}  {check}")
    print()
    rows = []
    for some in range(0, len(names), SERVERS_OF_A_PROCESS * workers):
        batch = names[some : some + SERVERS_OF_A_PROCESS * workers]
        # Fresh processes: a fork of this one would share its loops and sockets. They are renewed, for Hypothesis keeps
        # each state machine that it has met, and all that hangs on it; a pool that renews its own may wait for ever.
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            for row in pool.map(_prove, batch, [quick] * len(batch)):
                rows.append(row)
                cells = " ".join(f"{number}" for number, check in enumerate(checks, 1) if check in row.failed)
                kind = "fault" if row.is_fault else "style"
                remarks = f"{cells}{_remark(row)}"
                print(f"{kind}  {row.name:<48} {row.seconds:5.1f} s  exit {row.exit_code}  {remarks}", flush=True)
    print(f"\n{score(rows)}, {sum(row.seconds for row in rows):.0f} s of runs")
    return rows


def _remark(row: Row) -> str:
    if not row.is_fault:
        return "" if row.right else "   FAILED"
    if not row.caught:
        return "   SURVIVES"
    return f"{'' if row.one_cause else '   NOT ONE CAUSE'}{'' if row.right_response else '   WRONG RESPONSE'}"


def _prove(name: str, quick: bool) -> Row:
    served = (FAULTS.get(name) or STYLES[name])()
    with tempfile.TemporaryDirectory() as folder:
        proof = prove(served, Path(folder), *(["-x"] if quick else []))
    if not isinstance(served, Fault):
        return Row(name, False, proof.exit_code, proof.failed, proof.seconds, proof.exit_code == 0, True, True)
    return Row(
        name,
        True,
        proof.exit_code,
        proof.failed,
        proof.seconds,
        # What gets no answer may give a wrong one at another time.
        proof.exit_code == exit_code_of(served) or proof.exit_code in (1, 6),
        len(proof.causes) == count_of_causes(served),
        not proof.causes
        or served.name in BY_CHANCE
        or response_to_fix(served, load()) in {response for _, response, _ in proof.causes},
    )


def _write_summary(file: Path) -> int:
    before, begin, rest = file.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        print(f"{file} has no place for the summary: write {BEGIN} and {END} into it.", file=sys.stderr)
        return 1
    file.write_text(f"{before}{BEGIN}\n{summary()}\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

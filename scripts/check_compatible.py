"""List what changed in openapi.yaml since its last release; fail when callers break without a new major version."""

import argparse
import os
import sys
from pathlib import Path

from compatibility.compare import compare
from compatibility.document import IncomparableError
from compatibility.output import Comparison, annotation, annotations, as_json, text, unreleased
from compatibility.sources import from_file, from_git, last_release, named
from compatibility.table import rewrite

ROOT = Path(__file__).resolve().parent.parent
SPEC = ROOT / "openapi.yaml"
RULES = ROOT / "docs" / "compatibility.md"
FORMATS = ("text", "json", "github")


def main() -> int:
    """Compare the contract with its last release, or with what --against names."""
    arguments = _parser().parse_args()
    if arguments.write_rules:
        RULES.write_text(rewrite(RULES.read_text(encoding="utf-8")), encoding="utf-8")
        return 0
    try:
        return _compared(arguments.spec, arguments.against, arguments.format)
    except IncomparableError as error:
        if arguments.format == "github":
            print(annotation("error", arguments.spec.name, 1, "check-compatible", str(error)))
        print(f"check-compatible: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", type=Path, default=SPEC, help="the contract")
    parser.add_argument(
        "--against",
        metavar="OLD",
        help="compare with this file, git revision (v1.0.0, HEAD~1) or wheel of the client; else with the last v* tag",
    )
    default = "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text"
    parser.add_argument("--format", choices=FORMATS, default=default, help="how the changes are written")
    parser.add_argument("--write-rules", action="store_true", help=f"write the rules into docs/{RULES.name}")
    return parser


def _compared(spec: Path, against: str | None, style: str) -> int:
    new = from_file(spec)
    released = "" if against else last_release(spec)
    if not against and not released:
        summary = "No version is released yet (no tag v*): nothing to compare with."
        print(unreleased(new, summary) if style == "json" else summary)
        return 0
    old = named(spec, against) if against else from_git(spec, released)
    comparison = Comparison(old, new, compare(old, new))
    if style == "json":
        print(as_json(comparison))
        return comparison.exit_code
    for line in (annotations if style == "github" else text)(comparison):
        print(line)
    if comparison.exit_code:
        print(f"check-compatible: {comparison.summary}", file=sys.stderr)
    else:
        print(comparison.summary)
    return comparison.exit_code


if __name__ == "__main__":
    sys.exit(main())

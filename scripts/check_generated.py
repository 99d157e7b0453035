"""Compare `generated/` with a fresh generation, and print what differs and the command that mends it."""

import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

from generate_client import GenerationError, fresh_client, parse_places

CACHES = {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
MEND = "Run `make generate` and commit what it changes."


def main() -> int:
    """Say whether the generated package is what openapi.yaml and the templates make."""
    places = parse_places(__doc__)
    if not places.output.is_dir():
        print(f"check-generated: {places.output} is missing. {MEND}", file=sys.stderr)
        return 1
    try:
        with fresh_client(places.spec) as fresh:
            drift = list(differences(fresh, places.output))
    except GenerationError as error:
        print(f"check-generated: {error}", file=sys.stderr)
        return 1
    if drift:
        print("\n".join(drift))
        print(f"check-generated: {places.output} is not what {places.spec.name} makes. {MEND}", file=sys.stderr)
    return bool(drift)


def differences(fresh: Path, output: Path) -> Iterator[str]:
    """Yield a line for each missing and extra file, and the diff of each changed one."""
    wanted, found = _files(fresh), _files(output)
    for name in sorted(wanted.keys() | found.keys()):
        if name not in found:
            yield f"missing: {output.name}/{name}"
        elif name not in wanted:
            yield f"extra: {output.name}/{name}"
        elif wanted[name] != found[name]:
            yield f"changed: {output.name}/{name}"
            sides = (
                found[name].decode(errors="replace").splitlines(),
                wanted[name].decode(errors="replace").splitlines(),
            )
            yield from difflib.unified_diff(*sides, f"{output.name}/{name}", f"generated anew/{name}", lineterm="")


def _files(folder: Path) -> dict[str, bytes]:
    # A link is told from the file it leads to by its bytes: git keeps them apart too.
    return {
        path.relative_to(folder).as_posix(): f"link to {path.readlink()}".encode()
        if path.is_symlink()
        else path.read_bytes()
        for path in folder.rglob("*")
        if (path.is_symlink() or path.is_file()) and not CACHES.intersection(path.relative_to(folder).parts)
    }


if __name__ == "__main__":
    sys.exit(main())

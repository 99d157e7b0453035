"""The changes as text, as JSON, and as annotations of GitHub Actions."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from compatibility.document import Document, pointer_of
from compatibility.rules import Change


@dataclass(frozen=True)
class Comparison:
    """What changed between two contracts, and whether the version says so."""

    old: Document
    new: Document
    changes: list[Change]

    @property
    def breaking(self) -> int:
        """How many changes break callers."""
        return sum(change.breaking for change in self.changes)

    @property
    def exit_code(self) -> int:
        """1 where callers break without a new major version."""
        return int(self.breaking > 0 and self.new.major <= self.old.major)

    @property
    def summary(self) -> str:
        """The verdict in one sentence."""
        since = f"{len(self.changes)} change(s) since {self.old.source} ({self.old.version})"
        counted = f"{since}, {self.breaking} of them breaking for callers"
        if self.exit_code:
            return f"{counted}; info.version {self.new.version} needs a new major version."
        return f"{counted}; info.version {self.new.version} says so." if self.breaking else f"{counted}."


def text(comparison: Comparison) -> Iterator[str]:
    """Yield a line a change: verdict, what changed where, whom it breaks, and its place in the new contract."""
    for change in comparison.changes:
        verdict = "breaking" if change.breaking else "fine"
        file, line = comparison.new.file(change.place), comparison.new.line(change.place)
        yield f"{verdict:<9} {_where(change)}  {_sentence(change)}  ({file}:{line} {pointer_of(change.place)})"


def as_json(comparison: Comparison) -> str:
    """Return the comparison as one JSON object."""
    record = {
        "against": {"source": comparison.old.source, "version": comparison.old.version},
        "version": comparison.new.version,
        "exit_code": comparison.exit_code,
        "summary": comparison.summary,
        "changes": [
            {
                "rule": change.rule,
                "breaking": change.breaking,
                "direction": change.direction.value if change.direction else None,
                "where": list(change.where),
                "what": change.what,
                "why": change.why,
                "file": comparison.new.file(change.place),
                "line": comparison.new.line(change.place),
                "pointer": pointer_of(change.place),
            }
            for change in comparison.changes
        ],
    }
    return json.dumps(record, indent=2, ensure_ascii=False)


def unreleased(document: Document, summary: str) -> str:
    """Return the JSON object of a contract that has nothing to be compared with."""
    record: dict[str, object] = {"against": None, "version": document.version, "exit_code": 0}
    return json.dumps(record | {"summary": summary, "changes": []}, indent=2)


def annotations(comparison: Comparison) -> Iterator[str]:
    """Yield a workflow command a change; an error where the version does not say that callers break."""
    for change in comparison.changes:
        level = ("error" if comparison.exit_code else "warning") if change.breaking else "notice"
        line = comparison.new.line(change.place)
        yield annotation(level, _file(comparison.new, change.place), line, _where(change), _sentence(change))


def annotation(level: str, file: str, line: int, title: str, message: str) -> str:
    """Return a workflow command of GitHub Actions."""
    return f"::{level} file={_property(file)},line={line},title={_property(title)}::{_data(message)}"


def _where(change: Change) -> str:
    more = len(change.where) - 1
    return f"{change.where[0]} and {more} more" if more else change.where[0]


def _sentence(change: Change) -> str:
    return f"{change.what}: {change.why}" if change.why else change.what


def _file(document: Document, place: str) -> str:
    """Return a file as the annotations name it: from the root of the repository, where the job runs."""
    path = Path(document.source).parent / document.file(place)
    return Path(os.path.relpath(path, os.environ.get("GITHUB_WORKSPACE") or Path.cwd())).as_posix()


def _data(message: str) -> str:
    return message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")

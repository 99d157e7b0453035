"""Temporary."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from contract_tests.report.model import Report


class PublishingError(Exception):
    """x."""


@dataclass(frozen=True)
class Publisher:
    """x."""

    folder: Path

    def publish(self, report: Report, stream: TextIO) -> int:
        """x."""
        (self.folder / "contract.json").write_text(json.dumps(dataclasses.asdict(report), indent=1))
        for n, c in enumerate(report.causes, 1):
            print(
                f"{n} [{c.kind} {c.response}] {c.problem}   {c.clause}:{c.line}  {c.exchanges} of {c.of}; checks {len(c.checks)} blocked {len(c.blocked)} cases {len(c.cases)}",
                file=stream,
            )
            for d in c.details:
                print("     ", d, file=stream)
            print("     ", c.example.repeat[:150] if c.example else None, file=stream)
        for s, r in report.statuses.items():
            print(s, r.seen, r.conforming, r.verdict, r.reason, file=stream)
        for c in report.checks:
            if c.verdict != "holds":
                print("  ", c.verdict, c.id, c.reason, c.blocked_by, file=stream)
        print(report.advice, report.drift)
        print(report.exchanges, report.seconds, report.exit_code, report.verdict, file=stream)
        return report.exit_code


def publisher(report_dir: str | None, compare: str | None, environment: Mapping[str, str]) -> Publisher:
    """x."""
    folder = Path(report_dir or environment.get("CONTRACT_REPORT_DIR", "reports"))
    folder.mkdir(parents=True, exist_ok=True)
    return Publisher(folder)

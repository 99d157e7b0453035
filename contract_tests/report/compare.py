"""Two runs side by side: what is new, mended and unchanged, and whether the target became slower."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from contract_tests.report.inert import fit, inert, one_line
from contract_tests.report.latency import duration, spread
from contract_tests.report.words import Report, counted, place

CHECKED = ("holds", "violated", "waived")
LINES = 40


def compare(new: Report, old: Report) -> dict[str, Any]:
    """Return what changed from the old run to the new one; violations are the same when their fingerprints are."""
    now, before = _violations(new), _violations(old)
    checked = {check["id"] for check in new["checks"] if check["verdict"] in CHECKED}
    gone = [entry for fingerprint, entry in before.items() if fingerprint not in now]
    known_drift = {_drift_key(item) for item in old["drift"]}
    return {
        "old": {key: old[key] for key in ("target", "contract_version", "started_at", "verdict", "exit_code")},
        "same_target": new["target"] == old["target"],
        "new": [entry for fingerprint, entry in now.items() if fingerprint not in before],
        # Only a check that ran again can tell that a violation is mended.
        "mended": [entry for entry in gone if entry["check"] in checked],
        "unchecked": [entry for entry in gone if entry["check"] not in checked],
        "unchanged": [entry for fingerprint, entry in now.items() if fingerprint in before],
        "drift": [item for item in new["drift"] if _drift_key(item) not in known_drift],
        "latency": {
            status: {"new": _latency(new, status), "old": _latency(old, status)}
            for status in sorted({*new["statuses"], *old["statuses"]})
        },
    }


def compared_text(comparison: Mapping[str, Any], *, width: int = 100) -> str:
    """Return a comparison for the terminal."""
    old = comparison["old"]
    lines = [fit(f"compared with the run of {old['started_at']} on {inert(old['target'][:width])}", width)]
    if not comparison["same_target"]:
        lines.append("  that was another target")
    lines.append(f"  {compared_counts(comparison)}")
    for kind, word in (("new", "new"), ("mended", "mended"), ("unchecked", "not again")):
        entries = comparison[kind]
        for entry in entries[:LINES]:
            lines.append(fit(f"  {word:9}  {place(entry['clause'][:width])}  {inert(entry['check'][:width])}", width))
            if kind == "new":
                lines.append(fit(f"             {one_line(entry['at'] or entry['case'] or 'no place given')}", width))
        if entries[LINES:]:
            lines.append(f"  {word:9}  and {counted(len(entries) - LINES, 'more violation')}: see contract.html")
    lines += [
        fit(f"  drift      {item['status']} {inert(item['path'][:width])}", width) for item in comparison["drift"]
    ]
    lines.append(f"  {'status':9}  {'median':>10} {'before':>10}  {'p95':>10} {'before':>10}")
    for status, both in comparison["latency"].items():
        cells = [_cell(both[run], key) for key in ("median", "p95") for run in ("new", "old")]
        lines.append(f"  {status:9}  {cells[0]:>10} {cells[1]:>10}  {cells[2]:>10} {cells[3]:>10}")
    return "\n".join(lines)


def compared_counts(comparison: Mapping[str, Any]) -> str:
    """Return the comparison in one line of counts."""
    parts = [f"{len(comparison[kind]):,} {kind}" for kind in ("new", "mended", "unchanged")]
    if comparison["unchecked"]:
        parts.append(f"{len(comparison['unchecked']):,} not checked again")
    return " · ".join(parts)


def _violations(report: Report) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for check in report["checks"]:
        for violation in check["violations"]:
            entry = found.setdefault(
                violation["fingerprint"],
                {key: violation[key] for key in ("fingerprint", "case", "status", "pointer", "keyword", "at")}
                | {"check": check["id"], "title": check["title"], "clause": check["clause"], "count": 0},
            )
            entry["count"] += 1
    return found


def _latency(report: Report, status: str) -> dict[str, Any] | None:
    found = spread(report["statuses"].get(status, {}).get("milliseconds", []))
    return asdict(found) if found else None


def _drift_key(item: Mapping[str, Any]) -> tuple[Any, ...]:
    return item["kind"], item["status"], item["path"], item["type"]


def _cell(latency: Mapping[str, Any] | None, key: str) -> str:
    return duration(latency[key]) if latency else "-"

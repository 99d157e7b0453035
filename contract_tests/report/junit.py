"""The run as JUnit XML: one test case per check, named so that a pipeline's page explains itself."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as ET

from contract_tests.report.cause_text import cause_text
from contract_tests.report.escaping import escape, fit, one_line
from contract_tests.report.model import Cause, CheckResult, Report
from contract_tests.report.words import causes_of, numbered

Causes = Mapping[str, tuple[int, Cause]]

CAUSES_PER_CHECK = 10
ERRORS = ("unanswered", "incomplete", "error")
SKIPPED = ("blocked", "waived", "not run")


def junit(report: Report) -> str:
    """Return the JUnit document: failures name their causes, errors are checks that could not tell."""
    verdicts = [check.verdict for check in report.checks]
    outcome = {
        "tests": str(len(verdicts)),
        "failures": str(verdicts.count("violated")),
        "errors": str(sum(verdict in ERRORS for verdict in verdicts)),
        "skipped": str(sum(verdict in SKIPPED for verdict in verdicts)),
        "time": f"{report.seconds:.3f}",
    }
    root = ET.Element("testsuites", {"name": "contract tests", **outcome})
    suite = ET.SubElement(
        root, "testsuite", {"name": "contract_tests", "timestamp": escape(report.started_at), **outcome}
    )
    properties = ET.SubElement(suite, "properties")
    for name in ("target", "contract_version", "seed", "exchanges", "partial", "exit_code", "verdict"):
        _property(properties, name, str(getattr(report, name)))
    causes = numbered(report)
    for check in report.checks:
        suite.append(_case(check, causes))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(check: CheckResult, causes: Causes) -> ET.Element:
    file, _, function = check.id.rpartition("::")
    name = f"{one_line(function, 300)}: {one_line(check.title, 600)}"
    case = ET.Element("testcase", {"classname": one_line(file, 300), "name": name, "time": f"{check.seconds:.3f}"})
    properties = ET.SubElement(case, "properties")
    _property(properties, "clause", check.clause)
    _property(properties, "openapi.yaml line", str(check.line))
    _property(properties, "exchanges", str(check.exchanges))
    problems = "; ".join(one_line(causes[name][1].problem, 300) for name in causes_of(check)[:CAUSES_PER_CHECK])
    reason = one_line(check.reason or "", 600)
    match check.verdict:
        case "violated":
            failure = ET.SubElement(case, "failure", {"type": "violated", "message": problems or reason})
            failure.text = _failures(check, causes)
        case "blocked":
            ET.SubElement(case, "skipped", {"message": f"blocked by: {problems or reason}"})
        case "waived" | "not run":
            ET.SubElement(case, "skipped", {"message": f"{check.verdict}: {reason or problems}"})
        case "unanswered" | "incomplete" | "error":
            ET.SubElement(case, "error", {"type": check.verdict, "message": reason or problems})
        case "holds":
            pass
    return case


def _failures(check: CheckResult, causes: Causes) -> str:
    """Return the causes of a violated check in full, each with the cases of this check that met it."""
    texts = []
    for violation in check.violations[:CAUSES_PER_CHECK]:
        number, cause = causes[violation.cause]
        text = cause_text(cause, number)
        if violation.cases:
            text += f"\n   here      {fit(', '.join(violation.cases), 400)}"
        texts.append(text)
    if len(check.violations) > CAUSES_PER_CHECK:
        texts.append(f"and {len(check.violations) - CAUSES_PER_CHECK:,} more: see contract.html")
    return "\n\n".join(texts)


def _property(properties: ET.Element, name: str, value: str) -> None:
    ET.SubElement(properties, "property", {"name": name, "value": one_line(value, 600)})

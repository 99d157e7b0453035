"""The run as JUnit XML: one test case per check, named so that a pipeline's page explains itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from contract_tests.report.inert import inert, one_line
from contract_tests.report.terminal import failure
from contract_tests.report.words import Report, counted, violations_of, why

VIOLATIONS_PER_CHECK = 20
ERRORS = ("unanswered", "incomplete", "error")
SKIPPED = ("waived", "not run")


def junit(report: Report) -> str:
    """Return the JUnit document: failures are violations, errors are checks that could not tell."""
    checks = report["checks"]
    outcome = {
        "tests": str(len(checks)),
        "failures": str(sum(check["verdict"] == "violated" for check in checks)),
        "errors": str(sum(check["verdict"] in ERRORS for check in checks)),
        "skipped": str(sum(check["verdict"] in SKIPPED for check in checks)),
        "time": f"{report['seconds']:.3f}",
    }
    root = ET.Element("testsuites", {"name": "contract tests", **outcome})
    suite = ET.SubElement(
        root, "testsuite", {"name": "contract_tests", "timestamp": inert(report["started_at"]), **outcome}
    )
    properties = ET.SubElement(suite, "properties")
    for name in ("target", "contract_version", "seed", "exchanges", "partial", "exit_code", "verdict"):
        _property(properties, name, str(report[name]))
    for check in checks:
        suite.append(_case(check))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(check: Mapping[str, Any]) -> ET.Element:
    file, _, function = check["id"].rpartition("::")
    name = f"{one_line(function, 300)}: {one_line(check['title'], 600)}"
    case = ET.Element("testcase", {"classname": one_line(file, 300), "name": name, "time": f"{check['seconds']:.3f}"})
    properties = ET.SubElement(case, "properties")
    _property(properties, "clause", check["clause"])
    _property(properties, "openapi.yaml line", str(check["line"]))
    _property(properties, "exchanges", str(check["exchanges"]))
    verdict = check["verdict"]
    if verdict == "violated":
        ET.SubElement(case, "failure", {"type": verdict, "message": one_line(why(check), 600)}).text = _failures(check)
    elif verdict in ERRORS:
        ET.SubElement(case, "error", {"type": verdict, "message": one_line(why(check), 600)})
    elif verdict in SKIPPED:
        ET.SubElement(case, "skipped", {"message": f"{verdict}: {one_line(why(check), 600)}"})
    return case


def _failures(check: Mapping[str, Any]) -> str:
    shown = check["violations"][:VIOLATIONS_PER_CHECK]
    texts = [failure(check, violation) for violation in shown]
    if left := violations_of(check) - len(shown):
        texts.append(f"and {counted(left, 'more violation')}: see contract.html")
    return "\n\n".join(texts)


def _property(properties: ET.Element, name: str, value: str) -> None:
    ET.SubElement(properties, "property", {"name": name, "value": one_line(value, 600)})

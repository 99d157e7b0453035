"""The run as one self-contained page."""

from __future__ import annotations

from contract_tests.report.inert import one_line
from contract_tests.report.words import Report


def html(report: Report, *, compared: Report | None = None) -> str:  # noqa: ARG001
    """Return the page."""
    from markupsafe import escape

    return f"<!doctype html><title>Contract</title><p>{escape(one_line(report['verdict']))}"

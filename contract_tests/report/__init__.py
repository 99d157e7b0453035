"""The report in all its forms: pure functions from what is known of a run (model.Report) to text."""

from __future__ import annotations

from contract_tests.report.model import Report
from contract_tests.report.publishing import Publisher, PublishingError, publisher

__all__ = ["Publisher", "PublishingError", "Report", "publisher"]

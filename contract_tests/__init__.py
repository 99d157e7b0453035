"""A contract test suite for the Resume operation, `PATCH /api/links/`: `python -m contract_tests`."""

__version__ = "1.0.0"

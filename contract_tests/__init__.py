"""A contract test suite for the Resume operation, `PATCH /api/links/`: `python -m contract_tests`."""

"""Proves the spec, the generator, the suite and the reports."""

"""Exchanges to causes, and causes to a verdict: pure functions."""

"""The default target: a small, honest, stateful Links API."""

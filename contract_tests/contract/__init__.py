"""openapi.yaml, read once: the document, its clauses, and strict YAML and JSON."""

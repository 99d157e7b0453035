"""The messages of master and workers, beside Locust's own."""

HELLO, REFUSE, BEGIN, END, DONE = (f"contract {word}" for word in ("hello", "refuse", "begin", "end", "done"))
"""A worker says hello with its digests, and is refused or told to begin; the master ends it, or it says it is done."""
REPORT = "contract"
"""The key under which a worker's counts stand in the report that Locust sends every three seconds."""

"""How a request is sent: bounded, paced, over TLS and proxies, and never twice."""

"""One exchange, judged: what was sent, what came back, and how it differs from the contract."""

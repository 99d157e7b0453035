"""How a request is sent: bounded, paced, over TLS and proxies, and never twice."""

from contract_tests.wire.budget import UNREACHABLE, Budget, BudgetState, RunStopped
from contract_tests.wire.client import Wire
from contract_tests.wire.environment import Proxy, check_way, proxy_of
from contract_tests.wire.messages import GATEWAY, TOO_MANY_REQUESTS, Answer, NoAnswer, Request

__all__ = [
    "GATEWAY",
    "TOO_MANY_REQUESTS",
    "UNREACHABLE",
    "Answer",
    "Budget",
    "BudgetState",
    "NoAnswer",
    "Proxy",
    "Request",
    "RunStopped",
    "Wire",
    "check_way",
    "proxy_of",
]

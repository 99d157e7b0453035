"""What is sent to a target: a resume, and the request that pauses a session; made the same way once and under load."""

from __future__ import annotations

import json
import random
import uuid
from typing import Any, Literal

from contract_tests.cases.bodies import Body
from contract_tests.cases.credentials import RIGHT, Authorization
from contract_tests.cases.deliveries import PLAIN, Delivery
from contract_tests.cases.paused_sessions import Lease
from contract_tests.contract import Contract
from contract_tests.contract.protocol import TOKEN
from contract_tests.target.sections import Register
from contract_tests.target.settings import Target
from contract_tests.wire import Request

JSON = "application/json"
"""The media type of the request that pauses a session, which no contract declares."""


def resume_request(
    target: Target, contract: Contract, body: Body, credentials: Authorization, delivery: Delivery = PLAIN
) -> Request:
    """Return the request of the operation with a body, credentials, and a way to send it."""
    return Request(
        body.content,
        delivery.content_type or body.typed(contract).content_type,
        credentials.value(target.credentials),
        contract.method,
        contract.path,
        (*target.headers, *credentials.beside(target.credentials), *delivery.headers),
        delivery.header_names,
        delivery.chunked,
        delivery.segments,
        delivery.expect_continue,
        delivery.connection,
    )


def register_request(target: Target, register: Register, connection: Literal["any", "new", "kept"]) -> Request:
    """Return the request that pauses a session; a new connection is closed behind it.

    Sessions are paused on connections of their own then, which no resume takes over: one that did would hide workers
    that share no sessions.
    """
    content = b"" if register.json is None else json.dumps(register.json).encode()
    login = RIGHT.value(target.credentials)
    alone = (("Connection", "close"),) if connection == "new" else ()
    headers = (*target.headers, *alone)
    return Request(content, JSON, login, register.method, register.path, headers, connection=connection)


def synthetic_lease(template: dict[str, Any], source: random.Random) -> Lease:
    """Return a session that no server knows, the same for the same state of the source."""
    session, link = (str(uuid.UUID(int=source.getrandbits(128), version=4)) for _ in range(2))
    return Lease(session, link, str(template[TOKEN]), "synthetic", template)

"""The process that generates bodies: Schemathesis makes them out of openapi.yaml, and this prints them.

A process of its own, since Schemathesis is the slowest import of the suite, and since Hypothesis mixes constants of
whichever modules are loaded into what it makes: here they are always the same.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import sys
import tempfile
import uuid
from typing import Any
from unittest import SkipTest

from contract_tests.cases.hostile import hostile_texts
from contract_tests.cases.identifiers import READABLE
from contract_tests.contract import Contract, load
from contract_tests.contract.bundle import bundled
from contract_tests.contract.strict_json import NotStrictJson, parse


def main() -> int:
    """Print, for a seed, so many valid and invalid bodies as JSON, lists of base64, and hostile texts for tokens."""
    seed, valid, invalid = (int(argument) for argument in sys.argv[1:])
    contract = load()
    with tempfile.TemporaryDirectory() as folder:
        # Nothing is taken from another run, and nothing is left for one.
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = folder
        made = {
            "valid": generate(contract, seed, valid),
            "invalid": generate(contract, seed, invalid, valid=False),
            "tokens": [json.dumps(text).encode() for text in hostile_texts(seed)],
        }
    print(json.dumps({kind: [base64.b64encode(content).decode() for content in some] for kind, some in made.items()}))
    return 0


def generate(contract: Contract, seed: int, count: int, *, valid: bool = True) -> list[bytes]:
    """Return so many different bodies that are valid, or invalid, by the word of another validator too."""
    import schemathesis
    from hypothesis import HealthCheck, Phase, Verbosity, given, settings
    from hypothesis import seed as seeded

    mode = schemathesis.GenerationMode.POSITIVE if valid else schemathesis.GenerationMode.NEGATIVE
    made: dict[bytes, None] = {}

    @seeded(seed)
    @settings(
        max_examples=count + count // 2,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(_operation(contract).as_strategy(generation_mode=mode))
    def collect(case: Any) -> None:
        content = _content(case.body)
        if is_valid(contract, content) is valid:
            made.setdefault(content)
        if len(made) == count:
            raise SkipTest("enough")  # Hypothesis lets it pass, and makes no more

    with contextlib.suppress(SkipTest):
        collect()
    return list(made)


def is_valid(contract: Contract, content: bytes) -> bool:
    """Tell whether a body is valid for a server that reads UUIDs in any textual form (jsonschema-rs decides)."""
    try:
        value = parse(content)
    except NotStrictJson:
        return False
    if isinstance(value, dict):
        value = {name: _canonical(item) for name, item in value.items()}
    return bool(contract.request.is_valid(value))


def _operation(contract: Contract) -> Any:
    import schemathesis
    from schemathesis.config import SchemathesisConfig

    # The bodies need no server and no security scheme: nothing is generated for them then. No examples: they would come
    # up in place of other bodies. Hypothesis builds tables of all of Unicode for any other alphabet: 2 s, 200 MiB.
    document = bundled(contract.files, without=("example", "examples", "security", "securitySchemes", "servers"))
    config = SchemathesisConfig.from_dict({"generation": {"codec": "ascii"}})
    return schemathesis.openapi.from_dict(document, config=config)[contract.path][contract.method]


def _content(raw: Any) -> bytes:
    if isinstance(raw, bytes):
        return raw
    if isinstance(raw, dict | list | str | int | float | bool | None):
        return json.dumps(raw).encode()
    return b""  # no body at all


def _canonical(value: Any) -> Any:
    return str(uuid.UUID(value)) if isinstance(value, str) and READABLE.fullmatch(value) else value


if __name__ == "__main__":
    sys.exit(main())

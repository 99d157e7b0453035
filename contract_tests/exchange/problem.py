"""One way in which an answer breaks a clause of openapi.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["status", "media type", "length", "json", "schema", "header", "undeclared", "disclosure", "relation"]


@dataclass(frozen=True)
class Problem:
    """What is wrong: its kind, the clause (a JSON pointer into openapi.yaml), the place in the answer, and how.

    `place` is a JSON pointer into the body (RFC 6901), or the name of a header or another part of the answer; empty
    where the answer as a whole is meant. `keyword` is the JSON Schema keyword, or a word for the rule that is broken.
    """

    kind: Kind
    clause: str
    place: str
    keyword: str
    message: str

"""What no schema says: the names that the protocol gives to its fields and answers. A renamed one is one edit here."""

from __future__ import annotations

from typing import Final

SESSION: Final = "session"
TOKEN: Final = "token"  # noqa: S105 - the name of a field
LINK: Final = "link"
ID: Final = "id"
"""The fields of a request, and the one of a 200 that names its link."""

OK: Final = 200
BAD_REQUEST: Final = 400
UNAUTHORIZED: Final = 401
TOKEN_REQUIRED: Final = 428
UNEXPECTED_ERROR: Final = 500

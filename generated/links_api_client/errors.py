"""What a call raises besides httpx's own errors."""

from typing import Any

import httpx

from .models.error import Error
from .models.token_required import TokenRequired


class LinksApiError(Exception):
    """An answer that is not the one asked for; its message repeats nothing of the body."""

    def __init__(self, response: httpx.Response, message: str) -> None:
        super().__init__(f"{response.status_code}: {message}")
        self.response = response
        self.status_code = response.status_code

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).__new__, (type(self), *self.args), self.__dict__


class ApiError(LinksApiError):
    """One of the declared errors; `parsed` is what the service says about it."""

    def __init__(self, response: httpx.Response, parsed: list[Error] | TokenRequired) -> None:
        super().__init__(response, f"answered with {type(parsed).__name__}; see .parsed")
        self.parsed = parsed


class UnexpectedStatus(LinksApiError):
    """A status that is not declared."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(response, "this status is not declared; see .response")


class InvalidBody(LinksApiError):
    """A body that is not what its status declares; `path` is the JSON path of the place."""

    def __init__(self, response: httpx.Response, path: str, problem: str) -> None:
        super().__init__(response, f"{path} {problem}")
        self.path = path

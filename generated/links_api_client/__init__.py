"""A client library for accessing Links API, Resume"""

from .client import AuthenticatedClient, Client, basic_auth_client
from .errors import ApiError, InvalidBody, LinksApiError, UnexpectedStatus

__all__ = (
    "basic_auth_client",
    "ApiError",
    "InvalidBody",
    "LinksApiError",
    "UnexpectedStatus",
    "AuthenticatedClient",
    "Client",
)

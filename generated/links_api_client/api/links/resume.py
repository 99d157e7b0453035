from typing import Any

import httpx

from ... import errors, reading
from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.link import Link
from ...models.resume_request import ResumeRequest
from ...models.token_required import TokenRequired
from ...types import Response


def _get_kwargs(
    *,
    body: ResumeRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "patch",
        "url": "/api/links/",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Link | TokenRequired | list[Error] | None:
    if response.status_code == 200:
        response_200 = Link.from_dict(reading.json_of(response, "#/components/schemas/Link"))

        return response_200

    if response.status_code == 400:
        response_400: list[Error] = []
        _response_400 = reading.json_of(response, "#/components/schemas/ErrorList")
        for componentsschemas_error_list_item_data in _response_400:
            componentsschemas_error_list_item = Error.from_dict(componentsschemas_error_list_item_data)

            response_400.append(componentsschemas_error_list_item)

        return response_400

    if response.status_code == 401:
        response_401: list[Error] = []
        _response_401 = reading.json_of(response, "#/components/schemas/ErrorList")
        for componentsschemas_error_list_item_data in _response_401:
            componentsschemas_error_list_item = Error.from_dict(componentsschemas_error_list_item_data)

            response_401.append(componentsschemas_error_list_item)

        return response_401

    if response.status_code == 428:
        response_428 = TokenRequired.from_dict(reading.json_of(response, "#/components/schemas/TokenRequired"))

        return response_428

    if response.status_code == 500:
        response_500: list[Error] = []
        _response_500 = reading.json_of(response, "#/components/schemas/ErrorList")
        for componentsschemas_error_list_item_data in _response_500:
            componentsschemas_error_list_item = Error.from_dict(componentsschemas_error_list_item_data)

            response_500.append(componentsschemas_error_list_item)

        return response_500

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Link | TokenRequired | list[Error]]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: ResumeRequest,
) -> Response[Link | TokenRequired | list[Error]]:
    """Resume a paused session

     Continues a link registration that was paused because the institution asked for an MFA token.

    A session is good for one resume: of two at the same moment at most one is answered 200. Whatever a
    resume with
    an acceptable body is answered, the session it named may be spent by it, so a client never repeats
    the request
    by itself.

    A wrong token is answered 428 or 400, as the institution decides. No answer, in its body, headers,
    trailers or
    reason phrase, tells the password or a token, whether sent or expected, or shows a stack trace.

    Args:
        body (ResumeRequest): The body of a resume. Every field is needed.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Link | TokenRequired | list[Error]]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: ResumeRequest,
) -> Link | TokenRequired | list[Error] | None:
    """Resume a paused session

     Continues a link registration that was paused because the institution asked for an MFA token.

    A session is good for one resume: of two at the same moment at most one is answered 200. Whatever a
    resume with
    an acceptable body is answered, the session it named may be spent by it, so a client never repeats
    the request
    by itself.

    A wrong token is answered 428 or 400, as the institution decides. No answer, in its body, headers,
    trailers or
    reason phrase, tells the password or a token, whether sent or expected, or shows a stack trace.

    Args:
        body (ResumeRequest): The body of a resume. Every field is needed.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Link | TokenRequired | list[Error]
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: ResumeRequest,
) -> Response[Link | TokenRequired | list[Error]]:
    """Resume a paused session

     Continues a link registration that was paused because the institution asked for an MFA token.

    A session is good for one resume: of two at the same moment at most one is answered 200. Whatever a
    resume with
    an acceptable body is answered, the session it named may be spent by it, so a client never repeats
    the request
    by itself.

    A wrong token is answered 428 or 400, as the institution decides. No answer, in its body, headers,
    trailers or
    reason phrase, tells the password or a token, whether sent or expected, or shows a stack trace.

    Args:
        body (ResumeRequest): The body of a resume. Every field is needed.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Link | TokenRequired | list[Error]]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: ResumeRequest,
) -> Link | TokenRequired | list[Error] | None:
    """Resume a paused session

     Continues a link registration that was paused because the institution asked for an MFA token.

    A session is good for one resume: of two at the same moment at most one is answered 200. Whatever a
    resume with
    an acceptable body is answered, the session it named may be spent by it, so a client never repeats
    the request
    by itself.

    A wrong token is answered 428 or 400, as the institution decides. No answer, in its body, headers,
    trailers or
    reason phrase, tells the password or a token, whether sent or expected, or shows a stack trace.

    Args:
        body (ResumeRequest): The body of a resume. Every field is needed.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Link | TokenRequired | list[Error]
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed


_SUCCESS = frozenset([200])
_DECLARED = frozenset([200, 400, 401, 428, 500])


def _answer_or_raise(client: AuthenticatedClient | Client, response: httpx.Response) -> Link:
    parsed: Any = _parse_response(client=client, response=response)
    if response.status_code in _SUCCESS:
        answer: Link = parsed
        return answer
    if response.status_code not in _DECLARED:
        raise errors.UnexpectedStatus(response)
    raise errors.ApiError(response, parsed)


def sync_or_raise(
    *,
    client: AuthenticatedClient | Client,
    body: ResumeRequest,
) -> Link:
    """Resume a paused session: the answer, or an error of links_api_client.errors or httpx; sent once."""
    response = client.get_httpx_client().request(
        **_get_kwargs(
            body=body,
        )
    )
    return _answer_or_raise(client, response)


async def asyncio_or_raise(
    *,
    client: AuthenticatedClient | Client,
    body: ResumeRequest,
) -> Link:
    """Resume a paused session: the answer, or an error of links_api_client.errors or httpx; sent once."""
    response = await client.get_async_httpx_client().request(
        **_get_kwargs(
            body=body,
        )
    )
    return _answer_or_raise(client, response)

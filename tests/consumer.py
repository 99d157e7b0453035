"""An application that uses all of the generated client: type-checked by mypy and pyright in their strict modes."""

from typing import assert_type
from uuid import UUID

import httpx
from links_api_client import ApiError, InvalidBody, LinksApiError, UnexpectedStatus, basic_auth_client
from links_api_client.api.links import resume
from links_api_client.models import Error, Link, ResumeRequest, TokenRequired
from links_api_client.types import Response


def resume_once(base_url: str, secret_id: str, secret_password: str, body: ResumeRequest) -> Link | UUID | list[str]:
    """Resume, and return the link, the session to go on with, or the codes of what was wrong."""
    with basic_auth_client(base_url, secret_id, secret_password, timeout=httpx.Timeout(5.0)) as client:
        try:
            link = resume.sync_or_raise(client=client, body=body)
        except ApiError as error:
            assert_type(error.parsed, list[Error] | TokenRequired)
            assert_type(error.status_code, int)
            assert_type(error.response, httpx.Response)
            if isinstance(error.parsed, TokenRequired):
                return error.parsed.session
            return [one.code for one in error.parsed]
        except InvalidBody as error:
            return [error.path, str(error.status_code)]
        except UnexpectedStatus as error:
            return [str(error.status_code)]
        except LinksApiError as error:
            return [str(error)]
        assert_type(link, Link)
        assert_type(link.access_mode, str | None)
        return link


async def resume_asynchronously(
    base_url: str, body: ResumeRequest
) -> tuple[Link, Response[Link | TokenRequired | list[Error]]]:
    """Resume in a coroutine, both ways to be told of an error."""
    async with basic_auth_client(base_url, "id", "password") as client:
        link = await resume.asyncio_or_raise(client=client, body=body)
        assert_type(link, Link)
        assert_type(await resume.asyncio(client=client, body=body), Link | TokenRequired | list[Error] | None)
        return link, await resume.asyncio_detailed(client=client, body=body)


def resume_the_stock_way(base_url: str, session: UUID, token: str, link: UUID) -> int:
    """Resume without being raised anything at."""
    with basic_auth_client(base_url, "id", "password") as client:
        body = ResumeRequest(session=session, token=token, link=link)
        assert_type(resume.sync(client=client, body=body), Link | TokenRequired | list[Error] | None)
        answer = resume.sync_detailed(client=client, body=body)
        assert_type(answer.parsed, Link | TokenRequired | list[Error] | None)
        return answer.status_code

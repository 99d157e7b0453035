from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.token_generation_data import TokenGenerationData


T = TypeVar("T", bound="TokenRequired")


@_attrs_define
class TokenRequired:
    """The session to resume next and how its token reaches the user. Every field is always present.

    Attributes:
        code (str): A stable name for what is asked, meant for programs.
        message (str): What is asked, in a sentence meant for people.
        request_id (UUID): Identifies the request in the service's own records, to be quoted to its support.
        session (UUID): The paused session to send with the next resume.
        expiry (int): How long the session waits for its token, in seconds.
        link (UUID): The link whose registration is paused. It equals the `link` of the request that is answered.
        token_generation_data (TokenGenerationData): How the user comes by the token that is asked for. Every field is
            always present.
    """

    code: str
    message: str
    request_id: UUID
    session: UUID
    expiry: int
    link: UUID
    token_generation_data: TokenGenerationData
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        message = self.message

        request_id = str(self.request_id)

        session = str(self.session)

        expiry = self.expiry

        link = str(self.link)

        token_generation_data = self.token_generation_data.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
                "message": message,
                "request_id": request_id,
                "session": session,
                "expiry": expiry,
                "link": link,
                "token_generation_data": token_generation_data,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.token_generation_data import TokenGenerationData  # noqa: PLC0415

        d = dict(src_dict)
        code = d.pop("code")

        message = d.pop("message")

        request_id = UUID(d.pop("request_id"))

        session = UUID(d.pop("session"))

        expiry = d.pop("expiry")

        link = UUID(d.pop("link"))

        token_generation_data = TokenGenerationData.from_dict(d.pop("token_generation_data"))

        token_required = cls(
            code=code,
            message=message,
            request_id=request_id,
            session=session,
            expiry=expiry,
            link=link,
            token_generation_data=token_generation_data,
        )

        token_required.additional_properties = d
        return token_required

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties

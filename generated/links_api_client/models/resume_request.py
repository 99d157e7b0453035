from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ResumeRequest")


@_attrs_define(field_transformer=lambda _, fields: [field.evolve(repr=field.name not in ["token"]) for field in fields])
class ResumeRequest:
    """The body of a resume. Every field is needed.

    Attributes:
        session (UUID): The paused session, taken from the 428 answer that paused it. A service may read a UUID in any
            of its textual forms (RFC 9562; in capitals, without hyphens, in braces, as a URN), or refuse other forms than
            the one that it writes.
        token (str): The MFA token the user received from the institution. It is a secret and good for one attempt.
        link (UUID): The link whose registration the session belongs to, taken from the same 428 answer. It is read like
            the session.
    """

    session: UUID
    token: str
    link: UUID
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        session = str(self.session)

        token = self.token

        link = str(self.link)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "session": session,
                "token": token,
                "link": link,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        session = UUID(d.pop("session"))

        token = d.pop("token")

        link = UUID(d.pop("link"))

        resume_request = cls(
            session=session,
            token=token,
            link=link,
        )

        resume_request.additional_properties = d
        return resume_request

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

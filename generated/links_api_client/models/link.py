from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Link")


@_attrs_define
class Link:
    """A registered link, as it stands once its session has ended. Every field is always present.

    Attributes:
        id (UUID): Identifies the link. It equals the `link` of the request that is answered.
        institution (str): The name under which the service knows the institution.
        access_mode (None | str): How the link is read, for example once or again and again; null when none was chosen.
        last_accessed_at (datetime.datetime | None): When the institution was last read through this link (RFC 3339);
            null before the first time.
        status (str): Whether the link can be used, for example `valid`.
        created_by (UUID): Identifies the account that registered the link.
        refresh_rate (None | str): How often the service reads the institution by itself; null when it does not.
    """

    id: UUID
    institution: str
    access_mode: None | str
    last_accessed_at: datetime.datetime | None
    status: str
    created_by: UUID
    refresh_rate: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        institution = self.institution

        access_mode: None | str
        access_mode = self.access_mode

        last_accessed_at: None | str
        if isinstance(self.last_accessed_at, datetime.datetime):
            last_accessed_at = self.last_accessed_at.isoformat()
        else:
            last_accessed_at = self.last_accessed_at

        status = self.status

        created_by = str(self.created_by)

        refresh_rate: None | str
        refresh_rate = self.refresh_rate

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "institution": institution,
                "access_mode": access_mode,
                "last_accessed_at": last_accessed_at,
                "status": status,
                "created_by": created_by,
                "refresh_rate": refresh_rate,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = UUID(d.pop("id"))

        institution = d.pop("institution")

        def _parse_access_mode(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        access_mode = _parse_access_mode(d.pop("access_mode"))

        def _parse_last_accessed_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_accessed_at_type_0 = datetime.datetime.fromisoformat(data)

                return last_accessed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        last_accessed_at = _parse_last_accessed_at(d.pop("last_accessed_at"))

        status = d.pop("status")

        created_by = UUID(d.pop("created_by"))

        def _parse_refresh_rate(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        refresh_rate = _parse_refresh_rate(d.pop("refresh_rate"))

        link = cls(
            id=id,
            institution=institution,
            access_mode=access_mode,
            last_accessed_at=last_accessed_at,
            status=status,
            created_by=created_by,
            refresh_rate=refresh_rate,
        )

        link.additional_properties = d
        return link

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

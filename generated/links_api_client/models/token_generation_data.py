from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="TokenGenerationData")


@_attrs_define
class TokenGenerationData:
    """How the user comes by the token that is asked for. Every field is always present.

    Attributes:
        instructions (str): What the user has to do to obtain the token, in words meant for them.
        type_ (str): The kind of token, for example numeric.
        value (str): What the token is generated from, for example a challenge or the end of a phone number.
    """

    instructions: str
    type_: str
    value: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        instructions = self.instructions

        type_ = self.type_

        value = self.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "instructions": instructions,
                "type": type_,
                "value": value,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        instructions = d.pop("instructions")

        type_ = d.pop("type")

        value = d.pop("value")

        token_generation_data = cls(
            instructions=instructions,
            type_=type_,
            value=value,
        )

        token_generation_data.additional_properties = d
        return token_generation_data

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

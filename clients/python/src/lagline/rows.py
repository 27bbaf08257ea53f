"""Rows of the API with the version of the data that they come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from lagline import tables
from lagline.errors import MissingField, UnexpectedResponse

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


@dataclass(frozen=True, slots=True)
class Meta:
    """The version of the data of a response; `citation` is to be copied.

    `as_of` is the day of the newest data, `data_version` names exactly this content of the record, and
    `simulated` tells whether the service is a simulated world, whose figures are about no real model.
    """

    as_of: date | None = None
    data_version: str = ""
    method_version: str = ""
    licence: str = ""
    citation: str = ""
    simulated: bool = False

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Parse the `meta` of a response; members that this version does not know are left out.

        Raises UnexpectedResponse.
        """
        known = {name: values[name] for name in cls.__slots__ if values.get(name) is not None}
        try:
            if "as_of" in known:
                known["as_of"] = date.fromisoformat(known["as_of"])
        except (ValueError, TypeError):
            raise UnexpectedResponse("The `as_of` of the response is no day.") from None
        return cls(**known)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return values | {"as_of": self.as_of.isoformat() if self.as_of else None}


class Row(dict[str, Any]):
    """One row, with the `meta` of its response."""

    def __init__(self, values: Mapping[str, Any], meta: Meta = Meta()) -> None:
        super().__init__(values)
        self.meta = meta

    def __missing__(self, name: str) -> Any:
        """Raise MissingField, which is a KeyError."""
        raise MissingField(f"The row has no field {name!r}. It has: {', '.join(self)}.")

    @property
    def citation(self) -> str:
        """The citation to copy."""
        return self.meta.citation


class Rows(list[dict[str, Any]]):
    """The rows of a list, from all its pages, with the `meta` of their responses."""

    def __init__(self, rows: Iterable[Mapping[str, Any]] = (), meta: Meta = Meta()) -> None:
        super().__init__(map(dict, rows))
        self.meta = meta

    @property
    def citation(self) -> str:
        """The citation to copy."""
        return self.meta.citation

    @property
    def data_version(self) -> str:
        """The version of the data that all rows come from."""
        return self.meta.data_version

    def to_pandas(self) -> pandas.DataFrame:
        """Return a data frame; `frame.attrs` has citation and versions. Needs pandas."""
        return tables.to_pandas(self, self.meta.to_dict())

    def to_polars(self) -> polars.DataFrame:
        """Return a data frame; `frame.attrs` has citation and versions, on this frame alone. Needs polars."""
        return tables.to_polars(self, self.meta.to_dict())

    def to_arrow(self) -> pyarrow.Table:
        """Return a table; the metadata of its schema has citation and versions. Needs pyarrow."""
        return tables.to_arrow(self, self.meta.to_dict())

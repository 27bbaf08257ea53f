"""A list of rows: filtered, ordered, cut into pages, with the fields that were asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import F, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leaderboard.api.invalid import Invalid
from leaderboard.api.meta import headers, meta

if TYPE_CHECKING:
    from leaderboard.api.parameters import ListParameters


@dataclass(frozen=True, slots=True)
class Wish:
    """What of a list is asked for, apart from its filters."""

    page: int
    page_size: int
    ordering: str
    fields: str


@cache
def lookups(row: Any) -> dict[str, str]:
    """Return the database's name of each field that can be read straight from it."""
    declared = row().fields.items()
    return {name: field.source.replace(".", "__") for name, field in declared if field.source != "*"}


@cache
def orderable(row: Any) -> list[str]:
    """Return the fields that rows can be ordered by."""
    compound = (serializers.ListField, serializers.DictField, serializers.JSONField)
    declared = row().fields.items()
    return [name for name, field in declared if name in lookups(row) and not isinstance(field, compound)]


class Listing(APIView):
    """Answers with a page of rows; a subclass says which rows, and of which kind."""

    row: ClassVar[Any]  # a serializer class
    parameters: ClassVar[type[ListParameters]]
    page_size: ClassVar[int] = 100

    def rows(self, **filters: Any) -> QuerySet[Any]:
        """Return the rows that the filters leave."""
        raise NotImplementedError

    def plain(self, rows: QuerySet[Any], names: list[str]) -> list[dict[str, Any]]:
        """Return rows as plain values, read straight from the database, with no object in between."""
        columns = [lookups(self.row)[name] for name in names]
        return [dict(zip(names, values, strict=True)) for values in rows.values_list(*columns)]

    def get(self, request: Request, **where: Any) -> Response:
        """Answer with a page of rows, or all of them as CSV."""
        filters = self.parameters.read(request)
        wish = Wish(
            page=filters.pop("page"),
            page_size=filters.pop("page_size", self.page_size),
            ordering=filters.pop("ordering", ""),
            fields=filters.pop("fields", ""),
        )
        names = self._names(wish.fields)
        found = self._ordered(self.rows(**filters), wish.ordering)
        told = meta()
        if request.accepted_renderer.format == "csv":
            everything = {"data": self.plain(found, names), "columns": names}
            return Response(everything, headers=headers(told))
        return Response({"meta": told, **self._page(request, found, wish, names)})

    def _names(self, fields: str) -> list[str]:
        known = list(self.row().fields)
        asked = [name.strip() for name in fields.split(",") if name.strip()]
        _refuse_unknown("fields", asked, known)
        return asked or known

    def _ordered(self, rows: QuerySet[Any], ordering: str) -> QuerySet[Any]:
        asked = [name.strip() for name in ordering.split(",") if name.strip()]
        _refuse_unknown("ordering", [name.removeprefix("-") for name in asked], orderable(self.row))
        if not asked:
            return rows.order_by(*(rows.query.order_by or rows.model._meta.ordering), "pk")
        columns = [(F(lookups(self.row)[name.removeprefix("-")]), name.startswith("-")) for name in asked]
        # Rows without a value come last both ways, on every database.
        keys = [f.desc(nulls_last=True) if turned else f.asc(nulls_last=True) for f, turned in columns]
        return rows.order_by(*keys, "pk")

    def counted(self, rows: Any) -> int:
        """Return how many rows there are."""
        return int(rows.count())

    def _page(self, request: Request, rows: Any, wish: Wish, names: list[str]) -> dict[str, Any]:
        count = self.counted(rows)
        last = max(1, ceil(count / wish.page_size))
        if wish.page > last:
            raise Invalid(f"There is no page {wish.page}; the last one is {last}.", field="page")
        first = (wish.page - 1) * wish.page_size
        return {
            "count": count,
            "next": _address(request, wish.page + 1) if wish.page < last else None,
            "previous": _address(request, wish.page - 1) if wish.page > 1 else None,
            "data": self.plain(rows[first : first + wish.page_size], names),
        }


def _refuse_unknown(parameter: str, asked: list[str], known: list[str]) -> None:
    for name in asked:
        if name not in known:
            message = f"{parameter} names {name!r}. Allowed: {', '.join(known)}."
            raise Invalid(message, field=parameter, allowed=known)


def _address(request: Request, page: int) -> str:
    query = request.query_params.copy()
    query["page"] = str(page)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode(safe=',')}")


class ObjectListing(Listing):
    """A list whose rows need more than the database's columns: each is built from its object."""

    def plain(self, rows: QuerySet[Any], names: list[str]) -> list[dict[str, Any]]:
        """Return rows as their serializer tells them."""
        user = self.request.user
        serializer = self.row(rows, many=True, context={"operator": user.is_staff})
        return choose(serializer.data, names)


class ComputedListing(Listing):
    """A list whose rows are worked out from the record: plain objects, ordered here as they come."""

    def rows(self, **filters: Any) -> Any:
        """Return the rows as a sequence of objects."""
        raise NotImplementedError

    def counted(self, rows: Any) -> int:
        """Return how many rows there are."""
        return len(rows)

    def plain(self, rows: Any, names: list[str]) -> list[dict[str, Any]]:
        """Return rows as their serializer tells them."""
        return choose(self.row(rows, many=True).data, names)

    def _ordered(self, rows: Any, ordering: str) -> Any:
        asked = [name.strip() for name in ordering.split(",") if name.strip()]
        _refuse_unknown("ordering", [name.removeprefix("-") for name in asked], orderable(self.row))
        if not asked:
            return rows
        told = list(zip(rows, self.row(rows, many=True).data, strict=True))
        for name in reversed(asked):  # the sort keeps the order of equals, so the last key goes first
            told = _sorted(told, name.removeprefix("-"), falling=name.startswith("-"))
        return [row for row, _ in told]


def _sorted(
    told: list[tuple[Any, Mapping[str, Any]]], key: str, *, falling: bool
) -> list[tuple[Any, Mapping[str, Any]]]:
    """Order rows by one field; those without a value come last both ways."""
    known = [one for one in told if one[1][key] is not None]
    known.sort(key=lambda one: one[1][key], reverse=falling)
    return known + [one for one in told if one[1][key] is None]


def choose(rows: Iterable[Mapping[str, Any]], names: list[str]) -> list[dict[str, Any]]:
    """Return the named fields of each row."""
    return [{name: row[name] for name in names} for row in rows]

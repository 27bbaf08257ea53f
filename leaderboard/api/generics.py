"""Generic views: any view, a page of rows (from columns, from objects, or computed), and a single row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from rest_framework import serializers, status
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evals.acting import Scope
from evals.operations.submissions.access import has_permission
from leaderboard.accounts.tokens import note_token_use
from leaderboard.api.authentication import bearer_token
from leaderboard.api.exceptions import Invalid
from leaderboard.api.meta import headers, meta
from leaderboard.api.pagination import Pages
from leaderboard.api.parameters import Parameters
from leaderboard.api.permissions import TokenPermission
from leaderboard.models import ApiToken

if TYPE_CHECKING:
    RowView = GenericAPIView[Any]
else:  # DRF's class takes no type at run time
    RowView = GenericAPIView

COMPOUND = (serializers.ListField, serializers.DictField, serializers.JSONField)


@cache
def database_columns(row: Any) -> dict[str, str]:
    """Return the database column of each field that can be read without a model instance."""
    fields = row().fields.items()
    return {name: field.source.replace(".", "__") for name, field in fields if field.source != "*"}


@cache
def decimal_fields(row: Any) -> list[tuple[str, serializers.DecimalField]]:
    """Return the fields whose values are decimal numbers."""
    fields = row().fields.items()
    return [(name, field) for name, field in fields if isinstance(field, serializers.DecimalField)]


@cache
def orderable(row: Any) -> list[str]:
    """Return the names of the fields by which rows can be ordered."""
    fields = row().fields.items()
    return [
        name for name, field in fields if name in database_columns(row) and not isinstance(field, COMPOUND)
    ]


class KnownParametersMixin(APIView):
    """Refuses query parameters that the method does not read, and tokens without the scope to write.

    A view with a method that writes sets `write_scope`.
    """

    write_scope: ClassVar[Scope | None] = None
    creates: ClassVar[bool] = False  # whether its POST or PUT adds something, which needs accepted policies

    parameters: ClassVar[type[Parameters]] = Parameters
    written_parameters: ClassVar[type[Parameters]] = Parameters  # of all methods but GET, HEAD and OPTIONS

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse unknown methods and parameters before anything else; OPTIONS needs no permission."""
        if request.method not in self.allowed_methods:
            raise MethodNotAllowed(str(request.method))
        read = self.parameters if request.method in SAFE_METHODS else self.written_parameters
        read.refuse_unknown(request)
        if request.method != "OPTIONS":
            super().initial(request, *args, **kwargs)

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """Answer with the methods of the address, in the header Allow."""
        return Response(status=status.HTTP_204_NO_CONTENT)

    def get_permissions(self) -> list[Any]:
        """Return the permissions of the view, after that of the token."""
        return [TokenPermission(), *super().get_permissions()]

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Note the use of a token when the response has been sent, so that nobody waits for it."""
        response = super().finalize_response(request, response, *args, **kwargs)
        # Not `request.auth`, which raises again what refused the request.
        if token := bearer_token(request._request):
            response._resource_closers.append(partial(_note_use, token))
        return response


def _note_use(token: ApiToken) -> None:
    note_token_use(token=token, now=timezone.now())


class View(KnownParametersMixin):
    """A view of the API; a subclass with query parameters sets `parameters`."""


class ListView(KnownParametersMixin, RowView):
    """A page of rows, read from database columns without model instances.

    A subclass sets `serializer_class` and `parameters`, and returns the rows that the filters select.
    """

    serializer_class: Any
    pagination_class = Pages
    page_size: ClassVar[int] = 100

    def rows(self, **filters: Any) -> Any:
        """Return the selected rows."""
        raise NotImplementedError

    def values(self, rows: Any, names: list[str]) -> list[dict[str, Any]]:
        """Return the named fields of each row."""
        selected = [database_columns(self.serializer_class)[name] for name in names]
        table = [dict(zip(names, values, strict=True)) for values in rows.values_list(*selected)]
        for name, field in decimal_fields(self.serializer_class):
            for row in table if name in names else ():  # a text, as the schema says, on every database
                row[name] = None if row[name] is None else field.to_representation(row[name])
        return table

    def ordered(self, rows: Any, keys: list[tuple[str, bool]]) -> Any:
        """Return the rows ordered by fields, each ascending or descending; null values come last."""
        if not keys:
            return rows.order_by(*(rows.query.order_by or rows.model._meta.ordering), "pk")
        fields = [(F(database_columns(self.serializer_class)[name]), descending) for name, descending in keys]
        # Databases differ in where they put nulls by default.
        return rows.order_by(
            *(f.desc(nulls_last=True) if descending else f.asc(nulls_last=True) for f, descending in fields),
            "pk",
        )

    def get(self, request: Request, **where: Any) -> Response:
        """Return a page of rows, or all of them as CSV."""
        filters = self.parameters.read(request)
        ordering, chosen = filters.pop("ordering", ""), filters.pop("fields", "")
        for name in ("page", "page_size"):  # read by the paginator
            filters.pop(name, None)
        names = self._field_names(chosen)
        rows = self.ordered(self.rows(**filters), self._order_keys(ordering))
        if request.accepted_renderer.format == "csv":
            return Response({"data": self.values(rows, names), "columns": names}, headers=headers(meta()))
        return self.get_paginated_response(self.values(self.paginate_queryset(rows), names))

    def _field_names(self, text: str) -> list[str]:
        names, known = split_names(text), list(self.serializer_class().fields)
        refuse_unknown_names("fields", names, known)
        return names or known

    def _order_keys(self, text: str) -> list[tuple[str, bool]]:
        keys = [(name.removeprefix("-"), name.startswith("-")) for name in split_names(text)]
        refuse_unknown_names("ordering", (name for name, _ in keys), orderable(self.serializer_class))
        return keys


class ObjectListView(ListView):
    """A page of rows that need more than columns: each is serialized from its model instance."""

    def values(self, rows: Any, names: list[str]) -> list[dict[str, Any]]:
        """Return the named fields of each row."""
        return select_fields(self.get_serializer(rows, many=True).data, names)

    def get_serializer_context(self) -> dict[str, Any]:
        """Return whether the reader is an operator, who sees more."""
        return {"operator": has_permission(self.request.user, "evals.view_endpoint")}


class ComputedListView(ObjectListView):
    """A page of rows computed from the record, as a sequence of objects."""

    def ordered(self, rows: Any, keys: list[tuple[str, bool]]) -> Any:
        """Return the rows ordered by fields, each ascending or descending; null values come last."""
        if not keys:
            return rows
        pairs = list(zip(rows, self.get_serializer(rows, many=True).data, strict=True))
        for name, descending in reversed(keys):  # the sort is stable, so the last key goes first
            with_value = [pair for pair in pairs if pair[1][name] is not None]
            with_value.sort(key=lambda pair, name=name: pair[1][name], reverse=descending)  # type: ignore[misc]
            pairs = with_value + [pair for pair in pairs if pair[1][name] is None]
        return [row for row, _ in pairs]


class DetailView(KnownParametersMixin, RowView):
    """A single row; a subclass returns its object or raises Http404, and describes it in its docstring."""

    serializer_class: Any

    def get(self, request: Request, **where: Any) -> Response:
        return Response({"meta": meta(), "data": self.get_serializer(self.get_object()).data})


def split_names(text: str) -> list[str]:
    """Return the names of a comma-separated list."""
    return [name.strip() for name in text.split(",") if name.strip()]


def refuse_unknown_names(parameter: str, names: Iterable[str], known: list[str]) -> None:
    """Raise Invalid for the first name that is not known."""
    for name in names:
        if name not in known:
            message = f"{parameter} names {name!r}. Allowed: {', '.join(known)}."
            raise Invalid(message, field=parameter, allowed=known)


def select_fields(rows: Iterable[Mapping[str, Any]], names: list[str]) -> list[dict[str, Any]]:
    """Return the named fields of each row."""
    return [{name: row[name] for name in names} for row in rows]

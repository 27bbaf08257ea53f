"""Pages of rows, with absolute links to the next and previous page."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

from leaderboard.api.exceptions import Invalid
from leaderboard.api.meta import meta


class Pages(PageNumberPagination):
    """Splits rows into pages of the view's size, or of `page_size`."""

    page_size_query_param = "page_size"
    page: Any  # set, like the request, when a page is selected
    request: Any

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        """Return the rows of the requested page, unevaluated: the view reads plain values from them."""
        self.request, self.page_size = request, view.page_size
        paginator = Paginator(queryset, self.get_page_size(request) or view.page_size)
        number = int(request.query_params.get("page") or 1)
        if number > paginator.num_pages:
            raise Invalid(f"There is no page {number}; the last one is {paginator.num_pages}.", field="page")
        self.page = paginator.page(number)
        return self.page.object_list

    def get_paginated_response(self, data: Any) -> Response:
        """Return the envelope of a page."""
        page = {"count": self.page.paginator.count, "next": self.get_next_link()}
        return Response({"meta": meta(), **page, "previous": self.get_previous_link(), "data": data})

    def get_next_link(self) -> str | None:
        """Return the address of the next page, if there is one."""
        return self._link(self.page.next_page_number()) if self.page.has_next() else None

    def get_previous_link(self) -> str | None:
        """Return the address of the previous page, if there is one."""
        return self._link(self.page.previous_page_number()) if self.page.has_previous() else None

    def _link(self, number: int) -> str:
        query = self.request.query_params.copy()
        query["page"] = str(number)
        address: str = self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode(safe=',')}")
        return address

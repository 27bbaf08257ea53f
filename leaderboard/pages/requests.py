"""The request type of pages, and redirects to addresses without empty parameters."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django_htmx.http import push_url
from django_htmx.middleware import HtmxDetails


class PageRequest(HttpRequest):
    """A request with the details of django-htmx."""

    htmx: HtmxDetails


View = Callable[[PageRequest], HttpResponse]


def drop_empty_parameters(view: View) -> View:
    """Redirect to the address without empty parameters, so that a view has one address to share."""

    @wraps(view)
    def shortened(request: PageRequest) -> HttpResponse:
        query = request.GET.copy()
        for name in [name for name, values in query.lists() if not any(values)]:
            del query[name]
        if len(query) == len(request.GET):
            return view(request)
        address = f"{request.path}?{query.urlencode()}" if query else request.path
        return push_url(view(request), address) if request.htmx else HttpResponseRedirect(address)

    return shortened

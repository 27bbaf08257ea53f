"""A request as the middleware hands it on, and its address without what says nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django_htmx.http import push_url
from django_htmx.middleware import HtmxDetails


class PageRequest(HttpRequest):
    """A request that knows whether a script of the page made it, who wants a part of the page only."""

    htmx: HtmxDetails


View = Callable[[PageRequest], HttpResponse]


def drop_empty_parameters(view: View) -> View:
    """Lead a form's address to the one without its empty fields, so that a view has one address to share."""

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

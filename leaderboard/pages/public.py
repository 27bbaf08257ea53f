"""A page that is the same for everybody is made once a minute, compressed once, and not sent twice."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.cache import cache_page
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page, require_safe
from django.views.decorators.vary import vary_on_headers

View = Callable[..., HttpResponse]


def public(view: View) -> View:
    """Keep what a view answers, by address and language, for `PAGE_SECONDS`.

    Only for a view that asks nothing of who is looking: no user, no session, no form with a token.
    """
    kept = cache_page(settings.PAGE_SECONDS, cache="pages")(gzip_page(vary_on_headers("HX-Request")(view)))
    answer = require_safe(conditional_page(kept))

    @wraps(view)
    def public_view(request: Any, *args: Any, **kwargs: Any) -> Any:
        return answer(request, *args, **kwargs)

    return public_view

"""Pages about the site itself, and what machines ask of it."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leaderboard import queries
from leaderboard.pages.figures import figures
from leaderboard.pages.public import public

ROBOTS = (
    "User-agent: *\nDisallow: /admin/\nDisallow: {queue}\nDisallow: {new}\nDisallow: {explore}?\n"
    "Sitemap: {site}{sitemap}\n"
)


@public
def method(request: HttpRequest) -> HttpResponse:
    """Tell what the numbers are."""
    return render(request, "pages/method.html")


@public
def accessibility(request: HttpRequest) -> HttpResponse:
    """Tell what is done so that everybody can read these pages, and where they fall short."""
    return render(request, "pages/accessibility.html")


@require_safe
def social_picture(request: HttpRequest) -> HttpResponse:
    """Lead to the newest lag's chart as a picture: for shared pages that have no chart of their own."""
    estimate = queries.composite_lag()
    figure = figures(estimate.pk if estimate else None).get("frontiers")
    if figure is None:
        raise Http404("No chart of a lag over all benchmarks is drawn yet.")
    answer = HttpResponseRedirect(figure.light_png)
    patch_cache_control(answer, public=True, max_age=settings.PAGE_SECONDS)
    return answer


@public
def robots(request: HttpRequest) -> HttpResponse:
    """Tell robots what is of no use to them."""
    told = ROBOTS.format(
        queue=reverse("pages:queue"),
        new=reverse("pages:dispute-new"),
        explore=reverse("pages:explore"),
        site=settings.PUBLIC_URL,
        sitemap=reverse("sitemap"),
    )
    return HttpResponse(told, content_type="text/plain; charset=utf-8")


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer when the database does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")

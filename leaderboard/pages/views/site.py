"""Pages about the site, share images, robots.txt and the health check."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leaderboard.charts.card import Card, render_card
from leaderboard.charts.draw import render_png
from leaderboard.pages.page_cache import public
from leaderboard.pages.share_images import UnsignedCard, read_card

ROBOTS = (
    "User-agent: *\nDisallow: /admin/\nDisallow: {queue}\nDisallow: {new}\nDisallow: {explore}?\n"
    "Sitemap: {site}{sitemap}\n"
)


@public
def method_page(request: HttpRequest) -> HttpResponse:
    """Show the method."""
    return render(request, "pages/method.html")


@public
def accessibility_page(request: HttpRequest) -> HttpResponse:
    """Show the accessibility statement."""
    return render(request, "pages/accessibility.html")


@require_safe
def card_image(request: HttpRequest, content: str) -> HttpResponse:
    """Draw the share image whose text the address contains."""
    try:
        shown = read_card(content)
    except UnsignedCard:
        raise Http404(_("No page here has a picture at this address.")) from None
    answer = HttpResponse(_picture(shown), content_type="image/png")
    patch_cache_control(answer, public=True, max_age=31_536_000, immutable=True)
    return answer


@lru_cache(maxsize=32)  # about 5 MB
def _picture(card: Card) -> bytes:
    return render_png(render_card(card, site=urlsplit(settings.PUBLIC_URL).netloc), scale=1)


@public
def robots_txt(request: HttpRequest) -> HttpResponse:
    """Write robots.txt."""
    text = ROBOTS.format(
        queue=reverse("pages:queue"),
        new=reverse("pages:dispute-new"),
        explore=reverse("pages:explore"),
        site=settings.PUBLIC_URL,
        sitemap=reverse("sitemap"),
    )
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer if the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")

"""The sitemap: the pages of the record in every language."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from evals import queries as record
from leaderboard.pages.navigation import searchable_pages


class PagesSitemap(Sitemap):  # type: ignore[type-arg]  # generic for the type checker alone
    """Pages by URL name and slug."""

    protocol = urlsplit(settings.PUBLIC_URL).scheme
    i18n = alternates = x_default = True
    limit = 10_000  # in three languages: below the 50,000 that a sitemap may hold

    def items(self) -> list[tuple[str, str]]:
        """Return every page of the sitemap."""
        developers = list(record.developers())
        return [
            *((name, "") for name in searchable_pages()),
            *(("pages:country", code) for code in sorted({row.country.lower() for row in developers})),
            *(("pages:developer", row.slug) for row in developers),
            *(("pages:claim", slug) for slug in record.claims().values_list("slug", flat=True)),
            *(("pages:suite", row.slug) for row in record.suites()),
            *(("pages:benchmark", row.slug) for row in record.benchmarks()),
            *(("pages:model", slug) for slug in record.models().values_list("slug", flat=True)),
        ]

    def location(self, item: tuple[str, str]) -> str:
        """Return the path of a page in the active language."""
        name, slug = item
        return reverse(name, args=[slug] if slug else None)

    def get_domain(self, site: object = None) -> str:
        """Return the public host name, whatever the host of the request."""
        return urlsplit(settings.PUBLIC_URL).netloc

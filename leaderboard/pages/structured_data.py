"""schema.org data of a page: the site, breadcrumbs, the data set."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from leaderboard.models import LagEstimate
from leaderboard.pages.navigation import Navigation

LICENCE = "https://creativecommons.org/licenses/by/4.0/"


def build_graph(
    *,
    navigation: Navigation,
    path: str,
    title: str,
    description: str,
    language: str,
    published: LagEstimate | None,
) -> dict[str, Any]:
    """Build the graph of one page; the home page also describes the data set."""
    home = reverse("pages:home")
    site = {"@type": "WebSite", "@id": _url("/#site"), "name": "Lagline", "url": _url(home)}
    nodes: list[dict[str, Any]] = [site | {"inLanguage": language, "description": description}]
    if path == home:
        if published:
            nodes.append(_dataset(published, description))
    else:
        nodes.append(_crumbs(navigation, path, title, home))
    return {"@context": "https://schema.org", "@graph": nodes}


def _crumbs(navigation: Navigation, path: str, title: str, home: str) -> dict[str, Any]:
    """Return the breadcrumbs from the home page over the parent page, if any."""
    above = [
        (str(place.label), place.address)
        for _, places in navigation.groups
        for place in places
        if place.address != home and path.startswith(place.address) and path != place.address
    ]
    steps = [("Lagline", home), *above[:1], (title.removesuffix(" – Lagline"), path)]
    items = [
        {"@type": "ListItem", "position": number, "name": name, "item": _url(address)}
        for number, (name, address) in enumerate(steps, start=1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def _dataset(published: LagEstimate, description: str) -> dict[str, Any]:
    lags = f"{reverse('api:lags')}?follower={published.follower}&leader={published.leader}"
    formats = {"application/json": lags, "text/csv": f"{lags}&format=csv"}
    return {
        "@type": "Dataset",
        "name": "Lagline: months between Chinese and US AI models",
        "description": description,
        "url": _url(reverse("pages:home")),
        "license": LICENCE,
        "isAccessibleForFree": True,
        "creator": {"@type": "Organization", "name": "Lagline", "url": _url("/")},
        "dateModified": published.published_at.isoformat(),
        "temporalCoverage": f"../{published.as_of.isoformat()}",
        "version": published.data_hash,
        "measurementTechnique": _url(reverse("pages:method")),
        "variableMeasured": {"@type": "PropertyValue", "name": "lag", "unitText": "months"},
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": kind, "contentUrl": _url(address)}
            for kind, address in formats.items()
        ],
    }


def _url(path: str) -> str:
    return settings.PUBLIC_URL + path

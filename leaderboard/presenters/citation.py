"""The citation of an estimate, with an address that always shows the state at publication."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from leaderboard.charts import names
from leaderboard.comparisons import Comparison
from leaderboard.models import LagEstimate


@dataclass(frozen=True, slots=True)
class Citation:
    """The citation of an estimate, with an address that always shows the state at publication."""

    permalink: str
    bibtex: str
    apa: str


def comparison_url(comparison: Comparison) -> str:
    """Return the absolute URL of a comparison's page."""
    return f"{settings.PUBLIC_URL}{reverse('pages:explore')}?{comparison}"


def cite_estimate(estimate: LagEstimate, comparison: Comparison) -> Citation:
    """Return the citation of an estimate as the answer to a comparison."""
    at = estimate.published_at + timedelta(seconds=1)
    moment = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    link = f"{comparison_url(comparison)}&as_of={moment}"
    pair = comparison.pair
    with override("en"):
        title = (
            f"How many months {names.name_cohort(pair.follower)} is behind {names.name_cohort(pair.leader)}"
        )
    version = f"method version {estimate.method_version}, data as of {estimate.as_of}, estimate {estimate.pk}"
    bibtex = (
        f"@misc{{lagline-{estimate.pk},\n  author = {{Lagline}},\n  title = {{{{{title}}}}},\n"
        f"  year = {{{at.year}}},\n  month = {{{at.month}}},\n  note = {{{version}}},\n  url = {{{link}}}\n}}"
    )
    apa = f"Lagline. ({at.year}, {at:%B} {at.day}). {title} [Data set; {version}]. {link}"
    return Citation(link, bibtex, apa)

"""Countries: developers, models, openness, and the lag behind the leader."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from evals import queries as record
from leaderboard.pages.page_cache import public
from leaderboard.presenters.composite import present_composite
from leaderboard.presenters.countries import country_facts, list_countries
from leaderboard.queries import FOLLOWER, LEADER

NEWEST = 15


@public
def country_list(request: HttpRequest) -> HttpResponse:
    """List the countries of the record."""
    countries = list_countries(today=timezone.now().date())
    return render(request, "pages/countries.html", {"countries": countries})


@public
def country_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Show a country."""
    facts = country_facts(code.upper(), today=timezone.now().date())
    if facts is None:
        raise Http404(_("No developer on record is of the country '%(code)s'.") % {"code": code})
    context = {
        "facts": facts,
        "country": facts.country,
        "composite": present_composite(facts.lag),
        "newest": record.models(country=facts.country.code)[:NEWEST],
        "is_leader": facts.country.code == LEADER,
        "is_follower": facts.country.code == FOLLOWER,
    }
    return render(request, "pages/country.html", context)

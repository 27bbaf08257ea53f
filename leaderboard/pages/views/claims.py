"""Published claims of the lag, each against the data of its day."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from evals import queries as record
from leaderboard.pages.not_found import slug_not_found
from leaderboard.pages.page_cache import public
from leaderboard.presenters.claims import judge_claims


@public
def claim_list(request: HttpRequest) -> HttpResponse:
    """List the claims with the verdict on each."""
    return render(request, "pages/claims.html", {"claims": judge_claims()})


@public
def claim_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a claim, the lag of its day, and the lag now."""
    claim = record.claims().filter(slug=slug).first()
    if claim is None:
        raise slug_not_found("claim", slug, record.claims())
    return render(request, "pages/claim.html", {"judged": judge_claims([claim])[0]})

"""Disputes: the form, the list, each dispute with its answer, and the feed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from evals import queries as record
from evals.models import Benchmark, Claim, Developer, Dispute, Model, Score
from evals.operations.disputes.lifecycle import file_dispute
from evals.operations.disputes.puzzles import required_puzzle
from evals.operations.quotas import QuotaExceeded
from evals.operations.refusals import Refused
from leaderboard.operations.client_id import request_source
from leaderboard.pages.forms import DisputeForm, requested_page
from leaderboard.pages.page_cache import public
from leaderboard.pages.query_parameters import query_parameters

PAGE_SIZE = 40
NEWEST = 100


@query_parameters("page")
@public
def dispute_list(request: HttpRequest) -> HttpResponse:
    """List the disputes that a moderator has seen."""
    context = {
        "page": requested_page(request, record.disputes(), PAGE_SIZE),
        "waiting": record.disputes_waiting(),
    }
    return render(request, "pages/disputes.html", context)


@public
def dispute_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show a dispute with its answer; before moderation, show only that it waits."""
    dispute = record.dispute(public_id)
    if dispute is None:
        raise Http404(_("There is no dispute %(id)s.") % {"id": public_id})
    answer = render(request, "pages/dispute.html", {"dispute": dispute, "about": _about(dispute)})
    if dispute.seen_at is None:
        answer["X-Robots-Tag"] = "noindex"
    return answer


def _about(dispute: Dispute) -> str:
    """Return the address of the page that shows the disputed fact, if any."""
    match record.row_of(dispute.table, dispute.row_id):
        case Model(slug=slug):
            return reverse("pages:model", args=[slug])
        case Developer(slug=slug):
            return reverse("pages:developer", args=[slug])
        case Benchmark(slug=slug):
            return reverse("pages:benchmark", args=[slug])
        case Score(model=model):
            return f"{reverse('pages:model', args=[model.slug])}#scores"
        case Claim():
            return f"{reverse('pages:home')}#claims"
    return ""


@query_parameters("fact")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def dispute_form(request: HttpRequest) -> HttpResponse:
    """Show the form for a fact, or for one of the facts of a row; a POST files a dispute."""
    address = request.POST.get("fact") or request.GET.get("fact", "")
    row = record.row_at(address)
    if row is None:
        raise Http404(_("No fact on record has the address “%(address)s”.") % {"address": address[:200]})
    if hasattr(request, "as_of"):  # only the present state can be disputed
        return redirect(f"{request.path}?fact={address}")
    if request.method != "POST":
        return _form(request, DisputeForm(row, initial={"fact": address}), row)
    form = DisputeForm(row, request.POST)
    if not form.is_valid():
        return _form(request, form, row, status=400)
    try:
        filed = file_dispute(
            now=timezone.now(),
            source=request_source(request),
            puzzle=request.POST.get("puzzle", ""),
            solution=request.POST.get("solution", ""),
            idempotency_key=request.POST.get("key", ""),
            **form.given(),
        )
    except QuotaExceeded as refusal:
        response = _form(request, form, row, refusal, status=429)
        response["Retry-After"] = str(refusal.retry_after_s)
        return response
    except Refused as refusal:
        return _form(request, form, row, refusal, status=400)
    return redirect("pages:dispute", filed.public_id)


def _form(
    request: HttpRequest, form: DisputeForm, row: Any, refusal: Refused | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "row": row,
        "refusal": refusal,
        "key": request.POST.get("key") or uuid4(),
        "puzzle": required_puzzle(source=request_source(request), now=timezone.now()),
    }
    return render(request, "pages/dispute_new.html", context, status=status)


class DisputesFeed(Feed):  # type: ignore[type-arg]  # generic for the type checker alone
    """Disputes and their answers, newest first."""

    feed_type = Atom1Feed
    title = "Lagline: disputes of facts"
    subtitle = "What readers object to, and what they were answered."
    link = f"{settings.PUBLIC_URL}/disputes/"

    def items(self) -> QuerySet[Dispute]:
        """Return the newest disputes."""
        return record.disputes()[:NEWEST]

    def item_title(self, item: Dispute) -> str:
        """Return the disputed fact and the state."""
        return f"{item} ({item.get_state_display()})"

    def item_description(self, item: Dispute) -> str:
        """Return the answer, else the objection."""
        return item.answer or item.statement

    def item_link(self, item: Dispute) -> str:
        """Return the dispute's page."""
        return f"{settings.PUBLIC_URL}/disputes/{item.public_id}/"

    def item_updateddate(self, item: Dispute) -> datetime:
        """Return when it last changed in public."""
        return item.answered_at or item.seen_at or item.filed_at

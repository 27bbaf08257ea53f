"""A submission's page, its event stream, and the actions of its submitter."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evals import queries as record
from evals.models import Submission, SubmissionState
from evals.operations.refusals import Refused
from evals.operations.submissions.access import has_permission, may_control, may_see_details, refuse_outsider
from leaderboard.pages.event_streams import stream_page
from leaderboard.pages.forms import BudgetForm, EmbargoForm, PriorityForm, ReviewForm
from leaderboard.pages.requests import PageRequest
from leaderboard.pages.submission_actions import ACTIONS, available_buttons
from leaderboard.presenters.submission_status import SubmissionView, view_submissions
from leaderboard.server_sent_events import StreamState

LIVE = "pages/parts/live.html"


@never_cache
@require_safe
def submission_detail(request: PageRequest, public_id: UUID) -> HttpResponse:
    """Show the progress, the cost and the scores of a submission."""
    return _page(request, _get_submission(public_id))


def _page(request: HttpRequest, submission: Submission, refusal: Refused | None = None) -> HttpResponse:
    insider = may_see_details(request.user, submission)
    controls = may_control(request.user, submission)
    now = _status(submission, insider=insider)
    context = {
        "now": now,
        "submission": submission,
        "refusal": refusal,
        "scores": list(record.scores().filter(submission=submission).order_by("benchmark__name")),
        "insider": insider,
        "controls": controls,
        "steps": available_buttons(submission) if controls else (),
        "key": uuid4(),
        "budget": BudgetForm(
            initial={"budget_usd": submission.budget_usd, "budget_calls": submission.budget_calls}
        ),
        "embargo": EmbargoForm(label_suffix="") if now.embargoed else None,
        "review": _review_form(request, submission),
        "priority": PriorityForm(initial={"priority": submission.priority})
        if has_permission(request.user, "evals.prioritise_submission")
        else None,
    }
    part = getattr(request, "htmx", False) and refusal is None
    template = "pages/parts/submission.html" if part else "pages/submission.html"
    return render(request, template, context, status=200 if refusal is None else 409)


def _review_form(request: HttpRequest, submission: Submission) -> ReviewForm | None:
    """Return the form for a decision, if the reader may decide now."""
    in_review = submission.state == SubmissionState.PENDING_REVIEW
    if not (in_review and has_permission(request.user, "evals.review_submission")):
        return None
    amounts = {"approved_usd": submission.budget_usd, "approved_calls": submission.budget_calls}
    return ReviewForm(initial=amounts, label_suffix="")


@never_cache
@require_safe
def submission_events(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Stream a submission's page: `part` is its changing markup, `moved` asks for a reload."""
    insider = may_see_details(request.user, _get_submission(public_id))
    language = get_language() or "en"

    def see() -> StreamState | None:
        submission = record.submission(public_id)
        if submission is None:
            return None
        now = _status(submission, insider=insider)
        with override(language):
            part = render_to_string(LIVE, {"now": now, "submission": submission, "insider": insider})
        return StreamState({"part": part, "moved": now.fingerprint}, ended=now.ended)

    return stream_page(request, f"page:{public_id}:{language}:{insider}", see)


@login_required
@require_POST
def submission_action(request: HttpRequest, public_id: UUID, name: str) -> HttpResponse:
    """Run the action of a button, and show the page again, with the reason if it is refused."""
    submission = _get_submission(public_id)
    refuse_outsider(request.user, submission)
    try:
        new = ACTIONS[name](submission, request, timezone.now())
    except Refused as refusal:
        return _page(request, submission, refusal)
    return redirect("pages:submission", (new or submission).public_id)


def _get_submission(public_id: UUID) -> Submission:
    submission = record.submission(public_id)
    if submission is None:
        raise Http404(_("There is no submission %(id)s.") % {"id": public_id})
    return submission


def _status(submission: Submission, *, insider: bool) -> SubmissionView:
    now = view_submissions([submission], now=timezone.now())[0]
    return replace(now, budgets=record.budgets(submission), insider=True) if insider else now

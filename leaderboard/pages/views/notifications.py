"""Mails about notices: the account's types, a reader's subscription, and the links in mails."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from evals import queries as record
from evals.models.notices import HEADLINE, MODEL_TOPIC
from evals.operations.notices import mail_subscriptions
from evals.operations.quotas import QuotaExceeded
from evals.operations.refusals import Refused
from leaderboard.operations.client_id import request_source
from leaderboard.pages.event_streams import stream_page
from leaderboard.pages.notification_forms import MailTypesForm, ReaderForm
from leaderboard.pages.query_parameters import query_parameters
from leaderboard.queries import verified_address
from leaderboard.server_sent_events import StreamState

NEWEST = 20
PART = "account/parts/notices.html"
METHODS = ["GET", "HEAD", "POST"]


@never_cache
@login_required
@require_http_methods(METHODS)
def account_notifications(request: HttpRequest) -> HttpResponse:
    """Show the newest events of the account, and of which it receives mails; a POST changes that."""
    account = cast("User", request.user)
    if request.method == "POST":
        form = MailTypesForm(request.POST)
        if form.is_valid():
            mail_subscriptions.set_mail_types(
                account=account, language=get_language() or "en", now=timezone.now(), **form.cleaned_data
            )
            messages.success(request, _("Saved."))
            return redirect("account-notifications")
    else:
        form = MailTypesForm(initial={"types": record.mail_types(account)})
    context = {
        "form": form,
        "address": verified_address(account),
        "notices": record.notices(account)[:NEWEST],
    }
    return render(request, "account/notifications.html", context)


@never_cache
@login_required
@require_safe
def account_events(request: HttpRequest) -> HttpResponseBase:
    """Stream the newest events of the account as markup."""
    account, language = cast("User", request.user), get_language() or "en"

    def see() -> StreamState:
        with override(language):
            part = render_to_string(PART, {"notices": record.notices(account)[:NEWEST]})
        return StreamState({"part": part}, ended=False)

    return stream_page(request, f"page:account:{account.pk}:{language}", see)


@query_parameters("model")
@never_cache
@require_http_methods(METHODS)
def reader_subscription(request: HttpRequest) -> HttpResponse:
    """Show the form for the headline or a model; a POST sends a link that confirms it."""
    slug = request.GET.get("model", "")
    topic = request.POST.get("topic") or (f"{MODEL_TOPIC}{slug}" if slug else HEADLINE)
    slug = topic.removeprefix(MODEL_TOPIC) if topic != HEADLINE else ""
    model = record.models().filter(slug=slug).first()
    if slug and model is None:
        raise Http404(_("There is no such topic."))
    form = ReaderForm(request.POST or None, initial={"topic": topic})
    context = {"form": form, "model": model}
    if request.method != "POST":
        return render(request, "pages/notifications.html", context)
    if not form.is_valid():
        return render(request, "pages/notifications.html", context, status=400)
    try:
        mail_subscriptions.subscribe_reader(
            language=get_language() or "en",
            source=request_source(request),
            now=timezone.now(),
            **form.cleaned_data,
        )
    except Refused as refusal:
        status = 429 if isinstance(refusal, QuotaExceeded) else 400
        return render(request, "pages/notifications.html", context | {"refusal": refusal}, status=status)
    return render(request, "pages/notifications.html", context | {"is_sent": True})


@never_cache
@require_http_methods(METHODS)
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button that confirms a subscription: programs that open every link confirm nothing."""
    is_valid = mail_subscriptions.subscription_of(token) is not None
    is_done = request.method == "POST" and mail_subscriptions.confirm_subscription(
        token=token, now=timezone.now()
    )
    context = {"is_valid": is_valid, "is_done": is_done}
    return render(request, "pages/mail_confirm.html", context, status=200 if is_valid else 404)


@never_cache
@csrf_exempt  # mail programs send the POST of List-Unsubscribe; the key in the address is the right to it
@require_http_methods(METHODS)
def unsubscribe(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show a button that ends a subscription; a POST ends it, and repeating it changes nothing."""
    is_done = request.method == "POST"
    if is_done:
        mail_subscriptions.unsubscribe(key=key)
    return render(request, "pages/mail_unsubscribe.html", {"is_done": is_done})

"""Webhooks of the own account: the list, a new one, and one with its deliveries and actions."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AbstractBaseUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evals import queries as record
from evals.models import SUBMITTING_ROLES, MemberRole, Webhook
from evals.operations.owners.access import acts_for
from evals.operations.refusals import Refused, TooMany
from evals.operations.webhooks import subscriptions
from leaderboard.pages.forms import requested_page
from leaderboard.pages.policy_gate import policies_accepted
from leaderboard.pages.query_parameters import query_parameters
from leaderboard.pages.webhook_forms import TYPES, NewWebhookForm, WebhookForm

PAGE_SIZE = 25
METHODS = ["GET", "HEAD", "POST"]


@never_cache
@login_required
@require_safe
def webhook_list(request: HttpRequest) -> HttpResponse:
    """List the webhooks of the account and of its organisations."""
    return render(request, "account/webhooks.html", {"webhooks": record.webhooks(_account(request))})


@never_cache
@login_required
@require_http_methods(METHODS)
@policies_accepted()
def webhook_new(request: HttpRequest) -> HttpResponse:
    """Show the form; a POST creates a webhook and shows its secret once."""
    account = _account(request)
    if request.method != "POST":
        every = [name for name, _label in TYPES]
        form = NewWebhookForm(account, initial={"types": every})
        return render(request, "account/webhook_new.html", {"form": form})
    form, refusal = NewWebhookForm(account, request.POST), None
    if form.is_valid():
        try:
            new = subscriptions.create_webhook(actor=account, now=timezone.now(), **form.cleaned_data)
            return _show_secret(request, new)
        except Refused as error:
            refusal = error
    return render(request, "account/webhook_new.html", {"form": form, "refusal": refusal}, status=400)


@query_parameters("page")
@never_cache
@login_required
@require_http_methods(METHODS)
def webhook_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show a webhook with its deliveries; a POST runs the action of a button."""
    webhook = record.webhook(_account(request), public_id)
    if webhook is None:
        raise Http404(_("You have no such webhook."))
    if request.method != "POST":
        return _page(request, webhook)
    try:
        return _act(request, webhook)
    except TooMany as refusal:
        response = _page(request, webhook, refusal, status=429)
        response["Retry-After"] = str(refusal.retry_after_s)
        return response
    except Refused as refusal:
        return _page(request, webhook, refusal, status=409)


def _act(request: HttpRequest, webhook: Webhook) -> HttpResponse:
    """Run the action that the form names. Raises Refused, NotPermitted."""
    actor, public_id, now = request.user, webhook.public_id, timezone.now()
    action = request.POST.get("action", "")
    if action == "change":
        form = WebhookForm(request.POST)
        if not form.is_valid():
            return _page(request, webhook, form=form, status=400)
        subscriptions.change_webhook(actor=actor, public_id=public_id, **form.cleaned_data)
    elif action in ("enable", "disable"):
        subscriptions.change_webhook(actor=actor, public_id=public_id, enabled=action == "enable")
    elif action == "rotate":
        return _show_secret(request, subscriptions.rotate_secret(actor=actor, public_id=public_id, now=now))
    elif action == "delete":
        subscriptions.delete_webhook(actor=actor, public_id=public_id)
        return redirect("webhooks")
    else:
        _send(request, webhook, action)
    return redirect("webhook", public_id)


def _send(request: HttpRequest, webhook: Webhook, action: str) -> None:
    """Send a test, or a delivery again."""
    now = timezone.now()
    if action == "test":
        subscriptions.send_test(actor=request.user, public_id=webhook.public_id, now=now)
    else:
        try:
            delivery_id = UUID(request.POST.get("delivery", ""))
        except ValueError:
            raise Http404(_("There is no such action.")) from None
        subscriptions.replay_delivery(actor=request.user, delivery_id=delivery_id, now=now)
    messages.success(request, _("It is sent within seconds. Reload this page to see how it ended."))


def _page(
    request: HttpRequest,
    webhook: Webhook,
    refusal: Refused | None = None,
    form: WebhookForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "webhook": webhook,
        "page": requested_page(request, record.deliveries(webhook), PAGE_SIZE),
        "refusal": refusal,
        "form": form or WebhookForm(initial={"url": webhook.url, "types": webhook.types}),
        "owns": acts_for(request.user, webhook.owner, [MemberRole.OWNER]),
        "submits": acts_for(request.user, webhook.owner, SUBMITTING_ROLES),
    }
    return render(request, "account/webhook.html", context, status=status)


def _show_secret(request: HttpRequest, new: subscriptions.NewSecret) -> HttpResponse:
    return render(request, "account/webhook_secret.html", {"webhook": new.webhook, "secret": new.secret})


def _account(request: HttpRequest) -> AbstractBaseUser:
    return cast("AbstractBaseUser", request.user)

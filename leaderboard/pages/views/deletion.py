"""Delete the own account, or an organisation of which the account is an owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from evals import queries as record
from evals.models import MemberRole
from evals.operations.owners.deletion import delete_organisation, refuse_wrong_name
from evals.operations.refusals import Refused
from leaderboard.accounts.deletion import delete_account, refuse_deletion
from leaderboard.pages.account_forms import NameForm
from leaderboard.queries import verified_address

if TYPE_CHECKING:
    from django.contrib.auth.models import User

CONFLICT = 409
METHODS = ["GET", "HEAD", "POST"]


@login_required
@never_cache
@require_http_methods(METHODS)
@reauthentication_required  # type: ignore[untyped-decorator]
def account_deletion(request: HttpRequest) -> HttpResponse:
    """Say what a deletion does, and what it still needs; a POST deletes the account."""
    account = cast("User", request.user)
    name = account.get_username()
    try:
        refuse_deletion(account)
        if request.method == "POST":
            refuse_wrong_name(request.POST.get("name", ""), name)
            address = verified_address(account)
            delete_account(account=account, now=timezone.now())
            return _gone(request, address)
    except Refused as refusal:
        return _page(request, "account/delete.html", {"name": name, "refusal": refusal})
    return _page(request, "account/delete.html", {"name": name})


def _gone(request: HttpRequest, address: str) -> HttpResponse:
    request.session.flush()  # no logout: its event would belong to nobody
    if address:
        get_adapter().send_mail("account/email/account_deleted", address, {})
    return render(request, "account/deleted.html", {"user": None})


@login_required
@never_cache
@require_http_methods(METHODS)
@reauthentication_required  # type: ignore[untyped-decorator]
def organisation_deletion(request: HttpRequest, handle: str) -> HttpResponse:
    """Say what the deletion of an organisation does; a POST of one of its owners deletes it."""
    account = cast("User", request.user)
    mine = record.memberships(account).filter(organisation__handle=handle, role=MemberRole.OWNER).first()
    if mine is None:
        raise PermissionDenied
    context: dict[str, Any] = {"name": handle, "organisation": mine.organisation}
    if request.method != "POST":
        return _page(request, "account/organisation_delete.html", context)
    typed = request.POST.get("name", "")
    try:
        delete_organisation(by=account, handle=handle, typed=typed, now=timezone.now())
    except Refused as refusal:
        return _page(request, "account/organisation_delete.html", context | {"refusal": refusal})
    messages.success(request, _("%(name)s is deleted.") % {"name": handle})
    return redirect("account_organisations")


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    status = CONFLICT if request.method == "POST" and "refusal" in context else 200
    return render(request, template, {"form": NameForm()} | context, status=status)

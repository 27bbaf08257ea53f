"""The organisations of the own account: members, roles and invitations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evals import queries as record
from evals.models import MemberRole
from evals.operations.owners import organisations
from evals.operations.refusals import Refused
from leaderboard.accounts import invitations
from leaderboard.accounts.tokens import revoke_organisation_token
from leaderboard.pages.account_forms import InvitationForm, OrganisationForm, RenameForm
from leaderboard.queries import tokens_of_organisation, verified_address

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NOT_FOUND, CONFLICT = 404, 409
DIGITS = 19  # an id of more digits fits no column


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_list(request: HttpRequest) -> HttpResponse:
    """List the organisations and invitations of the account; a POST creates an organisation."""
    user = _account(request)
    form = OrganisationForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            new = organisations.create_organisation(by=user, now=timezone.now(), **form.cleaned_data)
            return redirect("account_organisation", new.handle)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    mine = invitations.open_invitations(now=timezone.now()).filter(account=user)
    context = {"form": form, "memberships": record.memberships(user), "invitations": mine}
    status = 400 if form.errors else 200
    return render(request, "account/organisations.html", context, status=status)


@login_required
@never_cache
@require_safe
def organisation_detail(request: HttpRequest, handle: str) -> HttpResponse:
    """Show the members of an organisation to its members, and to its owners what they can change."""
    return _page(request, handle)


def _page(request: HttpRequest, handle: str, **extra: Any) -> HttpResponse:
    membership = record.memberships(_account(request)).filter(organisation__handle=handle).first()
    if membership is None:
        raise PermissionDenied
    refusal = extra.get("refusal")
    organisation = membership.organisation
    waiting = invitations.open_invitations(now=timezone.now()).filter(organisation=organisation)
    context = {
        "organisation": organisation,
        "members": organisation.members.select_related("account").order_by("account__username"),
        "is_owner": membership.role == MemberRole.OWNER,
        "roles": MemberRole.choices,
        "tokens": tokens_of_organisation(organisation, now=timezone.now()),
        "invitations": waiting,
        "invitation_form": InvitationForm(),
        "rename_form": RenameForm(initial={"name": organisation.name}),
        **extra,
    }
    return render(request, "account/organisation.html", context, status=CONFLICT if refusal else 200)


@login_required
@require_POST
def organisation_step(request: HttpRequest, handle: str, name: str) -> HttpResponse:
    """Make one change, and show the organisation again, with the reason if it is refused."""
    try:
        response = STEPS[name](request, handle)
    except Refused as refusal:
        return _page(request, handle, refusal=refusal)
    return response or redirect("account_organisation", handle)


def _invite(request: HttpRequest, handle: str) -> HttpResponse:
    issued = invitations.invite(
        by=_account(request),
        handle=handle,
        invitee=request.POST.get("invitee", ""),
        role=_role(request),
        now=timezone.now(),
    )
    path = reverse("account_invitation_link", args=[issued.secret])
    link = f"{settings.PUBLIC_URL}{path}"
    invitation = issued.invitation
    invited = invitation.account
    if email := invitation.email or (verified_address(invited) if invited else ""):
        values = {"organisation": invitation.organisation, "invitation_url": link}
        get_adapter().send_mail("account/email/invitation", email, values)
    return _page(request, handle, link=link)


def _withdraw(request: HttpRequest, handle: str) -> None:
    invitations.withdraw_invitation(
        by=request.user, handle=handle, invitation_id=_chosen_id(request, "invitation"), now=timezone.now()
    )


def _rename(request: HttpRequest, handle: str) -> None:
    organisations.rename_organisation(by=request.user, handle=handle, name=request.POST.get("name", ""))


def _change_role(request: HttpRequest, handle: str) -> None:
    account = request.POST.get("account", "")
    organisations.change_role(by=request.user, handle=handle, account=account, role=_role(request))


def _remove(request: HttpRequest, handle: str) -> None:
    organisations.remove_member(by=request.user, handle=handle, account=request.POST.get("account", ""))


def _revoke_token(request: HttpRequest, handle: str) -> None:
    token_id = _chosen_id(request, "token")
    revoke_organisation_token(by=request.user, handle=handle, token_id=token_id, now=timezone.now())


def _chosen_id(request: HttpRequest, name: str) -> int:
    """Return the id that a button sends; 0, which no row has, for anything else."""
    number = request.POST.get(name, "")
    return int(number) if number.isdecimal() and len(number) < DIGITS else 0


def _leave(request: HttpRequest, handle: str) -> HttpResponse:
    organisations.leave_organisation(by=_account(request), handle=handle)
    return redirect("account_organisations")


STEPS: dict[str, Callable[[HttpRequest, str], HttpResponse | None]] = {
    "invite": _invite,
    "withdraw": _withdraw,
    "rename": _rename,
    "role": _change_role,
    "remove": _remove,
    "leave": _leave,
    "revoke-token": _revoke_token,
}


@login_required
@never_cache
@require_safe
def invitation_page(request: HttpRequest, secret: str) -> HttpResponse:
    """Show the invitation of a link, to accept or decline it."""
    now = timezone.now()
    invitation = invitations.invitation_by_secret(secret, reader=_account(request), now=now)
    reply = reverse("account_invitation_reply", args=[secret])
    return render(request, "account/invitation.html", {"invitation": invitation, "reply": reply})


@login_required
@require_POST
def answer_invitation(request: HttpRequest, secret: str = "", invitation_id: int = 0) -> HttpResponse:
    """Accept or decline an invitation: that of a link, or one of the account's own."""
    user, now = _account(request), timezone.now()
    if secret:
        row = invitations.invitation_by_secret(secret, reader=user, now=now)
    else:
        row = invitations.open_invitations(now=now).filter(account=user, pk=invitation_id).first()
    if row is None:
        return render(request, "account/invitation.html", {"invitation": None}, status=NOT_FOUND)
    try:
        if "decline" in request.POST:
            invitations.decline_invitation(by=user, invitation_id=row.pk, now=now)
            return redirect("account_organisations")
        invitations.accept_invitation(by=user, invitation_id=row.pk, now=now)
    except Refused as refusal:
        context = {"invitation": row, "refusal": refusal, "reply": request.path}
        return render(request, "account/invitation.html", context, status=CONFLICT)
    return redirect("account_organisation", row.organisation.handle)


def _role(request: HttpRequest) -> str:
    role = request.POST.get("role", "")
    return role if role in MemberRole.values else MemberRole.READER


def _account(request: HttpRequest) -> User:
    return cast("User", request.user)  # the views are for logged-in accounts

"""The API tokens of the own account: list, create and revoke them."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from evals import queries as record
from evals.models import SUBMITTING_ROLES
from leaderboard import queries
from leaderboard.accounts.tokens import IssuedToken, TokenRefused, issue_token, revoke_token_by_id
from leaderboard.pages.account_forms import TokenForm
from leaderboard.pages.policy_gate import policies_accepted


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]
@policies_accepted(methods=["POST"])
def token_page(request: HttpRequest) -> HttpResponse:
    """List the tokens, with a form for a new one; a POST creates it, and shows its secret this once."""
    assert request.user.is_authenticated
    organisations = record.owners_for(request.user, SUBMITTING_ROLES).filter(account=None)
    form = TokenForm(request.POST if request.method == "POST" else None, organisations=organisations)
    if not form.is_bound or not form.is_valid():
        return _page(request, form, status=400 if form.is_bound else 200)
    try:
        issued = issue_token(user=request.user, now=timezone.now(), **form.given())
    except TokenRefused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, form, status=400)
    return _page(request, TokenForm(organisations=organisations), issued)


def _page(
    request: HttpRequest, form: TokenForm, issued: IssuedToken | None = None, *, status: int = 200
) -> HttpResponse:
    assert request.user.is_authenticated
    tokens = queries.usable_tokens(request.user, now=timezone.now())
    context: dict[str, Any] = {"form": form, "issued": issued, "tokens": tokens}
    return render(request, "account/tokens.html", context, status=status)


@login_required
@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """Revoke a token of the own account."""
    assert request.user.is_authenticated
    revoke_token_by_id(user=request.user, token_id=token_id, now=timezone.now())
    return redirect("account_tokens")

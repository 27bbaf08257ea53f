"""The policies, and accepting them."""

from __future__ import annotations

from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from leaderboard import queries
from leaderboard.operations.policies import accept_policies
from leaderboard.pages.page_cache import public
from leaderboard.pages.query_parameters import query_parameters
from leaderboard.presenters.policies import present_policy


@public
def policy_page(request: HttpRequest, kind: str, number: int | None = None) -> HttpResponse:
    """Show a policy: its newest version, or an earlier one."""
    policy = present_policy(kind, number, get_language())
    if policy is None:
        raise Http404(_("There is no version %(number)s of this policy.") % {"number": number})
    contact = settings.OPERATOR_CONTACT
    context = {
        "policy": policy,
        "address": f"pages:{kind}",
        "contact": contact,
        "contact_link": contact if contact.startswith("https://") or not contact else f"mailto:{contact}",
    }
    return render(request, "pages/policy.html", context)


@query_parameters("next")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def acceptance_page(request: HttpRequest) -> HttpResponse:
    """Show what the account must accept and has accepted; a POST accepts it."""
    assert request.user.is_authenticated
    target = get_next_redirect_url(request) or ""
    if request.method == "POST":
        accept_policies(account=request.user, now=timezone.now())
        return redirect(target or "account_policies")
    context = {
        "versions": queries.policies_to_accept(request.user),
        "accepted": queries.accepted_policies(request.user),
        "next": target,
    }
    return render(request, "account/policies.html", context)

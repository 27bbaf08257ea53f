"""The first page of the own account."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leaderboard.presenters.account_overview import account_overview

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@never_cache
@login_required
@require_safe
def overview_page(request: HttpRequest) -> HttpResponse:
    """Show what the account needs first."""
    overview = account_overview(cast("User", request.user), now=timezone.now())
    return render(request, "account/overview.html", {"overview": overview})

"""The page on which an account downloads all that is kept about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from allauth.account.decorators import reauthentication_required
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from leaderboard.accounts.data_export import TooManyExports, archive_of, start_export

if TYPE_CHECKING:
    from django.contrib.auth.models import User

TOO_MANY_REQUESTS = 429


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator]
def account_data(request: HttpRequest) -> HttpResponseBase:
    """Say what can be downloaded; a POST streams the archive."""
    if request.method != "POST":
        return render(request, "account/data.html")
    account, now = cast("User", request.user), timezone.now()
    try:
        start_export(account=account, now=now)
    except TooManyExports as refusal:
        response: HttpResponse = render(
            request, "account/data.html", {"refusal": refusal}, status=TOO_MANY_REQUESTS
        )
        response["Retry-After"] = str(refusal.retry_after_s)
        return response
    name = f"lagline-account-{now:%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(archive_of(account), content_type="application/zip", headers=headers)

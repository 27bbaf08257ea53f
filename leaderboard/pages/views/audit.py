"""The audit log, for accounts that may see it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leaderboard.pages.forms import AuditForm
from leaderboard.pages.query_parameters import query_parameters
from leaderboard.presenters.audit import present_audit_log

PAGE_SIZE = 50


@query_parameters(*AuditForm.base_fields)
@never_cache
@require_safe
@login_required
@permission_required("evals.view_auditevent", raise_exception=True)
def audit_page(request: HttpRequest) -> HttpResponse:
    """Show who changed what, newest first."""
    form = AuditForm(request.GET)
    page = present_audit_log(form.wanted(), size=PAGE_SIZE)
    return render(request, "pages/audit.html", {"form": form, "page": page})

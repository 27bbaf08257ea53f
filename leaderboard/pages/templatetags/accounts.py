"""Template tags of account pages."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings

from evals import queries as record
from evals.operations.submissions.access import has_permission
from leaderboard.mail import CONSOLE
from leaderboard.pages.account_sections import CONNECTIONS, SECTIONS

register = template.Library()


@register.simple_tag
def sends_mail() -> bool:
    """Return whether mail leaves this machine, rather than being printed for the operator."""
    return bool(settings.EMAIL_BACKEND != CONSOLE)


@register.inclusion_tag("account/parts/providers.html", takes_context=True)
def sign_in_providers(context: dict[str, Any]) -> dict[str, Any]:
    """Show a button for each provider by which people may sign in."""
    return {
        "providers": settings.SIGN_IN_PROVIDERS,
        "redirect_field": context.get("redirect_field", ""),
        "csrf_token": context.get("csrf_token", ""),
    }


@register.inclusion_tag("account/parts/sections.html", takes_context=True)
def account_menu(context: dict[str, Any]) -> dict[str, Any]:
    """Show the links to the pages of the own account, with the current one marked.

    Moderators and operators also get that of the dashboard, with how much waits for a decision.
    """
    request = context["request"]
    sections = [row for row in SECTIONS if row.name != CONNECTIONS or settings.SIGN_IN_PROVIDERS]
    counts = None
    if has_permission(request.user, "evals.view_modelproposal"):
        counts = context.get("counts") or record.moderation_counts()
    return {"sections": sections, "path": request.path, "counts": counts}

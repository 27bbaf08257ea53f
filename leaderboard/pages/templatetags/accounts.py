"""Template tags of account pages."""

from __future__ import annotations

from django import template
from django.conf import settings

from leaderboard.mail import CONSOLE

register = template.Library()


@register.simple_tag
def sends_mail() -> bool:
    """Return whether mail leaves this machine, rather than being printed for the operator."""
    return bool(settings.EMAIL_BACKEND != CONSOLE)

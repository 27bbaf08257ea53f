"""Translate the texts of the record that have a translation; mark all others as English."""

from __future__ import annotations

from django.utils.html import format_html, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import pgettext

from leaderboard.presenters.labels import RECORD_CONTEXT


def translate_record_text(text: str) -> str:
    """Return a text of the record in the active language, or unchanged and marked as English."""
    translated = pgettext(RECORD_CONTEXT, text) if text else ""
    return mark_english(text) if translated == text else translated


def mark_english(text: str) -> SafeString:
    """Return a text of the record marked as English, with its web addresses as links."""
    if not text:
        return SafeString()
    return format_html('<span lang="en">{}</span>', mark_safe(urlize(text, autoescape=True)))  # noqa: S308

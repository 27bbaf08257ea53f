"""Template filters of notices."""

from __future__ import annotations

from django import template

from leaderboard.operations import notice_texts

register = template.Library()
register.filter("notice_summary", notice_texts.notice_summary)
register.filter("notice_link", notice_texts.notice_link)

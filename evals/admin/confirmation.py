"""A page that asks again before an action of the admin that cannot simply be undone."""

from __future__ import annotations

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from evals.admin.read_only import Admin


def ask_again(page: Admin, request: HttpRequest, *, title: str, action: str, question: str) -> HttpResponse:
    """Return the page; its form sends the action again with `confirmed`."""
    context = page.admin_site.each_context(request) | {
        "title": title,
        "action": action,
        "question": question,
        "ids": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "checkbox": ACTION_CHECKBOX_NAME,
        "across": request.POST.get("select_across", "0"),
        "back": request.get_full_path(),
    }
    return render(request, "evals/confirm_action.html", context)

"""Signing in and out, for those who submit."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView


class Login(LoginView):
    """Ask for name and password; too many wrong ones lock the name for a while (django-axes)."""

    template_name = "pages/login.html"


class Logout(LogoutView):
    """End the session; only a POST does."""

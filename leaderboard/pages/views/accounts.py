"""Sign-in and sign-out of submitters."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView


class Login(LoginView):
    """Sign in by name and password; django-axes locks a name after too many failures."""

    template_name = "pages/login.html"


class Logout(LogoutView):
    """End the session by POST."""

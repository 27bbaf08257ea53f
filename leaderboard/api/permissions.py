"""The permission that every view of the API asks for: whether a token has the scope to write."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from evals.acting import Scope
from leaderboard.models import ApiToken


class MissingScope(PermissionDenied):
    """The token may not be used for this; the error names the scope that it lacks."""

    default_code = "missing_scope"

    def __init__(self, scope: Scope) -> None:
        super().__init__(f"This token lacks the scope {scope.value!r}. Use a token that has it.")
        self.details = {"scope": scope.value}


class TokenPermission(BasePermission):
    """Whether the token of a request, if it has one, has the scope that the view declares for its writes."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Tell whether the request may go on. Raises MissingScope."""
        token, method = request.auth, str(request.method)
        if method in SAFE_METHODS or not isinstance(token, ApiToken) or not hasattr(view, method.lower()):
            return True
        if view.write_scope is None:
            raise ImproperlyConfigured(f"{type(view).__name__} has a {method} but no write_scope.")
        if view.write_scope not in token.scopes:
            raise MissingScope(view.write_scope)
        return True

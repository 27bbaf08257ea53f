"""The permission that every view of the API asks for: a token's scope, and the policies' acceptance."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from evals.acting import Scope
from leaderboard.models import ApiToken
from leaderboard.queries import policies_to_accept

CREATING_METHODS = ("POST", "PUT")


class MissingScope(PermissionDenied):
    """The token may not be used for this; the error names the scope that it lacks."""

    default_code = "missing_scope"

    def __init__(self, scope: Scope) -> None:
        super().__init__(f"This token lacks the scope {scope.value!r}. Use a token that has it.")
        self.details = {"scope": scope.value}


class PoliciesNotAccepted(PermissionDenied):
    """The account must accept policies on the site before it submits something new."""

    default_code = "policies_not_accepted"

    def __init__(self) -> None:
        page = f"{settings.PUBLIC_URL}{reverse('account_policies')}"
        super().__init__(f"The policies of this service have changed. Accept them at {page}.")


class TokenPermission(BasePermission):
    """Whether the token of a request, if it has one, has the scope that the view declares for its writes."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Tell whether the request may go on. Raises MissingScope, PoliciesNotAccepted."""
        token, method = request.auth, str(request.method)
        if method in SAFE_METHODS or not hasattr(view, method.lower()):
            return True
        if view.write_scope is None:
            raise ImproperlyConfigured(f"{type(view).__name__} has a {method} but no write_scope.")
        if isinstance(token, ApiToken) and view.write_scope not in token.scopes:
            raise MissingScope(view.write_scope)
        adds = view.write_scope == Scope.SUBMIT or (view.creates and method in CREATING_METHODS)
        if adds and request.user.is_authenticated and policies_to_accept(request.user):
            raise PoliciesNotAccepted
        return True

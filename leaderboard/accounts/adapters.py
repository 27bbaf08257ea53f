"""What this site decides differently from django-allauth."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, gettext_lazy

from evals.operations.owners.handles import BadHandle, refuse_bad_handle
from leaderboard.accounts.login_delays import confirmation_source, record_failure, remaining_delay
from leaderboard.accounts.providers.confirmation import connected_providers, has_confirmed
from leaderboard.accounts.second_factors import SECOND_FACTORS, decrypt_secret, encrypt_secret
from leaderboard.accounts.sign_up import AddressStage, confirmation_url
from leaderboard.client_address import network_address

logger = logging.getLogger(__name__)
SITE_NAME = "Lagline"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # untyped
    """Accounts: who may sign up, where redirects and links lead, how mail is sent."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "enter_current_password": gettext_lazy("This is not your current password."),
        "incorrect_password": gettext_lazy("This is not your password."),
        "username_password_mismatch": gettext_lazy("The user name or the password is wrong."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether anybody can create an account."""
        return bool(settings.SIGN_UP)

    def is_safe_url(self, url: str) -> bool:
        """Whether a redirect stays on this site."""
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that the list of sessions shows."""
        return network_address(request)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link of a reset mail: on the public address, whatever host the request named."""
        uidb36, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": token})
        return f"{settings.PUBLIC_URL}{path}"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return where a changed password leads."""
        return reverse("mfa_index")

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict[str, Any]]:
        """Return how a user confirms an action: by the second factor where there is one.

        Else by password, or by a provider.
        """
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if factors := [method for method in methods if method["id"].startswith("mfa_")]:
            return factors
        if connected_providers(user):
            methods.append({"id": "provider", "url": reverse("account_provider_confirmation")})
        return methods

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whether an action needs a recent confirmation, which may be by a provider."""
        if has_confirmed(self.request, now=timezone.now()):
            return False
        required: bool = super().is_reauthentication_required(app=app, **kwargs)
        return required

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Return a name for a new account. Raises ValidationError if it is in use or malformed."""
        try:
            refuse_bad_handle(username)
        except BadHandle as refusal:
            raise ValidationError(refusal.message, code=refusal.code) from None
        cleaned: str = super().clean_username(username, shallow)
        return cleaned

    def get_login_stages(self) -> list[str]:
        """Return the steps of a login: only who signed up must confirm an address."""
        theirs = "allauth.account.stages.EmailVerificationStage"
        ours = f"{AddressStage.__module__}.{AddressStage.__qualname__}"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        """Whether an address may be removed: not the main one, to which the account's mail goes."""
        return not (email_address.pk and email_address.primary)

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """Return the link of a confirmation mail."""
        return confirmation_url(emailconfirmation.key)

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        """Send a link to confirm an address, unless it got too many."""
        if _may_get_mail(emailconfirmation.email_address.email):
            super().send_confirmation_mail(request, emailconfirmation, signup)

    def send_account_already_exists_mail(self, email: str) -> None:
        """Tell the owner of an address that there is an account already, unless they were told often."""
        if _may_get_mail(email):
            path = reverse("account_reset_password")
            values = {"password_reset_url": f"{settings.PUBLIC_URL}{path}"}
            self.send_mail("account/email/account_already_exists", email, values)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail in another thread, so that the time of a response does not tell whether one is sent."""
        values = {"request": self.request, "email": email, "current_site": None} | context
        _mail_thread().submit(_send, self.render_mail(template_prefix, email, values))


def _may_get_mail(email: str) -> bool:
    source, now = confirmation_source(email), timezone.now()
    if remaining_delay(source=source, now=now):
        return False
    record_failure(source=source, now=now)
    return True


@cache
def _mail_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except OSError:  # its traceback shows no content of the mail
        logger.exception("A mail could not be sent. Check EMAIL_URL.")


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc] # untyped
    """Second factors: how their secrets are stored, and that staff keep one."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": gettext_lazy(
            "Staff need a second factor. Add another before you remove this one."
        ),
        "incorrect_code": gettext_lazy("This code is wrong, or was used before."),
    }

    def encrypt(self, text: str) -> str:
        """Encrypt a secret for the database."""
        return encrypt_secret(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Decrypt a secret from the database."""
        return decrypt_secret(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Whether a factor may be removed: staff keep at least one."""
        others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=SECOND_FACTORS)
        return not authenticator.user.is_staff or others.exclude(pk=authenticator.pk).exists()

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        """Return the name that a new passkey has until its owner names it."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey {number}").format(number=number)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return for which host passkeys are: the public one; without HTTPS, the one in the address bar."""
        public_host = urlsplit(settings.PUBLIC_URL)
        host = public_host.hostname or ""
        if public_host.scheme != "https":
            host = self.request.get_host().partition(":")[0]
        return {"id": host, "name": SITE_NAME}

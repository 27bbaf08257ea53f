"""The forms of accounts: django-allauth's, in this site's words and under its delays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from allauth.account import forms as account
from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.base import forms as second_factor
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leaderboard.accounts.login_delays import check_delayed, code_source, record_failure, reset_sources

if TYPE_CHECKING:
    from django.forms import Form
else:
    Form = object  # allauth's forms are the base at run time

NEW_PASSWORDS = {"password1": _("New password"), "password2": _("New password, again")}
NAME_LENGTH = 80  # of a passkey
REPEATED_LABELS = {"password", "oldpassword"}  # their help text is a link that the pages have themselves


class Labelled(Form):
    """Labels of ours, and no placeholders that repeat them."""

    labels: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
            if name in REPEATED_LABELS:
                field.help_text = ""


class AddAddressForm(Labelled, account.AddEmailForm):  # type: ignore[misc] # untyped
    """One more e-mail address."""

    labels: ClassVar = {"email": _("E-mail address")}


class LoginForm(Labelled, account.LoginForm):  # type: ignore[misc] # untyped
    """User name and password; django-axes delays it."""

    labels: ClassVar = {"login": _("User name"), "password": _("Password")}


class ReauthenticateForm(Labelled, account.ReauthenticateForm):  # type: ignore[misc] # untyped
    """The password again, before a sensitive action; django-axes delays it."""

    labels: ClassVar = {"password": _("Password")}


class ChangePasswordForm(Labelled, account.ChangePasswordForm):  # type: ignore[misc] # untyped
    """A new password; the current one is checked under the delays of a login."""

    labels: ClassVar = NEW_PASSWORDS | {"oldpassword": _("Current password")}

    def clean_oldpassword(self) -> str:
        """Check the current password."""
        password: str = self.cleaned_data["oldpassword"]
        if not get_adapter().reauthenticate(self.user, password):
            raise get_adapter().validation_error("enter_current_password")
        return password


class SetPasswordForm(Labelled, account.SetPasswordForm):  # type: ignore[misc] # untyped
    """The first password of an account that had none."""

    labels: ClassVar = NEW_PASSWORDS


class ResetPasswordKeyForm(Labelled, account.ResetPasswordKeyForm):  # type: ignore[misc] # untyped
    """A new password, by the link of a mail."""

    labels: ClassVar = NEW_PASSWORDS


class ResetPasswordForm(Labelled, account.ResetPasswordForm):  # type: ignore[misc] # untyped
    """The address to which a reset link is sent; every request counts, whether there is an account or not."""

    labels: ClassVar = {"email": _("E-mail address")}

    def clean_email(self) -> str:
        """Look the account up, unless too many mails were requested."""
        sources = reset_sources(context.request, self.cleaned_data["email"])
        with check_delayed(context.request, *sources):
            email: str = super().clean_email()
        for source in sources:
            record_failure(source=source, now=timezone.now())
        return email


class DelayedCode(Labelled):
    """A code of a second factor, checked under a delay of its own."""

    labels: ClassVar = {"code": _("Code")}
    user: Any

    def clean_code(self) -> str:
        """Check the code."""
        with check_delayed(context.request, code_source(context.request, self.user.get_username())):
            code: str = super().clean_code()  # type: ignore[misc]
        return code


class SecondFactorForm(DelayedCode, second_factor.AuthenticateForm):  # type: ignore[misc] # untyped
    """The code at a login."""


class RepeatedSecondFactorForm(DelayedCode, second_factor.ReauthenticateForm):  # type: ignore[misc] # untyped
    """The code again, before a sensitive action."""


class ActivateTotpForm(Labelled, ActivateTOTPForm):  # type: ignore[misc] # untyped
    """The first code of a new authenticator app."""

    labels: ClassVar = {"code": _("Code from the app")}


class AddPasskeyForm(Labelled, AddWebAuthnForm):  # type: ignore[misc] # untyped
    """A new passkey."""

    labels: ClassVar = {
        "name": _("Name"),
        "passwordless": _("Sign in with this passkey alone, without a password"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].initial = True
        self.fields["passwordless"].help_text = ""
        self.fields["name"].widget.attrs["maxlength"] = NAME_LENGTH


class RenamePasskeyForm(Labelled, EditWebAuthnForm):  # type: ignore[misc] # untyped
    """Another name for a passkey."""

    labels: ClassVar = {"name": _("Name")}

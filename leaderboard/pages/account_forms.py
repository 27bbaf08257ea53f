"""Forms of the own account's pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from allauth.account.forms import SignupForm
from allauth.socialaccount.forms import SignupForm as SocialSignupForm
from django import forms
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evals.acting import Scope
from evals.models import MemberRole, Owner
from evals.operations.owners.organisations import NAME_LENGTH as NAME_LENGTH_OF_ORGANISATION
from leaderboard.accounts.forms import Labelled
from leaderboard.accounts.sign_up import counted_sign_up
from leaderboard.accounts.tokens import NAME_LENGTH
from leaderboard.models import ACCEPTED_POLICIES
from leaderboard.operations.client_id import request_source
from leaderboard.operations.policies import accept_policies
from leaderboard.presenters.labels import StrOrPromise

SCOPES = {
    Scope.SUBMIT: _("Submit: create submissions, preflights, proposals and disputes"),
    Scope.MANAGE: _("Manage: cancel, pause, retry and change what exists"),
}
LIFETIMES: dict[str, StrOrPromise] = {
    "30": _("30 days"),
    "90": _("90 days"),
    "365": _("one year"),
    "": _("no end"),
}


class AcceptingPolicies(Labelled):
    """A form of a new account, whose owner accepts the policies."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pages = {kind.value: reverse(f"pages:{kind}") for kind in ACCEPTED_POLICIES}
        text = gettext(
            'I accept the <a href="{terms}">terms of use</a>, the <a href="{privacy}">privacy notice</a> '
            'and the <a href="{licence}">licence of submitted answers</a>.'
        )
        label = format_html(text, **pages)
        self.fields["accept_policies"] = forms.BooleanField(label=label)

    def try_save(self, request: HttpRequest) -> tuple[Any, Any]:
        """Create the account, or write to the owner of the address. Raises QuotaExceeded."""
        now = timezone.now()
        with counted_sign_up(source=request_source(request), now=now) as sign_up:
            user, response = super().try_save(request)  # type: ignore[misc]
            sign_up.account = user
            sign_up.save(update_fields=["account"])
            if user is not None:
                accept_policies(account=user, now=now)
        return user, response


class SignUpForm(AcceptingPolicies, SignupForm):  # type: ignore[misc] # untyped
    """A new account. For an address that has one already, the answer and its time are the same."""

    labels: ClassVar = {
        "username": _("User name"),
        "email": _("E-mail address"),
        "password1": _("Password"),
        "password2": _("Password, again"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = _("Public: it stands by your submissions.")
        self.fields["email"].help_text = _("Never shown. It gets a link that you confirm once.")

    def try_save(self, request: HttpRequest) -> tuple[Any, Any]:
        """Create the account; for an address that has one, hash a password, which takes as long."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        created: tuple[Any, Any] = super().try_save(request)
        return created


class ProviderSignUpForm(AcceptingPolicies, SocialSignupForm):  # type: ignore[misc] # untyped
    """A new account without a password, for somebody who has signed in by a provider."""

    labels: ClassVar = {"username": _("User name"), "email": _("E-mail address")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = _("Public: it stands by your submissions.")
        self.fields["email"].help_text = _(
            "Never shown. If your provider has not confirmed it, it gets a link."
        )

    def try_save(self, request: HttpRequest) -> tuple[Any, Any]:
        """Create the account, of whose addresses the provider has confirmed at most the one in the form."""
        given = self.cleaned_data["email"]
        login = self.sociallogin
        login.email_addresses = [row for row in login.email_addresses if row.email == given]
        created: tuple[Any, Any] = super().try_save(request)
        return created


class TokenForm(forms.Form):
    """A new API token: its name, for whom it acts, what it may do and until when."""

    name = forms.CharField(
        max_length=NAME_LENGTH, label=_("Name"), help_text=_("For you, such as the machine that uses it.")
    )
    owner = forms.ModelChoiceField(
        Owner.objects.none(), required=False, label=_("Acts for"), to_field_name="handle"
    )
    lifetime = forms.ChoiceField(
        choices=list(LIFETIMES.items()), required=False, initial="90", label=_("Valid for")
    )
    submit = forms.BooleanField(required=False, initial=True, label=SCOPES[Scope.SUBMIT])
    manage = forms.BooleanField(required=False, label=SCOPES[Scope.MANAGE])

    def __init__(self, data: Any = None, *, organisations: Any) -> None:
        super().__init__(data, label_suffix="")
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset, field.empty_label = organisations, _("you and your organisations")

    def given(self) -> dict[str, Any]:
        """Return the arguments of `issue_token`."""
        values = self.cleaned_data
        days = values["lifetime"]
        return {
            "name": values["name"],
            "owner": values["owner"],
            "scopes": [scope for scope in SCOPES if values[scope]],
            "lifetime": timedelta(days=int(days)) if days else None,
        }


class RenameForm(forms.Form):
    """The full name of an organisation."""

    name = forms.CharField(max_length=NAME_LENGTH_OF_ORGANISATION, label=_("Name"))

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, label_suffix="", **options)


class OrganisationForm(RenameForm):
    """A new organisation."""

    handle = forms.CharField(
        max_length=40,
        label=_("Short name"),
        help_text=_("Public, stands by its submissions, and cannot be changed."),
    )


class InvitationForm(forms.Form):
    """Whom to invite, and as what."""

    invitee = forms.CharField(max_length=254, label=_("User name or e-mail address"))
    role = forms.ChoiceField(choices=MemberRole.choices, initial=MemberRole.SUBMITTER, label=_("Role"))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="", auto_id="invitation_%s")


class NameForm(forms.Form):
    """The name of what is deleted, typed by who deletes it."""

    name = forms.CharField(
        max_length=150,
        label=_("Type the name to confirm"),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")

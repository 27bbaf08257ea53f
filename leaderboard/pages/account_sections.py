"""The pages of the own account, in the order of their menu; a new page needs one line here."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from leaderboard.presenters.labels import StrOrPromise

CONNECTIONS = "socialaccount_connections"  # shown where there are providers


@dataclass(frozen=True, slots=True)
class Section:
    """A page by its URL name."""

    label: StrOrPromise
    name: str


SECTIONS = (
    Section(_("Overview"), "account"),
    Section(_("Endpoints"), "account_endpoints"),
    Section(_("Proposed models"), "pages:proposals"),
    Section(_("Quotas and caps"), "account_quotas"),
    Section(_("API tokens"), "account_tokens"),
    Section(_("Organisations"), "account_organisations"),
    Section(_("Verification"), "pages:verification"),
    Section(_("Notifications"), "account-notifications"),
    Section(_("Webhooks"), "webhooks"),
    Section(_("E-mail addresses"), "account_email"),
    Section(_("Connected accounts"), CONNECTIONS),
    Section(_("Sign-in and security"), "mfa_index"),
    Section(_("Your data"), "account_data"),
)

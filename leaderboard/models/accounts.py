"""Sign-ups, invitations and API tokens."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from evals.acting import all_scopes
from evals.models.owners import MemberRole


class SignUp(models.Model):
    """A use of the sign-up page; without an account if the address had one already."""

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="sign_up"
    )
    subscriber = models.CharField(max_length=32, help_text="Who signed up, as a keyed hash.")
    network = models.CharField(max_length=32, help_text="The same of the wider network.")
    signed_up_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["signed_up_at"], name="sign_up_quota")]

    def __str__(self) -> str:
        return f"sign-up of {self.account or 'an address in use'}"


class Invitation(models.Model):
    """An invitation to an organisation: of one account, or of whoever has the link that an address got."""

    organisation = models.ForeignKey("evals.Owner", on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=9, choices=MemberRole)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="invitations"
    )
    email = models.EmailField(blank=True)
    digest = models.CharField(max_length=64, unique=True, help_text="Of the secret in its link.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was accepted, declined or withdrawn."
    )

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(account__isnull=True) ^ models.Q(email=""),
                name="invitation_is_of_an_account_or_an_address",
            )
        ]

    def __str__(self) -> str:
        return f"invitation to {self.organisation}"


class ApiToken(models.Model):
    """An API token of a submitter; only its digest is stored."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    password_digest = models.CharField(
        max_length=64, help_text="Of the account's password hash at issue: a new password ends the token."
    )
    owner = models.ForeignKey(
        "evals.Owner",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="api_tokens",
        help_text="The organisation for which alone it acts; empty: the account, and all that it acts for.",
    )
    scopes = models.JSONField(default=all_scopes)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="Up to five minutes early.")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["user", "name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="token_name_is_unique")]

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"

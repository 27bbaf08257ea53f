"""Verifications: an organisation proves that it is a developer of the catalogue."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evals.models.catalogue import Developer
from evals.models.owners import Owner


class VerificationMethod(models.TextChoices):
    """Where the proof is published."""

    DNS = "dns", _("DNS record")
    FILE = "file", _("file on the web site")
    HUB = "hub", _("organisation on Hugging Face")


class VerificationState(models.TextChoices):
    """The states of a claim."""

    CLAIMED = "claimed", _("waiting for a moderator")
    CHECKING = "checking", _("waiting for the proof")
    VERIFIED = "verified", _("verified")
    REJECTED = "rejected", _("rejected")
    LAPSED = "lapsed", _("the proof is gone")


CHECKED_STATES = frozenset({VerificationState.CHECKING, VerificationState.VERIFIED})


class DeveloperVerification(models.Model):
    """An organisation's claim to be a developer, with the domain that a moderator confirms, and its proof."""

    organisation = models.ForeignKey(Owner, on_delete=models.CASCADE, related_name="verifications")
    developer = models.ForeignKey(Developer, on_delete=models.CASCADE, related_name="verifications")
    method = models.CharField(max_length=4, choices=VerificationMethod)
    domain = models.CharField(max_length=253, blank=True)
    hub_organisation = models.CharField(
        max_length=96, blank=True, help_text="Its name on Hugging Face, where membership is the proof."
    )
    challenge = models.CharField(max_length=64, help_text="The random text that the organisation publishes.")
    state = models.CharField(max_length=8, choices=VerificationState, default=VerificationState.CLAIMED)
    message = models.TextField(blank=True, help_text="The moderator's reason, or what the last check saw.")
    claimed_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    next_check_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-claimed_at", "-id"]
        indexes = [models.Index(fields=["state", "next_check_at"], name="verification_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=VerificationState.values), name="verification_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(method__in=VerificationMethod.values), name="verification_method_is_known"
            ),
            models.CheckConstraint(
                condition=Q(method="hub", domain="") ^ Q(hub_organisation=""),
                name="verification_names_a_domain_or_a_hub_organisation",
            ),
            models.UniqueConstraint(
                fields=["organisation", "developer"],
                condition=Q(state__in=["claimed", "checking", "verified"]),
                name="verification_is_claimed_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} as {self.developer} ({self.state})"

    @property
    def place(self) -> str:
        """Return what a moderator confirms to be the developer's: a domain, or an address on Hugging Face."""
        return f"huggingface.co/{self.hub_organisation}" if self.hub_organisation else self.domain

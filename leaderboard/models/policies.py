"""Policies in versions, and who accepted which."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class PolicyKind(models.TextChoices):
    """The policies of the service."""

    TERMS = "terms", "Terms of use"
    PRIVACY = "privacy", "Privacy notice"
    LICENCE = "licence", "Licence of submitted answers"
    TAKEDOWN = "takedown", "Takedown procedure"


ACCEPTED_POLICIES = (PolicyKind.TERMS, PolicyKind.PRIVACY, PolicyKind.LICENCE)
POLICY_TEXTS = {"en": "text_en", "zh-hans": "text_zh_hans", "vi": "text_vi"}  # the column of each language


class PolicyVersion(models.Model):
    """A version of a policy, as Markdown; it is never changed, but followed by another."""

    kind = models.CharField(max_length=8, choices=PolicyKind)
    number = models.PositiveIntegerField()
    text_en = models.TextField("English", max_length=50_000)
    text_zh_hans = models.TextField("Chinese", max_length=50_000, blank=True)
    text_vi = models.TextField("Vietnamese", max_length=50_000, blank=True)
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "-number"]
        constraints = [models.UniqueConstraint(fields=["kind", "number"], name="policy_version_is_unique")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, version {self.number}"

    @property
    def page(self) -> str:
        """Return the URL name of its page."""
        return f"pages:{self.kind}"


class PolicyAcceptance(models.Model):
    """That an account has accepted a version of a policy, and when."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="policy_acceptances"
    )
    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="acceptances")
    accepted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "version"], name="policy_is_accepted_once")]

    def __str__(self) -> str:
        return f"{self.account_id} accepts {self.version_id}"

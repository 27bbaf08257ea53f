"""Owners: the people and organisations to which submissions, endpoints, keys and caps belong."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evals.models.history import History


class OwnerKind(models.TextChoices):
    """Whether an owner is one account or several."""

    PERSON = "person", _("person")
    ORGANISATION = "organisation", _("organisation")


class MemberRole(models.TextChoices):
    """What a member of an organisation may do; the roles of the site are another thing."""

    OWNER = "owner", _("owner")
    SUBMITTER = "submitter", _("submitter")
    READER = "reader", _("reader")


SUBMITTING_ROLES = frozenset({MemberRole.OWNER, MemberRole.SUBMITTER})


class Owner(models.Model):
    """A person, who is one account, or an organisation, which has members."""

    history = History("1 = 1")
    kind = models.CharField(max_length=12, choices=OwnerKind)
    handle = models.CharField(
        max_length=150, unique=True, help_text="The public name: of a person, the user name."
    )
    name = models.CharField(max_length=160, blank=True, help_text="The full name of an organisation.")
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="owner"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["handle"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=OwnerKind.PERSON, account__isnull=False)
                | Q(kind=OwnerKind.ORGANISATION, account__isnull=True),
                name="owner_is_an_account_or_an_organisation",
            )
        ]

    def __str__(self) -> str:
        return self.handle


class Member(models.Model):
    """An account in an organisation."""

    organisation = models.ForeignKey(Owner, on_delete=models.CASCADE, related_name="members")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=9, choices=MemberRole)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["organisation", "account"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "account"], name="member_is_in_it_once"),
            models.CheckConstraint(condition=Q(role__in=MemberRole.values), name="member_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.account} in {self.organisation} ({self.role})"

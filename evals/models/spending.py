"""Spending caps: what an owner's calls may cost in a day and in a month, in USD or in calls."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evals.models.owners import Owner


class CapKind(models.TextChoices):
    """Whose money a cap protects."""

    OPERATOR = "operator", _("the operator's endpoints")
    OWN = "own", _("own endpoints")


class SpendingCap(models.Model):
    """The caps of an owner, and what was spent in the current day and month (UTC).

    OPERATOR binds the owner's calls to endpoints of the operator; where neither a day nor a month is set,
    the defaults of the settings apply. OWN binds every call to the owner's endpoints; empty means no cap.
    """

    owner = models.ForeignKey(Owner, on_delete=models.CASCADE, related_name="caps")
    kind = models.CharField(max_length=8, choices=CapKind)
    usd_per_day = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)
    usd_per_month = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)
    calls_per_day = models.PositiveIntegerField(null=True, blank=True)
    calls_per_month = models.PositiveIntegerField(null=True, blank=True)
    counted_on = models.DateField(null=True, blank=True, help_text="The day of the figures below.")
    usd_today = models.DecimalField(max_digits=14, decimal_places=8, default=0)
    usd_this_month = models.DecimalField(max_digits=14, decimal_places=8, default=0)
    calls_today = models.PositiveIntegerField(default=0)
    calls_this_month = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["owner", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "kind"], name="owner_has_a_cap_of_a_kind_once"),
            models.CheckConstraint(condition=Q(kind__in=CapKind.values), name="cap_kind_is_known"),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": 0}),
                    name=f"cap_{field}_is_not_negative",
                )
                for field in ("usd_per_day", "usd_per_month")
            ),
        ]

    def __str__(self) -> str:
        return f"cap of {self.owner} for {self.get_kind_display()}"

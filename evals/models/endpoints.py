"""Endpoints: how models are called, under which limits and at which prices."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evals.models.catalogue import Known, Model
from evals.models.history import History
from evals.models.owners import Owner


class Voucher(models.TextChoices):
    """Who vouches that an endpoint serves the model that it names."""

    NOBODY = "", _("nobody")
    OPERATOR = "operator", _("the operator")
    DEVELOPER = "developer", _("the developer")


class Endpoint(Known):
    """How a model is called; `credential` names the setting that holds the secret, which is not stored.

    An endpoint without an owner is the operator's.
    """

    history = History(
        "r.known_at < {at}",
        {
            "vouched_by": "COALESCE((SELECT v.before FROM {base}.evals_vouchchange v"
            " WHERE v.endpoint_id = r.id AND v.changed_at >= {at} ORDER BY v.changed_at, v.id LIMIT 1),"
            " r.vouched_by)"
        },
    )
    slug = models.SlugField(max_length=120, unique=True)
    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="endpoints")
    provider = models.CharField(max_length=80)
    protocol = models.CharField(max_length=40)
    base_url = models.URLField(max_length=300)
    api_model = models.CharField(max_length=200)
    credential = models.CharField(max_length=80, blank=True)
    max_concurrency = models.PositiveIntegerField(default=8)
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True)
    tokens_per_minute = models.PositiveIntegerField(null=True, blank=True)
    timeout_s = models.PositiveIntegerField(default=300)
    input_usd_per_mtok = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    output_usd_per_mtok = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    internal_allowed = models.BooleanField(
        default=False, help_text="An operator vouches for an address inside our own network."
    )
    capabilities = models.JSONField(
        default=dict, blank=True, help_text="How it wants to be asked, where that differs from the usual."
    )
    canaries = models.JSONField(
        default=dict,
        blank=True,
        help_text="What it said when it was probed; in its runs it must say the same.",
    )
    simulated = models.BooleanField(
        default=False, help_text="Not a model: its runs never become scores on the record."
    )
    owner = models.ForeignKey(
        Owner, on_delete=models.PROTECT, null=True, blank=True, related_name="endpoints"
    )
    vouched_by = models.CharField(
        max_length=9,
        choices=Voucher,
        blank=True,
        default=Voucher.OPERATOR,
        help_text="Only scores from a vouched endpoint determine the published score of its model.",
    )
    shared_with = models.ManyToManyField(
        Owner, blank=True, related_name="shared_endpoints", help_text="Who else may submit to it."
    )
    enabled = models.BooleanField(default=True)
    resting_until = models.DateTimeField(
        null=True, blank=True, help_text="The provider is down or asked to wait: nobody calls before."
    )
    rests = models.PositiveIntegerField(default=0, help_text="How often in a row the provider was down.")

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(max_concurrency__gt=0), name="endpoint_concurrency_is_positive"
            ),
            models.CheckConstraint(condition=Q(timeout_s__gt=0), name="endpoint_timeout_is_positive"),
            models.CheckConstraint(
                condition=Q(owner__isnull=True) | Q(credential=""),
                name="endpoint_of_an_owner_has_no_credential",
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class Limit(models.Model):
    """The limits of a credential or provider, across endpoints; empty means unlimited."""

    class Kind(models.TextChoices):
        CREDENTIAL = "credential", "one credential"
        PROVIDER = "provider", "one provider"

    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=80)
    max_concurrency = models.PositiveIntegerField(null=True, blank=True)
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True)
    tokens_per_minute = models.PositiveIntegerField(null=True, blank=True)
    budget_usd = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)
    spent_usd = models.DecimalField(max_digits=14, decimal_places=8, default=0)

    class Meta:
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "name"], name="limit_is_told_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["credential", "provider"]), name="limit_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Price(Known):
    """The price of an endpoint's tokens from a date on; before the first, the endpoint's own prices apply."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="prices")
    in_force_on = models.DateField()
    input_usd_per_mtok = models.DecimalField(max_digits=12, decimal_places=6)
    cached_input_usd_per_mtok = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    output_usd_per_mtok = models.DecimalField(max_digits=12, decimal_places=6)

    class Meta:
        ordering = ["endpoint", "-in_force_on"]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "in_force_on"], name="price_is_told_once_a_day")
        ]

    def __str__(self) -> str:
        return f"price of {self.endpoint} from {self.in_force_on}"

"""List prices from a date on, and adoption figures: use, downloads, derivatives, price and trust."""

from django.db import models
from django.db.models import Q

from evals.models.catalogue import Catalogued, Model, Precision, country_code


class ListPrice(Catalogued):
    """A provider's list price of a model per million tokens, from a date on."""

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="list_prices")
    provider = models.CharField(max_length=80)
    in_force_on = models.DateField()
    input_usd_per_mtok = models.DecimalField(max_digits=12, decimal_places=6)
    cached_input_usd_per_mtok = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    output_usd_per_mtok = models.DecimalField(max_digits=12, decimal_places=6)

    class Meta:
        ordering = ["model", "provider", "in_force_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["model", "provider", "in_force_on"], name="list_price_is_told_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(input_usd_per_mtok__gte=0) & Q(output_usd_per_mtok__gte=0),
                name="list_price_is_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} at {self.provider} from {self.in_force_on}"


class Adoption(Catalogued):
    """A published figure of use, downloads, derivatives, price or trust, on a date."""

    observed_on = models.DateField()
    precision = models.CharField(
        max_length=5, choices=[*Precision.choices, ("year", "year")], default=Precision.DAY
    )
    subject = models.CharField(max_length=160)
    country = models.CharField(
        max_length=2,
        blank=True,
        validators=[country_code],
        help_text="Whose models are used: that of the subject's developer; empty where it is of no one's.",
    )
    measure = models.CharField(max_length=160)
    value = models.FloatField()
    unit = models.CharField(max_length=40)
    statement = models.TextField()

    class Meta:
        ordering = ["-observed_on", "subject", "measure"]
        constraints = [
            models.UniqueConstraint(
                fields=["observed_on", "subject", "measure"], name="adoption_figure_is_told_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.measure}, {self.observed_on}"

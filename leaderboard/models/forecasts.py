"""Forecasts of the lag, and their outcomes."""

from __future__ import annotations

from django.db import models

from evals.models.history import History
from leaderboard.models.estimates import LagEstimate


class Forecast(models.Model):
    """A dated prediction, never edited: a lag, or that a model of the leader's will be matched."""

    class Kind(models.TextChoices):
        LAG = "lag", "the catch-up lag, in months"
        MATCH = "match", "whether a model of the leader has been matched"

    history = History("r.made_at < {at}")
    estimate = models.ForeignKey(LagEstimate, on_delete=models.PROTECT, related_name="forecasts")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    month = models.DateField(help_text="The first day of the month that it belongs to.")
    model = models.ForeignKey(
        "evals.Model", on_delete=models.PROTECT, null=True, blank=True, related_name="forecasts"
    )
    horizon_months = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    probability = models.FloatField(null=True, blank=True)
    quantiles = models.JSONField(
        null=True, blank=True, help_text="Of the lag in months, at 0.5%, 1.5% and so on to 99.5%."
    )
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-month", "kind", "model", "horizon_months"]
        constraints = [
            models.UniqueConstraint(
                fields=["month", "model", "horizon_months"],
                condition=models.Q(kind="match"),
                name="match_is_forecast_once",
            ),
            models.UniqueConstraint(
                fields=["month", "horizon_months"],
                condition=models.Q(kind="lag"),
                name="lag_is_forecast_once",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    kind="lag", model__isnull=True, probability__isnull=True, quantiles__isnull=False
                )
                | models.Q(
                    kind="match", model__isnull=False, probability__isnull=False, quantiles__isnull=True
                ),
                name="forecast_tells_what_its_kind_does",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model or 'the lag'} by {self.due_on}"


class ForecastOutcome(models.Model):
    """The outcome of a forecast that is due, and its CRPS or Brier score."""

    history = History("r.scored_at < {at}")
    forecast = models.OneToOneField(Forecast, on_delete=models.PROTECT, related_name="outcome")
    estimate = models.ForeignKey(LagEstimate, on_delete=models.PROTECT, related_name="+")
    lag_months = models.FloatField(null=True, blank=True)
    happened = models.BooleanField(null=True, blank=True)
    score = models.FloatField()
    scored_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"outcome of {self.forecast}"

"""Drawn charts of estimates."""

from __future__ import annotations

from django.db import models

from evals.models.history import History
from leaderboard.models.estimates import LagEstimate


class Chart(models.Model):
    """A chart of an estimate in one language and size, drawn by the worker; a redrawn chart replaces it."""

    history = History(
        "EXISTS (SELECT 1 FROM {base}.leaderboard_lagestimate e"
        " WHERE e.id = r.estimate_id AND e.known_at < {at})"
    )
    estimate = models.ForeignKey(LagEstimate, on_delete=models.CASCADE, related_name="charts")
    name = models.CharField(max_length=40)
    language = models.CharField(max_length=10)
    size = models.CharField(max_length=10)
    spec = models.JSONField(help_text="In the light colours.")
    svg = models.TextField(
        help_text="In the light colours; the dark ones are exchanged for them when it is asked."
    )
    png = models.BinaryField(null=True, help_text="In the light colours, at twice its size.")
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    version = models.CharField(
        max_length=12, help_text="The start of the specification's hash: in its address."
    )
    drawn_by = models.CharField(max_length=12, help_text="The version of the charts' program and its words.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["estimate", "name", "language", "size"], name="chart_is_drawn_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language}, {self.size}) of {self.estimate}"

"""The monthly editions of lagline-fresh: a seed, secret until its month has ended, and its commitment."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from evals.models.history import History

FRESH = "fresh/"  # prefix of the stored folder of an edition's task, followed by the month


class FreshEdition(models.Model):
    """The items of one month, generated from a seed that is secret until `revealed_at`."""

    history = History(
        "r.drawn_at < {at}",
        {
            "seed": "CASE WHEN r.revealed_at < {at} THEN r.seed ELSE '' END",
            "revealed_at": "CASE WHEN r.revealed_at < {at} THEN r.revealed_at END",
        },
    )
    month = models.CharField(max_length=7, unique=True)
    version = models.CharField(max_length=20)
    seed = models.CharField(max_length=64)
    commitment = models.CharField(max_length=64)
    items_hash = models.CharField(max_length=64)
    drawn_at = models.DateTimeField()
    revealed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-month"]
        constraints = [
            models.CheckConstraint(
                condition=Q(month__regex=r"^\d{4}-(0[1-9]|1[0-2])$"), name="fresh_month_is_a_month"
            ),
            models.CheckConstraint(condition=~Q(seed=""), name="fresh_edition_has_a_seed"),
        ]

    def __str__(self) -> str:
        return f"lagline-fresh of {self.month}"

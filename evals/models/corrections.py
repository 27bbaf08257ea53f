"""Corrections: a row for each change of a recorded fact, with its reason; never edited."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from evals.models.history import History


class Correction(models.Model):
    """A row as it was until its correction or withdrawal, with the reason."""

    history = History("r.corrected_at < {at}")
    table = models.CharField(max_length=63, help_text="The database's table that the row is of.")
    row_id = models.BigIntegerField()
    subject = models.CharField(
        max_length=300, help_text="The row in words: its slug, or model and benchmark."
    )
    row = models.JSONField(help_text="Every column of the row as it was.")
    changes = models.JSONField(
        default=dict, help_text="What each changed column was and became; empty: the row was withdrawn."
    )
    known_at = models.DateTimeField(help_text="Since when it was known so.")
    corrected_at = models.DateTimeField(help_text="Until when: from here on the correction is known.")
    reason = models.TextField()
    source = models.TextField(blank=True, help_text="Where it can be read that this is right.")

    class Meta:
        ordering = ["-corrected_at", "-id"]
        indexes = [
            models.Index(fields=["table", "row_id"], name="correction_of_row"),
            models.Index(fields=["-corrected_at"], name="correction_newest"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="correction_has_a_reason"),
            models.CheckConstraint(
                condition=Q(corrected_at__gte=F("known_at")), name="correction_follows_what_was_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.subject}: {', '.join(self.changes) or 'withdrawn'}"

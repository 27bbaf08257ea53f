"""Stored exports of the record."""

from __future__ import annotations

from django.db import models

from evals.models.history import History


class Export(models.Model):
    """A complete export in the storage, with its manifest."""

    history = History("r.made_at < {at}")
    folder = models.SlugField(max_length=20, unique=True, help_text="Under exports/ in the storage.")
    made_at = models.DateTimeField()
    manifest = models.JSONField(help_text="What its manifest.json says.")

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"export {self.folder}"

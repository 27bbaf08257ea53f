"""Changes of who vouches for an endpoint, so that earlier lags can be computed again."""

from __future__ import annotations

from django.db import models

from evals.models.endpoints import Endpoint, Voucher
from evals.models.history import History


class VouchChange(models.Model):
    """A change of `Endpoint.vouched_by`; `Endpoint.history` reads earlier values from it."""

    history = History("r.changed_at < {at}")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="vouch_changes")
    before = models.CharField(max_length=9, choices=Voucher, blank=True)
    after = models.CharField(max_length=9, choices=Voucher, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["changed_at", "id"]

    def __str__(self) -> str:
        return f"{self.endpoint}: {self.before or 'nobody'} → {self.after or 'nobody'}"

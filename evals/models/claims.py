"""Published claims of the lag, with dates and sources."""

from django.db import models

from evals.models.catalogue import Catalogued, Precision


class Claim(Catalogued):
    """A published claim of the lag."""

    slug = models.SlugField(max_length=120, unique=True)
    claimed_on = models.DateField()
    precision = models.CharField(
        max_length=5, choices=[*Precision.choices, ("year", "year")], default=Precision.DAY
    )
    about_on = models.DateField(
        null=True, blank=True, help_text="The day that it is about, where that is not the day it was said."
    )
    claimant = models.CharField(max_length=160)
    role = models.CharField(max_length=200, blank=True)
    leader = models.CharField(max_length=80)
    follower = models.CharField(max_length=80)
    scope = models.CharField(max_length=240, blank=True)
    lag_months_low = models.FloatField(null=True, blank=True)
    lag_months_high = models.FloatField(null=True, blank=True)
    direction = models.CharField(max_length=20, blank=True)
    statement = models.TextField()

    class Meta:
        ordering = ["-claimed_on", "slug"]

    def __str__(self) -> str:
        return f"{self.claimant}, {self.claimed_on}"

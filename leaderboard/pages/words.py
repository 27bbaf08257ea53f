"""The words that readers see for codes and states."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from leaderboard.charts.names import DOMAINS

__all__ = ["DOMAINS"]  # the charts write them too

Words = str | Promise

COUNTRIES: dict[str, Words] = {
    "AE": _("United Arab Emirates"),
    "CA": _("Canada"),
    "CH": _("Switzerland"),
    "CN": _("China"),
    "DE": _("Germany"),
    "FR": _("France"),
    "GB": _("United Kingdom"),
    "IL": _("Israel"),
    "IN": _("India"),
    "JP": _("Japan"),
    "KR": _("South Korea"),
    "RU": _("Russia"),
    "SG": _("Singapore"),
    "US": _("United States"),
    "VN": _("Vietnam"),
}

COHORTS: dict[str, Words] = {
    "CN": pgettext_lazy("before 'models'", "Chinese"),
    "US": pgettext_lazy("before 'models'", "US"),
}

NO_LAG: dict[str, Words] = {
    "stale": _("a side has no model on it from the last 12 months"),
    "no_follower": _("no Chinese model has a score on it"),
    "no_leader": _("no US model has a score on it"),
    "no_new_common_level": _("no level was caught up with in the 12 months"),
}

COHORT_NAMES: dict[str, Words] = {
    "CN": _("China"),
    "US": _("United States"),
    "open": _("open weights"),
    "closed": _("closed weights"),
}

ATTRIBUTIONS: dict[str, Words] = {
    "headquarters": _("by its developer's headquarters, dated by its release"),
    "base-model": _("by the headquarters of its base model's developer"),
    "host-country": _("by the country that it is hosted in, where that is on record"),
    "announcement": _("dated by its announcement where that came first"),
}

CHANGED: dict[str, Words] = {
    "score_added": _("score added"),
    "score_changed": _("score changed"),
    "score_withdrawn": _("score withdrawn"),
    "model_changed": _("facts of the model changed"),
    "several": _("several changes"),
}

NO_ESTIMATE: dict[str, Words] = {
    "insufficient_overlap": _("fewer than three benchmarks have scores of both"),
    "stale": _("a side has no model from the last 12 months"),
    "no_new_common_level": _("no level was caught up with in the 12 months"),
    "too_few_records": _("there are too few records"),
    "no_date": _("no date can be given"),
    "open": _("only a bound is known"),
}

NO_LAG_BRIEFLY: dict[str, Words] = {
    "stale": _("not current"),
    "no_follower": _("no Chinese score"),
    "no_leader": _("no US score"),
    "no_new_common_level": _("no new level"),
}

PROVENANCE: dict[str, Words] = {
    "measured": _("measured here"),
    "imported": _("imported with samples"),
    "vendor": _("reported by its developer"),
    "reported": _("reported independently"),
}

OPENNESS: dict[str, Words] = {"open": _("open weights"), "closed": _("closed weights")}

STATES: dict[str, Words] = {
    # of a submission
    "PENDING_REVIEW": _("waiting for review"),
    "PENDING": _("waiting in the queue"),
    "RUNNING": _("running"),
    "FINISHED": _("finished"),
    "FAILED": _("failed"),
    "CANCELLED": _("cancelled"),
    "REJECTED": _("rejected"),
    # of a run
    "queued": _("waiting to be planned"),
    "calling": _("asking the model"),
    "scoring": _("waiting to be scored"),
    "finished": _("finished"),
    "failed": _("failed"),
    "cancelled": _("cancelled"),
    # of a request
    "pending": _("waiting"),
    "leased": _("taken by a worker"),
    "answered": _("answered"),
    "refused": _("refused for good"),
}

DATES: dict[str, Words] = {
    "day": pgettext_lazy("a short date, as Django's date filter writes it", "j M Y"),
    "month": pgettext_lazy("a month, as Django's date filter writes it", "M Y"),
    "year": pgettext_lazy("a year, as Django's date filter writes it", "Y"),
}

VISIBILITY: dict[str, Words] = {"public": _("public"), "private": _("private"), "partial": _("partly public")}

CONTAMINATION: dict[str, Words] = {
    "low": _("low risk that models were trained on them"),
    "medium": _("medium risk that models were trained on them"),
    "high": _("high risk that models were trained on them"),
}


def country_name(code: str) -> Words:
    """Return a country's name, or its code where we have no name for it."""
    return COUNTRIES.get(code, code)

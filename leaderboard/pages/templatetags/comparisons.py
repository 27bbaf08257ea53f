"""Filters for comparisons and readings."""

from __future__ import annotations

from datetime import date

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from evals.models import Claim
from leaderboard.comparisons import Comparison
from leaderboard.models import LagEstimate
from leaderboard.pages.templatetags.numbers import decimal, long_day
from leaderboard.presenters import labels
from leaderboard.presenters.comparison_figures import LagFigure

register = template.Library()


@register.filter
def explore_url(subject: Comparison | LagEstimate) -> str:
    """Return the address of the explore page for a comparison or an estimate."""
    comparison = subject if isinstance(subject, Comparison) else Comparison.from_estimate(subject)
    return f"{reverse('pages:explore')}?{comparison}"


@register.filter
def explore_link_url(estimate: LagEstimate) -> str:
    """Return the address of the page that makes an estimate permanent."""
    return f"{reverse('pages:explore-link')}?{Comparison.from_estimate(estimate)}"


@register.filter
def no_lag_reason(code: str) -> labels.StrOrPromise:
    """Write why no lag can be given."""
    return labels.NO_LAG_REASONS.get(code, code)


@register.filter
def lag_text(figure: LagFigure) -> str:
    """Write a lag with its direction."""
    months = figure.interval.median
    if months is None:
        return _("a lag of which only a bound is known")
    size = {"months": decimal(abs(months))}
    if figure.at_least and months >= 0:
        return _("at least %(months)s months behind") % size
    if months < 0:
        return _("%(months)s months ahead") % size
    return _("%(months)s months behind") % size


@register.filter
def reading_name(reading: str) -> labels.StrOrPromise:
    """Write the name of a reading."""
    return labels.READINGS.get(reading, reading)


@register.filter
def reading_rule(reading: str) -> labels.StrOrPromise:
    """Write the rule of a reading."""
    return labels.READING_RULES.get(reading, "")


@register.filter
def benchmark_language(code: str) -> labels.StrOrPromise:
    """Write the language of a benchmark."""
    return labels.LANGUAGES.get(code, code)


@register.filter
def figure_name(reading: str) -> labels.StrOrPromise:
    """Write the name of a reading; the two headline lags are medians of the draws."""
    return labels.OUR_FIGURES[reading][0] if reading in labels.OUR_FIGURES else reading_name(reading)


@register.filter
def figure_rule(reading: str) -> labels.StrOrPromise:
    """Write the rule of a reading; the two headline lags are medians of the draws."""
    return labels.OUR_FIGURES[reading][1] if reading in labels.OUR_FIGURES else reading_rule(reading)


@register.filter
def choice_name(key: str) -> str:
    """Write a choice of data: a set of benchmarks, an attribution, or a day."""
    if key in labels.DATA_CHOICES:
        return str(labels.DATA_CHOICES[key])
    return _("models released by %(day)s") % {"day": long_day(date.fromisoformat(key))}


@register.filter
def removal_kind(kind: str) -> labels.StrOrPromise:
    """Write the kind of part that is left out."""
    return labels.REMOVAL_KINDS[kind]


@register.filter
def claimed_months(claim: Claim) -> str:
    """Write the months of a claim."""
    low, high = claim.lag_months_low, claim.lag_months_high
    if low is not None and high is not None and low != high:
        return _("%(low)s to %(high)s months") % {"low": f"{low:g}", "high": f"{high:g}"}
    if low is not None and high is not None:
        return _("%(months)s months") % {"months": f"{low:g}"}
    if high is not None:
        return _("at most %(months)s months") % {"months": f"{high:g}"}
    return _("at least %(months)s months") % {"months": f"{low:g}"}

"""Filters for numbers, money, dates and durations."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from evals.models import Benchmark, Model, Submission
from leaderboard.charts.names import LONG_DATE
from leaderboard.lag.intervals import Interval
from leaderboard.presenters import labels
from leaderboard.presenters.lags import CatchupLag

register = template.Library()
MINUS = "\N{MINUS SIGN}"


@register.filter
def decimal(value: float, places: int = 1) -> str:
    """Write a number with fixed decimals and a real minus sign."""
    # Rounded here: Django's own formatting cuts digits off.
    rounded = Decimal(f"{value:.{places}f}")
    text = number_format(abs(rounded), decimal_pos=places, use_l10n=True, force_grouping=True)
    return f"{MINUS}{text}" if rounded < 0 else text


@register.filter
def integer(value: int) -> str:
    """Write a whole number with thousands separators."""
    return number_format(value, use_l10n=True, force_grouping=True)


@register.filter
def signed(value: float, places: int = 1) -> str:
    """Write a difference with its sign, unless it rounds to zero."""
    return f"+{decimal(value, places)}" if round(value, places) > 0 else decimal(value, places)


@register.filter
def interval(lag: Interval) -> str:
    """Write an interval in months, with "or more" or "or less" at an open end."""
    if lag.lo is not None and lag.hi is not None:
        return _("%(low)s to %(high)s") % {"low": decimal(lag.lo), "high": decimal(lag.hi)}
    if lag.lo is not None:
        return _("%(low)s or more") % {"low": decimal(lag.lo)}
    return _("%(high)s or less") % {"high": decimal(lag.hi)} if lag.hi is not None else ""


@register.filter
def reason(lag: Interval) -> labels.StrOrPromise:
    """Write why nothing is known of a lag."""
    return labels.NO_LAG_REASONS.get(lag.status, lag.status)


@register.filter
def percent(value: float) -> str:
    """Write a probability in per cent, without rounding to 0% or 100%."""
    if 0 < value < 0.01 or 0.99 < value < 1:
        return _("under 1%%") % {} if value < 0.5 else _("over 99%%") % {}
    return f"{decimal(100 * value, 0)}%"


@register.filter
def rounded(value: float) -> str:
    """Write a number rounded to a whole one, with thousands separators."""
    return integer(round(value))


@register.filter
def absolute(value: float) -> float:
    """Return a number without its sign."""
    return abs(value)


@register.filter
def score_value(value: float, benchmark: Benchmark) -> str:
    """Write a score in its benchmark's unit: a fraction as per cent."""
    if benchmark.unit == "fraction":
        return f"{decimal(100 * value)}%"
    return decimal(value) if benchmark.unit == "points" else f"{decimal(value)} {benchmark.unit}"


@register.filter
def score_difference(value: float, benchmark: Benchmark) -> str:
    """Write a difference of scores in its benchmark's unit, always with its sign."""
    return signed(100 * value if benchmark.unit == "fraction" else value)


@register.filter
def percentage_points(fraction: float | None) -> str:
    """Write a difference of fractions in percentage points with its sign; a dash if unknown."""
    return "–" if fraction is None else signed(100 * fraction)


@register.filter
def score_error(stderr: float, benchmark: Benchmark) -> str:
    """Write a standard error in its benchmark's unit."""
    return decimal(100 * stderr if benchmark.unit == "fraction" else stderr)


@register.filter
def long_day(value: date) -> str:
    """Write a date in full."""
    return date_format(value, str(LONG_DATE))


@register.filter
def short_day(value: date | None) -> str:
    """Write a short date; nothing if there is none."""
    return date_format(value, str(labels.DATE_FORMATS["day"])) if value else ""


@register.filter
def timestamp(value: datetime) -> str:
    """Write a date in full with the time of day."""
    return f"{long_day(value)}, {date_format(value, 'H:i')}"


@register.filter
def short_timestamp(value: datetime | None, times: str = "H:i") -> str:
    """Write a short date with the time of day; nothing if there is none."""
    return f"{short_day(value)}, {date_format(value, times)}" if value else ""


@register.filter
def release_date(model: Model) -> str:
    """Write a release date with its precision."""
    if model.released_on is None:
        return _("not released")
    return date_format(model.released_on, str(labels.DATE_FORMATS[model.release_precision]))


@register.filter
def claim_date(claim: Any) -> str:
    """Write the date of a claim with its precision."""
    return date_format(claim.claimed_on, str(labels.DATE_FORMATS[claim.precision]))


@register.filter
def observation_date(row: Any) -> str:
    """Write the date of an adoption figure with its precision."""
    return date_format(row.observed_on, str(labels.DATE_FORMATS[row.precision]))


@register.filter
def month(value: date | None) -> str:
    """Write the month of a day; nothing if there is none."""
    return date_format(value, str(labels.DATE_FORMATS["month"])) if value else ""


@register.filter
def month_name(value: str) -> str:
    """Write a month such as 2026-11 by its name."""
    return month(date.fromisoformat(f"{value}-01"))


@register.filter
def adoption_value(row: Any) -> str:
    """Write an adoption figure in its unit: a fraction as per cent."""
    if row.unit == "fraction":
        return f"{decimal(100 * row.value, 0)}%"
    return integer(round(row.value))


@register.filter
def duration(seconds: float) -> str:
    """Write a duration in its largest sensible unit."""
    if seconds < 90:
        count = max(1, round(seconds))
        return ngettext("%(n)d second", "%(n)d seconds", count) % {"n": count}
    count = round(seconds / 60)
    if count < 90:
        return ngettext("%(n)d minute", "%(n)d minutes", count) % {"n": count}
    return _("%(n)s hours") % {"n": decimal(seconds / 3600)}


@register.filter
def dollars(amount: Decimal | float | None) -> str:
    """Write an amount with more decimals for small ones; a dash if unknown."""
    if amount is None:
        return "–"
    value = float(amount)
    places = 2 if value == 0 or abs(value) >= 1 else 4 if abs(value) >= 0.01 else 6
    return decimal(value, places)


@register.filter
def usd(amount: Decimal | float | None) -> str:
    """Write an amount of dollars."""
    return _("%(amount)s USD") % {"amount": dollars(amount)}


@register.filter
def submission_duration(submission: Submission) -> str:
    """Write how long an ended submission ran."""
    if submission.started_at is None or submission.finished_at is None:
        return ""
    return duration((submission.finished_at - submission.started_at).total_seconds())


@register.filter
def catchup_counts(lag: CatchupLag) -> str:
    """Write the numbers of levels and dates of a catch-up lag."""
    levels = ngettext("%(n)d level", "%(n)d levels", lag.n_levels) % {"n": lag.n_levels}
    dates = ngettext("%(n)d date", "%(n)d dates", lag.n_dates) % {"n": lag.n_dates}
    return _("%(levels)s on %(dates)s") % {"levels": levels, "dates": dates}

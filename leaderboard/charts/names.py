"""Names of cohorts, domains and days in charts, in the active language."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from leaderboard.lag.data import Pair

LONG_DATE = pgettext_lazy("a date in full, as Django's date filter writes it", "j F Y")

DOMAINS: dict[str, str | Promise] = {
    "agents": _("agents"),
    "code": _("code"),
    "games": _("games"),
    "index": _("index"),
    "instruction": _("instructions"),
    "knowledge": _("knowledge"),
    "language": _("language"),
    "long-context": _("long context"),
    "mathematics": _("mathematics"),
    "maths": _("mathematics"),
    "reasoning": _("reasoning"),
    "science": _("science"),
    "vision": _("vision"),
}


COUNTRIES: dict[str, str | Promise] = {
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


def name_cohort(cohort: str) -> str:
    """Return a cohort's name from its text, with all its filters."""
    names = {
        "US": pgettext("a cohort in a chart", "US"),
        "open": pgettext("a cohort in a chart", "Open weights"),
        "closed": pgettext("a cohort in a chart", "Closed weights"),
    }
    if cohort in names:
        return names[cohort]
    first, *others = [_term(term) for term in cohort.split(",")]
    return f"{first} ({', '.join(others)})" if others else first


def _term(term: str) -> str:
    kind, _colon, value = term.partition(":")
    if kind == "price":
        return gettext("at most %(usd)s USD per million tokens") % {"usd": value}
    if kind == "size":
        least, _dash, most = value.partition("-")
        if least and most:
            return gettext("%(least)s to %(most)s billion parameters") % {"least": least, "most": most}
        if least:
            return gettext("at least %(least)s billion parameters") % {"least": least}
        return gettext("at most %(most)s billion parameters") % {"most": most}
    openness = {"open": gettext("open weights"), "closed": gettext("closed weights")}
    return value or openness.get(term) or str(COUNTRIES.get(term, term))


def title_lag_axis(pair: Pair) -> str:
    """Return the title of an axis of lags."""
    if pair == Pair("CN", "US"):
        return gettext("Months that China is behind the US")
    return gettext("Months that %(follower)s are behind %(leader)s") % {
        "follower": name_cohort(pair.follower),
        "leader": name_cohort(pair.leader),
    }

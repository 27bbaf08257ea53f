"""How charts call cohorts, domains and days, in the language in use."""

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


def name(cohort: str) -> str:
    """Return a cohort's name; one that has none of ours is called by its code."""
    names = {
        "CN": gettext("China"),
        "US": pgettext("a cohort in a chart", "US"),
        "open": pgettext("a cohort in a chart", "Open weights"),
        "closed": pgettext("a cohort in a chart", "Closed weights"),
    }
    return names.get(cohort, cohort)


def behind(pair: Pair) -> str:
    """Return the title of an axis of lags."""
    if pair == Pair("CN", "US"):
        return gettext("Months that China is behind the US")
    return gettext("Months that %(follower)s are behind %(leader)s") % {
        "follower": name(pair.follower),
        "leader": name(pair.leader),
    }

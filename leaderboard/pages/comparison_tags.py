"""How pages write what a comparison asks, and what came of it."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from evals.operations.refusals import Refused
from leaderboard.answers import WHY_NOT, Figure
from leaderboard.pages import words
from leaderboard.pages.tags import number

register = template.Library()


@register.filter
def why_not(code: str) -> words.Words:
    """Write why no lag can be given."""
    return WHY_NOT.get(code, code)


@register.filter
def refused_words(refusal: Refused) -> str:
    """Write why a comparison is not computed for now."""
    if refusal.code == "throttled":
        return _("You have asked for many new comparisons within ten minutes; wait a little.")
    return _("Many comparisons wait to be computed; try again in some minutes.")


@register.filter
def lag_words(figure: Figure) -> str:
    """Write a lag and which way it goes."""
    if figure.months is None:
        return _("a lag of which only a bound is known")
    told = number(abs(figure.months))
    if figure.at_least and figure.months >= 0:
        return _("at least %(months)s months behind") % {"months": told}
    if figure.months < 0:
        return _("%(months)s months ahead") % {"months": told}
    return _("%(months)s months behind") % {"months": told}


@register.filter
def reading_name(reading: str) -> words.Words:
    """Write the name of a reading."""
    return words.READINGS.get(reading, reading)


@register.filter
def reading_rule(reading: str) -> words.Words:
    """Write the rule of a reading."""
    return words.READING_RULES.get(reading, "")


@register.filter
def language_name(code: str) -> words.Words:
    """Write the language of a benchmark."""
    return words.LANGUAGES.get(code, code)

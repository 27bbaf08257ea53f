"""A cohort: the models that pass all its filters, and the day from which each counts."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evals.models import Openness
from evals.queries import LagModel
from leaderboard.comparisons.errors import InvalidComparison
from leaderboard.lag.cohorts import find_affordable_day
from leaderboard.lag.data import Model, Precision

COUNTRY = re.compile(r"[A-Z]{2}")
SLUG = re.compile(r"[a-zA-Z0-9_-]{1,120}")
NUMBER = re.compile(r"\d{1,6}(\.\d{1,6})?")
SIZE = re.compile(r"(?P<least>[\d.]*)-(?P<most>[\d.]*)")
RULE = gettext_lazy(
    "a country such as CN, open or closed, developer:SLUG, size:LEAST-MOST (billions), price:USD, by commas"
)


@dataclass(frozen=True, slots=True)
class Cohort:
    """Filters over models, all of which must hold; "" and None filter nothing.

    `least_b` and `most_b` limit the billions of parameters. `price` is in USD per million tokens, blended
    3 input : 1 output: a model counts from the first day on which it cost that or less (METHOD §8).
    """

    country: str = ""
    openness: str = ""
    developer: str = ""
    least_b: float | None = None
    most_b: float | None = None
    price: float | None = None

    def __str__(self) -> str:
        """Return the canonical text of this cohort, such as "CN,open,price:1"."""
        size = None
        if self.least_b is not None or self.most_b is not None:
            size = f"{_number(self.least_b)}-{_number(self.most_b)}"
        named = {"developer": self.developer, "size": size, "price": _number(self.price)}
        terms = [self.country, self.openness, *(f"{name}:{value}" for name, value in named.items() if value)]
        return ",".join(term for term in terms if term)

    @classmethod
    def from_text(cls, text: str, *, field: str) -> Cohort:
        """Parse a cohort's text; raise InvalidComparison, which names the field and the term."""
        cohort = cls()
        for term in filter(None, (part.strip() for part in text.split(","))):
            change = _parse_term(term, field)
            if any(getattr(cohort, name) not in ("", None) for name in change):
                rule = _("one term of a kind, so '%(term)s' not beside another") % {"term": term}
                raise InvalidComparison(field, text, rule)
            cohort = replace(cohort, **change)
        if cohort == cls():
            raise InvalidComparison(field, text, RULE)
        return cohort

    def has(self, row: LagModel, country: str) -> bool:
        """Tell whether a model passes; `country` is its country by the rule of attribution in use."""
        return (
            self.country in ("", country)
            and self.openness in ("", row.openness)
            and self.developer in ("", row.developer)
            and self._has_size(row.parameters_b)
        )

    def _has_size(self, parameters_b: float | None) -> bool:
        if self.least_b is None and self.most_b is None:
            return True
        return parameters_b is not None and (self.least_b or 0.0) <= parameters_b <= (
            self.most_b if self.most_b is not None else float("inf")
        )

    def date_model(self, row: LagModel, model: Model) -> Model | None:
        """Return a model dated by the day on which it entered the cohort: by open weights, or by price.

        Return None where it was never that cheap, or no price is set.
        """
        if self.openness == Openness.OPEN and row.weights_opened_on:
            model = replace(model, released_on=row.weights_opened_on, precision=Precision.DAY)
        if self.price is None:
            return model
        on = find_affordable_day(replace(model, price_cuts=row.prices), self.price)
        if on is None or on == model.released_on:
            return None if on is None else model
        return replace(model, released_on=on, precision=Precision.DAY)


def _parse_term(term: str, field: str) -> dict[str, Any]:
    name, colon, value = term.partition(":")
    if not colon:
        if COUNTRY.fullmatch(term):
            return {"country": term}
        if term in Openness.values:
            return {"openness": term}
    elif name == "developer" and SLUG.fullmatch(value):
        return {"developer": value}
    elif name == "price" and NUMBER.fullmatch(value) and float(value) > 0:
        return {"price": float(value)}
    elif name == "size" and (size := SIZE.fullmatch(value)):
        return _parse_size(size["least"], size["most"], term, field)
    raise InvalidComparison(field, term, RULE)


def _parse_size(least: str, most: str, term: str, field: str) -> dict[str, Any]:
    if not (least or most) or not all(NUMBER.fullmatch(end) for end in (least, most) if end):
        raise InvalidComparison(field, term, _("size:LEAST-MOST in billions, one end may be left out"))
    ends: dict[str, Any] = {}
    if least:
        ends["least_b"] = float(least)
    if most:
        ends["most_b"] = float(most)
    if least and most and float(least) > float(most):
        raise InvalidComparison(field, term, _("the least size before the most"))
    return ends


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}".rstrip("0").rstrip(".")

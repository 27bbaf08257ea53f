"""The form of a comparison: one field for each part of a cohort."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from evals import queries as record
from leaderboard.comparisons import Cohort, Comparison
from leaderboard.comparisons.comparison import FIELDS, VISIBILITIES
from leaderboard.models import Attribution
from leaderboard.presenters.labels import (
    ATTRIBUTIONS,
    DOMAINS,
    LANGUAGES,
    OPENNESS,
    READINGS,
    VISIBILITY,
    StrOrPromise,
    country_name,
)

SIDES: dict[str, StrOrPromise] = {"follower": _("Whose lag"), "leader": _("Behind whom")}
PARTS = ("country", "openness", "developer", "size", "price")
SIZES: dict[str, StrOrPromise] = {
    "-10": _("up to 10 billion"),
    "10-40": _("10 to 40 billion"),
    "40-100": _("40 to 100 billion"),
    "100-": _("100 billion or more"),
}
Choices = list[tuple[str, Any]]


def comparison_fields(query: QueryDict) -> dict[str, str]:
    """Return the fields of a comparison from an address or from the form's own fields."""
    fields = {name: ",".join(filter(None, query.getlist(name))) for name in FIELDS if name in query}
    for side in SIDES:
        parts = {part: query.get(f"{side}-{part}", "").strip() for part in PARTS}
        if any(f"{side}-{part}" in query for part in PARTS):
            named = (f"{part}:{parts[part]}" for part in ("developer", "size", "price") if parts[part])
            fields[side] = ",".join(filter(None, [parts["country"], parts["openness"], *named])) or ","
    return fields


def is_canonical(query: QueryDict, comparison: Comparison) -> bool:
    """Tell whether a query is the canonical one of a comparison."""
    given = [(name, value) for name, values in query.lists() for value in values if name != "as_of"]
    return not given or "&".join(f"{name}={value}" for name, value in given) == str(comparison)


class ComparisonForm(forms.Form):
    """The form of a comparison, filled in with one."""

    def __init__(self, comparison: Comparison) -> None:
        super().__init__(label_suffix="")
        developers, benchmarks = list(record.developers()), list(record.benchmarks())
        countries = sorted(
            {developer.country for developer in developers}, key=lambda code: str(country_name(code))
        )
        facts: dict[str, Choices] = {
            "country": _with(_("any"), ((code, country_name(code)) for code in countries)),
            "openness": _with(_("open and closed"), OPENNESS.items()),
            "developer": _with(_("any"), ((row.slug, row.name) for row in developers)),
            "size": _with(_("any"), SIZES.items()),
        }
        for side in SIDES:
            self._add_side(side, getattr(comparison, side), facts)
        domains = sorted({benchmark.domain for benchmark in benchmarks} - {""})
        languages = sorted({benchmark.language for benchmark in benchmarks} - {""})
        self._choose("domain", _("Domain"), comparison.domain, _named(_("all"), domains, DOMAINS))
        self._choose("language", _("Language"), comparison.language, _named(_("all"), languages, LANGUAGES))
        visibility = _named(_("public and private"), VISIBILITIES, VISIBILITY)
        self._choose("visibility", _("Items"), comparison.visibility, visibility)
        self.fields["benchmarks"] = forms.MultipleChoiceField(
            choices=[(row.slug, row.name) for row in benchmarks],
            required=False,
            label=_("Only these benchmarks"),
            initial=list(comparison.benchmarks),
            widget=forms.SelectMultiple({"size": 6}),
        )
        rules = [("", ATTRIBUTIONS["headquarters"])]
        rules += [(code, ATTRIBUTIONS[code]) for code in Attribution.values if code != "headquarters"]
        attribution = "" if comparison.attribution == "headquarters" else comparison.attribution
        self._choose("attribution", _("A model belongs to a country"), attribution, rules)
        self._choose("reading", _("Reading"), comparison.reading, _named(_("ours"), READINGS, READINGS))
        self.fields["date"] = forms.DateField(
            required=False,
            label=_("As of the day"),
            initial=comparison.on.isoformat() if comparison.on else "",
            widget=forms.DateInput({"type": "date"}),
        )
        self.fields["without"] = forms.CharField(
            required=False,
            label=_("Without"),
            initial=",".join(comparison.without),
            widget=forms.TextInput({"placeholder": "model:o3,developer:openai"}),
        )

    def _add_side(self, side: str, cohort: Cohort, facts: dict[str, Choices]) -> None:
        text = dict(term.partition(":")[::2] for term in str(cohort).split(",") if ":" in term)
        size = text.get("size", "")
        sizes = facts["size"] if size in SIZES or not size else [*facts["size"], (size, size)]
        self._choose(f"{side}-country", _("Country"), cohort.country, facts["country"])
        self._choose(f"{side}-openness", _("Weights"), cohort.openness, facts["openness"])
        self._choose(f"{side}-developer", _("Developer"), cohort.developer, facts["developer"])
        self._choose(f"{side}-size", _("Parameters"), size, sizes)
        self.fields[f"{side}-price"] = forms.DecimalField(
            required=False,
            label=_("At most, USD per million tokens"),
            initial=text.get("price", ""),
            widget=forms.NumberInput({"step": "any", "min": "0", "inputmode": "decimal"}),
        )

    def _choose(self, name: str, label: StrOrPromise, initial: str, choices: Choices) -> None:
        field = forms.ChoiceField(choices=choices, required=False, initial=initial)
        field.label = label  # type: ignore[assignment]
        self.fields[name] = field

    @property
    def sides(self) -> list[tuple[StrOrPromise, list[forms.BoundField]]]:
        """Return the fields of each cohort with their heading."""
        return [(label, [self[f"{side}-{part}"] for part in PARTS]) for side, label in SIDES.items()]

    @property
    def on(self) -> list[forms.BoundField]:
        """Return the fields of the benchmarks."""
        return [self[name] for name in ("domain", "language", "visibility", "benchmarks")]

    @property
    def rules(self) -> list[forms.BoundField]:
        """Return the fields of the rules."""
        return [self[name] for name in ("reading", "attribution", "date", "without")]


def _with(first: StrOrPromise, rows: Iterable[tuple[str, Any]]) -> Choices:
    return [("", first), *rows]


def _named(first: StrOrPromise, codes: Iterable[str], words: dict[str, Any]) -> Choices:
    return _with(first, ((code, words.get(code, code)) for code in codes))

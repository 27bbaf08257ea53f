"""Forms and query parameters of the pages."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from evals import queries as record
from evals.models import AuditAction, Openness
from evals.operations.caps import MOST_CALLS
from evals.operations.submissions.review import LONGEST_REASON
from evals.queries import AuditFilter
from leaderboard.comparisons import Cohort, Comparison
from leaderboard.comparisons.comparison import FIELDS as COMPARISON_FIELDS
from leaderboard.comparisons.comparison import VISIBILITIES
from leaderboard.models import Attribution
from leaderboard.pages.page_cache import leave_uncached
from leaderboard.presenters.labels import (
    ATTRIBUTIONS,
    DOMAINS,
    FIELDS,
    LANGUAGES,
    OPENNESS,
    READINGS,
    VISIBILITY,
    StrOrPromise,
    country_name,
)

LONGEST_VALUE = 80
MODEL_SORTS = ("name", "developer", "country", "openness", "released", "benchmarks", "score")
SIDES: dict[str, StrOrPromise] = {"follower": _("Whose lag"), "leader": _("Behind whom")}
PARTS = ("country", "openness", "developer", "size", "price")
COMPARISON_PARAMETERS = (*COMPARISON_FIELDS, *(f"{side}-{part}" for side in SIDES for part in PARTS))
SIZES: dict[str, StrOrPromise] = {
    "-10": _("up to 10 billion"),
    "10-40": _("10 to 40 billion"),
    "40-100": _("40 to 100 billion"),
    "100-": _("100 billion or more"),
}
Choices = list[tuple[str, Any]]
DATE = {"placeholder": "2026-11-30"}  # a picker of the browser has a stop of the Tab key without a ring


def requested_sort(request: HttpRequest, allowed: Collection[str], *, default: str) -> str:
    """Return the requested sort column, or the default if it is not allowed."""
    return requested_choice(request, "sort", {*allowed, *(f"-{name}" for name in allowed)}, default=default)


def requested_choice(request: HttpRequest, name: str, allowed: Collection[str], *, default: str) -> str:
    """Return the value of a parameter, or the default if it is not allowed."""
    value = request.GET.get(name, default)
    if value == default or value in allowed:
        return value
    leave_uncached(request)
    return default


def requested_page(request: HttpRequest, rows: Any, size: int) -> Page[Any]:
    """Return the requested page of rows, or the nearest one."""
    number = request.GET.get("page", "1")
    page = Paginator(rows, size).get_page(number)
    if number != str(page.number):
        leave_uncached(request)
    return page


def _choices(first: StrOrPromise, rows: Iterable[tuple[str, Any]]) -> Choices:
    return [("", first), *rows]


def _named(first: StrOrPromise, codes: Iterable[str], words: dict[str, Any]) -> Choices:
    return _choices(first, ((code, words.get(code, code)) for code in codes))


def amount_field(label: Any) -> forms.DecimalField:
    """Return an optional field for an amount in USD."""
    return forms.DecimalField(
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=8,
        label=label,
        widget=forms.NumberInput({"step": "any", "inputmode": "decimal"}),
    )


def calls_field(label: Any) -> forms.IntegerField:
    """Return an optional field for a number of calls."""
    return forms.IntegerField(required=False, min_value=0, max_value=MOST_CALLS, label=label)


class BudgetForm(forms.Form):
    """The budgets of a submission; an empty one does not limit it."""

    budget_usd = amount_field(_("Budget, USD"))
    budget_calls = calls_field(_("Budget, calls"))


class CapForm(forms.Form):
    """The limits of a spending cap; an empty one does not bind."""

    usd_per_day = amount_field(_("USD a day"))
    usd_per_month = amount_field(_("USD a month"))
    calls_per_day = calls_field(_("Calls a day"))
    calls_per_month = calls_field(_("Calls a month"))


class ReviewForm(forms.Form):
    """The decision of an operator about a submission."""

    reason = forms.CharField(
        required=False,
        max_length=LONGEST_REASON,
        label=_("Public reason"),
        widget=forms.Textarea({"rows": 3}),
    )
    approved_usd = amount_field(_("Approved amount, USD"))
    approved_calls = calls_field(_("Approved amount, calls"))


class EmbargoForm(forms.Form):
    """The day on which the scores of a submission are published; empty means at once."""

    embargo_on = forms.DateField(
        required=False, label=_("Publish the scores on"), widget=forms.DateInput(DATE)
    )

    def clean_embargo_on(self) -> datetime | None:
        """Return the beginning of the day, in UTC."""
        day = self.cleaned_data["embargo_on"]
        return datetime.combine(day, time.min, UTC) if day else None


class PriorityForm(forms.Form):
    """The priority of a submission."""

    priority = forms.IntegerField(min_value=-100, max_value=100, label=_("Priority"))


class AuditForm(forms.Form):
    """Which events of the audit log are shown."""

    actor = forms.CharField(label=_("Who"), required=False, max_length=150)
    action = forms.ChoiceField(label=_("Action"), required=False)
    object_type = forms.CharField(label=_("Kind of object"), required=False, max_length=60)
    object_id = forms.CharField(label=_("Object"), required=False, max_length=120)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(DATE))
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput(DATE))
    before = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, values: QueryDict) -> None:
        super().__init__(values)
        action = self.fields["action"]
        assert isinstance(action, forms.ChoiceField)
        action.choices = _choices(_("all"), AuditAction.choices)

    def wanted(self) -> AuditFilter:
        """Return the filter of the valid fields."""
        self.is_valid()
        return AuditFilter(**{name: value for name, value in self.cleaned_data.items() if value})


class DisputeForm(forms.Form):
    """A dispute of one fact of a row; only bots fill in the hidden `website`."""

    fact = forms.ChoiceField(label=_("Fact"))
    statement = forms.CharField(
        min_length=20,
        max_length=4000,
        label=_("What is wrong"),
        widget=forms.Textarea({"rows": 6}),
        help_text=_("Plain text; it becomes public."),
    )
    evidence = forms.CharField(
        max_length=3000,
        label=_("Evidence"),
        widget=forms.Textarea({"rows": 3, "inputmode": "url", "spellcheck": "false"}),
        help_text=_("One to five web addresses, one a line."),
    )
    contact = forms.CharField(
        required=False,
        max_length=200,
        label=_("How to reach you"),
        help_text=_("May stay empty. For the moderator alone: it is never shown."),
    )
    website = forms.CharField(
        required=False, max_length=0, widget=forms.TextInput({"autocomplete": "off", "tabindex": "-1"})
    )

    def __init__(self, row: Any, data: Any = None, **options: Any) -> None:
        super().__init__(data, label_suffix="", **options)
        field = self.fields["fact"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(fact.address, _fact_and_value(fact)) for fact in record.facts_of(row)]

    def visible_fields(self) -> list[forms.BoundField]:
        """Return the fields that a person fills in."""
        return [field for field in super().visible_fields() if field.name != "website"]

    def clean_evidence(self) -> list[str]:
        """Return the web addresses, each validated."""
        address = forms.URLField(assume_scheme="https")
        return [address.clean(line) for line in self.cleaned_data["evidence"].split()]

    def given(self) -> dict[str, Any]:
        """Return the cleaned data without the field for bots."""
        return {name: value for name, value in self.cleaned_data.items() if name != "website"}


def _fact_and_value(fact: record.Fact) -> str:
    value = fact.value if len(fact.value) <= LONGEST_VALUE else f"{fact.value[:LONGEST_VALUE]}…"
    return f"{FIELDS.get(fact.field, fact.field)}: {value or '–'}"


class ModelFilterForm(forms.Form):
    """The filters of the list of models."""

    search = forms.CharField(
        required=False, max_length=100, label=_("Name"), widget=forms.TextInput({"type": "search"})
    )
    country = forms.ChoiceField(required=False, label=_("Country"))
    openness = forms.ChoiceField(required=False, label=_("Weights"))
    developer = forms.ChoiceField(required=False, label=_("Developer"))
    benchmark = forms.ChoiceField(required=False, label=_("With a score on"))

    def __init__(self, data: Any) -> None:
        super().__init__(data, label_suffix="")
        developers = list(record.developers())
        self.benchmarks = list(record.benchmarks())
        codes = sorted(
            {developer.country for developer in developers}, key=lambda code: str(country_name(code))
        )
        options: dict[str, Choices] = {
            "country": _choices(_("any country"), [(code, country_name(code)) for code in codes]),
            "openness": _choices(_("open and closed"), [(code, OPENNESS[code]) for code in Openness.values]),
            "developer": _choices(_("any developer"), [(row.slug, row.name) for row in developers]),
            "benchmark": _choices(_("any benchmark"), [(row.slug, row.name) for row in self.benchmarks]),
        }
        for name, choices in options.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices

    def filters(self) -> dict[str, Any]:
        """Return the valid filters that are set."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


def comparison_fields(query: QueryDict) -> dict[str, str]:
    """Return the fields of a comparison from an address or from the form's own fields."""
    fields = {
        name: ",".join(filter(None, query.getlist(name))) for name in COMPARISON_FIELDS if name in query
    }
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
            "country": _choices(_("any"), ((code, country_name(code)) for code in countries)),
            "openness": _choices(_("open and closed"), OPENNESS.items()),
            "developer": _choices(_("any"), ((row.slug, row.name) for row in developers)),
            "size": _choices(_("any"), SIZES.items()),
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

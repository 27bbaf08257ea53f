"""Forms and query parameters of the pages."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from evals import queries as record
from evals.models import Openness
from leaderboard.presenters.labels import FIELDS, OPENNESS, country_name

LONGEST_VALUE = 80
MODEL_SORTS = ("name", "developer", "country", "openness", "released", "benchmarks", "score")


def requested_sort(request: HttpRequest, allowed: Collection[str], *, default: str) -> str:
    """Return the requested sort column, or the default if it is not allowed."""
    sort = request.GET.get("sort", default)
    return sort if sort.removeprefix("-") in allowed else default


def requested_page(request: HttpRequest) -> str:
    """Return the requested page number; a paginator takes the nearest valid one."""
    return request.GET.get("page", "1")


def _choices(first: Any, rows: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [("", first), *rows]


class BudgetForm(forms.Form):
    """The budget of a submission; empty means no limit."""

    budget_usd = forms.DecimalField(
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=8,
        label=_("Budget, USD"),
        widget=forms.NumberInput({"step": "any", "inputmode": "decimal"}),
    )


class PriorityForm(forms.Form):
    """The priority of a submission."""

    priority = forms.IntegerField(min_value=-100, max_value=100, label=_("Priority"))


class SubmissionForm(BudgetForm):
    """The endpoint, suite and budget of a new submission."""

    endpoint = forms.ChoiceField(label=_("Model and endpoint"))
    suite = forms.ChoiceField(label=_("Suite"))
    field_order = ("endpoint", "suite", "budget_usd")

    def __init__(self, data: Any) -> None:
        super().__init__(data, label_suffix="")
        endpoints = record.endpoints(enabled=True).order_by("model__name", "slug")
        options: dict[str, list[tuple[str, Any]]] = {
            "endpoint": [(row.slug, f"{row.model.name} ({row.slug})") for row in endpoints],
            "suite": [(row.slug, f"{row.name} {row.version}") for row in record.suites()],
        }
        for name, choices in options.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


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
        options: dict[str, list[tuple[str, Any]]] = {
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

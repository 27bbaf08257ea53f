"""The forms of a proposed model: of its proposer, and of the moderator who decides."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from evals import queries as record
from evals.models import Model, ModelProposal, Openness, Owner
from evals.operations.proposals.facts import ProposedFacts
from evals.operations.refusals import Refused
from leaderboard.presenters.labels import COUNTRIES, OPENNESS

URL = {"inputmode": "url", "spellcheck": "false"}


class ProposalForm(forms.Form):
    """The facts of a model that a user proposes."""

    name = forms.CharField(label=_("Name of the model"), max_length=100)
    developer = forms.ChoiceField(label=_("Developer"), required=False)
    new_developer = forms.CharField(
        label=_("New developer"),
        max_length=80,
        required=False,
        help_text=_("Only if the developer is not in the list."),
    )
    new_developer_country = forms.ChoiceField(label=_("Country of its headquarters"), required=False)
    released_on = forms.DateField(
        label=_("Release date"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    release_precision = forms.ChoiceField(
        label=_("The date is known to the"), choices=[("day", _("day")), ("month", _("month"))]
    )
    openness = forms.ChoiceField(
        label=_("Weights"), choices=[(code, OPENNESS[code]) for code in Openness.values]
    )
    weights_url = forms.URLField(
        label=_("Address of the weights"),
        required=False,
        max_length=300,
        assume_scheme="https",
        widget=forms.TextInput(URL),
    )
    weights_licence = forms.CharField(label=_("Licence of the weights"), required=False, max_length=120)
    parameters_b = forms.FloatField(label=_("Parameters in billions"), required=False, min_value=0.0001)
    base_model = forms.CharField(
        label=_("Base model"),
        required=False,
        max_length=120,
        help_text=_("The last part of the address of its page here, such as llama-3-1-405b."),
    )
    variant_of = forms.CharField(
        label=_("Variant of"),
        required=False,
        max_length=120,
        help_text=_("The release that it is a variant of, by the last part of the address of its page."),
    )
    is_named = forms.BooleanField(
        label=_("This variant counts for its release"),
        required=False,
        initial=True,
        help_text=_("One variant of a release counts. Name it before any of them is run."),
    )
    sources = forms.CharField(
        label=_("Sources"),
        max_length=1600,
        widget=forms.Textarea({"rows": 3} | URL),
        help_text=_("One to five web addresses, one a line."),
    )
    owner = forms.ChoiceField(label=_("Propose as"), required=False)
    is_another = forms.BooleanField(label=_("It is none of these models"), required=False)

    def __init__(self, data: Any = None, *, owners: list[str], **options: Any) -> None:
        super().__init__(data, label_suffix="", **options)
        developers = [(row.slug, row.name) for row in record.developers()]
        countries = sorted(COUNTRIES.items(), key=lambda pair: str(pair[1]))
        self._choose("developer", [("", _("not in the list")), *developers])
        self._choose("new_developer_country", [("", "–"), *countries])
        self._choose("owner", [(handle, handle) for handle in owners])
        if len(owners) < 2:  # there is nothing to choose
            del self.fields["owner"]

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def facts(self) -> ProposedFacts:
        """Return the facts of a valid form."""
        values = {
            name: value for name, value in self.cleaned_data.items() if name not in ("owner", "is_another")
        }
        country = values["new_developer_country"] if values["new_developer"] else ""
        return ProposedFacts(
            **values | {"sources": values["sources"].split(), "new_developer_country": country}
        )

    def show_refusal(self, refusal: Refused) -> None:
        """Show a refusal at the field that it is about."""
        self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)

    @classmethod
    def of(cls, proposal: ModelProposal, data: Any = None) -> ProposalForm:
        """Return the form filled in with a proposal, to amend it."""
        model = proposal.model
        new = not model.developer.is_confirmed
        initial = {name: getattr(model, name) for name in OWN_COLUMNS} | {
            "developer": "" if new else model.developer.slug,
            "new_developer": model.developer.name if new else "",
            "new_developer_country": model.developer.country if new else "",
            "base_model": slug_of(model.base_model),
            "variant_of": slug_of(model.variant_of),
            "weights_url": proposal.weights_url,
            "is_named": proposal.is_named,
            "sources": "\n".join(proposal.sources),
        }
        return cls(data, owners=[], initial=initial)


OWN_COLUMNS = (*("name", "released_on", "release_precision", "openness", "weights_licence", "parameters_b"),)


def slug_of(model: Model | None) -> str:
    """Return the slug of a related model."""
    return model.slug if model else ""


def handles_of(account: Any) -> list[str]:
    """Return for whom an account may propose: itself first, then its organisations."""
    organisations = Owner.objects.filter(members__account=account, members__role__in=["owner", "submitter"])
    return [account.get_username(), *organisations.values_list("handle", flat=True)]


class DecisionForm(forms.Form):
    """A moderator's decision; a rejection and a request for changes need the reason."""

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("Needed to reject or to request changes. It is public."),
    )

"""The form of a new submission."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from evals import queries as record
from evals.models import SUBMITTING_ROLES, Owner
from evals.operations.endpoints.access import may_use, usable_endpoints
from evals.operations.owners.access import Actor
from leaderboard.pages.forms import BudgetForm, EmbargoForm


class SubmissionForm(BudgetForm, EmbargoForm):
    """The owner, endpoint, suite and budget of a new submission."""

    owner = forms.ChoiceField(required=False, label=_("Submit for"))
    endpoint = forms.ChoiceField(label=_("Model and endpoint"))
    suite = forms.ChoiceField(label=_("Suite"))
    field_order = ("owner", "endpoint", "suite", "budget_usd", "budget_calls", "embargo_on")

    def __init__(self, data: Any, actor: Actor) -> None:
        super().__init__(data, label_suffix="")
        owners = list(record.owners_for(actor, SUBMITTING_ROLES))
        self._owners: dict[str, Owner] = {owner.handle: owner for owner in owners}
        self._endpoints = {
            row.slug: row
            for row in usable_endpoints(owners)
            .filter(enabled=True)
            .select_related("model", "owner")
            .order_by("model__name", "slug")
        }
        named = [(slug, f"{row.model.name} ({slug})") for slug, row in self._endpoints.items()]
        self._choose("endpoint", named)
        self._choose("suite", [(row.slug, f"{row.name} {row.version}") for row in record.suites()])
        handles = sorted(self._owners, key=lambda handle: (not self._owners[handle].account_id, handle))
        self._choose("owner", [(handle, handle) for handle in handles])
        if len(handles) < 2 and not (data or {}).get("owner"):  # there is nothing to choose
            del self.fields["owner"]

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Refuse an owner who may not use the endpoint, and name the one who may."""
        values = super().clean() or {}
        endpoint = self._endpoints.get(values.get("endpoint", ""))
        owner = self._owners.get(values.get("owner", ""))
        if endpoint and endpoint.owner and owner and not may_use(owner, endpoint):
            message = _("This endpoint belongs to %(owner)s: choose that name.")
            self.add_error("owner", forms.ValidationError(message, params={"owner": endpoint.owner.handle}))
        return values

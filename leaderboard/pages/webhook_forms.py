"""Forms of webhooks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext_lazy as _

from evals import queries as record
from evals.models import MemberRole
from evals.models.notices import SUBSCRIBED_TYPES

TYPES = [(kind.value, kind.label) for kind in SUBSCRIBED_TYPES]


class WebhookForm(forms.Form):
    """The address and the events of a webhook."""

    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("It starts with https:// and is on the public internet."),
        widget=forms.URLInput({"placeholder": "https://example.org/hooks/lagline", "autocomplete": "off"}),
    )
    types = forms.MultipleChoiceField(label=_("Events"), choices=TYPES, widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")


class NewWebhookForm(WebhookForm):
    """A new webhook of the account, or of an organisation that it owns."""

    owner = forms.ChoiceField(label=_("For"), required=False)
    field_order = ("owner", "url", "types")

    def __init__(
        self, account: AbstractBaseUser, data: Any = None, *, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial)
        organisations = record.owners_for(account, [MemberRole.OWNER]).filter(account=None)
        if organisations:
            field = self.fields["owner"]
            assert isinstance(field, forms.ChoiceField)
            handles = [account.get_username(), *(row.handle for row in organisations)]
            field.choices = [(handle, handle) for handle in handles]
        else:
            del self.fields["owner"]

"""Forms of own endpoints; the field of a key is never filled in again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext_lazy as _

from evals import queries as record
from evals.models import SUBMITTING_ROLES, Endpoint
from evals.operations.endpoints.own import protocols, public_presets

NO_FILL = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}


class KeyField(forms.CharField):
    """A key: typed or pasted, and never shown again."""

    def __init__(self, **options: Any) -> None:
        widget = forms.PasswordInput({**NO_FILL, "autocomplete": "new-password"}, render_value=False)
        super().__init__(label=_("API key"), max_length=4096, widget=widget, **options)


class KeyForm(forms.Form):
    """A new key of an endpoint."""

    key = KeyField(
        help_text=_("It is encrypted at once; only a worker can read it, and nobody sees it again.")
    )
    keep = forms.BooleanField(
        required=False, label=_("Keep the key when my submissions have ended; otherwise it is deleted then")
    )


class TargetForm(forms.Form):
    """How a model is called."""

    api_model = forms.CharField(
        max_length=200, label=_("The model's name in requests"), widget=forms.TextInput(NO_FILL)
    )
    max_concurrency = forms.IntegerField(
        min_value=1, max_value=32, initial=8, label=_("Calls at the same time")
    )
    input_usd_per_mtok = forms.DecimalField(
        required=False, min_value=0, max_digits=12, decimal_places=6,
        label=_("Price of a million tokens read, USD"),
        widget=forms.NumberInput({"step": "any", "inputmode": "decimal"}),
    )  # fmt: skip
    output_usd_per_mtok = forms.DecimalField(
        required=False, min_value=0, max_digits=12, decimal_places=6,
        label=_("Price of a million tokens written, USD"),
        widget=forms.NumberInput({"step": "any", "inputmode": "decimal"}),
    )  # fmt: skip


class NewEndpointForm(TargetForm):
    """A new endpoint, with its key if it needs one."""

    owner = forms.ChoiceField(required=False, label=_("It belongs to"))
    name = forms.CharField(
        max_length=60, label=_("Name"), help_text=_("For yourself, such as production; it becomes public.")
    )
    model = forms.ChoiceField(label=_("Model"))
    preset = forms.ChoiceField(required=False, label=_("Provider"))
    base_url = forms.CharField(
        required=False,
        max_length=300,
        label=_("Address, for another provider"),
        help_text=_("It starts with https:// and ends before the path of a call, such as /v1."),
        widget=forms.URLInput(NO_FILL),
    )
    protocol = forms.ChoiceField(required=False, label=_("Protocol, for another provider"))
    key = KeyField(
        required=False, help_text=_("It can be stored later. Leave it empty if the endpoint needs none.")
    )
    keep = forms.BooleanField(
        required=False, label=_("Keep the key when my submissions have ended; otherwise it is deleted then")
    )
    field_order = (
        *("owner", "name", "model", "preset", "base_url", "protocol", "api_model", "key", "keep"),
        *("max_concurrency", "input_usd_per_mtok", "output_usd_per_mtok"),
    )

    def __init__(self, data: Any, actor: AbstractBaseUser, **options: Any) -> None:
        super().__init__(data, label_suffix="", **options)
        own = actor.get_username()
        owners = sorted(
            {own, *(owner.handle for owner in record.owners_for(actor, SUBMITTING_ROLES))} - {own}
        )
        choices: dict[str, list[tuple[str, Any]]] = {
            "owner": [(handle, handle) for handle in (own, *owners)],
            "model": [(row.slug, row.name) for row in record.models().order_by("name")],
            "preset": [("", _("another"))] + [(preset.slug, preset.name) for preset in public_presets()],
            "protocol": [("", "–"), *((name, name) for name in protocols())],
        }
        for name, values in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = values
        if not owners:
            self.fields["owner"].widget = forms.HiddenInput()
            self.initial["owner"] = own


class ChangedEndpointForm(TargetForm):
    """Changes of an endpoint."""

    base_url = forms.CharField(
        max_length=300,
        label=_("Address"),
        help_text=_("Another host deletes the key."),
        widget=forms.URLInput(NO_FILL),
    )
    enabled = forms.BooleanField(required=False, label=_("Submissions can use it"))
    field_order = ("base_url", "api_model", "max_concurrency", "input_usd_per_mtok", "output_usd_per_mtok")

    def __init__(self, data: Any, endpoint: Endpoint) -> None:
        super().__init__(
            data, label_suffix="", initial={name: getattr(endpoint, name) for name in self.base_fields}
        )


class SharingForm(forms.Form):
    """Who else may submit to an endpoint."""

    shared_with = forms.CharField(
        required=False,
        max_length=2000,
        label=_("People and organisations"),
        help_text=_("Their names, with commas between them. They can submit to it; they never see the key."),
        widget=forms.TextInput(NO_FILL),
    )

    def clean_shared_with(self) -> list[str]:
        """Return the names."""
        return [name.strip() for name in self.cleaned_data["shared_with"].split(",") if name.strip()]


class PreflightForm(forms.Form):
    """What a preflight tries besides the endpoint."""

    suite = forms.ChoiceField(required=False, label=_("For the suite"))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")
        field = self.fields["suite"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", _("any")),
            *((row.slug, f"{row.name} {row.version}") for row in record.suites()),
        ]

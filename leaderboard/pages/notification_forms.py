"""Forms of notifications."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leaderboard.pages.webhook_forms import TYPES


class MailTypesForm(forms.Form):
    """The events of which an account receives mails."""

    types = forms.MultipleChoiceField(
        label=_("Events"), choices=TYPES, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")


class ReaderForm(forms.Form):
    """A reader's address and topic."""

    address = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput({"autocomplete": "email"})
    )
    topic = forms.CharField(max_length=160, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")

"""Admin pages of disputes, where moderators publish and answer them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model as Row
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html_join

from evals.admin.read_only import Admin
from evals.models import Dispute, DisputeState
from evals.operations.disputes.lifecycle import (
    answer_dispute,
    drop_dispute,
    refuse_bad_answer,
    refuse_bad_correction,
    reject_disputes,
    show_dispute,
    uphold_by_correcting,
)
from evals.operations.refusals import Refused
from evals.queries.disputes import open_disputes_from_the_same
from evals.queries.facts import Fact, row_of

if TYPE_CHECKING:
    Base = forms.ModelForm[Dispute]
else:  # Django's class takes no type at run time
    Base = forms.ModelForm


class AnswerForm(Base):
    """The verdict on a dispute with its public answer; upholding it can correct the fact."""

    right_value = forms.CharField(
        required=False,
        help_text="As the catalogue writes it (2025-01-20, open, a slug). Empty: what is right is unknown.",
    )
    right_source = forms.URLField(
        required=False,
        assume_scheme="https",
        help_text="Where the right value can be read. With it, upholding writes the correction; leave it "
        "empty where the fact was corrected by catalogue or import.",
    )

    class Meta:
        model = Dispute
        fields = ["state", "answer"]

    def clean(self) -> dict[str, Any]:
        """Validate the answer as the operation does."""
        values = super().clean() or {}
        state, answer = values.get("state", ""), values.get("answer", "")
        value, source = values.get("right_value", ""), values.get("right_source", "")
        if value and not source and not self.errors:
            raise forms.ValidationError("Say where the right value can be read.")
        try:
            if state == DisputeState.UPHELD and source:
                now = timezone.now()
                refuse_bad_correction(
                    dispute=self.instance, value=value, source=source, answer=answer, now=now
                )
            else:
                refuse_bad_answer(dispute=self.instance, state=state, answer=answer)
        except Refused as refusal:
            raise forms.ValidationError(refusal.message) from None
        return values

    def _post_clean(self) -> None:
        """Skip the model's validation: the operation writes the row, not the form."""


class RejectionForm(forms.Form):
    """The reason of a bulk rejection, and whether it reaches further than the chosen disputes."""

    SENDERS = [
        ("", "only the chosen disputes"),
        ("filed_from", "every open dispute from the same addresses"),
        ("filed_network", "every open dispute from the same networks"),
        ("filed_account", "every open dispute from the same accounts"),
    ]
    reason = forms.CharField(widget=forms.Textarea({"rows": 3}))
    reach = forms.ChoiceField(required=False, choices=SENDERS, label="Reject")


@admin.register(Dispute)
class DisputeAdmin(Admin):
    """Objections to facts; upholding one needs the right value, or an earlier correction of the fact."""

    form = AnswerForm
    list_display = ["subject", "field", "value", "state", "filed_at", "seen_at", "answered_at"]
    list_filter = ["state", ("seen_at", admin.EmptyFieldListFilter), "table"]
    search_fields = ["subject", "statement", "public_id"]
    date_hierarchy = "filed_at"
    actions = ["let_be_public", "reject", "drop_unseen"]
    shown = [
        *("subject", "field", "value", "value_now", "statement", "addresses", "contact", "filed_at"),
        *("seen_at", "answered_by", "answered_at", "correction"),
    ]

    def get_fields(self, request: HttpRequest, obj: Row | None = None) -> list[Any]:
        answered = isinstance(obj, Dispute) and obj.state != DisputeState.OPEN
        return [*self.shown, "state", "answer", *([] if answered else ["right_value", "right_source"])]

    def get_readonly_fields(self, request: HttpRequest, obj: Row | None = None) -> list[Any]:
        answered = isinstance(obj, Dispute) and obj.state != DisputeState.OPEN
        return [*self.shown, "state", "answer"] if answered else self.shown

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        answered = isinstance(obj, Dispute) and obj.state != DisputeState.OPEN
        return super().has_change_permission(request, obj) and not answered

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def value_now(self, row: Dispute) -> str:
        fact_row = row_of(row.table, row.row_id)
        return Fact(fact_row, row.field).value if fact_row else "its row was withdrawn"

    def addresses(self, row: Dispute) -> str:
        return format_html_join("", "<div>{}</div>", ((address,) for address in row.evidence))

    @admin.action(description="Let be public: I have seen it", permissions=["change"])
    def let_be_public(self, request: HttpRequest, chosen: QuerySet[Dispute]) -> None:
        shown = sum(show_dispute(dispute_id=dispute.pk, now=timezone.now()) for dispute in chosen)
        self.message_user(request, f"{shown} are public now.", messages.SUCCESS)

    @admin.action(description="Reject, with one reason; also all of the same senders", permissions=["change"])
    def reject(self, request: HttpRequest, chosen: QuerySet[Dispute]) -> HttpResponse | None:
        """Ask for the reason, then reject the chosen disputes, or all open ones of their senders."""
        form = RejectionForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            return self._confirm_rejection(request, form, chosen)
        reach = form.cleaned_data["reach"]
        disputes = open_disputes_from_the_same(reach, chosen) if reach else chosen
        ids = reject_disputes(
            dispute_ids=list(disputes.values_list("pk", flat=True)),
            reason=form.cleaned_data["reason"],
            by=request.user.get_username(),
            now=timezone.now(),
        )
        self.message_user(request, f"{len(ids)} were rejected.", messages.SUCCESS)
        return None

    def _confirm_rejection(
        self, request: HttpRequest, form: RejectionForm, chosen: QuerySet[Dispute]
    ) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": "Reject disputes",
            "form": form,
            "n": chosen.count(),
            "ids": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "checkbox": ACTION_CHECKBOX_NAME,
            "across": request.POST.get("select_across", "0"),
            "back": request.get_full_path(),
        }
        return render(request, "evals/reject_disputes.html", context)

    @admin.action(description="Delete what says nothing, and was never public", permissions=["change"])
    def drop_unseen(self, request: HttpRequest, chosen: QuerySet[Dispute]) -> None:
        dropped = sum(drop_dispute(dispute_id=dispute.pk) for dispute in chosen)
        self.message_user(request, f"{dropped} were deleted; what was public stays.", messages.SUCCESS)

    def save_model(self, request: HttpRequest, obj: Dispute, form: Any, change: bool) -> None:
        """Answer the dispute as the moderator."""
        values = form.cleaned_data
        in_name: dict[str, Any] = {
            "dispute_id": obj.pk,
            "answer": values["answer"],
            "by": request.user.get_username(),
            "now": timezone.now(),
        }
        if values["state"] == DisputeState.UPHELD and values["right_source"]:
            uphold_by_correcting(value=values["right_value"], source=values["right_source"], **in_name)
        else:
            answer_dispute(state=values["state"], **in_name)
        obj.refresh_from_db()

    def get_view_on_site_url(self, obj: Row | None = None) -> str | None:
        """Return the address of its public page."""
        return f"/disputes/{obj.public_id}/" if isinstance(obj, Dispute) else None

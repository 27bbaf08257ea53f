"""Admin pages of proposed models and of claims of developers; their pages on the site have the decisions."""

from __future__ import annotations

from django.contrib import admin

from evals import models
from evals.admin.read_only import ReadOnlyAdmin


@admin.register(models.ModelProposal)
class ModelProposalAdmin(ReadOnlyAdmin):
    list_display = ["model", "state", "proposed_by", "submitted_at", "decided_at", "reviewer"]
    list_filter = ["state"]
    list_select_related = ["model__proposed_by", "reviewer"]
    search_fields = ["model__name", "model__slug", "public_id", "message"]
    date_hierarchy = "submitted_at"

    @admin.display(ordering="model__proposed_by__handle")
    def proposed_by(self, row: models.ModelProposal) -> str:
        """Return who proposed it."""
        return row.model.proposed_by.handle if row.model.proposed_by else ""


@admin.register(models.DeveloperVerification)
class DeveloperVerificationAdmin(ReadOnlyAdmin):
    list_display = ["organisation", "developer", "method", "domain", "state", "checked_at", "next_check_at"]
    list_filter = ["state", "method"]
    list_select_related = ["organisation", "developer"]
    search_fields = ["organisation__handle", "developer__name", "domain"]
    exclude = ["challenge"]  # the organisation publishes it
    date_hierarchy = "claimed_at"


@admin.register(models.VouchChange)
class VouchChangeAdmin(ReadOnlyAdmin):
    list_display = ["endpoint", "before", "after", "changed_at"]
    list_filter = ["after"]
    list_select_related = ["endpoint"]
    search_fields = ["endpoint__slug"]
    date_hierarchy = "changed_at"

"""Admin pages of imports: upload a file or give an address, review the report, apply it."""

from __future__ import annotations

import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model as Row
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join

from evals.admin.read_only import Admin
from evals.imports.formats import FORMATS
from evals.imports.reading import IN_A_REQUEST
from evals.models import Alias, Import
from evals.operations.imports.aliases import TABLES, KnownSpellings, confirm_alias
from evals.operations.imports.fetch import fetch
from evals.operations.imports.proposals import ImportFile, apply_proposal, propose_import
from evals.operations.imports.report import (
    CHANGED,
    DOUBT,
    PARTIAL,
    REJECTED,
    SKIPPED,
    counts_text,
    entry_text,
    suggestions_text,
)
from evals.operations.refusals import Refused

if TYPE_CHECKING:
    ImportBase = forms.ModelForm[Import]
    AliasBase = forms.ModelForm[Alias]
else:  # Django's classes take no type at run time
    ImportBase, AliasBase = forms.ModelForm, forms.ModelForm

MOST_UPLOADED = 32 * 2**20
LISTED = 200


class ImportForm(ImportBase):
    """A file of external results or its address; submitting it stores a proposal only."""

    format = forms.ChoiceField(
        required=False,
        choices=[
            ("", "recognised by the content"),
            *((name, import_format.title) for name, import_format in FORMATS.items()),
        ],
    )
    file = forms.FileField(required=False, help_text="Up to 32 MB; a larger one by manage.py import_scores.")
    url = forms.URLField(required=False, assume_scheme="https", label="or an https address")

    class Meta:
        model = Import
        fields = ["format", "file", "url", "partial"]

    def clean(self) -> dict[str, Any]:
        """Store the file as a proposal for review; the record is not changed yet."""
        given = super().clean() or {}
        file, url = given.get("file"), given.get("url")
        if bool(file) == bool(url):
            raise forms.ValidationError("Give a file or an address.")
        if file and file.size > MOST_UPLOADED:
            raise forms.ValidationError("The file is larger than 32 MB; import it by the command.")
        try:
            self.instance = _proposal(
                file, url or "", given.get("format") or "", partial=bool(given.get("partial"))
            )
        except Refused as refusal:
            raise forms.ValidationError(refusal.message) from None
        return given

    def _post_clean(self) -> None:
        """Skip the model's validation: the form's fields are not the proposal's columns."""


def _proposal(file: UploadedFile[bytes] | None, url: str, name: str, *, partial: bool) -> Import:
    with tempfile.TemporaryDirectory() as folder:
        if file is None:
            path = fetch(url=url, folder=Path(folder))
        else:
            path = Path(folder) / (PurePosixPath(file.name or "").name or "file")
            with path.open("wb") as kept:
                for chunk in file.chunks():
                    kept.write(chunk)
        given = ImportFile(path, name, url, partial=partial, limits=IN_A_REQUEST)
        return propose_import(given=given, now=timezone.now())


@admin.register(Import)
class ImportAdmin(Admin):
    """Proposed imports with their reports; the actions apply them."""

    list_display = ["name", "format", "state", "counts", "asked_by", "proposed_at", "applied_at"]
    list_select_related = ["asked_by"]
    date_hierarchy = "proposed_at"
    list_filter = ["state", "format"]
    search_fields = ["name", "url"]
    actions = ["apply_good_rows", "apply_all_or_none"]
    shown = [
        *("name", "format", "url", "partial", "content_hash", "retrieved_on", "state"),
        *("proposed_at", "applied_at"),
    ]
    reported = ["counts", "changed", "rejected", "skipped", "held_back", "unknown", "doubts"]

    def get_fields(self, request: HttpRequest, obj: Row | None = None) -> list[Any]:
        return ["format", "file", "url", "partial"] if obj is None else [*self.shown, *self.reported]

    def get_form(self, request: HttpRequest, obj: Row | None = None, change: bool = False, **kw: Any) -> Any:
        return ImportForm if obj is None else super().get_form(request, obj, change, **kw)

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Record who uploaded the file; the proposal was stored when the form was validated."""
        obj.asked_by = request.user
        obj.save(update_fields=["asked_by"])

    @admin.action(description="Write the good rows", permissions=["add"])
    def apply_good_rows(self, request: HttpRequest, chosen: QuerySet[Import]) -> None:
        self._apply(request, chosen, strict=False)

    @admin.action(description="Write all rows, or none", permissions=["add"])
    def apply_all_or_none(self, request: HttpRequest, chosen: QuerySet[Import]) -> None:
        self._apply(request, chosen, strict=True)

    def _apply(self, request: HttpRequest, chosen: QuerySet[Import], *, strict: bool) -> None:
        for proposal in chosen:
            try:
                done = apply_proposal(
                    import_id=proposal.pk, strict=strict, now=timezone.now(), limits=IN_A_REQUEST
                )
            except Refused as refusal:
                self.message_user(request, f"{proposal}: {refusal.message}", messages.ERROR)
            else:
                self.message_user(request, f"{done}: {self.counts(done)}", messages.SUCCESS)

    def counts(self, row: Import) -> str:
        return counts_text(row.report)

    def changed(self, row: Import) -> str:
        return _report_lines(row, "changed", CHANGED)

    def rejected(self, row: Import) -> str:
        return _report_lines(row, "rejected", REJECTED)

    def skipped(self, row: Import) -> str:
        return _report_lines(row, "skipped", SKIPPED)

    def held_back(self, row: Import) -> str:
        return _report_lines(row, "partial", PARTIAL)

    def unknown(self, row: Import) -> str:
        unknown, left_out = row.report.get("unknown", {}), row.report.get("left_out", {})
        sentences = [
            f"{kind} {spelling['name']} ({spelling['rows']} rows): {suggestions_text(spelling['suggested'])}"
            for kind, names in unknown.items()
            for spelling in names
        ]
        return _lines(sentences, sum(left_out.get(kind, 0) for kind in unknown))

    def doubts(self, row: Import) -> str:
        return _report_lines(row, "doubts", DOUBT)


def _report_lines(row: Import, name: str, sentence: str) -> str:
    sentences = [entry_text(sentence, entry) for entry in row.report.get(name, [])]
    return _lines(sentences, row.report.get("left_out", {}).get(name, 0))


def _lines(sentences: list[str], left_out: int = 0) -> str:
    """Return the first messages, the number of others, and the command that lists them all."""
    shown = sentences[:LISTED]
    if more := len(sentences) - len(shown) + left_out:
        shown.append(f"... and {more} more: `manage.py import_scores FILE --json` tells all of them.")
    return format_html_join("", "<div>{}</div>", ((sentence,) for sentence in shown)) or "none"


class AliasForm(AliasBase):
    """The row or the unit that a foreign name means, or none."""

    class Meta:
        model = Alias
        fields = ["model", "benchmark", "unit", "ignored"]

    def clean(self) -> dict[str, Any]:
        """Require exactly one meaning, of the alias's kind."""
        values = super().clean() or {}
        mine = self.instance.kind
        others = [kind for kind in Alias.Kind.values if kind != mine]
        if any(values.get(kind) for kind in others) or bool(values.get(mine)) == bool(values.get("ignored")):
            raise forms.ValidationError(f"Say the {mine} that it means, or that it means nothing of ours.")
        return values


@admin.register(Alias)
class AliasAdmin(Admin):
    """Aliases that wait for confirmation, with suggestions; nothing is merged automatically."""

    form = AliasForm
    list_display = [
        *("spelling", "kind", "model", "benchmark", "unit", "ignored", "confirmed_by", "confirmed_at")
    ]
    list_filter = ["kind", ("confirmed_at", admin.EmptyFieldListFilter), "ignored"]
    list_select_related = ["model", "benchmark"]
    search_fields = ["spelling"]
    autocomplete_fields = ["model", "benchmark"]
    fields = [
        *("spelling", "kind", "may_mean", "model", "benchmark", "unit", "ignored", "confirmed_by"),
        "confirmed_at",
    ]
    readonly_fields = ["spelling", "kind", "may_mean", "confirmed_by", "confirmed_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def may_mean(self, row: Alias) -> str:
        if row.kind not in TABLES:
            return _lines([str(unit.label) for unit in Alias.Unit])
        suggestions = KnownSpellings(row.kind).suggestions(row.spelling)
        return _lines(
            [
                f"{suggestion.name} ({suggestion.slug}), alike to {suggestion.likeness:g} of 100"
                for suggestion in suggestions
            ]
        )

    def save_model(self, request: HttpRequest, obj: Alias, form: Any, change: bool) -> None:
        """Confirm the meaning as the operator."""
        target = obj.model or obj.benchmark
        confirm_alias(
            kind=obj.kind,
            spelling=obj.spelling,
            target=target.slug if target else obj.unit,
            by=request.user.get_username(),
            now=timezone.now(),
        )

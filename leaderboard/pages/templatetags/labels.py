"""Filters and tags for labels of codes, table headers, and metadata of a page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import unescape
from typing import Any

from django import template
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.validators import slug_re
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from evals import queries as record
from evals.models import Correction
from evals.models import Score as RecordedScore
from evals.queries.scores import provenance_with_vendor
from leaderboard.charts import names
from leaderboard.pages import record_translations
from leaderboard.pages import structured_data as page_structured_data
from leaderboard.pages.languages import language_tag
from leaderboard.pages.share_images import card_path
from leaderboard.pages.templatetags.numbers import decimal
from leaderboard.presenters import labels
from leaderboard.presenters.lags import Lag, MonthScale

register = template.Library()
NO_MARKUP = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&"})  # no character can end the element


register.filter("record_text", record_translations.translate_record_text)
register.filter("mark_english", record_translations.mark_english)
register.filter("country_name", labels.country_name)


@register.filter
def cohort(code: str) -> labels.StrOrPromise:
    """Write a cohort's name."""
    return labels.COHORT_NAMES.get(code) or names.name_cohort(code)


@register.filter
def attribution(code: str) -> labels.StrOrPromise:
    """Write a rule of attribution."""
    return labels.ATTRIBUTIONS.get(code, code)


@register.filter
def reading(code: str) -> labels.StrOrPromise:
    """Write the name of a reading; empty is our own figures."""
    return labels.READINGS.get(code, code) if code else _("our own figures")


@register.filter
def fact_name(field: str) -> labels.StrOrPromise:
    """Write the name of a field, also by its database column."""
    return labels.FIELDS.get(field.removesuffix("_id"), field)


@register.filter
def dispute_state(state: str) -> labels.StrOrPromise:
    """Write the state of a dispute."""
    return labels.DISPUTES[state]


@register.filter
def fact_address(row: Any) -> str:
    """Return the address of a row in the dispute form."""
    return record.row_address(row)


@register.filter
def row_name(row: Any) -> str:
    """Write a row's name: its own, or a score's model and benchmark."""
    return f"{row.model}, {row.benchmark}" if isinstance(row, RecordedScore) else str(row)


@register.filter
def change_part(part: Mapping[str, Any]) -> str:
    """Write the kind of a change, with the figures before and after."""
    label = str(labels.CHANGE_KINDS.get(part["kind"], part["kind"]))
    before, after = (_figures(part[when]) for when in ("before", "after"))
    if before and after:
        return f"{label} ({before} → {after})"
    return f"{label} ({before or after})" if before or after else label


def _figures(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(decimal(item, 3) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {part}" for name, part in value.items())
    return str(value) if value is not None else ""


@register.filter
def correction_subject(correction: Correction) -> str:
    """Write the subject of a correction, as a link if it has a page."""
    kind, subject = correction.table.removeprefix("evals_"), correction.subject
    name, on, _benchmark = subject.partition(" on ")
    page, slug = ("model", name) if kind == "score" and on else (kind, subject)
    if page not in ("model", "developer", "benchmark") or not slug_re.fullmatch(slug):
        return subject
    return format_html('<a href="{}">{}</a>', reverse(f"pages:{page}", args=[slug]), subject)


@register.filter
def correction_value(value: Any) -> str:
    """Write a corrected value; a dash if there was none."""
    if value in (None, "", [], {}):
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@register.filter
def country_mark(code: str) -> SafeString:
    """Write a country with its mark: colour and shape both distinguish the cohorts."""
    return format_html('<span class="country country-{}">{}</span>', code.lower(), labels.country_name(code))


@register.filter
def openness(code: str) -> labels.StrOrPromise:
    """Write whether weights can be downloaded."""
    return labels.OPENNESS.get(code, code)


@register.filter
def domain(code: str) -> labels.StrOrPromise:
    """Write a benchmark's domain."""
    return labels.DOMAINS.get(code, code)


@register.filter
def visibility(code: str) -> labels.StrOrPromise:
    """Write whether a benchmark's items are public."""
    return labels.VISIBILITY.get(code, code)


@register.filter
def contamination(code: str) -> labels.StrOrPromise:
    """Write how likely it is that models were trained on a benchmark's items."""
    return labels.CONTAMINATION.get(code, code)


@register.filter
def task_form(code: str) -> labels.StrOrPromise:
    """Write how a task's items are answered."""
    return labels.TASK_FORMS[code]


@register.filter
def export_file_label(name: str) -> labels.StrOrPromise:
    """Write the content of a file of an export."""
    return labels.EXPORT_FILES.get(name, "")


@register.filter
def licence(code: str) -> labels.StrOrPromise:
    """Write the licence of a source."""
    return labels.LICENCES.get(code, code)


@register.filter
def provenance(score: RecordedScore) -> labels.StrOrPromise:
    """Write the provenance of a score."""
    return labels.PROVENANCE[provenance_with_vendor(score.provenance, score.reported_by)]


@register.filter
def cell_provenance(code: str) -> labels.StrOrPromise:
    """Write the provenance of a cell."""
    return labels.PROVENANCE[code]


@register.filter
def outcome_label(code: str) -> labels.StrOrPromise:
    """Return the label of how a request ended."""
    return labels.OUTCOMES.get(code, code)


@register.filter
def state_label(code: str) -> labels.StrOrPromise:
    """Write the state of a submission, a run or a request."""
    return labels.STATES[code]


@register.filter
def get_item(mapping: Mapping[Any, Any] | None, key: Any) -> Any:
    """Return the value of a mapping at a variable key, or None."""
    return mapping.get(key) if mapping else None


@register.filter
def prompt_turns(prompt: str) -> list[dict[str, str]]:
    """Split a prompt into conversation turns; a prompt without roles is one turn."""
    try:
        conversation = json.loads(prompt)
    except ValueError:
        conversation = None
    if isinstance(conversation, list) and all(
        isinstance(turn, dict) and "content" in turn for turn in conversation
    ):
        return [{"role": str(turn.get("role", "")), "content": str(turn["content"])} for turn in conversation]
    return [{"role": "", "content": prompt}]


@register.filter
def indented_json(value: Any) -> str:
    """Write a value as indented JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)


@register.simple_block_tag
def capture(content: str) -> SafeString:
    """Return the content on one line, so that a title can be used twice.

    A `block` inside it has no `block.super`.
    """
    return mark_safe(" ".join(content.split()))  # noqa: S308 – rendered and escaped by the template


@register.simple_tag(takes_context=True)
def structured_data(context: template.RequestContext, title: str, description: str) -> SafeString:
    """Write the page's schema.org data as a script that no browser runs."""
    graph = page_structured_data.build_graph(
        navigation=context["navigation"],
        path=context["request"].path,
        title=unescape(title),
        description=unescape(description),
        language=language_tag(get_language() or "en"),
        published=context["published"] or None,
    )
    serialised = json.dumps(graph, ensure_ascii=False).translate(NO_MARKUP)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(serialised))  # noqa: S308


@register.simple_tag
def card_url(title: str, description: str, figure: str, note: str) -> str:
    """Return the address of the page's share image."""
    return card_path(title=title, description=description, figure=figure, note=note)


@register.simple_tag
def asset(name: str) -> str:
    """Return the address of a static file, or nothing if it is not built."""
    if finders.find(name) is None and not staticfiles_storage.exists(name):
        return ""
    try:
        return staticfiles_storage.url(name)
    except ValueError:  # the manifest is older than the file
        return ""


@register.inclusion_tag("pages/parts/strip.html")
def strip(lag: Lag, scale: MonthScale) -> dict[str, Any]:
    """Draw one lag in a table: spread as a line, catch-up as a disc, standing as a diamond."""
    interval, standing = lag.catchup.interval, lag.standing.months
    shown = {
        "zero": 0.0,
        "low": interval.lo,
        "high": interval.hi,
        "catchup": interval.median,
        "standing": standing,
    }
    if lag.is_unverified_lead:
        shown["standing"] = None
    # As text: templates localise the decimal sign, and SVG needs a point.
    return {name: None if months is None else str(scale.x(months)) for name, months in shown.items()}


@register.inclusion_tag("pages/parts/sort.html", takes_context=True)
def sort(context: template.RequestContext, name: str, label: str, kind: str = "") -> dict[str, Any]:
    """Write a sortable column header; its link keeps all other parameters."""
    now = str(context["sort"])
    falling_first = "number" in kind
    chosen = now.removeprefix("-") == name
    falls = now.startswith("-")
    following = f"-{name}" if (not chosen and falling_first) or (chosen and not falls) else name
    query = context["request"].GET.copy()
    query.pop("page", None)
    query["sort"] = following
    state = ("descending" if falls else "ascending") if chosen else ""
    return {
        "label": label,
        "kind": kind,
        "state": state,
        "query": query.urlencode(),
        "target": context.get("sort_target", ""),
    }

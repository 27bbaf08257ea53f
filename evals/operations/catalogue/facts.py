"""Correct one fact by hand, with its value written as in the catalogue's files."""

from __future__ import annotations

from copy import copy
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from evals.catalogue.columns import cell_rule
from evals.catalogue.files import COLUMNS
from evals.catalogue.plausibility import ScoreBounds
from evals.catalogue.values import value_of
from evals.models import AuditAction, Correction, Provenance, Score
from evals.operations.audit import record_event
from evals.operations.catalogue.corrections import correct_rows
from evals.operations.catalogue.loading import SHEETS
from evals.operations.refusals import Refused, describe_unknown
from evals.queries.facts import Fact

ALIASES = ("aliases",)  # the check of the whole catalogue compares them with those of all other rows
OF_FILES = {"source_licence": "licence"}  # columns with another name in the files


class NotByHand(Refused):
    """Keys of rows and values measured here cannot be corrected by hand."""

    code = "not_by_hand"
    field = "field"


class BadValue(Refused):
    """The value is invalid for this fact."""

    code = "bad_value"
    field = "value"


def correct_fact(*, fact: Fact, value: str, reason: str, source: str, now: datetime) -> Correction:
    """Correct a fact as of now; an empty value makes it unknown."""
    right, former = parse_correction(fact=fact, value=value, now=now), fact.value
    with transaction.atomic():
        corrections = correct_rows(
            rows=[(fact.row, {fact.column: right})], reason=reason, source=source, now=now
        )
        if not corrections:
            raise BadValue(f"{fact.address} says {value!r} already.")
        record_event(
            action=AuditAction.FACT_CORRECT,
            object_type="fact",
            object_id=fact.address,
            before={"value": former},
            after={"value": value, "correction": corrections[0].pk},
        )
    return corrections[0]


def parse_correction(*, fact: Fact, value: str, now: datetime) -> Any:
    """Return the column's value for a corrected text; refuse an invalid one."""
    file, sheet = next(
        (name, candidate) for name, candidate in SHEETS.items() if isinstance(fact.row, candidate.table)
    )
    name = OF_FILES.get(fact.field, fact.field)
    if name not in COLUMNS[file] or fact.column in sheet.key or name in ALIASES or _is_others(fact):
        raise NotByHand(
            f"{fact.address} is not corrected by hand: change the catalogue's line and load it, import the "
            "right figure, or score the run anew."
        )
    text = value.strip()
    if message := cell_rule(file, now.date())(name, text):
        raise BadValue(f"{fact.address} {message}.")
    if name in sheet.links:
        rows: QuerySet[Any] = sheet.links[name]._default_manager.all()
        known = dict(rows.values_list("slug", "id")) if text else {}
        if text and text not in known:
            sentence, allowed = describe_unknown(name, text, known)
            raise BadValue(sentence, allowed=allowed)
        right = known.get(text)
    else:
        right = value_of(name, text)
    _refuse_beside_others(fact, right)
    return right


def _is_others(fact: Fact) -> bool:
    """Tell whether a run or an import owns the fact and would overwrite the correction."""
    if not isinstance(fact.row, Score):
        return False
    imported = fact.row.edition_id is None and fact.field in ("source", "provenance")
    return imported or fact.row.provenance == Provenance.MEASURED


def _refuse_beside_others(fact: Fact, right: Any) -> None:
    """Refuse a value that contradicts other facts of its row."""
    row = copy(fact.row)
    setattr(row, fact.column, right)
    if isinstance(row, Score):
        refusal = ScoreBounds(row.benchmark.chance, row.benchmark.ceiling).refusal(row.value)
        if refusal:
            raise BadValue(f"{fact.address} {refusal}.")
    try:
        row.validate_constraints()
    except ValidationError as error:
        raise BadValue(f"{fact.address} cannot say {right!r}: {' '.join(error.messages)}") from None

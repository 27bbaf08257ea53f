"""A changed fact keeps what it was, since when it was known, and why it changed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from evals.models import Correction, Developer, Model, Score
from evals.operations.catalogue.corrections import NoReason, correct_rows, withdraw_rows
from tests.support.record import NOW, make_benchmark, make_model, make_score

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=3)


@pytest.fixture
def model() -> Model:
    model = make_model("kimi-k2-0905", developer="moonshot", released_on=date(2024, 9, 5))
    Model.objects.update(known_at=NOW)
    model.refresh_from_db()
    return model


def test_a_correction_keeps_what_was_known_and_why_it_changed(model: Model) -> None:
    changes = {"released_on": date(2025, 9, 5), "name": model.name}
    (kept,) = correct_rows(
        rows=[(model, changes)], reason="The year was mistyped.", now=LATER, source="a page"
    )
    model.refresh_from_db()
    assert (model.released_on, model.known_at) == (date(2025, 9, 5), LATER)
    assert (kept.table, kept.row_id, kept.subject) == ("evals_model", model.pk, "kimi-k2-0905")
    assert kept.changes == {"released_on": ["2024-09-05", "2025-09-05"]}, "what is equal is no change"
    assert (kept.known_at, kept.corrected_at, kept.reason) == (NOW, LATER, "The year was mistyped.")
    assert kept.row["released_on"] == "2024-09-05"
    assert kept.row["developer_id"] == model.developer_id


def test_the_same_values_again_are_no_correction(model: Model) -> None:
    assert correct_rows(rows=[(model, {"name": model.name})], reason="nothing", now=LATER) == []
    model.refresh_from_db()
    assert (model.known_at, Correction.objects.count()) == (NOW, 0)


def test_a_link_is_corrected_by_its_id(model: Model) -> None:
    other = Developer.objects.create(slug="zhipu", name="Zhipu", country="CN")
    correct_rows(rows=[(model, {"developer_id": other.pk})], reason="Another made it.", now=LATER)
    assert Model.objects.get(pk=model.pk).developer == other


def test_a_withdrawn_score_leaves_the_record_and_is_kept(model: Model) -> None:
    score = make_score(model, make_benchmark(), 0.1 + 0.2)
    (kept,) = withdraw_rows(rows=[score], reason="It was of another model.", now=LATER)
    assert not Score.objects.exists()
    assert (kept.subject, kept.changes) == ("kimi-k2-0905 on gpqa", {})
    kept.refresh_from_db()
    assert kept.row["value"] == 0.1 + 0.2, "to the last digit"
    assert datetime.fromisoformat(kept.row["recorded_at"]) == NOW


def test_a_correction_without_a_reason_is_refused(model: Model) -> None:
    with pytest.raises(NoReason, match="Say why kimi-k2-0905 is corrected"):
        correct_rows(rows=[(model, {"name": "Kimi"})], reason=" ", now=LATER)
    model.refresh_from_db()
    assert model.name != "Kimi"
    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.create(
            table="evals_model", row_id=1, subject="", row={}, known_at=NOW, corrected_at=LATER, reason=""
        )

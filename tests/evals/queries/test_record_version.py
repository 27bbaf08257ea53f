"""The version of the record changes with its content, and with nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from evals import queries
from evals.models import Benchmark, CatalogueEdition, Developer, Model, Score
from tests.support.record import NOW, make_benchmark, make_model, make_score, make_submission

pytestmark = pytest.mark.django_db


def test_an_empty_record_has_no_date() -> None:
    assert queries.record_version().as_of is None
    assert queries.record_version().version.startswith("empty.")


def test_the_version_changes_with_the_catalogue_and_with_what_is_measured() -> None:
    versions = [queries.record_version().version]
    edition = CatalogueEdition.objects.create(content_hash="a" * 64, counts={}, loaded_at=NOW)
    submission = make_submission()
    model, gpqa = submission.endpoint.model, make_benchmark()
    make_score(model, gpqa, edition=edition, retrieved_on=date(2026, 8, 11))
    assert queries.record_version().as_of == date(2026, 8, 11)
    versions.append(queries.record_version().version)
    make_score(model, gpqa, provenance="measured", reported_by="", submission=submission)
    assert queries.record_version().as_of == NOW.date()
    versions.append(queries.record_version().version)
    Score.objects.filter(provenance="measured").delete()
    CatalogueEdition.objects.create(content_hash="b" * 64, counts={}, loaded_at=NOW)
    versions.append(queries.record_version().version)
    make_model("one-more")
    versions.append(queries.record_version().version)
    assert len(set(versions)) == len(versions)


def test_the_past_has_no_later_date_though_its_rows_were_retrieved_later() -> None:
    make_score(make_model(), make_benchmark(), retrieved_on=date(2026, 8, 11))
    for table in (Developer, Model, Benchmark, Score):
        table.objects.update(known_at=datetime(2025, 1, 5, tzinfo=UTC))
    with queries.record_known_before(datetime(2025, 3, 2, tzinfo=UTC)):
        past = queries.record_version()
    assert past.as_of == date(2025, 3, 1)
    assert past.version.startswith("2025-03-01.")
    with queries.record_known_before(datetime(2025, 1, 1, tzinfo=UTC)):
        assert queries.record_version().as_of is None


def test_loading_the_same_content_again_keeps_the_version() -> None:
    CatalogueEdition.objects.create(content_hash="a" * 64, counts={}, loaded_at=NOW)
    before = queries.record_version()
    CatalogueEdition.objects.create(content_hash="a" * 64, counts={}, loaded_at=NOW)
    assert queries.record_version() == before

"""The record in the exchange schema: it validates, and what is read back is what was on record."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.conf import settings
from jsonschema import Draft7Validator  # type: ignore[import-untyped]

from evals.imports.bundle import Bundle
from evals.imports.every_eval_ever import matches, read
from evals.imports.rows import RejectedRow, Row
from evals.models import Score
from evals.operations.imports.proposals import ImportFile, apply_import, dry_run
from leaderboard.exports.packing import pack_every_eval_ever
from tests.support.record import (
    add_samples,
    make_benchmark,
    make_endpoint,
    make_model,
    make_score,
    make_submission,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, tzinfo=UTC)
SCHEMAS = Path(settings.BASE_DIR).parent / "shared" / "data" / "every_eval_ever"


@pytest.fixture
def record() -> None:
    """Put scores of every kind on record, measured ones with their samples."""
    model, other = (
        make_model("deepseek-r1"),
        make_model("gpt-4", developer="openai", country="US", openness="closed"),
    )
    gpqa = make_benchmark("gpqa", unit="fraction", metric="accuracy")
    elo = make_benchmark("arena", unit="points", chance=None, ceiling=None)
    make_score(model, gpqa, 0.1 + 0.2, stderr=0.03, n=198, observed_on=date(2025, 1, 20))
    make_score(model, gpqa, 2 / 3, reported_by="vendor", source="a paper, p. 3 (https://a.example/x)")
    make_score(other, elo, 1287.5, n=12_000, source_licence="CC BY 4.0", source="Arena, June")
    make_score(other, gpqa, 0.5, provenance="imported", source="Their runs")
    submission = make_submission(endpoint=make_endpoint(model=model))
    run = submission.runs.get()
    for place, sample in enumerate(add_samples(run, ["answered"] * 4)):
        sample.metrics = {"exact_match,extract": float(place == 1)}
        sample.save()
    submission.state = "FINISHED"
    submission.save()
    run.lm_eval_version = "0.4.13"
    run.save()
    make_score(
        *(model, gpqa, 0.25),
        stderr=0.2,
        n=4,
        provenance="measured",
        source="",
        submission=submission,
        run=run,
    )


def test_a_partial_score_is_read_back_as_partial(tmp_path: Path) -> None:
    score = make_score(make_model("deepseek-r1"), make_benchmark("gpqa"), 0.5, n=10, partial_of=198)
    assert pack_every_eval_ever(tmp_path / "every_eval_ever.zip") == 1
    assert dry_run(given=ImportFile(tmp_path / "every_eval_ever.zip"), now=NOW)["counts"]["same"] == 1
    score.delete()
    held_back = dry_run(given=ImportFile(tmp_path / "every_eval_ever.zip"), now=NOW)["partial"]
    assert [(entry["n"], entry["of"]) for entry in held_back] == [(10, 198)]


@pytest.fixture
def packed(record: None, tmp_path: Path) -> Path:
    assert pack_every_eval_ever(tmp_path / "every_eval_ever.zip") == 5
    return tmp_path / "every_eval_ever.zip"


def described(value: Any) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    return {
        (row.model, row.benchmark, row.reported_by or "independent", row.source): (
            *(row.value, row.stderr, row.n, row.observed_on, row.licence),
        )
        for row in value
    }


def test_every_score_is_read_back_as_it_was(packed: Path) -> None:
    bundle = Bundle(packed)
    assert matches(bundle)
    rows = list(read(bundle))
    assert not [row for row in rows if isinstance(row, RejectedRow)]
    read_back = [row for row in rows if isinstance(row, Row)]
    reported = described(row for row in read_back if row.provenance == "reported")
    expected = {
        (row.model.slug, row.benchmark.slug, row.reported_by, row.source): (
            *(row.value, row.stderr, row.n, row.observed_on, row.source_licence),
        )
        for row in Score.objects.exclude(provenance="measured").select_related("model", "benchmark")
    }
    assert reported == expected, "to the last digit"
    (measured,) = [row for row in read_back if row.provenance == "imported"]
    assert (measured.value, measured.stderr, measured.n) == (0.25, 0.2, 4)
    assert measured.source.startswith("A run of Lagline, submission ")


def test_imported_into_the_record_of_another_it_gives_equal_scores(packed: Path) -> None:
    before = set(Score.objects.filter(provenance="reported").values_list("value", "stderr", "n", "source"))
    assert dry_run(given=ImportFile(packed), now=NOW)["counts"]["same"] == 3
    Score.objects.all().delete()
    apply_import(given=ImportFile(packed, strict=True), now=NOW)
    after = set(Score.objects.values_list("value", "stderr", "n", "source"))
    assert before <= after
    assert len(after) == 5
    assert Score.objects.get(n=4).provenance == "imported", "its samples were at hand"


def test_samples_that_do_not_give_the_score_are_refused(packed: Path, tmp_path: Path) -> None:
    with ZipFile(packed) as archive, ZipFile(tmp_path / "forged.zip", "w") as forged:
        for name in archive.namelist():
            forged.writestr(name, archive.read(name).replace(b'"score": 0.25', b'"score": 0.75'))
    (broken,) = [row for row in read(Bundle(tmp_path / "forged.zip")) if isinstance(row, RejectedRow)]
    assert "the mean of its samples is 0.25; score_details.score is 0.75" in broken.reason


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the published schema is not here")
def test_every_file_validates_against_the_published_schema(packed: Path) -> None:
    whole, instance = (
        Draft7Validator(json.loads((SCHEMAS / f"{name}.schema.json").read_text()))
        for name in ("eval", "instance_level_eval")
    )
    n_samples = 0
    with ZipFile(packed) as archive:
        for name in archive.namelist():
            content = archive.read(name).decode()
            if name.endswith(".json"):
                whole.validate(json.loads(content))
            for line in content.splitlines() if name.endswith(".jsonl") else ():
                instance.validate(json.loads(line))
                n_samples += 1
    assert n_samples == 4


def test_a_submission_that_has_not_finished_is_not_told(record: None, tmp_path: Path) -> None:
    Score.objects.get(provenance="measured").submission.__class__.objects.update(state="RUNNING")  # type: ignore[union-attr]
    assert pack_every_eval_ever(tmp_path / "x.zip") == 4

"""A fact is corrected by hand in the catalogue's words, and no file takes back what a dispute has shown."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from evals.models import Benchmark, Correction, Developer, Dispute, Model, Provenance, Score
from evals.operations.catalogue.facts import BadValue, NotByHand, correct_fact
from evals.operations.catalogue.registration import load_catalogue
from evals.operations.disputes.lifecycle import BadAnswer, BadEvidence, file_dispute, uphold_by_correcting
from evals.operations.imports.proposals import ImportFile, apply_import, dry_run
from evals.queries import fact_at, record_known_before
from tests.support.record import NOW, make_benchmark, make_model, make_score

pytestmark = pytest.mark.django_db
CATALOGUE = Path(__file__).resolve().parents[4] / "evals" / "catalogue"
HOUR = timedelta(hours=1)
SEEN = "https://example.org/commits"


def corrected(address: str, value: str) -> Correction:
    fact = fact_at(address)
    assert fact is not None
    return correct_fact(fact=fact, value=value, reason="It says so.", source=SEEN, now=NOW + HOUR)


def upheld(address: str, value: str, *, hours: int = 1, **fields: Any) -> Dispute:
    at = NOW + hours * HOUR
    dispute = file_dispute(fact=address, statement="What it says is wrong.", evidence=[SEEN], now=at)
    given: dict[str, Any] = {"value": value, "source": SEEN, "answer": "You are right.", "by": "mod"}
    return uphold_by_correcting(dispute_id=dispute.pk, now=at, **(given | fields))


@pytest.fixture
def score() -> Score:
    score = make_score(make_model("m-one"), make_benchmark("b-one", chance=0.25, ceiling=1.0), 0.5)
    for table in (Developer, Model, Benchmark, Score):
        table._default_manager.update(known_at=NOW - HOUR)
    score.refresh_from_db()
    return score


@pytest.mark.parametrize(
    ("field", "value", "before", "after"),
    [
        ("released_on", "2024-12-25", "2024-12-26", "2024-12-25"),
        ("openness", "closed", "open", "closed"),
        ("parameters_b", " 671 ", None, 671.0),
        ("base_model", "m-two", None, "m-two"),
        ("weights_licence", "MIT", "", "MIT"),
    ],
)
def test_a_fact_is_corrected_in_the_catalogues_words(field: str, value: str, before: Any, after: Any) -> None:
    make_model("m-one")
    Model.objects.update(known_at=NOW)
    if field == "base_model":
        after = make_model("m-two").pk
    correction = corrected(f"model:m-one:{field}", value)
    column = "base_model_id" if field == "base_model" else field
    assert correction.changes == {column: [before, after]}
    assert (correction.reason, correction.source, correction.known_at) == ("It says so.", SEEN, NOW)
    model = Model.objects.get(slug="m-one")
    assert (str(getattr(model, column)), model.known_at) == (str(after), NOW + HOUR)


@pytest.mark.parametrize(
    ("address", "value", "message"),
    [
        ("model:m-one:released_on", "20 January", "a date is written 2025-01-20"),
        ("model:m-one:released_on", "2062-01-20", "lies after"),
        ("model:m-one:released_on", "", "is empty, and must not be"),
        ("model:m-one:openness", "half", "allowed: open, closed"),
        ("model:m-one:developer", "nobody", "nobody"),
        ("model:m-one:parameters_b", "nan", "finite number"),
        ("model:m-one:base_model", "m-one", "own_base"),
        ("model:m-one:host_country", "CN", "source"),
        ("model:m-one:name", "x" * 161, "at most 160"),
        ("model:m-one:weights_licence", "", "already"),
        ("benchmark:b-one:chance", "2", "below"),
        ("score:value", "1.5", "over the ceiling of 1"),
        ("score:value", "-0.1", "under the lowest possible score of 0"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    score: Score, address: str, value: str, message: str
) -> None:
    with pytest.raises(BadValue, match=message):
        corrected(address.replace("score:", f"score:{score.pk}:"), value)
    assert not Correction.objects.exists()


@pytest.mark.parametrize("address", ["score:model", "model:m-one:aliases", "benchmark:b-one:form"])
def test_what_tells_a_row_from_others_is_not_corrected_by_hand(score: Score, address: str) -> None:
    with pytest.raises(NotByHand, match="change the catalogue's line"):
        corrected(address.replace("score:", f"score:{score.pk}:"), "m-two")


def test_what_was_measured_here_is_not_corrected_by_hand(score: Score) -> None:
    fact = fact_at(f"score:{score.pk}:value")
    assert fact is not None
    score.provenance = Provenance.MEASURED
    fact = type(fact)(score, "value")
    with pytest.raises(NotByHand, match="score the run anew"):
        correct_fact(fact=fact, value="0.6", reason="r", source=SEEN, now=NOW)


def test_upholding_writes_the_correction_and_the_past_stays(score: Score) -> None:
    dispute = upheld(f"score:{score.pk}:value", "0.6")
    assert dispute.state == "upheld"
    assert dispute.correction is not None
    assert dispute.correction.changes == {"value": [0.5, 0.6]}
    assert (dispute.correction.reason, dispute.correction.source) == ("You are right.", SEEN)
    with record_known_before(NOW + HOUR):
        assert Score.objects.get().value == 0.5
    assert Score.objects.get().value == 0.6


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"answer": " "}, BadAnswer),
        ({"source": "javascript:alert(1)"}, BadEvidence),
        ({"value": "x"}, BadValue),
    ],
)
def test_a_correction_that_is_refused_leaves_the_dispute_open(
    score: Score, fields: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        upheld(f"score:{score.pk}:value", fields.pop("value", "0.6"), **fields)
    assert Dispute.objects.get().state == "open"
    assert Score.objects.get().value == 0.5


def test_the_catalogue_takes_nothing_back_that_a_dispute_has_disproved() -> None:
    load_catalogue(folder=CATALOGUE, now=NOW)
    r1 = Model.objects.get(slug="deepseek-r1")
    upheld("model:deepseek-r1:released_on", "2025-01-19")
    load_catalogue(folder=CATALOGUE, now=NOW + 2 * HOUR)
    assert str(Model.objects.get(pk=r1.pk).released_on) == "2025-01-19"
    upheld("model:deepseek-r1:released_on", str(r1.released_on), hours=3)
    load_catalogue(folder=CATALOGUE, now=NOW + 4 * HOUR)
    assert Model.objects.get(pk=r1.pk).released_on == r1.released_on


def test_an_import_takes_nothing_back_that_a_dispute_has_disproved(tmp_path: Path) -> None:
    make_model("m-one")
    make_benchmark("b-one")
    file = tmp_path / "ours.csv"
    line = "model,benchmark,value,reported_by,source,observed_on\nm-one,b-one,{},vendor,a paper,2025-01-20\n"
    file.write_text(line.format("0.715"))
    apply_import(given=ImportFile(file), now=NOW)
    upheld(f"score:{Score.objects.get().pk}:value", "0.7")
    file.write_text(line.format("0.7150001"))
    assert dry_run(given=ImportFile(file), now=NOW + 2 * HOUR)["counts"]["disproved"] == 1
    apply_import(given=ImportFile(file), now=NOW + 2 * HOUR)
    assert Score.objects.get().value == 0.7
    file.write_text(line.format("0.72"))
    apply_import(given=ImportFile(file), now=NOW + 3 * HOUR)
    assert Score.objects.get().value == 0.72

"""Only confirmed models count, and of what is measured here only scores from vouched endpoints."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from evals import queries
from evals.models import Benchmark, Correction, Developer, Endpoint, ListPrice, Model, Score, Voucher
from evals.operations.catalogue.corrections import correct_rows
from evals.operations.endpoints.vouching import change_voucher
from evals.operations.imports.aliases import KnownSpellings
from evals.operations.proposals.lifecycle import confirm_proposal
from evals.queries.every_eval_ever import evaluations
from tests.support.proposals import make_proposal
from tests.support.record import NOW, make_benchmark, make_endpoint, make_model, make_submission, make_user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=3)
TICK = timedelta(microseconds=1)


def run_of_a_proposed_model(**facts: Any) -> Score:
    """Propose a model, and give it a finished run from a vouched endpoint and a list price."""
    model = make_proposal(**facts).model
    ListPrice.objects.create(
        model=model,
        provider="alpha",
        in_force_on=date(2026, 11, 2),
        input_usd_per_mtok="1",
        output_usd_per_mtok="2",
        source="a list",
    )
    return make_submission(model=model, state="FINISHED").scores.get()


def confirm() -> None:
    model = Model.objects.get(slug="alpha-9")
    confirm_proposal(public_id=model.proposal.public_id, by=make_user("mod", role="moderator"), now=LATER)


def known_early() -> None:
    """Let every fact be known before the tests' own time."""
    for table in (Developer, Model, Benchmark, Score, Endpoint):
        table.objects.update(known_at=NOW - timedelta(days=1))


READS: dict[str, Callable[[], Any]] = {
    "models of the lag": lambda: [row.slug for row in queries.lag_input().models],
    "scores of the lag": lambda: [row.model for row in queries.lag_input().scores],
    "recorded scores": lambda: [row.model for row in queries.recorded_scores()],
    "evidence": lambda: [row.model for row in queries.scores_behind(benchmarks=["mini-sums"])],
    "prices": lambda: [row.model for row in queries.offered_prices()],
    "paired runs": lambda: [row.model for row in queries.scored_runs(models=["alpha-9"])],
    "models of a benchmark": lambda: [
        "alpha-9"
        for row in queries.benchmarks()
        if row.n_models  # type: ignore[attr-defined]
    ],
    "exchange files": lambda: [e.scores[0].model.slug for e in evaluations()],
    "names of imports": lambda: ["alpha-9"] if KnownSpellings("model").meant("Alpha 9") else [],
}


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("facts", [{}, {"new_developer": "Alpha Lab", "new_developer_country": "US"}])
def test_an_unconfirmed_model_counts_nowhere_until_it_is_confirmed(read: str, facts: dict[str, Any]) -> None:
    run_of_a_proposed_model(**facts)
    assert "alpha-9" not in READS[read]()
    confirm()
    assert "alpha-9" in READS[read]()


def test_a_confirmed_model_of_an_unconfirmed_developer_does_not_count() -> None:
    run_of_a_proposed_model()
    confirm()
    Developer.objects.filter(slug="deepseek").update(is_confirmed=False)
    assert not queries.published_scores().filter(model__slug="alpha-9").exists()


VOUCHED_READS = ("scores of the lag", "recorded scores", "evidence", "paired runs", "models of a benchmark")


@pytest.mark.parametrize("read", VOUCHED_READS)
def test_a_score_from_an_endpoint_that_nobody_vouches_for_counts_nowhere(read: str) -> None:
    score = run_of_a_proposed_model()
    confirm()
    endpoint = score.submission.endpoint  # type: ignore[union-attr]
    change_voucher(endpoint_id=endpoint.pk, voucher=Voucher.NOBODY, now=LATER)
    assert "alpha-9" not in READS[read]()
    change_voucher(endpoint_id=endpoint.pk, voucher=Voucher.DEVELOPER, now=LATER)
    assert "alpha-9" in READS[read]()


def test_a_better_score_from_an_unvouched_endpoint_is_listed_and_replaces_nothing() -> None:
    model = make_model()
    ours = make_submission(endpoint=make_endpoint("ours", model=model), state="FINISHED").scores.get()
    theirs = make_submission(
        endpoint=make_endpoint("theirs", model=model, vouched_by=Voucher.NOBODY), state="FINISHED"
    ).scores.get()
    Score.objects.filter(pk=theirs.pk).update(value=0.99)
    assert [row.value for row in queries.recorded_scores()] == [ours.value]
    facts = queries.model_facts(model.slug)
    assert facts is not None
    listed = [(row.pk, row.is_published) for row in facts.scores]  # type: ignore[attr-defined]
    assert listed == [(ours.pk, True), (theirs.pk, False)]


def test_a_published_figure_of_a_confirmed_model_needs_no_endpoint() -> None:
    score = Score.objects.create(
        model=make_model(), benchmark=make_benchmark(), value=0.5, provenance="reported", source="a paper",
        reported_by="independent", recorded_at=NOW,
    )  # fmt: skip
    assert list(queries.published_scores()) == [score]


def test_confirming_and_vouching_change_the_version_of_the_record() -> None:
    score = run_of_a_proposed_model()
    versions = [queries.record_version().version]
    confirm()
    versions.append(queries.record_version().version)
    endpoint_id = score.submission.endpoint_id  # type: ignore[union-attr]
    for voucher in (Voucher.NOBODY, Voucher.OPERATOR):
        change_voucher(endpoint_id=endpoint_id, voucher=voucher, now=LATER)
        versions.append(queries.record_version().version)
    assert len(set(versions)) == len(versions)


def test_the_past_knows_neither_a_later_confirmation_nor_a_later_vouch() -> None:
    score = run_of_a_proposed_model()
    known_early()
    confirm()
    assert queries.published_scores().filter(pk=score.pk).exists()
    with queries.record_known_before(LATER):
        assert not queries.published_models().filter(slug="alpha-9").exists()
        assert queries.models().get(slug="alpha-9").proposal.state == "open"
    change_voucher(
        endpoint_id=score.submission.endpoint_id,  # type: ignore[union-attr]
        voucher=Voucher.NOBODY,
        now=LATER + timedelta(days=1),
    )
    with queries.record_known_before(LATER + TICK):
        assert queries.published_scores().filter(pk=score.pk).exists()
    assert not queries.published_scores().filter(pk=score.pk).exists()


def test_a_model_that_was_corrected_after_its_confirmation_was_unconfirmed_before_it() -> None:
    run_of_a_proposed_model()
    confirm()
    model = Model.objects.get(slug="alpha-9")
    correct_rows(rows=[(model, {"name": "Alpha nine"})], reason="Misspelt.", now=LATER + timedelta(days=1))
    with queries.record_known_before(LATER):
        assert not Model.objects.get(slug="alpha-9").is_confirmed
    with queries.record_known_before(LATER + timedelta(hours=1)):
        row = Model.objects.get(slug="alpha-9")
        assert (row.is_confirmed, row.name) == (True, "Alpha 9")


def test_a_correction_from_before_models_could_be_proposed_keeps_its_model_confirmed() -> None:
    make_model()
    known_early()
    model = Model.objects.get()
    correct_rows(rows=[(model, {"name": "Renamed"})], reason="Misspelt.", now=LATER)
    kept = Correction.objects.get()
    Correction.objects.update(
        row={key: value for key, value in kept.row.items() if key not in ("is_confirmed", "confirmed_at")}
    )
    with queries.record_known_before(LATER):
        assert [row.slug for row in queries.published_models()] == ["deepseek-v3"]


def test_a_lag_on_scores_of_a_model_was_not_known_before_its_confirmation() -> None:
    run_of_a_proposed_model()
    known_early()
    confirm()
    assert queries.facts_known_at(benchmarks=["mini-sums"]) == LATER

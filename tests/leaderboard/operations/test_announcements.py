"""A publication announces a headline that readers see change, and the models whose scores changed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evals.models import Notice, NoticeType, Score
from evals.operations.catalogue.corrections import correct_rows
from leaderboard import queries
from tests.support.cohorts import NOW, SEEN, published_again, two_cohorts
from tests.support.record import make_benchmark, make_model, make_score

pytestmark = pytest.mark.django_db


def notices(kind: NoticeType) -> list[Notice]:
    return list(Notice.objects.filter(type=kind).order_by("pk"))


def test_the_headline_is_announced_when_its_figures_change_and_only_then() -> None:
    two_cohorts(*(make_benchmark(slug) for slug in ("one", "two", "three")))
    published_again(0)
    (first,) = notices(NoticeType.HEADLINE_CHANGED)
    estimate = queries.composite_lag()
    assert estimate is not None
    assert (first.topic, first.owner, first.subject) == ("headline", None, "CN – US")
    assert first.data["estimate"] == estimate.pk
    assert first.data["catchup_months"] == round(estimate.values["composite"]["catchup"]["median"], 1)
    published_again(1)
    assert len(notices(NoticeType.HEADLINE_CHANGED)) == 1
    first.data |= {"catchup_months": 99.0}
    first.save()
    published_again(2)
    assert [row.data["former_estimate"] for row in notices(NoticeType.HEADLINE_CHANGED)] == [
        None,
        estimate.pk,
    ]


def test_each_model_whose_scores_changed_since_the_last_publication_is_announced_once() -> None:
    two_cohorts(*(make_benchmark(slug) for slug in ("one", "two", "three")))
    published_again(0)
    assert not notices(NoticeType.MODEL_SCORES_CHANGED)
    at = NOW + timedelta(hours=1)
    make_score(make_model("us-0"), make_benchmark("four"), observed_on=SEEN, known_at=at)
    score = Score.objects.filter(model__slug="cn-3", benchmark__slug="one").get()
    correct_rows(rows=[(score, {"value": 0.1})], reason="Misread.", now=at)
    published_again(1)
    published_again(2)
    rows = [(row.topic, row.subject, row.data) for row in notices(NoticeType.MODEL_SCORES_CHANGED)]
    assert rows == [
        ("model:cn-3", "CN-3", {"model": "cn-3", "benchmarks": ["one"]}),
        ("model:us-0", "US-0", {"model": "us-0", "benchmarks": ["four"]}),
    ]

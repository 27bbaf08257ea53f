"""The number of queries of a page does not grow with the record."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from evals.models import Adoption, Benchmark, Claim, Correction, Developer, ListPrice, Model, Run, Score
from evals.queries import lag_input
from leaderboard import queries
from leaderboard.comparisons import OPEN_AND_CLOSED, Comparison
from leaderboard.models import EstimateChange
from leaderboard.operations.charts import draw_estimate_charts
from leaderboard.operations.pings import PingResult
from leaderboard.operations.publish import RecordSnapshot, publish_comparison, publish_composite
from leaderboard.pages.navigation import build_navigation
from leaderboard.queries import OPEN_WEIGHTS, country_comparison, price_comparison
from tests.leaderboard.pages.builders import AS_OF
from tests.support.record import NOW, make_dispute, make_submission

FEW, MANY = range(5), range(5, 500)
COUNTRIES = ("CN", "US", "CN", "US", "FR")
REPORT = {"source": "A report, https://example.org/report"}
pytestmark = pytest.mark.django_db


def level(i: int) -> int:
    """Return a model's rank by release and by capability; a small record is spread over the range."""
    return i * 101 % MANY.stop


def released(i: int) -> date:
    """Return the day of a model's release."""
    return AS_OF - timedelta(days=MANY.stop - level(i))


def record(places: range, benchmarks: range) -> None:
    """Add models with all their facts to the record."""
    Developer.objects.bulk_create(
        Developer(slug=f"dev-{i}", name=f"Developer {i}", country=COUNTRIES[i % 5])
        for i in places
        if i < len(FEW) or i % 5 < 2
    )
    Benchmark.objects.bulk_create(
        Benchmark(slug=f"test-{i}", name=f"Test {i}", domain="maths", items=400, ceiling=1.0)
        for i in benchmarks
    )
    makers = list(Developer.objects.filter(slug__startswith="dev-").order_by("pk"))
    models = Model.objects.bulk_create(
        Model(
            slug=f"model-{i}",
            name=f"Model {i}",
            developer=makers[i % len(makers)],
            openness="open" if i % 3 else "closed",
            released_on=released(i),
        )
        for i in places
    )
    Score.objects.bulk_create(
        Score(
            model=model, benchmark=benchmark, value=0.1 + 0.8 * level(i) / MANY.stop, n=400,
            observed_on=AS_OF, provenance="reported", reported_by="independent", recorded_at=NOW, **REPORT,
        )
        for benchmark in Benchmark.objects.filter(slug__startswith="test-")
        for i, model in zip(places, models, strict=True)
    )  # fmt: skip
    for i, model in zip(places, models, strict=True):
        _tell(i, model)


def _tell(i: int, model: Model) -> None:
    """Add a price, an adoption figure, a claim, a correction and sometimes a run and a dispute."""
    ListPrice.objects.create(
        model=model, provider="a", in_force_on=released(i), input_usd_per_mtok=1, output_usd_per_mtok=1,
        **REPORT,
    )  # fmt: skip
    Adoption.objects.create(
        subject=f"Model {i}", country=COUNTRIES[i % 5], value=i, observed_on=released(i),
        measure="downloads", unit="downloads", statement="So many.", **REPORT,
    )  # fmt: skip
    Claim.objects.create(
        slug=f"claim-{i}", claimed_on=released(i), claimant="An institute", leader="US",
        follower="China", lag_months_high=3, statement="Under three months.", **REPORT,
    )  # fmt: skip
    Correction.objects.create(
        table="evals_model", row_id=model.pk, subject=model.slug, row={}, changes={"name": ["A", "B"]},
        known_at=NOW, corrected_at=NOW, reason="It was misread.",
    )  # fmt: skip
    if i < 3 or i % 25 == 0:
        make_dispute(f"model:{model.slug}:name")
        for state in ("FINISHED", "RUNNING", "PENDING"):
            make_submission(model=model, state=state, samples=4)


def publish(*more: Comparison) -> None:
    """Publish the default comparison with its parts, and more comparisons over all benchmarks only."""
    known = RecordSnapshot.of(lag_input(), NOW)
    former = queries.composite_lag()
    publish_comparison(known, Comparison())
    for comparison in more:
        publish_composite(known, comparison)
    whole = queries.composite_lag()
    assert whole is not None
    assert whole.state == "ok"
    draw_estimate_charts(estimate=whole, language="en")
    score = {"kind": "score_added", "before": None, "after": None, "moved_months": 0.5}
    score |= {"model": Model.objects.values_list("slug", flat=True)[0], "benchmark": ""}
    EstimateChange.objects.get_or_create(
        estimate=whole,
        defaults={
            "former": former or whole,
            "n_changes": 1,
            "parts": [score],
            "found_at": NOW,
            "moved_months": 1,
        },
    )


def query_counts() -> dict[str, int]:
    """Count the queries of each page in the navigation, and of one page of each kind of row."""
    groups = build_navigation(RequestFactory().get("/")).groups
    addresses = [place.address for _, group in groups for place in group if place.label != "Your account"]
    run = Run.objects.filter(state="finished").earliest("pk")
    whole = queries.composite_lag()
    assert whole is not None
    addresses += [
        *("/models/model-1/", "/developers/dev-1/", "/benchmarks/test-1/", "/countries/cn/", "/suites/mini/"),
        *("/claims/claim-1/", "/compare/?models=model-1,model-2", "/models/?country=CN&sort=name"),
        *(
            f"/runs/{run.pk}/",
            f"/submissions/{run.submission.public_id}/",
            f"/lags/{whole.pk}/?benchmark=test-1",
        ),
        *("/records.atom", "/estimates.atom", "/changes.atom", "/disputes.atom", "/sitemap.xml"),
    ]
    return {re.sub(r"\d+/", "N/", address): _asked_by(address) for address in addresses}


def _asked_by(address: str) -> int:
    with CaptureQueriesContext(connection) as taken:
        answer = Client().get(address)
    assert answer.status_code == 200, f"{address} answers {answer.status_code}"
    # A page of the past lays views over the tables, always as many.
    return sum(" VIEW " not in query["sql"] for query in taken)


@pytest.mark.timeout(400)
def test_no_page_takes_more_queries_of_a_hundred_times_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leaderboard.pages.views.status.ping", lambda: PingResult(broker=True, workers=2))
    record(FEW, range(3))
    publish(OPEN_AND_CLOSED, OPEN_WEIGHTS, price_comparison(1.0), country_comparison("FR"))
    query_counts()  # what a process looks up once
    few = query_counts()
    record(MANY, range(3, 10))
    publish()
    many = query_counts()
    assert {page: (few[page], many[page]) for page in few if many[page] > few[page]} == {}
    assert many["/"] <= 10
    assert max(many.values()) <= 20

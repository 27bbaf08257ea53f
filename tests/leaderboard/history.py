"""A record with a history: what became known on which day, and by what it can be told on a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import product
from typing import Any

from evals.models import (
    Adoption,
    Benchmark,
    Claim,
    Developer,
    Dispute,
    Endpoint,
    ListPrice,
    Model,
    Request,
    Response,
    Run,
    Sample,
    SampleRequest,
    Score,
    Submission,
    Suite,
    SuiteTask,
    Task,
)
from evals.operations.catalogue.corrections import correct_rows, withdraw_rows
from evals.operations.disputes.lifecycle import answer_dispute, file_dispute, show_dispute
from evals.operations.owners.access import owner_of
from leaderboard.models import Chart, Export, LagEstimate
from tests.support.record import make_user

DAY = timedelta(days=1)


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)


@dataclass(frozen=True)
class Event:
    """Something that became known on a day: what tells of it, and what it made untrue."""

    day: str
    happen: Callable[[datetime], Any]
    marks: tuple[str, ...]
    ends: tuple[str, ...] = ()


def begin(now: datetime) -> None:
    developer = Developer.objects.create(slug="alpha", name="Alpha Lab", country="CN", known_at=now)
    Model.objects.create(
        slug="m-one",
        name="Firstborn",
        developer=developer,
        openness="open",
        released_on=date(2025, 1, 3),
        known_at=now,
    )
    benchmark = Benchmark.objects.create(slug="b-one", name="Oldest bench", chance=0, ceiling=1, known_at=now)
    score(now, value=0.31415, source="first paper", benchmark=benchmark)


def score(now: datetime, *, value: float, source: str, benchmark: Benchmark | None = None) -> Score:
    return Score.objects.create(
        model=Model.objects.get(slug="m-one"),
        benchmark=benchmark or Benchmark.objects.get(slug="b-one"),
        value=value,
        provenance="reported",
        reported_by="independent",
        source=source,
        recorded_at=now,
        observed_on=now.date(),
        known_at=now,
    )


def newcomer(now: datetime) -> None:
    developer = Developer.objects.create(slug="beta", name="Beta House", country="US", known_at=now)
    model = Model.objects.create(
        slug="m-two",
        name="Secondborn",
        developer=developer,
        openness="closed",
        known_at=now,
        released_on=now.date(),
        base_model=Model.objects.get(slug="m-one"),
    )
    Benchmark.objects.create(slug="b-two", name="Newer bench", known_at=now)
    ListPrice.objects.create(
        model=model,
        provider="Pricey Provider",
        in_force_on=now.date(),
        input_usd_per_mtok="7.25",
        output_usd_per_mtok="9",
        known_at=now,
        source="price list",
    )


def claim(now: datetime) -> None:
    Claim.objects.create(
        slug="c-one",
        claimed_on=now.date(),
        claimant="Loud Speaker",
        leader="US",
        follower="China",
        statement="No lag at all.",
        source="speech",
        known_at=now,
    )
    Adoption.objects.create(
        observed_on=now.date(),
        subject="Alpha app",
        measure="users",
        value=5,
        unit="users",
        statement="Fivefold use.",
        source="press",
        known_at=now,
    )


def rename(now: datetime) -> None:
    model = Model.objects.get(slug="m-one")
    changes = {"name": "Renamed one", "aliases": ["alias-of-late"], "released_on": date(2025, 1, 4)}
    correct_rows(rows=[(model, changes)], reason="Misspelt before.", now=now)


def move(now: datetime) -> None:
    correct_rows(
        rows=[(Developer.objects.get(slug="beta"), {"country": "SG"})], reason="Seat was mistaken.", now=now
    )


def remeasure(now: datetime) -> None:
    correct_rows(
        rows=[(Score.objects.get(value=0.31415), {"value": 0.27182})], reason="An erratum came.", now=now
    )


def publish(now: datetime, *, value: float, name: str) -> None:
    values: dict[str, Any] = {
        "catchup": {"status": "ok", "lag_months": value, "width": None, "n_events": 1, "segments": []},
        "standing": {
            "state": "behind",
            "signed_months": value,
            "gap": None,
            "match": "m-one",
            "at_least": False,
        },
        "event_lags": [],
        "events": {
            **dict.fromkeys(("n_events", "n_behind", "n_ahead", "n_at_least"), 0),
            **dict.fromkeys(("mean_months", "median_months", "last_months")),
        },
        "names": {"m-one": name},
    }
    estimate = LagEstimate.objects.create(
        follower="CN",
        leader="US",
        benchmark=Benchmark.objects.get(slug="b-one"),
        as_of=now.date(),
        method_version="1",
        data_hash=name,
        values=values,
        published_at=now,
        known_at=now,
    )
    for size, language in product(("wide", "narrow"), ("en", "zh-hans", "vi")):
        Chart.objects.create(
            estimate=estimate,
            name="frontiers",
            language=language,
            size=size,
            spec={"title": name},
            svg=f"<svg>{name}</svg>",
            width=100,
            height=50,
            version="v1",
            drawn_by="test",
        )


def offer(now: datetime) -> None:
    task = Task.objects.create(
        name="t-one",
        version="1",
        folder="x",
        content_hash="h" * 64,
        metric="acc",
        known_at=now,
        benchmark=Benchmark.objects.get(slug="b-one"),
    )
    suite = Suite.objects.create(slug="s-one", version="1", name="Suite of sums", known_at=now)
    SuiteTask.objects.create(suite=suite, task=task, position=1)
    Endpoint.objects.create(
        slug="e-one",
        model=Model.objects.get(slug="m-one"),
        provider="Serving Co",
        protocol="openai-chat",
        base_url="https://api.example.com/v1",
        api_model="one",
        known_at=now,
    )


def submit(now: datetime) -> None:
    endpoint, suite = Endpoint.objects.get(), Suite.objects.get()
    submission = Submission.objects.create(
        endpoint=endpoint,
        suite=suite,
        submitter_id=make_user("curious").pk,
        owner=owner_of(make_user("curious")),
        created_at=now,
        started_at=now + timedelta(minutes=1),
        state="FINISHED",
        finished_at=now + 30 * DAY,
    )
    task = Task.objects.get()
    run = Run.objects.create(
        submission=submission,
        endpoint=endpoint,
        task=task,
        state="finished",
        n_samples=1,
        n_requests=1,
        planned_at=now + timedelta(minutes=2),
        called_at=now + 20 * DAY,
        finished_at=now + 30 * DAY,
        outcomes={"answered": 1},
        lm_eval_version="0.4",
        results={"results": {"t-one": {"acc,none": 0.16180, "acc_stderr,none": 0.1, "sample_len": 1}}},
    )
    sample = Sample.objects.create(
        run=run,
        doc_id=0,
        doc={"q": "asked thing"},
        prompt="The asked thing",
        target="9",
        answer="Answered thing",
        filtered={"none": ["Answered thing"]},
        metrics={"acc,none": 1.0},
    )
    request = Request.objects.create(key="k" * 64, endpoint=endpoint, payload="{}", state="answered")
    SampleRequest.objects.create(run=run, sample=sample, request=request, idx=0)
    Response.objects.create(
        request=request,
        paid_by=run,
        outcome="answered",
        text="Raw reply",
        latency_ms=1,
        body="{}",
        received_at=now + 10 * DAY,
        cost_usd="0.5",
        input_tokens=1,
        output_tokens=1,
    )


def end_of_run(now: datetime) -> None:
    run = Run.objects.get()
    Score.objects.create(
        model=run.endpoint.model,
        benchmark=Benchmark.objects.get(slug="b-one"),
        value=0.16180,
        n=1,
        provenance="measured",
        run=run,
        submission=run.submission,
        observed_on=now.date(),
        recorded_at=now,
        known_at=now,
    )


def dispute(now: datetime) -> None:
    filed = file_dispute(
        fact="model:m-two:name",
        statement="An objection of substance.",
        evidence=["https://example.org/evidence"],
        contact="planted-contact",
        now=now - DAY,
    )
    show_dispute(dispute_id=filed.pk, now=now)


def settle(now: datetime) -> None:
    dispute = Dispute.objects.get()
    answer_dispute(
        dispute_id=dispute.pk, state="rejected", answer="Answered in public.", by="Moderatrix", now=now
    )


def take_back(now: datetime) -> None:
    withdraw_rows(rows=[Score.objects.get(source="second paper")], reason="It was a forgery.", now=now)


def export(now: datetime) -> None:
    folder = f"{now:%Y-%m-%dT%H%M%SZ}"
    manifest = {"method_version": "1", "rows": {}, "sha256": {}}
    Export.objects.create(folder=folder, made_at=now, manifest=manifest)


HISTORY = (
    Event("2025-02-01", begin, ("Firstborn", "Alpha Lab", "Oldest bench", "0.31415")),
    Event("2025-03-01", partial(score, value=0.77231, source="second paper"), ("second paper", "0.77231")),
    Event("2025-04-01", newcomer, ("Secondborn", "Beta House", "Newer bench")),
    Event("2025-05-01", claim, ("Loud Speaker", "No lag at all.")),
    Event("2025-05-15", dispute, ("An objection of substance.",)),
    Event("2025-06-01", partial(publish, value=4.25, name="Named early"), ("Named early",)),
    Event("2025-07-01", rename, ("Renamed one", "alias-of-late", "2025-01-04"), ("Firstborn", "2025-01-03")),
    Event("2025-08-01", move, ('"SG"',), ('"US"',)),
    Event("2025-09-01", remeasure, ("0.27182",), ("0.31415",)),
    Event("2025-10-01", offer, ("Suite of sums", "Serving Co")),
    Event("2025-11-01", submit, ("curious",)),
    Event("2025-11-11", lambda now: None, ("Raw reply",)),
    Event("2025-12-02", end_of_run, ("Answered thing", "0.1618")),
    Event("2026-01-01", partial(publish, value=3.5, name="Named lately"), ("Named lately",)),
    Event("2026-01-15", settle, ("Answered in public.", "Moderatrix")),
    Event("2026-02-01", take_back, (), ("second paper", "0.77231")),
    Event("2026-03-01", export, ("2026-03-01T120000Z",)),
)

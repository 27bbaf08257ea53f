"""A record with rows of every kind, measured runs included, and somebody of each role."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from evals.models import Adoption, Claim, ListPrice, Model, Run, SpendingCap, Submission, WebhookDelivery
from evals.operations.catalogue.corrections import correct_rows
from evals.operations.catalogue.fresh import renew_fresh_edition
from evals.operations.endpoints.worker_keys import add_worker_key, new_private_key, public_key_of
from evals.operations.owners.access import owner_of
from evals.operations.submissions.lifecycle import cancel
from evals.operations.webhooks.subscriptions import create_webhook, send_test
from evals.suites.fresh import edition
from leaderboard.accounts.tokens import issue_token
from leaderboard.models import Export, LagEstimate
from leaderboard.operations.forecasts import make_forecasts
from tests.contract.roles import ROLES, Values
from tests.evals.operations.webhooks.builders import write_notice
from tests.support.cohorts import published_again, two_cohorts
from tests.support.own_endpoints import give_key, make_own_endpoint, pass_preflight
from tests.support.proposals import make_proposal
from tests.support.record import (
    make_benchmark,
    make_dispute,
    make_endpoint,
    make_organisation,
    make_submission,
    make_user,
    operator,
)


def make_record(now: datetime) -> dict[str, Any]:
    """Fill the record; return the tokens by role, and known values of parameters."""
    users = {name: make_user(name, role=role.role) for name, role in ROLES.items()}
    make_organisation("acme", owner=users["owner"], reader=users["reader"])
    values = _make_catalogue(now) | _make_runs(users["owner"], now) | _make_own(users["owner"], now)
    tokens = {
        name: issue_token(user=user, name="contract", now=now, scopes=ROLES[name].scopes).secret
        for name, user in users.items()
    }
    return {"tokens": tokens, "values": values}


def _make_catalogue(now: datetime) -> Values:
    benchmarks = [make_benchmark(slug, domain="maths", language="en") for slug in ("one", "two", "three")]
    two_cohorts(*benchmarks)
    published_again(0)
    make_forecasts(now=now)
    _make_market(Model.objects.get(slug="cn-3"), now)
    claim = {"leader": "US", "follower": "China", "statement": "Three months."}
    Claim.objects.create(
        slug="somebody",
        claimed_on=date(2026, 5, 1),
        claimant="A",
        lag_months_low=3,
        lag_months_high=3,
        **claim,
    )
    edition.TASKS = ("chinese",)  # type: ignore[attr-defined] # made in a second
    renew_fresh_edition(now=now)
    corrected = Model.objects.get(slug="cn-4")
    correct_rows(rows=[(corrected, {"name": "CN Four"})], reason="It was misspelt.", now=now)
    manifest = {"tables": {}, "files": {"scores.csv": {"bytes": 8, "sha256": "0" * 64}}}
    Export.objects.create(folder="2026-11-20", made_at=now - timedelta(days=2), manifest=manifest)
    return {
        "model": ["cn-3", "us-3", "cn-4"],
        "models": ["cn-3,us-3", "cn-3,us-3,cn-4"],
        "developer": ["dev-cn", "dev-us"],
        "benchmark": [benchmark.slug for benchmark in benchmarks],
        "claim": ["somebody"],
        "dispute": [str(make_dispute("model:cn-3:name").public_id)],
        "estimate_id": list(LagEstimate.objects.values_list("pk", flat=True)[:4]),
        "code": ["cn", "us"],
    }


def _make_market(model: Model, now: datetime) -> None:
    source = {"source": "https://example.org/prices", "retrieved_on": now.date()}
    prices = {"input_usd_per_mtok": "0.25", "output_usd_per_mtok": "1.5"}
    other = Model.objects.get(slug="us-3")
    for priced in (model, other):
        ListPrice.objects.create(
            model=priced, provider="lab", in_force_on=date(2026, 1, 1), **prices, **source
        )
        Adoption.objects.create(
            subject=priced.slug,
            country=priced.developer.country,
            measure="monthly users",
            value=4e6,
            unit="people",
            statement="Four million use it.",
            observed_on=date(2026, 6, 1),
            **source,
        )


def _make_runs(owner: User, now: datetime) -> Values:
    endpoint = make_endpoint("cn-3-api", model=Model.objects.get(slug="cn-3"))
    other = make_endpoint("us-3-api", model=Model.objects.get(slug="us-3"))
    ours: dict[str, Any] = {"endpoint": endpoint, "submitter": owner, "now": now}
    for state in ("PENDING", "PENDING_REVIEW", "RUNNING", "FINISHED", "FAILED"):
        make_submission(state=state, **ours)
    make_submission(endpoint=other, state="FINISHED", now=now)
    cancelled, embargoed = make_submission(**ours), make_submission(state="FINISHED", **ours)
    cancel(submission_id=cancelled.pk, by=operator(), now=now)
    Submission.objects.filter(pk=embargoed.pk).update(embargo_until=now + timedelta(days=9))
    return {
        "submission": [str(key) for key in Submission.objects.values_list("public_id", flat=True)],
        "run_id": list(Run.objects.filter(state="finished").values_list("pk", flat=True)),
        "endpoint": [endpoint.slug, other.slug],
        "suite": ["mini", "mini@1.0"],
    }


def _make_own(owner: User, now: datetime) -> Values:
    add_worker_key(public=public_key_of(new_private_key()), now=now)
    endpoint = make_own_endpoint(owner, model="cn-3")
    give_key(owner, endpoint, keep=True)
    pass_preflight(endpoint)
    url, types = "https://lab.example/hook", ["submission.failed"]
    webhook = create_webhook(actor=owner, url=url, types=types, now=now).webhook
    delivery = send_test(actor=owner, public_id=webhook.public_id, now=now)
    WebhookDelivery.objects.update(state="delivered", status=200, sent_at=now)
    write_notice(user=owner, now=now)
    SpendingCap.objects.create(
        owner=owner_of(owner), kind="operator", usd_per_month=50, counted_on=now.date()
    )
    proposal = make_proposal(proposer=owner, name="Alpha 9", now=now)
    return {
        "own_endpoint": [endpoint.slug],
        "webhook": [str(webhook.public_id)],
        "delivery_id": [str(delivery.public_id)],
        "proposal": [str(proposal.public_id)],
    }

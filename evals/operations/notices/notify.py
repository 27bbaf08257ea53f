"""Write a notice, in the transaction of the change that it describes; beat wakes the worker that sends it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from evals.models import Endpoint, Model, Notice, NoticeType, Owner, Submission
from evals.models.notices import HEADLINE, MODEL_TOPIC

LONGEST_SUBJECT = 300
# The only keys of `data`: none holds a secret, a message of a provider or personal data.
NOTICE_FIELDS = frozenset(
    """
    submission model suite endpoint state attempt failure_code benchmarks scores
    estimate former_estimate catchup_months standing_months
    preflight ok code key webhook reason visible_at proposal
    """.split()  # noqa: SIM905
)


def notify(
    *,
    type: NoticeType,
    subject: str,
    now: datetime,
    owner: Owner | None = None,
    topic: str = "",
    data: Mapping[str, Any] | None = None,
) -> Notice:
    """Write a notice for an owner or a topic. Call it in the transaction of the change.

    Raises ValueError for data that a notice may not hold, and outside a transaction.
    """
    data = dict(data or {})
    if unknown := data.keys() - NOTICE_FIELDS:
        raise ValueError(f"{type}: {', '.join(sorted(unknown))} must not be in a notice.")
    if not connection.in_atomic_block:
        raise ValueError(f"{type}: a notice is written in the transaction of its change.")
    return Notice.objects.create(
        owner=owner,
        topic=topic,
        type=type.value,
        subject=subject[:LONGEST_SUBJECT],
        data=data,
        created_at=now,
    )


def notify_submission(type: NoticeType, submission: Submission, now: datetime, **data: Any) -> Notice:
    """Write a notice of a submission for its owner."""
    model, suite = submission.endpoint.model, submission.suite
    facts = {
        "submission": str(submission.public_id),
        "model": model.slug,
        "suite": f"{suite.slug}@{suite.version}",
        "endpoint": submission.endpoint.slug,
    }
    subject = f"{model.name} · {suite.name} {suite.version}"
    return notify(type=type, subject=subject, now=now, owner=submission.owner, data=facts | data)


def notify_model(type: NoticeType, model: Model, owner: Owner, now: datetime, **data: Any) -> Notice:
    """Write a notice of a model for the owner who proposed it."""
    return notify(type=type, subject=model.name, now=now, owner=owner, data={"model": model.slug} | data)


def notify_endpoint(type: NoticeType, endpoint: Endpoint, now: datetime, **data: Any) -> Notice | None:
    """Write a notice of an endpoint for its owner; the operator's endpoints have none."""
    if endpoint.owner is None:
        return None
    facts = {"endpoint": endpoint.slug, "model": endpoint.model.slug}
    return notify(type=type, subject=endpoint.slug, now=now, owner=endpoint.owner, data=facts | data)


def notify_headline(subject: str, now: datetime, **data: Any) -> Notice:
    """Write a notice that the headline changed."""
    return notify(type=NoticeType.HEADLINE_CHANGED, subject=subject, now=now, topic=HEADLINE, data=data)


def notify_changed_models(scores: Iterable[tuple[str, str, str]], now: datetime) -> list[Notice]:
    """Write a notice for each model with changed scores, given as slug, name and benchmark."""
    benchmarks: dict[tuple[str, str], set[str]] = {}
    for slug, name, benchmark in scores:
        benchmarks.setdefault((slug, name), set()).add(benchmark)
    return [
        notify(
            type=NoticeType.MODEL_SCORES_CHANGED,
            subject=name,
            now=now,
            topic=MODEL_TOPIC + slug,
            data={"model": slug, "benchmarks": sorted(names)},
        )
        for (slug, name), names in sorted(benchmarks.items())
    ]

"""Write the notices of a publication: the headline changed, and the models whose scores changed."""

from __future__ import annotations

from datetime import datetime

from evals.models import Notice, NoticeType, Score
from evals.operations.notices.notify import notify_changed_models, notify_headline
from leaderboard.estimate_values import CompositeFigures
from leaderboard.lag.intervals import Interval
from leaderboard.models import LagEstimate, Publication
from leaderboard.queries import composite_lag

SHOWN_DECIMALS = 1  # as the home page shows months


def announce_publication(*, former: Publication | None, now: datetime) -> list[Notice]:
    """Write what changed since the former publication; the first one announces no scores."""
    headline = announce_headline(now=now)
    changed = Score.objects.filter(known_at__gte=former.started_at, known_at__lt=now) if former else None
    if changed is None:
        return headline
    rows = changed.values_list("model__slug", "model__name", "benchmark__slug")
    return headline + notify_changed_models(rows, now)


def announce_headline(*, now: datetime) -> list[Notice]:
    """Write a notice if the published headline differs from the one that was last announced.

    Figures are compared as readers see them: more data with the same lag are no news. They are compared with
    the last notice, so that a publisher that was killed in between announces the change later.
    """
    estimate = composite_lag()
    if estimate is None:
        return []
    figures = _figures(estimate)
    last = Notice.objects.filter(type=NoticeType.HEADLINE_CHANGED).first()
    if last and all(last.data.get(name) == figure for name, figure in figures.items()):
        return []
    former = last.data["estimate"] if last else None
    subject = f"{estimate.follower} – {estimate.leader}"
    return [notify_headline(subject, now, estimate=estimate.pk, former_estimate=former, **figures)]


def _figures(estimate: LagEstimate) -> dict[str, float | None]:
    figures = CompositeFigures(estimate.values["composite"])
    return {"catchup_months": _shown(figures.catchup), "standing_months": _shown(figures.standing)}


def _shown(lag: Interval) -> float | None:
    return None if lag.median is None else round(lag.median, SHOWN_DECIMALS)

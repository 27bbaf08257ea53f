"""The status of the service: its parts, its queue, the last publication, the limits on calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from evals import queries as record
from evals.models.submissions import OPEN_STATES
from evals.queries.throughput import Pace, pace
from leaderboard import queries
from leaderboard.operations.pings import ping
from leaderboard.pages.page_cache import public
from leaderboard.presenters.submission_status import SubmissionView, view_submissions


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """Running and waiting submissions, the missing answers, and the pace."""

    rows: list[SubmissionView]
    pace: Pace
    requests_open: int

    @property
    def running(self) -> int:
        """Count running submissions."""
        return sum(row.submission.state == "RUNNING" for row in self.rows)

    @property
    def waiting(self) -> int:
        """Count waiting submissions."""
        return len(self.rows) - self.running

    @property
    def unplanned(self) -> int:
        """Count submissions that are not planned yet, so that their length is unknown."""
        return sum(row.progress.counted.samples_total is None for row in self.rows)


@public
def status_page(request: HttpRequest) -> HttpResponse:
    """Show the status of the service, at most a minute old."""
    now = timezone.now()
    context = {
        "seen_at": now,
        "answered": ping(),
        "database": connection.display_name,
        "queue": queue_status(now),
        "reliability": record.reliability(now=now),
        "publication": queries.last_publication(),
        "record": record.record_version(),
        "endpoints": record.endpoints(enabled=True).order_by("provider", "slug"),
        "write_rate": settings.API_POST_RATE,
        "now": now,
    }
    return render(request, "pages/status.html", context)


def queue_status(now: datetime) -> QueueStatus:
    """Return the queue; the time left is that of all missing answers at the pace of the last minute."""
    rows = view_submissions(
        list(record.submissions().filter(state__in=OPEN_STATES).order_by("created_at")), now=now
    )
    counted = [row.progress.counted for row in rows]
    left = sum(progress.requests_open for progress in counted)
    recent = [sum(bins) for bins in zip(*(progress.recent for progress in counted), strict=True)]
    started = [row.submission.started_at for row in rows if row.submission.started_at]
    seen_s = (now - min(started)).total_seconds() if started else 0.0
    return QueueStatus(rows, pace(recent, seen_s=seen_s, left=left), left)

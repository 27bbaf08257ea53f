"""The changing part of a submission's page: status, failure, progress and cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from evals import queries as record
from evals.models import Submission
from evals.models.submissions import ENDED_STATES, OPEN_STATES
from evals.queries import Budget, Progress, RunProgress, SubmissionStatus
from leaderboard.presenters.failures import readable_message, readable_reason
from leaderboard.presenters.messages import FailureMessage, embargo_message, failure_message, status_message


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """The status of one submission, for an insider (its submitter, an operator) or anybody else.

    `budgets` is empty for a reader who may not see them.
    """

    submission: Submission
    progress: Progress
    status: SubmissionStatus
    budgets: tuple[Budget, ...] = ()
    insider: bool = False
    embargoed: bool = False

    @property
    def hides_scores(self) -> bool:
        """Tell whether its scores are under an embargo that binds the reader."""
        return self.embargoed and not self.insider

    @property
    def embargo(self) -> str:
        """Return when its scores are published, while they are not."""
        return embargo_message(self.submission) if self.embargoed else ""

    @property
    def live(self) -> bool:
        """Tell whether it can still change by itself."""
        return self.submission.state in OPEN_STATES

    @property
    def ended(self) -> bool:
        """Tell whether it has ended."""
        return self.submission.state in ENDED_STATES

    @property
    def message(self) -> str:
        """Return the status message."""
        return status_message(self.status)

    @property
    def failure(self) -> FailureMessage | None:
        """Explain its failure, if it failed."""
        return failure_message(self.submission.failure_code) if self.submission.failure_code else None

    @property
    def failure_text(self) -> str:
        """Return the message of its failure, if the reader may see it."""
        row = self.submission
        return readable_message(row.failure_code, row.failure_message, insider=self.insider)

    @property
    def reason(self) -> str:
        """Return why the service stopped it, if the reader may see that."""
        return readable_reason(self.status, insider=self.insider)

    @property
    def runs(self) -> list[RunView]:
        """Return its runs."""
        runs = self.progress.runs
        return [RunView(run, insider=self.insider, hides_scores=self.hides_scores) for run in runs]

    def run(self, run_id: int) -> RunView:
        """Return one of its runs."""
        return next(run for run in self.runs if run.progress.run_id == run_id)

    @property
    def usd_per_sample(self) -> Decimal | None:
        """Return the mean cost of an answered sample, if any cost is known."""
        counted = self.progress.counted
        if counted.cost_usd is None or not counted.samples_done:
            return None
        return counted.cost_usd / counted.samples_done

    @property
    def usd_per_right_answer(self) -> Decimal | None:
        """Return the cost of a right answer, once every run is scored."""
        cost, runs = self.progress.counted.cost_usd, self.progress.runs
        if self.hides_scores or cost is None or not all("right" in run.usage for run in runs):
            return None
        right = sum(int(run.usage["right"]) for run in runs)
        return cost / right if right else None

    @property
    def fingerprint(self) -> str:
        """Return a fingerprint that changes when more than numbers change: buttons or scores."""
        states = ",".join(run.state for run in self.progress.runs)
        row = self.submission
        return f"{row.state} {row.attempt} {row.paused_at} {row.budget_usd} {row.priority} {states}"


@dataclass(frozen=True, slots=True)
class RunView:
    """The status of one run."""

    progress: RunProgress
    insider: bool = False
    hides_scores: bool = False

    @property
    def failure_text(self) -> str:
        """Return the message of its failure, if the reader may see it."""
        row = self.progress
        return readable_message(row.failure_code, row.failure_message, insider=self.insider)

    @property
    def failure(self) -> FailureMessage | None:
        """Explain its failure, if it failed."""
        return failure_message(self.progress.failure_code) if self.progress.failure_code else None

    @property
    def usd_per_sample(self) -> Decimal | None:
        """Return the mean cost of an answered sample, if any cost is known."""
        counted = self.progress.counted
        if counted.cost_usd is None or not counted.samples_done:
            return None
        return counted.cost_usd / counted.samples_done

    @property
    def usd_per_right_answer(self) -> Decimal | None:
        """Return the cost of a right answer, once the run is scored, if prices are known."""
        cost = self.progress.usage.get("usd_per_right_answer")
        return Decimal(cost) if cost and not self.hides_scores else None

    @property
    def canaries_asked(self) -> int:
        """Return the number of answered canaries, once the run is scored."""
        return int(self.progress.usage.get("canaries", {}).get("asked", 0))

    @property
    def canaries_usd(self) -> Decimal | None:
        """Return the cost of its canaries, if prices are known."""
        cost = self.progress.usage.get("canaries", {}).get("cost_usd")
        return Decimal(cost) if cost else None


def view_submissions(submissions: list[Submission], *, now: datetime) -> list[SubmissionView]:
    """Return the status of each submission for everybody, in a constant number of queries."""
    progress = record.progress(submission_ids=[submission.pk for submission in submissions], now=now)
    statuses = record.submission_statuses(
        submissions=submissions, progress=progress, places=record.queue_places(now=now), now=now
    )
    return [
        SubmissionView(
            submission,
            progress[submission.pk],
            statuses[submission.pk],
            embargoed=record.is_embargoed(submission, now=now),
        )
        for submission in submissions
    ]

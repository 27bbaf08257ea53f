"""What a submission's page tells that changes while it runs: state, sentence, failure, progress, money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from evals import queries as record
from evals.models import Submission
from evals.models.submissions import ENDED_STATES, OPEN_STATES
from evals.queries import Budget, Progress, RunProgress, SubmissionStatus
from leaderboard.presenters.messages import FailureMessage, failure_message, status_message


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """One submission as it stands; `budgets` is empty for a reader who may not know them."""

    submission: Submission
    progress: Progress
    situation: SubmissionStatus
    budgets: tuple[Budget, ...] = ()

    @property
    def live(self) -> bool:
        """Whether it can still change by itself."""
        return self.submission.state in OPEN_STATES

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self.submission.state in ENDED_STATES

    @property
    def sentence(self) -> str:
        """Say what goes on."""
        return status_message(self.situation)

    @property
    def failure(self) -> FailureMessage | None:
        """Return what its failure means, where it failed."""
        return failure_message(self.submission.failure_code) if self.submission.failure_code else None

    @property
    def runs(self) -> list[RunView]:
        """Return its runs."""
        return [RunView(run) for run in self.progress.runs]

    def run(self, run_id: int) -> RunView:
        """Return one of its runs."""
        return next(run for run in self.runs if run.progress.run_id == run_id)

    @property
    def usd_per_sample(self) -> Decimal | None:
        """Return what an answered sample cost on average, where anything is known to have cost."""
        counted = self.progress.counted
        if counted.cost_usd is None or not counted.samples_done:
            return None
        return counted.cost_usd / counted.samples_done

    @property
    def usd_per_right_answer(self) -> Decimal | None:
        """Return what a right answer cost, once every run is scored."""
        cost, runs = self.progress.counted.cost_usd, self.progress.runs
        if cost is None or not all("right" in run.usage for run in runs):
            return None
        right = sum(int(run.usage["right"]) for run in runs)
        return cost / right if right else None

    @property
    def fingerprint(self) -> str:
        """Return what changes when more than numbers do: then buttons and scores change too."""
        states = ",".join(run.state for run in self.progress.runs)
        row = self.submission
        return f"{row.state} {row.attempt} {row.paused_at} {row.budget_usd} {row.priority} {states}"


@dataclass(frozen=True, slots=True)
class RunView:
    """One run as it stands."""

    progress: RunProgress

    @property
    def failure(self) -> FailureMessage | None:
        """Return what its failure means, where it failed."""
        return failure_message(self.progress.failure_code) if self.progress.failure_code else None

    @property
    def usd_per_sample(self) -> Decimal | None:
        """Return what an answered sample cost on average, where anything is known to have cost."""
        counted = self.progress.counted
        if counted.cost_usd is None or not counted.samples_done:
            return None
        return counted.cost_usd / counted.samples_done

    @property
    def usd_per_right_answer(self) -> Decimal | None:
        """Return what a right answer cost, once it is scored and where prices are known."""
        cost = self.progress.usage.get("usd_per_right_answer")
        return Decimal(cost) if cost else None

    @property
    def canaries_asked(self) -> int:
        """Return how many canaries were answered, once it is scored."""
        return int(self.progress.usage.get("canaries", {}).get("asked", 0))

    @property
    def canaries_usd(self) -> Decimal | None:
        """Return what its canaries cost, where prices are known."""
        cost = self.progress.usage.get("canaries", {}).get("cost_usd")
        return Decimal(cost) if cost else None


def view_submissions(submissions: list[Submission], *, now: datetime) -> list[SubmissionView]:
    """Return how each submission stands, in a few queries for all of them."""
    progress = record.progress(submission_ids=[submission.pk for submission in submissions], now=now)
    statuses = record.submission_statuses(
        submissions=submissions, progress=progress, places=record.queue_positions(), now=now
    )
    return [
        SubmissionView(submission, progress[submission.pk], statuses[submission.pk])
        for submission in submissions
    ]

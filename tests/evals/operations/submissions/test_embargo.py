"""An embargo delays scores by at most 30 days; then they are published without anybody's action."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from evals import queries
from evals.models import AuditEvent, Run, Score, Submission
from evals.operations.owners.access import NotPermitted
from evals.operations.runs.scores import record_scores
from evals.operations.submissions.access import may_see_scores
from evals.operations.submissions.embargo import BadEmbargo, publish_scores_after_embargo, shorten_embargo
from evals.operations.submissions.lifecycle import submit
from leaderboard.exports.archive import exported_rows
from leaderboard.operations import publish_estimates, record_has_changed
from tests.support.record import NOW, make_endpoint, make_submission, make_suite, make_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
END = NOW + 10 * DAY


def embargoed(**options: object) -> Submission:
    """Finish a submission under an embargo, as the last run of it does."""
    submission = make_submission(state="FINISHED", **options)  # type: ignore[arg-type]
    Score.objects.filter(submission=submission).delete()
    Submission.objects.filter(pk=submission.pk).update(embargo_until=END)
    record_scores(submission_id=submission.pk, now=NOW)
    submission.refresh_from_db()
    return submission


def test_an_embargo_ends_within_thirty_days() -> None:
    make_suite()
    target: dict[str, Any] = {"submitter": make_user(), "endpoint": make_endpoint().slug, "suite": "mini"}
    for wrong in (NOW, NOW - DAY, NOW + 30 * DAY + timedelta(seconds=1)):
        with pytest.raises(BadEmbargo, match="2026-12-22"):
            submit(**target, now=NOW, embargo_until=wrong)
    assert submit(**target, now=NOW, embargo_until=NOW + 30 * DAY).embargo_until == NOW + 30 * DAY


def test_until_it_ends_no_score_is_on_record_and_then_it_is_known_from_its_end() -> None:
    submission = embargoed()
    assert not Score.objects.exists()
    assert not publish_scores_after_embargo(now=END - DAY)
    assert publish_scores_after_embargo(now=END + DAY) == 1
    score = Score.objects.get()
    assert (score.submission, score.known_at, score.observed_on) == (submission, END, END.date())
    assert not publish_scores_after_embargo(now=END + DAY), "once is enough"


def test_the_publication_notices_that_an_embargo_has_ended() -> None:
    embargoed()
    publish_estimates(now=NOW, comparisons=())
    assert not record_has_changed()
    publish_scores_after_embargo(now=END)
    assert record_has_changed()


def test_insiders_see_what_others_wait_for() -> None:
    submission = embargoed()
    outsider, insider = AnonymousUser(), submission.submitter
    assert not may_see_scores(outsider, submission, now=NOW)
    assert may_see_scores(insider, submission, now=NOW)
    assert may_see_scores(outsider, submission, now=END)


def test_nothing_of_it_is_exported_or_paired_before() -> None:
    submission = embargoed()
    Submission.objects.update(embargo_until="2999-01-01T00:00:00Z")
    other = make_submission(endpoint=make_endpoint("other"), state="FINISHED").runs.get()
    assert submission not in exported_rows(Submission)
    assert not exported_rows(Run).filter(submission=submission).exists()
    slugs = [submission.endpoint.model.slug]
    assert {run.run_id for run in queries.scored_runs(models=slugs)} == {other.pk}
    assert not queries.others_on_task(other)
    Submission.objects.update(embargo_until="2026-01-01T00:00:00Z")
    assert submission in exported_rows(Submission)


def test_it_is_shortened_and_never_lengthened() -> None:
    submission = embargoed()
    change: dict[str, Any] = {"submission_id": submission.pk, "by": submission.submitter, "now": NOW}
    with pytest.raises(BadEmbargo):
        shorten_embargo(**change, embargo_until=END + DAY)
    with pytest.raises(NotPermitted):
        shorten_embargo(**change | {"by": make_user("eve")}, embargo_until=NOW + DAY)
    shorten_embargo(**change, embargo_until=NOW - DAY)
    assert AuditEvent.objects.filter(action="submission.embargo").exists()
    assert publish_scores_after_embargo(now=NOW) == 1
    with pytest.raises(BadEmbargo):
        shorten_embargo(**change | {"now": NOW + DAY}, embargo_until=NOW + 2 * DAY)


def test_as_of_views_know_a_score_from_the_end_of_its_embargo() -> None:
    submission = embargoed()
    publish_scores_after_embargo(now=END + DAY)
    with queries.record_known_before(END - DAY):
        assert not Score.objects.exists()
        assert Run.objects.get(submission=submission).results is None
    with queries.record_known_before(END + 2 * DAY):
        assert Score.objects.exists()
        assert Run.objects.get(submission=submission).results is not None


def test_an_unchanged_repeat_adds_no_second_score() -> None:
    first = make_submission(state="FINISHED")
    Score.objects.all().delete()
    record_scores(submission_id=first.pk, now=NOW)
    again = make_submission(submitter=make_user("bob"), state="FINISHED")
    Score.objects.filter(submission=again).delete()
    assert not record_scores(submission_id=again.pk, now=NOW)
    again.refresh_from_db()
    assert (again.repeats, Score.objects.count()) == (first, 1)
    again.runs.update(settings={"fresh": "x"})
    assert record_scores(submission_id=again.pk, now=NOW), "asked anew, it is another measurement"

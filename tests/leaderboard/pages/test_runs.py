"""A run shows its samples, the queue shows progress, and a simulation is marked as one."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from evals.models import Response, Run, Submission
from tests.leaderboard.pages.builders import make_models
from tests.leaderboard.pages.reading import page, read, words
from tests.support.record import make_endpoint, make_submission

pytestmark = pytest.mark.django_db


def test_a_run_shows_what_was_asked_and_answered(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    make_models(300)
    make_submission(samples=60, state="FINISHED")
    run = Run.objects.get()
    with django_assert_max_num_queries(12):
        text = read(f"/runs/{run.pk}/")
    assert "exact_match the score extract 0.5000 0.0645 60" in text
    assert "all 60 right 30 wrong 30" in text
    assert "Prompt (user) Question: What is 2 + 2? Answer: Raw answer The answer is 4." in text
    assert "10 tokens read, 2 written 100 ms ended by stop Answer read 4 Right answer 4" in text
    assert "an empty answer" in text
    assert "lm-eval 0.4.13" in text
    assert "a" * 64 in text


@pytest.mark.parametrize(
    ("verdict", "shown", "hidden"), [("right", "✓ right", "✗ wrong"), ("wrong", "✗ wrong", "✓ right")]
)
def test_samples_can_be_narrowed_to_one_verdict(verdict: str, shown: str, hidden: str) -> None:
    make_submission(samples=8, state="FINISHED")
    text = read(f"/runs/{Run.objects.get().pk}/?show={verdict}")
    assert text.count(shown) == 4
    assert hidden not in text


def test_samples_come_in_pages() -> None:
    make_submission(samples=45, state="FINISHED")
    run = Run.objects.get()
    assert page(f"/runs/{run.pk}/").count('<article class="sample"') == 20
    assert page(f"/runs/{run.pk}/?page=3").count('<article class="sample"') == 5


def test_a_sample_without_an_answer_says_that_it_waits() -> None:
    make_submission(state="RUNNING", samples=4)
    text = read(f"/runs/{Run.objects.get().pk}/")
    assert "not scored yet" in text
    assert "Raw answer waiting" in text


def test_markup_in_an_answer_is_shown_and_not_obeyed() -> None:
    make_submission(samples=1, state="FINISHED")
    run = Run.objects.get()
    sample = run.samples.get()
    sample.prompt = "<script>alert(1)</script>"
    sample.save()
    markup = page(f"/runs/{run.pk}/")
    assert "<script>alert" not in markup
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in markup


def test_a_run_tells_what_it_cost_in_all_a_sample_and_a_right_answer() -> None:
    make_submission(samples=8, state="FINISHED")
    Response.objects.update(cost_usd="0.5")
    Run.objects.update(usage={"right": 4, "usd_per_right_answer": "1.00000000"})
    assert "Cost 4.00 USD A sample, USD 0.5000 A right answer, USD 1.00" in read(
        f"/runs/{Run.objects.get().pk}/"
    )


def test_a_run_shows_how_its_requests_ended_and_its_score_with_bounds() -> None:
    make_submission(samples=60, state="FINISHED")
    run = Run.objects.get()
    assert run.results is not None
    run.outcomes = {"answered": 51, "refusal": 6, "truncated": 3}
    run.results |= {
        "unanswered": 9,
        "upper_bounds": {"exact_match,extract": 0.65},
        "finish_reasons": {"stop": 51, "concluded": 3, "": 6},
        "unknown_finish_reasons": ["concluded"],
    }
    run.save()
    text = read(f"/runs/{run.pk}/")
    assert "9 items (15%) have no answer and count as wrong." in text
    assert "0.5000 to 0.6500" in text
    assert "answered 51 refused counts as wrong 6 generation broke off counts as wrong 3" in text
    assert "Finish reasons of the provider: stop 51, – 6, concluded (unknown) 3" in text


def test_a_streamed_answer_shows_its_speed() -> None:
    make_submission(samples=1, state="FINISHED")
    Response.objects.update(first_token_ms=1210, tokens_per_s=52.5, outcome="length")
    text = read(f"/runs/{Run.objects.get().pk}/")
    assert "first token after 1,210 ms 52.5 tokens a second cut at the token limit" in text


def test_a_run_tells_how_many_canaries_it_asked_and_what_they_cost() -> None:
    make_submission(samples=8, state="FINISHED")
    address = f"/runs/{Run.objects.get().pk}/"
    assert "canaries" not in read(address)
    Run.objects.update(usage={"canaries": {"asked": 9, "cost_usd": "0.25000000"}})
    assert "Besides, 9 canaries were asked: 0.25" in read(address)
    Run.objects.update(usage={"canaries": {"asked": 1, "cost_usd": None}})
    assert "Besides, 1 canary was asked." in read(address)


def test_a_run_that_is_not_planned_has_no_samples_and_says_so() -> None:
    make_submission(state="PENDING")
    assert "The run is not planned yet, so it has no samples." in read(f"/runs/{Run.objects.get().pk}/")


def test_a_failed_run_says_why_and_what_to_do() -> None:
    make_submission(state="FAILED")
    text = read(f"/runs/{Run.objects.get().pk}/")
    assert "The provider did not answer in time. timeout" in text
    assert "What to do next: Retry" in text
    assert "The provider did not answer in time." in read("/queue/")


def test_why_the_service_itself_stopped_a_run_stands_on_its_page_and_its_submission_s() -> None:
    submission = make_submission(state="RUNNING")
    reason = (
        "The canaries of endpoint small-api fail: it no longer knows 2 of the 3 known answers (4, paris)."
    )
    Submission.objects.update(paused_at=timezone.now(), held_reason=reason)
    insider = Client()
    insider.force_login(submission.submitter)
    for address in (f"/runs/{submission.runs.get().pk}/", f"/submissions/{submission.public_id}/"):
        text = words(insider.get(address).content.decode())
        assert "Stopped by the service itself since " in text, address
        assert reason in text, address
    assert "Stopped by the service itself since " in read("/queue/")


def test_a_run_is_followed_while_it_can_change_and_the_stream_ends_with_it() -> None:
    run = make_submission(state="FINISHED").runs.get()
    followed = f'data-events="/runs/{run.pk}/events"'
    assert 'data-events=""' in page(f"/runs/{run.pk}/"), "nothing more happens, so nothing is followed"
    for change in ({"state": "calling"}, {"state": "finished", "rescore_asked_at": timezone.now()}):
        Run.objects.update(**change)
        assert followed in page(f"/runs/{run.pk}/"), change
    part = page(f"/runs/{run.pk}/", by_script=True)
    assert part.lstrip().startswith('<div id="run"')
    Run.objects.update(rescore_asked_at=None)
    read("/runs/999999/events", status=404)
    answer = Client().get(f"/runs/{run.pk}/events")
    sent = b"".join(answer).decode()
    answer.close()
    assert "event: part\ndata: " in sent
    assert "8 of 8 samples" in words(sent.replace("data: ", ""))
    assert sent.endswith("event: end\ndata: \n\n")


def test_a_simulated_endpoint_is_marked_everywhere() -> None:
    submission = make_submission(endpoint=make_endpoint(simulated=True), state="FINISHED")
    for address in (
        "/queue/",
        f"/submissions/{submission.public_id}/",
        f"/runs/{submission.runs.get().pk}/",
        f"/models/{submission.endpoint.model.slug}/",
    ):
        assert "simulated" in read(address), address
    assert "No score of this model is on record." in read(f"/models/{submission.endpoint.model.slug}/")


def test_the_queue_tells_state_place_rate_and_time_left(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    now = timezone.now()
    make_submission(state="RUNNING", samples=60, now=now)
    for _ in range(3):
        make_submission(state="PENDING", now=now)
    for _ in range(30):
        make_submission(samples=2, now=now, state="FINISHED")
    with django_assert_max_num_queries(13):
        text = read("/queue/")
    assert "Running 1" in text
    assert "30 of 60 samples 0.5 answers a second about 60 seconds left" in text
    assert "Waiting 3" in text
    assert "waiting in the queue Waits in the queue, at place 3; submitters take turns." in text
    assert text.count("2 / 2") == 20


def test_the_queue_is_asked_again_only_while_something_is_open() -> None:
    make_submission(state="FINISHED")
    assert "hx-trigger" not in page("/queue/")
    make_submission(state="PENDING")
    assert 'hx-trigger="every 2s"' in page("/queue/")
    part = page("/queue/", by_script=True)
    assert part.lstrip().startswith('<div id="queue"')


def test_an_empty_queue_says_so() -> None:
    text = read("/queue/")
    assert "Nothing runs now." in text
    assert "Nothing waits." in text
    assert "Nothing has been submitted yet." in text


def test_a_submission_leads_to_its_runs_and_scores() -> None:
    submission = make_submission(state="FINISHED")
    markup = page(f"/submissions/{submission.public_id}/")
    assert f"/runs/{submission.runs.get().pk}/" in markup
    text = read(f"/submissions/{submission.public_id}/")
    assert "Mini sums 50.0% ± 6.5" in text
    assert "80 read, 16 written" in text


def test_what_is_not_there_is_named() -> None:
    assert "There is no run 9." in read("/runs/9/", status=404)
    nobody = "00000000-0000-4000-8000-000000000000"
    assert f"There is no submission {nobody}." in read(f"/submissions/{nobody}/", status=404)

"""Every activity and every failure has a message, and a failure has a next step."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override

from evals.engine.outcomes import POLICIES
from evals.operations.submissions.cost_estimates import LearnedFrom, UnknownInput
from evals.queries import SubmissionActivity, SubmissionStatus
from leaderboard.management.messages import list_languages
from leaderboard.presenters.messages import (
    FAILURE_MESSAGES,
    MISSING_INPUTS,
    TOKEN_SOURCES,
    failure_message,
    status_message,
)
from tests.support.record import NOW


@pytest.mark.parametrize("activity", SubmissionActivity)
def test_every_situation_is_a_whole_sentence(activity: SubmissionActivity) -> None:
    text = status_message(
        SubmissionStatus(activity, "deepseek", NOW, place=3, in_flight=2, calls_per_s=4.0, http_status=429)
    )
    assert re.fullmatch(r"[A-Z].*\.", text)
    assert "%" not in text


def test_a_wait_names_the_provider_its_status_and_until_when() -> None:
    text = status_message(
        SubmissionStatus(SubmissionActivity.PROVIDER_ASKS, "deepseek", NOW, http_status=429)
    )
    assert text == (
        "Waits: provider deepseek asks for fewer calls (it answers 429) until 2026-11-22 12:00:00 UTC."
    )


def test_what_is_still_in_flight_after_a_pause_is_told() -> None:
    text = status_message(SubmissionStatus(SubmissionActivity.PAUSED, at=NOW, in_flight=1))
    assert text.endswith("Still waited for: 1 sample in flight.")


@pytest.mark.parametrize("language", list_languages())
def test_a_status_is_wholly_in_the_language_of_its_page(language: str) -> None:
    with override(language):
        paused = status_message(SubmissionStatus(SubmissionActivity.PAUSED, at=NOW, in_flight=1))
        down = status_message(
            SubmissionStatus(SubmissionActivity.PROVIDER_DOWN, "deepseek", NOW, http_status=503)
        )
    words = set(re.findall(r"[A-Za-z]{2,}", f"{paused} {down}"))
    assert words & {"Still", "waited", "for", "sample", "flight", "it", "answers", "provider"} == set()


def test_every_code_that_a_run_can_fail_with_has_its_advice() -> None:
    package = Path(settings.BASE_DIR) / "evals" / "operations"
    written = {
        code
        for path in package.rglob("*.py")
        for code in re.findall(r"(?:code=|fail_run\(.*code=|failure_code=)\"(\w+)\"", path.read_text())
    }
    problems = {"price_unknown", "credential_missing", "refused"}
    kinds = {kind.value for kind in POLICIES}
    assert {"budget_used_up", "not_plannable", "not_rescorable", "step_crashed"} <= written
    assert (written | problems | kinds | {"internal_error"}) - set(FAILURE_MESSAGES) == set()


def test_a_code_that_is_new_is_left_to_an_operator() -> None:
    assert "operator" in str(failure_message("brand_new").next_step)


def test_what_an_estimate_rests_on_and_lacks_has_words() -> None:
    assert set(TOKEN_SOURCES) == set(LearnedFrom)
    assert set(MISSING_INPUTS) == set(UnknownInput)

"""Dates of another list are held against the record."""

from datetime import date

from evals.catalogue.dates import Reason, Release, before_namesake, doubts_against_record

KIMI = Release("Kimi-K2-Instruct", "moonshot", date(2025, 7, 12))
KNOWN = [Release("GPT-4o", "openai", date(2024, 5, 13)), Release("o1", "openai", date(2024, 12, 5))]


def test_a_dated_version_before_its_namesake_is_doubted() -> None:
    version = Release("Kimi-K2-Instruct-0905", "moonshot", date(2024, 9, 5))
    (doubt,) = before_namesake([KIMI, version])
    assert (doubt.release, doubt.reason, doubt.against) == (
        version,
        Reason.BEFORE_NAMESAKE,
        date(2025, 7, 12),
    )


def test_a_dated_version_after_its_namesake_is_not_doubted() -> None:
    assert before_namesake([KIMI, Release("Kimi-K2-Instruct-0905", "moonshot", date(2025, 9, 5))]) == []


def test_a_size_is_not_taken_for_a_date() -> None:
    assert before_namesake([KIMI, Release("Kimi-K2-Instruct-72b", "moonshot", date(2024, 1, 1))]) == []


def test_a_date_after_the_release_may_be_that_of_a_run() -> None:
    (doubt,) = doubts_against_record(known=KNOWN, releases=[Release("gpt 4o", "openai", date(2024, 12, 30))])
    assert (doubt.reason, doubt.against) == (Reason.AFTER_RELEASE, date(2024, 5, 13))


def test_a_date_before_the_release_is_doubted() -> None:
    (doubt,) = doubts_against_record(known=KNOWN, releases=[Release("o1", "openai", date(2024, 9, 12))])
    assert doubt.reason == Reason.BEFORE_RELEASE


def test_a_date_before_the_developers_first_model_is_doubted() -> None:
    (doubt,) = doubts_against_record(known=KNOWN, releases=[Release("o9", "openai", date(2020, 1, 1))])
    assert (doubt.reason, doubt.against) == (Reason.BEFORE_DEVELOPER, date(2024, 5, 13))


def test_a_date_like_the_record_and_an_unknown_model_pass() -> None:
    releases = [
        Release("GPT 4o", "openai", date(2024, 5, 13)),
        Release("Claude 3", "anthropic", date(2024, 3, 4)),
    ]
    assert doubts_against_record(known=KNOWN, releases=releases) == []

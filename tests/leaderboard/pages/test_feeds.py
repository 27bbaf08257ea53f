"""Feeds of what is new, and the links to them."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client

from leaderboard.models import EstimateChange, LagEstimate
from tests.leaderboard.pages.builders import load_real_catalogue, publish_composite
from tests.leaderboard.pages.reading import page
from tests.support.record import NOW, make_submission, make_user

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


def entries(address):
    answer = Client().get(address)
    assert answer["Content-Type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.content)
    assert feed.find(f"{ATOM}link[@rel='self']").get("href") == f"http://127.0.0.1:8000{address}"
    return feed.findall(f"{ATOM}entry")


def test_records_and_changes_of_estimates_are_told_with_links_that_answer():
    load_real_catalogue()
    estimate = publish_composite()
    former = LagEstimate.objects.get(pk=estimate.pk)
    former.pk, former.as_of = None, estimate.as_of - timedelta(days=30)
    former.save()
    EstimateChange.objects.create(
        estimate=estimate, former=former, moved_months=-0.3, n_changes=3, parts=[], found_at=NOW
    )
    records = entries("/records.atom")
    days = [entry.find(f"{ATOM}updated").text for entry in records]
    assert days == sorted(days, reverse=True)
    assert len(records) > 10
    (change,) = entries("/estimates.atom")
    assert change.find(f"{ATOM}title").text == "China behind United States: moved by \N{MINUS SIGN}0.3 months"
    for entry in (records[0], change):
        link = entry.find(f"{ATOM}link").get("href").removeprefix("http://127.0.0.1:8000")
        assert Client().get(link).status_code == 200


def test_a_feed_speaks_the_language_of_its_address() -> None:
    assert "Kỷ lục mới" in page("/vi/records.atom")


def test_without_anything_published_a_feed_is_empty() -> None:
    assert [len(entries(f"/{name}.atom")) for name in ("records", "estimates", "changes")] == [0, 0, 0]


def test_every_page_names_the_feeds() -> None:
    markup = page("/vi/method/")
    assert markup.count('type="application/atom+xml"') == 3
    assert 'href="/vi/records.atom"' in markup


def test_the_feed_of_an_owner_has_the_public_facts_of_its_submissions_only():
    ann = make_user()
    failed = make_submission(submitter=ann, state="FAILED")
    make_submission(submitter=make_user("ben"))
    (entry,) = entries("/owners/ann.atom")
    assert entry.find(f"{ATOM}title").text == "DEEPSEEK-V3 · Mini 1.0"
    assert entry.find(f"{ATOM}link").get("href").endswith(f"/submissions/{failed.public_id}/")
    text = ElementTree.tostring(entry, encoding="unicode")
    assert "failed" in text
    assert failed.failure_message not in text
    assert Client().get("/owners/nobody.atom").status_code == 404

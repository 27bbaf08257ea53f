"""The dashboard of moderators and operators: what waits, what failed, what was spent; and its links."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from evals.models import Limit, SpendingCap, Submission
from tests.leaderboard.pages.test_proposals import browser_of, text_of
from tests.support.proposals import make_proposal
from tests.support.record import NOW, make_endpoint, make_submission, make_user

pytestmark = pytest.mark.django_db
LINK = re.compile(r'<a href="/moderation/"[^>]*>([^<]+)</a>')


def test_an_auditor_sees_the_dashboard_and_decides_nothing() -> None:
    proposal = make_proposal()
    auditor = browser_of("eve", "auditor")
    text_of(auditor, "/moderation/")
    review = f"/moderation/proposals/{proposal.public_id}/"
    assert 'name="decision"' not in text_of(auditor, review)
    assert auditor.post(review, {"decision": "confirm"}).status_code == 403
    text_of(browser_of("ann", "submitter"), "/moderation/", 403)


def test_the_dashboard_counts_what_waits_in_the_same_queries_however_much_it_is(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    mod = browser_of("mod", "moderator")
    with django_assert_max_num_queries(24):
        text_of(mod, "/moderation/")
    for number in range(5):
        make_proposal(name=f"Alpha {number}", now=NOW + timedelta(hours=number))
        waiting = make_submission(endpoint=make_endpoint(f"e{number}"))
        Submission.objects.filter(pk=waiting.pk).update(state="PENDING_REVIEW")
    with django_assert_max_num_queries(24):
        page = text_of(mod, "/moderation/")
    assert '<a href="#proposals">5</a>' in page
    assert '<a href="#reviews">5</a>' in page


def test_the_dashboard_shows_what_was_spent_of_caps_and_budgets_this_month() -> None:
    Limit.objects.create(kind="credential", name="HOUSE", budget_usd=40, spent_usd=3)
    today = timezone.now().date()
    cap = {"kind": "operator", "usd_this_month": 7, "usd_per_month": 50, "calls_this_month": 12}
    SpendingCap.objects.create(owner=make_user("ann").owner, counted_on=today, **cap)
    SpendingCap.objects.create(owner=make_user("bob").owner, counted_on=today - timedelta(days=40), **cap)
    page = text_of(browser_of("mod", "moderator"), "/moderation/")
    spending = " ".join(page[page.index('id="spending"') :].split())
    assert "3.00 USD / 40.00 USD" in spending
    assert "7.00 USD / 50.00 USD" in spending
    assert "ann" in spending
    assert "bob" not in spending


def test_the_dashboard_says_why_submissions_failed_and_which_wait_for_changes() -> None:
    make_submission(state="FAILED", now=timezone.now())
    waiting = make_submission(endpoint=make_endpoint("e1"))
    changes = {"state": "PENDING_REVIEW", "review_outcome": "changes_requested"}
    Submission.objects.filter(pk=waiting.pk).update(**changes)
    page = text_of(browser_of("mod", "moderator"), "/moderation/")
    assert "<code>timeout</code>" in page
    assert "changes requested" in page


def test_links_to_the_admin_are_shown_to_those_who_may_follow_them() -> None:
    make_submission(state="FAILED", now=timezone.now())
    for role, status in (("moderator", 403), ("operator", 200)):
        client = browser_of(role, role)
        page = text_of(client, "/moderation/")
        for path in ("/admin/evals/import/", "/admin/evals/submission/", "/admin/evals/spendingcap/"):
            assert (f'href="{path}' in page) is (status == 200), path
            assert client.get(path).status_code == status


def test_the_account_menu_shows_how_much_waits_to_those_who_see_the_dashboard() -> None:
    mod = browser_of("mod", "moderator")
    assert LINK.findall(text_of(mod, "/account/tokens/")) == ["Moderation"]
    make_proposal()
    for path in ("/account/tokens/", "/moderation/"):
        assert LINK.search(text_of(mod, path)), path
        assert "Moderation (1)" in text_of(mod, path)
    assert not LINK.search(text_of(browser_of("ann", "submitter"), "/account/tokens/"))


def test_the_admin_links_to_the_dashboard() -> None:
    assert LINK.search(text_of(browser_of("mod", "moderator"), "/admin/"))

"""Any comparison has a form and one address, and is served as page, data, picture and embed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from evals.models import Model
from evals.operations.quotas import Of, Quota
from leaderboard.comparisons import Comparison
from leaderboard.lag import METHOD_VERSION
from leaderboard.models import EstimateRequest, LagEstimate
from leaderboard.operations import publish_estimates, requested_comparisons
from leaderboard.operations.requested_comparisons import compute_next
from tests.support.cohorts import two_cohorts
from tests.support.page_cache import cache_pages
from tests.support.record import make_benchmark, make_model, make_score

ONE_AN_HOUR = (Quota(Of.SUBSCRIBER, 1, timedelta(hours=1)),)
NARROWED = "follower=CN&leader=US&without=benchmark:four"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requested_comparisons, "wake_worker", lambda job: True)
    two_cohorts(*(make_benchmark(slug, domain="maths") for slug in ("one", "two", "three", "four")))


def computed(client: Client, query: str = NARROWED, *, linked: bool = False) -> str:
    assert client.post(f"/explore/?{query}").status_code == 303
    assert compute_next(clock=timezone.now)
    if linked:
        assert client.post(f"/explore/link?{query}").status_code == 303
    return client.get(f"/explore/?{query}").content.decode()


LOOKS = (
    *("/explore/", "/zh-hans/explore/", "/embed/", "/explore/events", "/explore/link"),
    *("/explore/frontiers.png", "/explore/frontiers.svg", "/api/v1/explore"),
)


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("address", LOOKS)
def test_to_look_starts_no_computation_and_writes_nothing(client: Client, address: str, method: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        response = getattr(client, method)(f"{address}?{NARROWED}")
        if response.streaming:
            b"".join(response)
    assert response.status_code < 500
    assert not EstimateRequest.objects.exists()
    written = [query["sql"] for query in queries if not query["sql"].startswith(("SELECT", "--"))]
    assert written == []


def test_what_was_never_computed_says_so_and_has_a_button(client: Client) -> None:
    answer = client.get(f"/explore/?{NARROWED}")
    page = answer.content.decode()
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (200, True)
    assert "This comparison has not been computed yet." in page
    assert f'<form method="post" action="/explore/?{escape(NARROWED)}">' in page
    assert "csrfmiddlewaretoken" in page
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"/explore/?{NARROWED}").status_code == 403
    assert not EstimateRequest.objects.exists()
    sent = client.post(f"/explore/?{NARROWED}")
    assert (sent.status_code, sent["Location"]) == (303, f"/explore/?{NARROWED}")
    assert EstimateRequest.objects.get().state == "queued"


@pytest.mark.parametrize("prefix", ["", "/zh-hans", "/vi"])
def test_the_image_of_what_was_never_computed_says_so(client: Client, prefix: str) -> None:
    png = client.get(f"{prefix}/explore/frontiers.png?{NARROWED}")
    assert (png.status_code, png["Content-Type"]) == (200, "image/png")
    assert png.content.startswith(b"\x89PNG")
    assert len(png.content) < 60_000
    svg = client.get(f"{prefix}/explore/frontiers.svg?{NARROWED}")
    assert svg["Content-Type"] == "image/svg+xml"
    assert ("This comparison has not been computed yet." in svg.content.decode()) == (not prefix)
    client.post(f"/explore/?{NARROWED}")
    waiting = client.get(f"{prefix}/explore/frontiers.svg?{NARROWED}")
    assert waiting.content != svg.content


def test_the_embed_of_what_was_never_computed_links_to_its_page(client: Client) -> None:
    page = client.get(f"/embed/?{NARROWED}").content.decode()
    assert "This comparison has not been computed yet." in page
    assert f'href="http://127.0.0.1:8000/explore/?{escape(NARROWED)}"' in page
    assert "<form" not in page


def test_an_estimate_of_an_earlier_record_says_so_and_is_computed_again_by_the_button(client: Client) -> None:
    computed(client)
    make_score(make_model("us-11"), make_benchmark("one"), 0.99, source="another paper")
    page = client.get(f"/explore/?{NARROWED}").content.decode()
    assert "This is the last estimate, of an earlier state of the record" in page
    assert "Compute it again" in page
    assert "months" in page
    assert api(client, NARROWED).json()["data"]["state"] == "outdated"
    assert EstimateRequest.objects.count() == 1
    assert client.post(f"/explore/?{NARROWED}").status_code == 303
    assert client.get(f"/explore/?{NARROWED}").status_code == 202


def test_a_page_says_until_when_it_is_kept_and_a_link_makes_it_permanent(client: Client) -> None:
    page = computed(client)
    assert "is kept until" in page
    assert "@misc{lagline-" not in page
    assert f'href="/explore/link?{escape(NARROWED)}"' in page
    offer = client.get(f"/explore/link?{NARROWED}").content.decode()
    assert "Create a permanent link" in offer
    assert Client(enforce_csrf_checks=True).post(f"/explore/link?{NARROWED}").status_code == 403
    assert client.post(f"/explore/link?{NARROWED}").status_code == 303
    assert "This address always shows it" in client.get(f"/explore/link?{NARROWED}").content.decode()
    page = client.get(f"/explore/?{NARROWED}").content.decode()
    assert "is kept until" not in page
    assert "@misc{lagline-" in page


@pytest.mark.parametrize("network", ["203.0.113.%d", "2001:db8:7:%d::1"])
def test_sixty_requests_of_one_network_leave_the_queue_to_others(client: Client, network: str) -> None:
    statuses = [
        client.post(f"/explore/?follower=CN,price:{n + 1}&leader=US", REMOTE_ADDR=network % n).status_code
        for n in range(60)
    ]
    assert statuses == [303] * 10 + [429] * 50
    other = client.post(f"/explore/?{NARROWED}", REMOTE_ADDR="198.51.100.1")
    assert other.status_code == 303
    assert EstimateRequest.objects.count() == 11


def test_the_page_of_an_estimate_says_until_when_it_is_kept(client: Client) -> None:
    computed(client)
    ids = LagEstimate.objects.filter(scope="without=benchmark:four").values_list("pk", flat=True)
    assert len(ids) > 5
    for estimate_id in ids:
        page = client.get(f"/lags/{estimate_id}/").content.decode()
        assert "is kept until" in page
        assert "always at this address" not in page
    client.post(f"/explore/link?{NARROWED}")
    assert "always at this address" in client.get(f"/lags/{ids[0]}/").content.decode()


def test_the_form_leads_to_the_one_address_of_what_it_asks(client: Client) -> None:
    form = {
        "follower-country": "CN",
        "follower-openness": "open",
        "follower-price": "2.0",
        "leader-country": "US",
        "leader-size": "-10",
        "benchmarks": ["two", "one", "three"],
        "domain": "",
        "reading": "",
    }
    answer = client.get("/explore/", form)
    query = "follower=CN,open,price:2&leader=US,size:-10&benchmarks=one,three,two"
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/explore/?{query}")
    past = client.get("/zh-hans/explore/", {"follower-country": "CN", "as_of": "2026-11-01"})
    assert past.headers["Location"] == "/zh-hans/explore/?follower=CN&leader=US&as_of=2026-11-01"


def test_a_comparison_that_is_computed_says_so_and_is_followed(client: Client) -> None:
    client.post(f"/explore/?{NARROWED}")
    answer = client.get(f"/explore/?{NARROWED}")
    page = answer.content.decode()
    assert answer.status_code == 202
    assert f'data-events="/explore/events?{escape(NARROWED)}"' in page
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in " ".join(page.split()).replace(
        "> <", "><"
    )


def test_the_stream_tells_the_state_and_ends_with_the_computation(client: Client) -> None:
    computed(client)
    stream = client.get(f"/explore/events?{NARROWED}")
    sent = b"".join(stream).decode()
    assert stream.headers["Content-Type"].startswith("text/event-stream")
    assert "event: moved\ndata: published" in sent
    assert sent.endswith("event: end\ndata: \n\n")
    stream.close()


def test_an_answer_has_its_figures_data_picture_specification_citation_and_embed(client: Client) -> None:
    page = computed(client, linked=True)
    assert "5.9 months" in page or "6.0 months" in page or "5.8 months" in page
    for link in (
        f"/api/v1/explore?{escape(NARROWED)}",
        f"/explore/frontiers.png?{escape(NARROWED)}",
        "@misc{lagline-",
        f"[Data set; method version {METHOD_VERSION}",
        f"&lt;iframe src=&quot;http://127.0.0.1:8000/embed/?{NARROWED}".replace("&quot;", '"')
        .replace("&leader", "&amp;leader")
        .replace("&without", "&amp;without"),
        "open the spec",
    ):
        assert link in page, link
    picture = client.get(f"/explore/frontiers.png?{NARROWED}", follow=True)
    assert picture.headers["Content-Type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    drawing = client.get(f"/explore/frontiers.svg?{NARROWED}", follow=True)
    assert drawing.headers["Content-Type"] == "image/svg+xml"
    assert 'data-events=""' in page


def test_its_permalink_shows_it_as_it_was_known(client: Client) -> None:
    page = computed(client, linked=True)
    start = page.index("http://127.0.0.1:8000/explore/?")
    link = page[start : page.index('"', start)].replace("&amp;", "&").removeprefix("http://127.0.0.1:8000")
    assert "&as_of=" in link
    EstimateRequest.objects.all().delete()
    late = Model.objects.get(slug="us-3")
    late.known_at = timezone.now()
    late.save()
    from time import sleep

    sleep(1.1)  # the moment of the link is the second after the one of its publication
    then = client.get(link)
    assert then.status_code == 200
    assert "Each step is a record" in then.content.decode()
    assert not EstimateRequest.objects.exists()


def test_only_an_embed_may_stand_in_a_frame(client: Client) -> None:
    page = client.get("/explore/")
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"
    computed(client)
    embed = client.get(f"/embed/?{NARROWED}")
    assert "frame-ancestors *" in embed.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in embed.headers
    assert "<script" not in embed.content.decode()
    assert client.get("/embed/?follower=China").status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "follower=China",
        "follower=<script>alert(1)</script>",
        "follower=developer:nobody",
        "benchmarks=' OR 1=1 --",
        "without=" + "x" * 3000,
        "date=9999-99-99",
        "leader=price:1e9",
        "follower-country=&follower-openness=",
        "reading=__class__",
    ],
)
def test_what_cannot_be_asked_is_refused_in_words_everywhere(client: Client, query: str) -> None:
    for address in ("/explore/", "/embed/", "/explore/events"):
        answer = client.get(f"{address}?{query}")
        assert answer.status_code == 400, address
        if answer.headers["Content-Type"].startswith("text/html"):
            assert b"<script>alert" not in answer.content
    assert client.get(f"/explore/frontiers.png?{query}").status_code == 404
    for address in ("/explore/", "/explore/link"):
        assert client.post(f"{address}?{query}").status_code == 400, address
    assert not EstimateRequest.objects.exists()


def test_a_comparison_with_no_lag_says_why_and_who_asks_too_often_is_told(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = computed(client, "follower=FR&leader=US")
    assert "No lag can be given: no model on record is in the first cohort." in page
    monkeypatch.setattr(requested_comparisons, "QUOTAS", ONE_AN_HOUR)
    refused = client.post("/explore/?follower=FR&leader=CN")
    assert refused.status_code == 429
    assert 3500 < int(refused["Retry-After"]) <= 3600
    assert "The quota of your address is used up: 1 computations in 1 hour." in refused.content.decode()


def test_a_page_takes_few_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    publish_estimates(now=timezone.now(), comparisons=(Comparison(),))
    with django_assert_max_num_queries(6):
        client.get("/explore/")
    computed(client)
    with django_assert_max_num_queries(10):
        client.get(f"/explore/?{NARROWED}")


def test_a_reading_on_one_benchmark_is_told_beside_ours(client: Client) -> None:
    publish_estimates(now=timezone.now(), comparisons=(Comparison(),))
    page = client.get("/explore/?follower=CN&leader=US&benchmarks=one&reading=threshold").content.decode()
    assert "crossings of every twentieth of the scale" in page
    assert "Standing lag" in page


def api(client: Client, query: str, status: int = 200) -> Any:
    answer = client.get(f"/api/v1/explore?{query}")
    assert answer.status_code == status
    return answer


def test_the_api_answers_as_the_page_does(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = api(client, NARROWED, 404).json()["error"]
    assert missing["code"] == "not_computed"
    assert missing["action"] == {"method": "POST", "url": f"http://127.0.0.1:8000/api/v1/explore?{NARROWED}"}
    assert client.post(f"/api/v1/explore/link?{NARROWED}").status_code == 404
    sent = client.post(missing["action"]["url"].removeprefix("http://127.0.0.1:8000"))
    assert (sent.status_code, sent.json()["data"]["state"]) == (202, "queued")
    waiting = api(client, NARROWED, 202).json()["data"]
    assert (waiting["state"], waiting["figures"], waiting["estimate"]) == ("queued", [], None)
    compute_next(clock=timezone.now)
    assert client.post(f"/api/v1/explore?{NARROWED}").status_code == 200, "it is current"
    assert client.post(f"/api/v1/explore?{NARROWED}&format=csv").status_code == 400, "it is JSON"
    data = api(client, f"{NARROWED}&reading=event_mean").json()
    assert data["meta"]["method_version"] == METHOD_VERSION
    figures = {row["reading"]: row for row in data["data"]["figures"]}
    assert list(figures) == ["catchup", "standing", "event_mean"]
    assert 5.5 < figures["catchup"]["months"] < 6.5
    assert data["data"]["estimate"]["scope"] == "without=benchmark:four"
    lines = api(client, f"{NARROWED}&format=csv").content.decode().splitlines()
    assert lines[0].startswith("comparison,state,reading,")
    assert len(lines) == 3
    refused = api(client, "follower=China", 400).json()["error"]
    assert (refused["code"], refused["field"]) == ("invalid", "follower")
    assert api(client, "folower=CN", 400).json()["error"]["field"] == "folower"
    monkeypatch.setattr(requested_comparisons, "QUOTAS", ONE_AN_HOUR)
    limited = client.post("/api/v1/explore?follower=CN,open")
    assert limited.status_code == 429
    assert 3500 < int(limited.headers["Retry-After"]) <= 3600
    error = limited.json()["error"]
    assert (error["code"], error["quota"], error["renews_at"][-1]) == ("quota_exceeded", "subscriber", "Z")


def test_the_api_creates_a_permanent_link(client: Client) -> None:
    computed(client)
    temporary = api(client, NARROWED).json()["data"]
    assert temporary["citation"] is None
    assert temporary["kept_until"] is not None
    linked = client.post(f"/api/v1/explore/link?{NARROWED}").json()["data"]
    assert linked["kept_until"] is None
    assert linked["citation"]["permalink"].startswith("http://127.0.0.1:8000/explore/?follower=CN")


def test_each_language_answers_in_its_own_words(client: Client) -> None:
    computed(client)
    for prefix, words in (("/zh-hans", "追赶滞后"), ("/vi", "Độ trễ bắt kịp")):
        assert words in client.get(f"{prefix}/explore/?{NARROWED}").content.decode()


def test_an_answer_is_kept_for_everybody_and_what_is_told_to_one_reader_is_not(
    client: Client,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    cache_pages(settings)
    client.post(f"/explore/?{NARROWED}")
    waiting = client.get(f"/explore/?{NARROWED}")
    assert (waiting.status_code, "no-store" in waiting["Cache-Control"]) == (202, True)
    monkeypatch.setattr(requested_comparisons, "QUOTAS", ONE_AN_HOUR)
    refused = client.post("/explore/?follower=FR&leader=US")
    assert "no-store" in refused["Cache-Control"]
    assert compute_next(clock=timezone.now)
    answer = client.get(f"/explore/?{NARROWED}")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "max-age=60")
    with django_assert_num_queries(0):
        assert client.get(f"/explore/?{NARROWED}").content == answer.content

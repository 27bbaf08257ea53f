"""`as_of` on every address of the service gives what was known then, and nothing later leaks."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from itertools import product
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from evals.models import (
    Benchmark,
    Claim,
    Correction,
    Developer,
    Dispute,
    Endpoint,
    Model,
    Run,
    Score,
    Submission,
    Suite,
)
from evals.operations.catalogue.corrections import withdraw_rows
from evals.queries import lag_input, record_known_before
from leaderboard.models import Export, LagEstimate
from leaderboard.server_sent_events import open_streams
from tests.leaderboard.history import HISTORY, at, score
from tests.support.page_cache import cache_pages

pytestmark = pytest.mark.django_db

LINK = re.compile(r'href="([^"#]*\?[^"#]*)')
OUTSIDE = re.compile(
    r"^(zh-hans/|vi/|admin/|account/|login|logout|healthz|robots|api/v1/(schema|docs))|static|/events$"
)


@pytest.fixture
def history() -> None:
    for event in HISTORY:
        event.happen(at(event.day))


def routes(patterns: Any, before: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Find every address of the URL conf, with the converters of its parts."""
    for pattern in patterns:
        route = before + re.sub(r"^\^|\$$", "", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.pattern.converters


def addresses() -> list[str]:
    """Fill the parts of every route with all that is, or ever was, on record."""
    slugs = {
        str(slug)
        for table in (Developer, Model, Benchmark, Suite, Endpoint, Claim)
        for slug in table.objects.values_list("slug", flat=True)
    }
    tables = (LagEstimate, Run, Correction)
    ids = {str(n) for table in tables for n in table.objects.values_list("pk", flat=True)}
    uuids = {
        str(public_id)
        for table in (Submission, Dispute)
        for public_id in table.objects.values_list("public_id", flat=True)
    }
    of = {
        "version": {"v1"},
        "theme": {"light-wide"},
        "slug": slugs,
        "int": ids,
        "uuid": uuids,
        "chart": {"frontiers"},
        "picture": {"svg"},
        "folder": set(Export.objects.values_list("folder", flat=True)),
        "str": {"manifest.json"},
        "step": {"cancel"},
    }
    public_id = set()
    for route, _ in routes(get_resolver().url_patterns):
        if OUTSIDE.search(route):
            continue
        parts = re.findall(r"<(?:(\w+):)?(\w+)>", route)
        unknown = [f"<{kind}:{name}>" for kind, name in parts if not {name, kind} & of.keys()]
        assert not unknown, f"{route}: say above what can stand for {unknown}, so that its past is looked at"
        for values in product(*(sorted(of.get(name) or of[kind]) for kind, name in parts)):
            path = route
            for value in values:
                path = re.sub(r"<[^>]+>", value, path, count=1)
            public_id.add("/" + path)
    return sorted(public_id)


def everything(client: Client, paths: list[str], as_of: str = "") -> dict[str, str]:
    """Return the answers of addresses."""
    answers = {}
    for path in paths:
        answer = client.get(path, {"as_of": as_of} if as_of else {})
        assert answer.status_code in (200, 202, 302, 503, 400, 401, 403, 404, 405), f"{path} as of {as_of}"
        content = b"".join(answer) if answer.streaming else answer.content
        if (not as_of and answer.status_code == 200) or as_of:
            answers[path] = content.decode()
    return answers


def asked_on(pages: dict[str, str]) -> list[str]:
    """Return addresses with a query that pages lead to, one of each view and kind of question."""
    kinds = {}
    for path, text in pages.items():
        for link in LINK.findall(text):
            url = urlsplit(urljoin(path, unescape(link)))
            if not url.netloc and not OUTSIDE.search(url.path[1:]):
                view, parameters = resolve(url.path).view_name, tuple(sorted(parse_qs(url.query)))
                kinds[view, parameters] = url.geturl()
    return sorted(kinds.values())


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def test_nothing_later_leaks_on_any_page_or_answer_of_the_api(
    history: None, client: Client, settings: Any
) -> None:
    cache_pages(settings)
    settings.READ_RATE = None
    now = everything(client, addresses())
    assert len(now) > 30, "the walk finds the addresses"
    now |= everything(client, asked_on(now))
    ended = {mark for event in HISTORY for mark in event.ends}
    for event in HISTORY:
        for mark in set(event.marks) - ended:
            assert any(mark in text for text in now.values()), f"{mark!r} is known today"
    for step in (HISTORY[0], HISTORY[3], HISTORY[4], HISTORY[7], HISTORY[11], HISTORY[13]):
        answers = everything(client, list(now), as_of=step.day)
        later = [event for event in HISTORY if event.day > step.day]
        for event in later:
            for mark in event.marks:
                leaks = [path for path, text in answers.items() if mark in text]
                assert not leaks, f"{mark!r} of {event.day} is told as of {step.day} at {leaks}"
        ended_then = {mark for event in HISTORY if event.day <= step.day for mark in event.ends}
        known = {m for event in HISTORY if event.day <= step.day for m in event.marks} - ended_then
        for mark in known:
            assert any(mark in text for text in answers.values()), f"{mark!r} was known as of {step.day}"


def test_as_of_today_is_now(history: None, client: Client) -> None:
    today = datetime.now(UTC).date().isoformat()
    for path in ("/api/v1/models", "/api/v1/scores", "/api/v1/lags", "/api/v1/submissions", "/api/v1/claims"):
        answers = [client.get(path, given).json()["data"] for given in ({}, {"as_of": today})]
        assert answers[0] == answers[1]


def test_filters_and_orders_work_on_what_was_known(history: None, client: Client) -> None:
    def slugs(as_of: str, **query: str) -> list[str]:
        answer = client.get("/api/v1/models", query | {"as_of": as_of}).json()
        return [row["slug"] for row in answer["data"]]

    assert slugs("2025-04-02", country="US", ordering="name") == ["m-two"]
    assert slugs("2025-09-02", country="US") == []
    assert slugs("2025-09-02", country="SG") == ["m-two"]
    assert slugs("2025-03-02", search="firstb") == ["m-one"]
    assert slugs("2025-08-02", search="firstb") == []


def test_the_lag_is_computed_from_what_was_known(history: None) -> None:
    with record_known_before(at("2025-06-15")):
        scores = {row.value for row in lag_input().scores}
        assert [model.name for model in lag_input().models] == ["Firstborn", "Secondborn"]
    assert scores == {0.31415, 0.77231}
    assert {row.value for row in lag_input().scores} == {0.27182, 0.1618}


def test_a_number_of_the_past_is_told_to_the_last_digit(history: None) -> None:
    for value in (0.1 + 0.2, 2 / 3, 1e-17, 123456789.12345679):
        row = score(at("2026-03-01"), value=value, source=str(value))
        withdraw_rows(rows=[row], reason="A trial.", now=at("2026-04-01"))
        with record_known_before(at("2026-03-15")):
            assert Score.objects.get(source=str(value)).value == value


def test_an_instant_is_as_good_as_a_day(history: None, client: Client) -> None:
    for text, names in (("2025-04-01T11:59:59Z", 1), ("2025-04-01T14:30:00+02:00", 2), ("2025-04-01", 2)):
        assert client.get("/api/v1/models", {"as_of": text}).json()["count"] == names


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2026", "must be a day as YYYY-MM-DD"),
        ("yesterday", "must be a day as YYYY-MM-DD"),
        ("2025-02-30", "must be a day as YYYY-MM-DD"),
        ("", "must be a day as YYYY-MM-DD"),
        ("9999-12-31", "it has not come yet"),
        ("2999-01-01", "it has not come yet"),
        ("2025-01-01' OR 1=1", "must be a day as YYYY-MM-DD"),
    ],
)
def test_what_is_no_moment_of_the_past_is_refused_with_a_sentence(
    text: str, sentence: str, client: Client
) -> None:
    answer = client.get("/api/v1/models/none", {"as_of": text})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["field"]) == (400, "invalid", "as_of")
    assert sentence in error["message"]
    page = client.get("/models/", {"as_of": text})
    assert page.status_code == 400
    assert sentence in page.content.decode()


def test_a_stream_of_events_has_no_past(history: None, client: Client) -> None:
    public_id = Submission.objects.get().public_id
    answer = client.get(f"/submissions/{public_id}/events", {"as_of": "2026-01-01"})
    assert answer.status_code == 400
    assert "A stream of events has no past" in answer.content.decode()
    assert open_streams.all == 0


def test_the_past_is_not_written(client: Client) -> None:
    answer = client.post("/api/v1/submissions?as_of=2025-01-01", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "as_of")
    twice = client.get("/api/v1/models?as_of=2025-01-01&as_of=2025-01-02")
    assert "twice" in twice.json()["error"]["message"]


def test_a_page_of_the_past_says_so_and_its_links_stay_there(history: None, client: Client) -> None:
    packed = {"accept-encoding": "gzip"}
    page = client.get("/models/", {"as_of": "2025-04-02"}, headers=packed).content.decode()
    assert "What was known on 2025-04-02" in page
    assert 'href="/models/m-one/?as_of=2025-04-02"' in page
    assert '<input type="hidden" name="as_of" value="2025-04-02">' in page
    assert "as_of" not in client.get("/models/").content.decode()


def test_the_views_are_gone_after_the_answer(history: None, client: Client) -> None:
    client.get("/models/", {"as_of": "2025-04-02"})
    assert Model.objects.get(slug="m-one").name == "Renamed one"
    with pytest.raises(RuntimeError), record_known_before(at("2025-04-02")):
        raise RuntimeError
    assert Model.objects.get(slug="m-one").name == "Renamed one"


def test_every_table_says_when_its_rows_are_told() -> None:
    never_told = {"Limit", "ApiToken", "EstimateRequest", "SolvedPuzzle", "AuditEvent", "AccountPseudonym"}
    never_told |= {"SignUp", "Invitation", "Member", "Notice", "Webhook", "WebhookDelivery", "MailItem"}
    never_told |= {"MailSubscription", "EndpointKey", "WorkerKey", "Preflight", "SpendingCap", "Installation"}
    never_told |= {"DeveloperVerification", "PolicyVersion", "PolicyAcceptance"}
    silent = {
        table.__name__
        for package in ("evals", "leaderboard")
        for table in apps.get_app_config(package).get_models()
        if not hasattr(table, "history")
    }
    assert silent == never_told, "give the table a `told`, or its rows are hidden in the past"


def test_reads_of_today_ask_nothing_more(django_assert_num_queries: Any, client: Client) -> None:
    with django_assert_num_queries(1):
        list(Model.objects.all())
    assert connection.vendor in settings.DATABASES["default"]["ENGINE"]

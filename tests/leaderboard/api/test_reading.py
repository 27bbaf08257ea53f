"""Anybody may read: lists, filtered, ordered, in pages or as CSV, each with the version of its data."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from evals.models import Claim
from leaderboard.lag import METHOD_VERSION
from leaderboard.models import LagEstimate
from tests.support.record import (
    NOW,
    PROMPT,
    add_samples,
    make_benchmark,
    make_endpoint,
    make_model,
    make_score,
    make_submission,
    make_user,
)

LISTS = [
    "developers",
    "models",
    "benchmarks",
    "scores",
    "claims",
    "suites",
    "endpoints",
    "lags",
    "submissions",
]


def publish(
    benchmark: str = "gpqa", *, as_of: date = date(2026, 8, 11), lag: float = 7.1, **fields: Any
) -> LagEstimate:
    values = {"follower": "China", "leader": "US", "method_version": "1", "published_at": NOW} | fields
    return LagEstimate.objects.create(
        benchmark=make_benchmark(benchmark, known_at=datetime(2026, 1, 1, tzinfo=UTC)),
        as_of=as_of,
        known_at=datetime.combine(as_of, time.min, UTC),
        data_hash=f"{as_of}{lag}",
        values={"catchup": {"lag_months": lag}, "event_lags": [{"model": "r1"}]},
        **values,
    )


@pytest.fixture
def house(db: None) -> None:
    v3 = make_model("deepseek-v3")
    make_model("r1", base_model=v3, released_on=date(2025, 1, 20))
    make_model("o3", developer="openai", country="US", openness="closed", released_on=date(2025, 4, 16))
    make_model("undated", released_on=None)
    gpqa = make_benchmark("gpqa", known_at=datetime(2026, 1, 1, tzinfo=UTC))
    make_score(v3, gpqa, 0.5, stderr=0.03, n=198, retrieved_on=date(2026, 8, 11))
    make_score(make_model("o3"), make_benchmark("gpqa"), 0.8)
    Claim.objects.create(
        slug="c", claimed_on=NOW.date(), claimant="A", leader="US", follower="China", statement="3"
    )
    publish()
    run = make_submission(endpoint=make_endpoint(model=v3)).runs.get()
    add_samples(run, ["answered", "leased"])


def read_rows(api: APIClient, address: str, **query: Any) -> list[dict[str, Any]]:
    response = api.get(f"/api/v1/{address}", query)
    assert response.status_code == 200, response.json()
    data: list[dict[str, Any]] = response.json()["data"]
    return data


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("address", [*LISTS, "models/r1", "benchmarks/gpqa"])
def test_every_answer_says_of_which_day_data_and_method_it_is_and_how_to_cite_it(
    api: APIClient, address: str
) -> None:
    response = api.get(f"/api/v1/{address}")
    assert response.status_code == 200
    assert response.json()["data"]
    meta = response.json()["meta"]
    assert (meta["as_of"], meta["method_version"]) == ("2026-11-22", METHOD_VERSION)
    assert meta["data_version"] in meta["citation"]
    assert set(meta) == {"as_of", "data_version", "method_version", "licence", "citation", "simulated"}


@pytest.mark.usefixtures("house")
def test_a_partial_score_states_how_many_items_there_are(api: APIClient) -> None:
    make_score(make_model("r1"), make_benchmark("gpqa"), 0.6, n=10, partial_of=198, source="A short run")
    assert {row["model"]: (row["n"], row["partial_of"]) for row in read_rows(api, "scores")} == {
        "deepseek-v3": (198, None),
        "o3": (None, None),
        "r1": (10, 198),
    }


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ({}, ["o3", "r1", "deepseek-v3", "undated"]),
        ({"country": "US"}, ["o3"]),
        ({"openness": "open", "ordering": "slug"}, ["deepseek-v3", "r1", "undated"]),
        ({"developer": "openai"}, ["o3"]),
        ({"benchmark": "gpqa", "ordering": "-released_on"}, ["o3", "deepseek-v3"]),
        ({"search": "deep"}, ["deepseek-v3"]),
        ({"released_from": "2025-01-20", "ordering": "released_on"}, ["r1", "o3"]),
        ({"ordering": "released_on"}, ["deepseek-v3", "r1", "o3", "undated"]),
        ({"ordering": "-released_on"}, ["o3", "r1", "deepseek-v3", "undated"]),
        ({"ordering": "-country,slug"}, ["o3", "deepseek-v3", "r1", "undated"]),
        ({"page_size": 3, "page": 2}, ["undated"]),
    ],
)
def test_models_are_filtered_ordered_and_cut_into_pages(
    api: APIClient, query: dict[str, Any], slugs: list[str]
) -> None:
    assert [row["slug"] for row in read_rows(api, "models", **query)] == slugs


@pytest.mark.usefixtures("house")
def test_only_the_fields_that_were_asked_for_are_given_in_that_order(api: APIClient) -> None:
    rows = read_rows(api, "models", fields="country,slug,base_model", ordering="slug", page_size=3)
    assert [list(row.items()) for row in rows] == [
        [("country", "CN"), ("slug", "deepseek-v3"), ("base_model", None)],
        [("country", "US"), ("slug", "o3"), ("base_model", None)],
        [("country", "CN"), ("slug", "r1"), ("base_model", "deepseek-v3")],
    ]


@pytest.mark.usefixtures("house")
def test_pages_point_at_each_other_and_keep_the_filters(api: APIClient) -> None:
    first = api.get("/api/v1/models?country=CN&page_size=2").json()
    assert (first["count"], first["previous"], len(first["data"])) == (3, None, 2)
    second = api.get(first["next"]).json()
    assert (second["next"], len(second["data"])) == (None, 1)
    assert api.get(second["previous"]).json()["data"] == first["data"]


@pytest.mark.usefixtures("house")
def test_a_model_comes_with_its_scores_and_where_each_is_from(api: APIClient) -> None:
    row = api.get("/api/v1/models/deepseek-v3").json()["data"]
    assert (row["country"], row["derivatives"], row["n_benchmarks"]) == ("CN", ["r1"], 1)
    (score,) = row["scores"]
    assert (score["value"], score["stderr"], score["n"]) == (0.5, 0.03, 198)
    assert (score["provenance"], score["source"], score["benchmark"]) == ("reported", "a paper", "gpqa")
    assert [endpoint["slug"] for endpoint in row["endpoints"]] == ["deepseek-api"]


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(
    ("query", "values"),
    [
        ({"benchmark": "gpqa", "ordering": "-value"}, [0.8, 0.5]),
        ({"model": "o3"}, [0.8]),
        ({"country": "CN"}, [0.5]),
        ({"provenance": "measured"}, []),
        ({"reported_by": "independent", "ordering": "value"}, [0.5, 0.8]),
    ],
)
def test_scores_are_filtered(api: APIClient, query: dict[str, Any], values: list[float]) -> None:
    assert [row["value"] for row in read_rows(api, "scores", **query)] == values


@pytest.mark.usefixtures("house")
def test_a_list_is_given_whole_as_csv_with_the_version_in_its_headers(api: APIClient) -> None:
    response = api.get("/api/v1/scores?format=csv&ordering=model&page_size=1")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Lagline-As-Of"] == "2026-11-22"
    assert response["Lagline-Data-Version"] == api.get("/api/v1/scores").json()["meta"]["data_version"]
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert [(row["model"], row["value"], row["stderr"]) for row in rows] == [
        ("deepseek-v3", "0.5", "0.03"),
        ("o3", "0.8", ""),
    ]
    assert (
        api.get("/api/v1/models", headers={"accept": "text/csv"})
        .content.decode()
        .startswith("slug,name,developer,")
    )


def test_csv_has_no_formula_and_negative_numbers_stay_numbers(api: APIClient) -> None:
    model = make_model("o3", name='=HYPERLINK("http://evil.example")')
    make_score(
        model, make_benchmark("residual", name="+cmd|' /C calc'!A0", chance=None), -1.5, source="@a;=b"
    )
    models = api.get("/api/v1/models?format=csv&fields=slug,name").content.decode()
    assert models == 'slug,name\no3,"\'=HYPERLINK(""http://evil.example"")"\n'
    scores = api.get("/api/v1/scores?format=csv&fields=value,source").content.decode()
    assert scores == "value,source\n-1.5,'@a;'=b\n"
    benchmarks = api.get("/api/v1/benchmarks?format=csv&fields=name").content.decode()
    assert benchmarks == "name\n'+cmd|' /C calc'!A0\n"
    assert api.get("/api/v1/models").json()["data"][0]["name"].startswith("=HYPERLINK"), "JSON is unchanged"


@pytest.mark.usefixtures("house")
def test_csv_without_rows_still_names_its_columns(api: APIClient) -> None:
    query: dict[str, Any] = {"format": "csv", "provenance": "measured", "fields": "model,value"}
    assert api.get("/api/v1/scores", query).content == b"model,value\n"


def test_a_refusal_is_json_also_where_csv_was_asked_for(api: APIClient) -> None:
    response = api.get("/api/v1/scores?format=csv&model=nobody")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert response.json()["error"]["field"] == "model"


@pytest.mark.usefixtures("house")
def test_the_newest_estimate_of_each_benchmark_is_given_or_the_newest_of_a_date(api: APIClient) -> None:
    publish(as_of=date(2026, 9, 1), lag=6.9)
    publish(as_of=date(2026, 9, 1), lag=6.8, published_at=NOW + timedelta(hours=1))
    publish("math", lag=3.0)
    publish("math", lag=-3.0, follower="US", leader="China")
    estimates = {
        (row["follower"], row["benchmark"]): row["values"]["catchup"]["lag_months"]
        for row in read_rows(api, "lags")
    }
    assert estimates == {("China", "gpqa"): 6.8, ("China", "math"): 3.0, ("US", "math"): -3.0}
    assert [row["as_of"] for row in read_rows(api, "lags", benchmark="gpqa", as_of="2026-08-31")] == [
        "2026-08-11"
    ]
    assert [row["leader"] for row in read_rows(api, "lags", follower="US")] == ["China"]
    assert read_rows(api, "lags", as_of="2020-01-01") == []
    text = api.get("/api/v1/lags", {"format": "csv", "benchmark": "gpqa"}).content.decode()
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["values.catchup.lag_months"], row["values.event_lags"]) == ("6.8", '[{"model": "r1"}]')


def test_no_credential_is_shown_and_an_inner_address_only_to_operators(api: APIClient) -> None:
    make_endpoint("inner", credential="NAMED_SECRET", internal_allowed=True, base_url="http://10.0.0.8/v1")
    make_endpoint("outer", credential="NAMED_SECRET")
    shown = {row["slug"]: row["base_url"] for row in read_rows(api, "endpoints")}
    assert shown == {"inner": None, "outer": "https://api.example.com/v1"}
    for address in ("endpoints", "models/deepseek-v3"):
        text = api.get(f"/api/v1/{address}").content.decode()
        assert "NAMED_SECRET" not in text
        assert "10.0.0.8" not in text
    api.force_authenticate(make_user("operator", role="operator"))
    assert read_rows(api, "endpoints", fields="base_url", ordering="slug")[0] == {
        "base_url": "http://10.0.0.8/v1"
    }
    assert (
        api.get("/api/v1/models/deepseek-v3").json()["data"]["endpoints"][0]["base_url"]
        == "http://10.0.0.8/v1"
    )


@pytest.mark.usefixtures("house")
def test_suites_tell_their_tasks_in_order(api: APIClient) -> None:
    (suite,) = read_rows(api, "suites")
    assert (suite["slug"], suite["current"]) == ("mini", True)
    assert [(task["name"], task["request_types"]) for task in suite["tasks"]] == [
        ("mini_sums", ["generate_until"])
    ]


@pytest.mark.usefixtures("house")
def test_a_run_and_its_samples_are_readable_to_the_raw_answer(api: APIClient) -> None:
    run_id = read_rows(api, "submissions")[0]["progress"]["runs"][0]["run_id"]
    run = api.get(f"/api/v1/runs/{run_id}").json()["data"]
    assert (run["task"], run["model"], run["state"]) == ("mini_sums", "deepseek-v3", "queued")
    answered, in_flight = read_rows(api, f"runs/{run_id}/samples")
    assert (answered["prompt"], answered["target"], answered["answer"]) == (PROMPT, "4", "4")
    (part,) = answered["requests"]
    assert (part["payload"], part["response"]["text"]) == ({"messages": json.loads(PROMPT)}, "4")
    assert (part["response"]["output_tokens"], part["state"]) == (2, "answered")
    assert in_flight["requests"][0].get("response") is None


def test_a_list_takes_a_few_queries_whatever_its_length(
    api: APIClient, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(120):
        model = make_model(f"m{number}", base_model=make_model())
        make_score(model, make_benchmark(f"b{number}"))
        make_submission(endpoint=make_endpoint(f"e{number}", model=model))
    for address, most in [
        ("models", 6),
        ("scores", 6),
        ("benchmarks", 6),
        ("endpoints", 6),
        ("submissions", 14),
    ]:
        with django_assert_max_num_queries(most):
            response = api.get(f"/api/v1/{address}", {"page_size": 500})
        assert response.json()["count"] >= 120


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(
    ("address", "field", "sentence"),
    [
        (
            "models?foo=1",
            "foo",
            "There is no parameter 'foo' here. Allowed: page, page_size, ordering, country,",
        ),
        ("models?country=China", "country", "A country is an ISO 3166 code of two capitals, such as CN."),
        ("models?openness=half", "openness", '"half" is not among open, closed.'),
        ("models?developer=opnai", "developer", "There is no developer 'opnai'. Nearest on record: openai."),
        ("models?benchmark=gpq", "benchmark", "There is no benchmark 'gpq'. Nearest on record: gpqa."),
        ("models?ordering=-vibes", "ordering", "ordering names 'vibes'. Allowed: slug, name, developer"),
        ("models?ordering=aliases", "ordering", "ordering names 'aliases'. Allowed: slug"),
        ("models?fields=slug,vibes", "fields", "fields names 'vibes'. Allowed: slug, name, developer"),
        ("models?page=9", "page", "There is no page 9; the last one is 1."),
        ("models?page=0", "page", "greater than or equal to 1"),
        ("models?page_size=501", "page_size", "less than or equal to 500"),
        ("models?released_from=yesterday", "released_from", "YYYY-MM-DD"),
        ("models?format=xml", "format", "There is no format 'xml' here. On offer: json, csv."),
        ("changes?format=csv", "format", "There is no format 'csv' here. On offer: json."),
        ("scores?provenance=rumour", "provenance", '"rumour" is not among measured, imported, reported.'),
        ("submissions?state=DONE", "state", '"DONE" is not among PENDING_REVIEW, PENDING,'),
        ("lags?as_of=2026", "as_of", "YYYY-MM-DD"),
    ],
)
def test_a_parameter_that_cannot_stand_is_refused_by_name(
    api: APIClient, address: str, field: str, sentence: str
) -> None:
    response = api.get(f"/api/v1/{address}")
    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["code"], error["field"]) == ("invalid", field)
    assert sentence in error["message"]


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("models/r2", "There is no model 'r2'."),
        ("benchmarks/gpqq", "There is no benchmark 'gpqq'. Nearest on record: gpqa."),
        ("submissions/00000000-0000-0000-0000-000000000000", "There is no submission 00000000-"),
        (
            "submissions/7",
            "There is nothing at /api/v1/submissions/7. The addresses are listed at /api/v1/docs.",
        ),
        ("runs/999999", "There is no run 999999."),
        ("runs/999999/samples", "There is no run 999999."),
        ("modells", "There is nothing at /api/v1/modells."),
    ],
)
def test_what_does_not_exist_is_refused_with_a_sentence(api: APIClient, address: str, sentence: str) -> None:
    response = api.get(f"/api/v1/{address}")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"
    assert sentence in response.json()["error"]["message"]


def test_a_method_that_an_address_has_not_is_refused_with_those_it_has(api: APIClient) -> None:
    api.force_authenticate(make_user())
    response = api.put("/api/v1/models", {}, format="json")
    assert response.status_code == 405
    assert response.json()["error"]["allowed"] == ["GET", "HEAD"]

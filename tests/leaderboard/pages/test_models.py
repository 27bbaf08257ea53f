"""Models can be filtered, sorted and paged; each has a page with the sources of its scores."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from evals.models import Adoption, Claim, ListPrice, Model, Score
from tests.leaderboard.pages.builders import make_models, publish, publish_values
from tests.leaderboard.pages.reading import page, read
from tests.support.record import NOW, make_score, make_submission

pytestmark = pytest.mark.django_db


def names(address: str) -> list[str]:
    return re.findall(r'<a href="/models/[^"]+">(Model \d+)</a>', page(address))


def test_the_best_stand_first_and_the_rest_on_further_pages() -> None:
    make_models(60)
    assert names("/models/")[:3] == ["Model 059", "Model 057", "Model 055"]
    assert len(names("/models/")) == 50
    assert len(names("/models/?page=2")) == 10
    assert "Page 1 of 2" in read("/models/")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("country=CN", 15),
        ("openness=closed", 10),
        ("developer=dev-us", 15),
        ("benchmark=epoch-capabilities-index", 29),
        ("search=model 00", 10),
        ("country=CN&openness=open", 10),
    ],
)
def test_a_filter_leaves_what_fits(query: str, count: int) -> None:
    make_models(30)
    Score.objects.filter(model__slug="model-000").delete()
    assert len(names(f"/models/?{query}")) == count


@pytest.mark.parametrize(
    "column", ["name", "developer", "country", "openness", "released", "benchmarks", "score"]
)
def test_every_column_sorts_both_ways(column: str) -> None:
    make_models(10)
    assert len(names(f"/models/?sort={column}")) == len(names(f"/models/?sort=-{column}")) == 10


def test_an_unscored_model_stands_last_whichever_way_scores_are_sorted() -> None:
    make_models(6)
    Score.objects.filter(model__slug="model-003").delete()
    assert names("/models/?sort=score")[-1] == names("/models/?sort=-score")[-1] == "Model 003"


def test_a_choice_that_does_not_exist_is_refused_by_name() -> None:
    make_models(4)
    text = read("/models/?country=XX", status=400)
    assert "Country: Select a valid choice. XX is not one of the available choices." in text


def test_nothing_found_is_said() -> None:
    make_models(4)
    assert "No model on record fits." in read("/models/?search=zzz")


def test_the_script_gets_only_the_part_that_changes() -> None:
    make_models(4)
    part = page("/models/?country=CN", by_script=True)
    assert part.lstrip().startswith('<section id="models">')
    assert "<html" not in part


def test_the_table_of_a_full_record_takes_few_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    make_models(300)
    with django_assert_max_num_queries(8):
        page("/models/?country=CN&sort=-score&page=2")


def test_a_models_page_tells_its_records_scores_and_sources(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    make_models(300)
    publish("epoch-capabilities-index")
    model = Model.objects.get(slug="model-298")
    make_submission(model=model, state="FINISHED")
    with django_assert_max_num_queries(11):
        text = read("/models/model-298/")
    assert "Developer CN China" in text
    assert "Chinese records it set" in text
    assert "Epoch Capabilities Index 398.0 Model 295" in text
    assert "reported independently A report, https://example.org/report" in text
    assert re.search(r"Mini sums 50\.0% ± 6\.5 8 measured here run \d+ and its samples", text)


def test_a_score_of_the_developers_own_is_called_so() -> None:
    index = make_models(2)
    Score.objects.filter(model__slug="model-001").delete()
    Score.objects.create(
        model=Model.objects.get(slug="model-001"),
        benchmark=index,
        value=120,
        provenance="reported",
        reported_by="vendor",
        source="Its own announcement",
        recorded_at=NOW,
    )
    assert "120.0 not stated reported by its developer Its own announcement" in read("/models/model-001/")


def test_a_partial_score_is_marked_wherever_it_is_shown_and_nowhere_compared() -> None:
    index = make_models(2)
    model = Model.objects.get(slug="model-001")
    Score.objects.filter(model=model).delete()
    make_score(model, index, 120, n=1234, partial_of=5678, source="A short run")
    for address in ("/models/model-001/", f"/benchmarks/{index.slug}/"):
        assert "120.0 partial: 1,234 of 5,678 items 1,234 of 5,678 reported independently" in read(address)
    assert "120.0" not in read("/models/")


def test_a_month_is_not_shown_as_a_day() -> None:
    make_models(1)
    Model.objects.update(released_on="2026-07-16", release_precision="month")
    text = read("/models/model-000/")
    assert "Released Jul 2026 known to the month" in text
    assert "16 Jul" not in text


def test_a_developers_page_lists_its_models() -> None:
    make_models(6)
    assert "3 models on record" in read("/developers/dev-cn/")
    assert len(names("/developers/dev-cn/")) == 3


def test_what_is_not_on_record_is_named() -> None:
    assert "There is no model 'gpt-99': none is on record yet." in read("/models/gpt-99/", status=404)
    assert "There is no developer 'nobody': none is on record yet." in read("/developers/nobody/", status=404)


def test_an_address_keeps_only_the_fields_that_were_filled_in() -> None:
    make_models(3)
    address = "/models/?search=&country=CN&openness=&developer="
    led = Client().get(address)
    assert (led.status_code, led["Location"]) == (302, "/models/?country=CN")
    part = Client().get(address, headers={"HX-Request": "true"})
    assert (part.status_code, part["HX-Push-Url"]) == (200, "/models/?country=CN")
    assert Client().get("/models/?search=")["Location"] == "/models/"


def test_a_models_page_tells_its_prices_its_use_and_who_matched_it() -> None:
    index = make_models(4)
    publish_values(
        index,
        frontiers={
            "follower": [{"model": "model-002", "date": "2026-07-16", "level": 2.0}],
            "leader": [{"model": "model-001", "date": "2026-02-16", "level": 1.5}],
        },
        names={"model-001": "Model 001", "model-002": "Model 002", "a": "Alpha", "b": "Beta"},
    )
    model = Model.objects.get(slug="model-001")
    ListPrice.objects.create(
        model=model, provider="openai", in_force_on="2026-02-16", input_usd_per_mtok="1.25",
        output_usd_per_mtok=10, source="A price list",
    )  # fmt: skip
    Adoption.objects.create(
        observed_on="2026-07-01", precision="month", subject="Model 001", country="US", value=1_000_000,
        measure="downloads", unit="downloads", statement="A million.", source="A report",
    )  # fmt: skip
    Model.objects.filter(slug="model-003").update(variant_of=model, effort="high")
    text = read("/models/model-001/")
    assert "US records it set, and when they were matched" in text
    assert "Model 002 16 Jul 2026 4.9" in text
    assert "16 Feb 2026 openai 1.25 in, 10.00 out A price list" in text
    assert "Model 001 , Jul 2026: 1,000,000 downloads A report" in text
    assert "Model 003 of the same release, high" in text
    assert "Model 001 of the same release" in read("/models/model-003/")
    facts = APIClient().get("/api/v1/models/model-001").json()["data"]
    assert [row["provider"] for row in facts["prices"]] == ["openai"]
    assert [row["value"] for row in facts["adoption"]] == [1_000_000]


def test_a_models_page_tells_each_thing_once_and_where_it_was_run() -> None:
    base = make_models(2) and Model.objects.get(slug="model-000")
    opened = {"weights_opened_on": "2026-01-05", "host_country": "SG", "host_source": "A host's notice"}
    Model.objects.filter(slug="model-001").update(base_model=base, base_source="A model card", **opened)
    submission = make_submission(model=Model.objects.get(slug="model-001"), state="FINISHED")
    text, markup = read("/models/model-001/"), page("/models/model-001/")
    for once in ("5 Jan 2026", "Singapore", "A host's notice", "A model card"):
        assert text.count(once) == 1, once
    assert '<a href="/suites/mini/?version=1.0">Mini 1.0</a>' in markup
    assert f'href="/submissions/{submission.public_id}/"' in markup


def test_a_models_page_has_the_claims_that_name_it_or_its_developer() -> None:
    make_models(2)
    Model.objects.filter(slug="model-001").update(name="DeepSeek-R1")
    fields = {"claimant": "A bank", "leader": "US", "follower": "China", "claimed_on": "2026-01-02"}
    for slug, words in (("its", "Not far behind DeepSeek R1."), ("another", "Not far behind DeepSeek R1.5.")):
        Claim.objects.create(slug=slug, statement=words, source="A report", **fields)
    Claim.objects.create(
        slug="maker", statement="We lead.", source="A talk", role="head of Developer US", **fields
    )
    linked = re.findall(r'href="/claims/([^/"]+)/"', page("/models/model-001/"))
    assert linked == ["its", "maker"]
    assert APIClient().get("/api/v1/models/model-001").json()["data"]["claims"] == linked
    assert "What others have said" not in read("/models/model-000/?")


def test_the_developers_are_listed_with_their_models() -> None:
    make_models(4)
    text = read("/developers/")
    assert "Developer CN China 2 models" in text

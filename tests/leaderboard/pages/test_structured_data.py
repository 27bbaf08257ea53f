"""The structured data of a page: title, description, breadcrumbs, the data set."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.leaderboard.pages.builders import make_models, publish_values
from tests.leaderboard.pages.reading import page

pytestmark = pytest.mark.django_db


def graph(markup: str) -> dict[str, dict[str, Any]]:
    (script,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', markup, re.DOTALL)
    return {node["@type"]: node for node in json.loads(script)["@graph"]}


def test_the_first_page_describes_the_data_set_with_files_that_are_there() -> None:
    publish_values(make_models(2))
    nodes = graph(page("/"))
    dataset = nodes["Dataset"]
    assert dataset["temporalCoverage"] == "../2026-08-11"
    assert dataset["license"] == "https://creativecommons.org/licenses/by/4.0/"
    for file in dataset["distribution"]:
        assert page(file["contentUrl"].removeprefix("http://127.0.0.1:8000"))
    assert nodes["WebSite"]["url"] == "http://127.0.0.1:8000/"


def test_a_page_tells_the_way_to_itself() -> None:
    make_models(2)
    nodes = graph(page("/vi/models/model-001/"))
    assert nodes["WebSite"]["inLanguage"] == "vi"
    steps = nodes["BreadcrumbList"]["itemListElement"]
    assert [(step["name"], step["item"]) for step in steps] == [
        ("Lagline", "http://127.0.0.1:8000/vi/"),
        ("Mô hình", "http://127.0.0.1:8000/vi/models/"),
        ("Model 001", "http://127.0.0.1:8000/vi/models/model-001/"),
    ]
    assert "Dataset" not in nodes


def test_a_name_cannot_end_the_block_of_data() -> None:
    benchmark = make_models(2)
    benchmark.name = "</script><script>alert(1)</script>"
    benchmark.save()
    markup = page("/benchmarks/epoch-capabilities-index/")
    assert "<script>alert" not in markup
    assert graph(markup)["BreadcrumbList"]["itemListElement"][-1]["name"] == benchmark.name


def test_what_is_shared_has_the_title_and_the_description_of_the_page() -> None:
    markup = page("/method/")
    tags = dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)">', markup))
    assert f"<title>{tags['og:title']}</title>" in markup
    assert tags["og:description"] == tags["description"]
    assert tags["og:url"] == "http://127.0.0.1:8000/method/"

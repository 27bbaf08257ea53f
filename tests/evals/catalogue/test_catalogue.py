"""The catalogue that is shipped: sound, large enough, and with every system that the project tracks."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

import evals.catalogue
from evals.catalogue.check import check
from evals.catalogue.files import Tables, read_tables

FOLDER = Path(evals.catalogue.__file__).parent
TRACKED = {
    "openai": ["gpt-3-5", "gpt-4", "o1", "o3", "gpt-oss-120b"],
    "meta": ["llama-65b", "llama-2-70b", "llama-3-1-405b", "llama-4-maverick"],
    "google": ["gemma-7b", "gemma-2-27b", "gemma-3-27b", "gemma-3-270m"],
    "hugging-face": ["smollm2-135m-instruct"],
    "deepseek": ["deepseek-v3", "deepseek-r1", "deepseek-v3-1", "deepseek-v3-2", "deepseek-v4-pro"],
    "alibaba": ["qwen3-8b", "qwen3-32b", "qwen3-235b-a22b", "qwen3-max"],
    "moonshot": ["kimi-k2", "kimi-k2-thinking", "kimi-k3"],
    "zhipu": ["glm-4-5", "glm-4-6"],
    "rednote": ["dots-llm1"],
    "meituan": ["longcat-flash-chat"],
    "xiaomi": ["mimo-7b", "mimo-v2-flash"],
    "minimax": ["minimax-m1", "minimax-m2"],
    "stepfun": ["step-3"],
    "baidu": ["ernie-4-5", "ernie-5-0"],
    "tencent": ["hunyuan-large", "hunyuan-a13b"],
    "bytedance": ["doubao-1-5-pro", "seed-oss-36b"],
}


@pytest.fixture(scope="module")
def tables() -> Tables:
    return read_tables(FOLDER).tables


def test_nothing_is_wrong_with_it() -> None:
    assert [str(problem) for problem in check(FOLDER, date(2026, 11, 28))] == []


def test_every_system_that_the_project_tracks_is_in_it(tables: Tables) -> None:
    developers = {row["slug"]: row["developer"] for row in tables["models.csv"]}
    missing = {
        slug: developer
        for developer, slugs in TRACKED.items()
        for slug in slugs
        if developers.get(slug) != developer
    }
    assert missing == {}


def test_it_has_enough_models_and_scores_of_both_sides(tables: Tables) -> None:
    country = {row["slug"]: row["country"] for row in tables["developers.csv"]}
    home = {row["slug"]: country[row["developer"]] for row in tables["models.csv"]}
    scored = Counter(home[model] for model in {row["model"] for row in tables["scores.csv"]})
    assert len(home) >= 250
    assert min(scored["CN"], scored["US"]) >= 30
    assert len({row["benchmark"] for row in tables["scores.csv"]}) >= 40


def test_its_first_model_is_of_november_2022_and_none_is_older(tables: Tables) -> None:
    assert min(row["released_on"] for row in tables["models.csv"])[:7] == "2022-11"


def test_o3_is_dated_by_its_release_and_keeps_its_announcement(tables: Tables) -> None:
    (o3,) = (row for row in tables["models.csv"] if row["slug"] == "o3")
    assert (o3["announced_on"], o3["released_on"]) == ("2024-12-20", "2025-04-16")
    assert "Epoch dates it 2024-12-20" in o3["source"]


@pytest.mark.parametrize("file", ["developers.csv", "models.csv", "benchmarks.csv", "claims.csv"])
def test_its_rows_stand_in_the_order_of_their_slugs(tables: Tables, file: str) -> None:
    slugs = [row["slug"] for row in tables[file]]
    assert slugs == sorted(slugs)


def test_scores_stand_in_the_order_of_model_benchmark_and_reporter(tables: Tables) -> None:
    keys = [(row["model"], row["benchmark"], row["reported_by"]) for row in tables["scores.csv"]]
    assert keys == sorted(set(keys))


def test_its_files_end_their_lines_with_a_line_feed_alone() -> None:
    assert [path.name for path in FOLDER.glob("*.csv") if b"\r" in path.read_bytes()] == []


def test_the_figures_of_use_that_the_essays_name_are_in_it(tables: Tables) -> None:
    figures = {
        (row["subject"], row["measure"], row["observed_on"][:7]): row for row in tables["adoption.csv"]
    }
    for subject, measure, month, value in (
        ("DeepSeek app", "monthly active users", "2025-01", 33_000_000),
        ("DeepSeek app", "monthly active users", "2025-04", 97_000_000),
        ("DeepSeek R1", "derivative models on Hugging Face", "2025-01", 500),
        ("DeepSeek R1 derivatives", "downloads on Hugging Face", "2025-01", 2_500_000),
        ("Chinese models", "share of use on OpenRouter", "2025-11", 0.3),
    ):
        assert float(figures[subject, measure, month]["value"]) == value


def test_a_host_country_can_be_another_than_the_developers_and_says_where_it_was_read(tables: Tables) -> None:
    home = {row["slug"]: row["country"] for row in tables["developers.csv"]}
    hosted = [row for row in tables["models.csv"] if row["host_country"]]
    assert len(hosted) >= 40
    assert any(row["host_country"] != home[row["developer"]] for row in hosted)
    assert all("https://" in row["host_source"] for row in hosted)

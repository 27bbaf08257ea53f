"""The commands print what stands, or end with a sentence and status 1."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from evals.models import Adoption, Alias, Benchmark, Developer, Endpoint, ListPrice, Model, Suite
from evals.operations.imports.aliases import confirmed_units
from tests.support.fault_plan import Fault, Kind
from tests.support.provider import SimulatedProvider
from tests.support.record import make_model
from tests.support.service import Settings

ENDPOINT = ("--protocol", "openai-chat", "--base-url", "http://127.0.0.1:8101/v1", "--api-model", "m")


def run(name: str, *words: Any) -> str:
    out = StringIO()
    call_command(name, *map(str, words), stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_starter_catalogue_and_our_suite_load_and_are_counted() -> None:
    counts = json.loads(run("catalogue", "--json"))
    assert counts["models"] >= 60
    assert counts["scores"] >= 1000
    assert (counts["prices"], counts["adoption"]) == (ListPrice.objects.count(), Adoption.objects.count())
    assert counts["prices"] >= 200
    assert counts["suites"] == Suite.objects.count() == 6
    assert counts["models"] == Model.objects.count()
    assert counts["developers"] == Developer.objects.count()
    assert f"{counts['models']} models" in run("catalogue")
    for country in ("CN", "US"):
        assert Model.objects.filter(developer__country=country).count() >= 30


@pytest.mark.django_db
def test_the_unit_of_a_column_waits_for_a_person() -> None:
    Alias.objects.create(kind="unit", spelling="epoch-hub gso, Score", normalised="epochhubgsoscore")
    assert run("alias", "--unit").splitlines() == [
        "epoch-hub gso, Score: fraction, percent",
        "1 wait for a person.",
    ]
    with pytest.raises(CommandError, match="There is no unit 'points'"):
        run("alias", "epoch-hub gso, Score", "points", "--unit")
    assert "means percent" in run("alias", "epoch-hub gso, Score", "percent", "--unit")
    assert confirmed_units() == {"epochhubgsoscore": "percent"}
    run("alias", "epoch-hub gso, Score", "--ignore", "--unit")
    assert confirmed_units() == {"epochhubgsoscore": ""}


@pytest.mark.django_db
def test_a_broken_suite_leaves_no_catalogue_behind(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("slug: broken\n")
    with pytest.raises(CommandError, match=r"broken.yaml lacks benchmarks, filter"):
        run("catalogue", "--suites", tmp_path)
    assert not Model.objects.exists()
    assert not Benchmark.objects.exists()


@pytest.mark.django_db
def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    for option in ("--folder", "--suites"):
        with pytest.raises(CommandError, match=r"There is no folder .*nowhere"):
            run("catalogue", option, tmp_path / "nowhere")


@pytest.mark.django_db
def test_an_endpoint_is_registered_and_told() -> None:
    make_model("smollm2")
    output = run(
        "endpoint", "local", "--model", "smollm2", "--internal", "--input-usd-per-mtok", "0.27", *ENDPOINT
    )
    assert output == "local: smollm2 through openai-chat at http://127.0.0.1:8101/v1\n"
    endpoint = Endpoint.objects.get()
    assert (endpoint.provider, endpoint.internal_allowed, str(endpoint.input_usd_per_mtok)) == (
        "127.0.0.1",
        True,
        "0.270000",
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--model", "smollm3", "--internal"), "There is no model 'smollm3'. On record: smollm2."),
        (("--model", "smollm2"), "it must start with https://"),
        (("--model", "smollm2", "--internal", "--credential", "sk-1"), "What was given is not such a name."),
        (("--model", "smollm2", "--internal", "--input-usd-per-mtok", "-1"), "invalid price value: '-1'"),
        (("--model", "smollm2", "--internal", "--capabilities", "[1]"), "invalid capabilities value: '[1]'"),
        (
            ("--model", "smollm2", "--internal", "--capabilities", '{"stop": 1}'),
            "The capability 'stop' cannot be 1; it is true or false.",
        ),
        (("--model", "smollm2", "--protocol", ""), "Name a provider by --preset, or give --protocol and"),
    ],
)
def test_an_endpoint_that_cannot_stand_is_refused(words: tuple[str, ...], sentence: str) -> None:
    make_model("smollm2")
    with pytest.raises(CommandError) as refused:
        run("endpoint", "local", *ENDPOINT, *words)
    assert sentence in str(refused.value)
    assert not Endpoint.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_probe_says_what_it_found_and_what_it_did_not() -> None:
    make_model("smollm2")
    words = ("--model", "smollm2", "--internal", "--api-model")
    with SimulatedProvider(Settings(api_key="k")) as server, SimulatedProvider(Settings()) as other:
        for slug, protocol, url in (
            ("locked", "openai-chat", server.base_url),
            ("chat", "openai-chat", other.base_url),
            ("base", "openai-completions", other.base_url),
        ):
            run("endpoint", slug, *words, "sim-large", "--protocol", protocol, "--base-url", url)
        with pytest.raises(CommandError) as refused:
            run("probe", "locked")
        chat, base = run("probe", "chat"), run("probe", "base")
        other.follow(Fault(Kind.OFF_BY_ONE))
        with pytest.raises(CommandError, match="Its canaries fail: see the problems above"):
            run("probe", "base")
    assert str(refused.value) == (
        "Endpoint locked cannot be probed. It does not answer a simple question (credential refused): "
        "You didn't provide an API key."
    )
    assert chat == (
        "capabilities: the usual ones\ncanaries: 0 of 3 answers right, 0 likelihoods told\n"
        "warning: canaries have nothing to compare with, so they can hold no run of it.\n"
    )
    output = 'capabilities: {"logprobs": true}\ncanaries: 0 of 2 answers right, 6 likelihoods told\n'
    assert base == output


@pytest.mark.django_db
def test_a_model_of_ones_own_is_registered() -> None:
    make_model()
    words = ("mine", "--name", "Mine", "--developer", "deepseek", "--openness", "open")
    assert run("model", *words, "--released-on", "2026-01-02") == "mine: Mine, deepseek\n"
    assert str(Model.objects.get(slug="mine").released_on) == "2026-01-02"
    with pytest.raises(CommandError, match="'mine' is on record with another released_on"):
        run("model", *words, "--released-on", "2026-01-03")
    with pytest.raises(CommandError, match="There is no developer 'nobody'"):
        run("model", "other", "--name", "O", "--developer", "nobody", "--openness", "open")


def test_a_refusal_ends_the_command_with_status_1_and_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "catalogue", "--folder", str(tmp_path / "nowhere")],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: There is no folder ")

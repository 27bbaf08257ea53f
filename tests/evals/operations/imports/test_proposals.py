"""An import shows what would change, changes it once, keeps what was known, and merges nothing by a guess."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from evals.models import Alias, Correction, Import, Score
from evals.operations.catalogue.registration import load_catalogue
from evals.operations.imports.aliases import KnownSpellings, UnknownTarget, confirm_alias, forget_alias
from evals.operations.imports.proposals import (
    ImportFile,
    ImportRefused,
    apply_import,
    dry_run,
    propose_import,
)
from tests.support.record import NOW, make_benchmark, make_model, make_score

pytestmark = pytest.mark.django_db

HEADER = "model,benchmark,value,stderr,n,reported_by,source,observed_on\n"
DATA = Path(__file__).resolve().parents[5] / "shared" / "data"
CATALOGUE = Path(__file__).resolve().parents[4] / "evals" / "catalogue"
LATER = NOW + timedelta(days=1)
Table = Callable[..., ImportFile]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """Write a table of ours; the record has a model and a benchmark that it can be of."""
    make_model("deepseek-r1", aliases=["r1"])
    make_benchmark("gpqa", unit="fraction")

    def of(*lines: str, name: str = "ours.csv", strict: bool = False) -> ImportFile:
        (tmp_path / name).write_text(HEADER + "".join(f"{line}\n" for line in lines), encoding="utf-8")
        return ImportFile(tmp_path / name, strict=strict)

    return of


GOOD = "DeepSeek R1,GPQA,0.715,0.03,198,vendor,a paper,2025-01-20"


def counts(report: dict[str, Any]) -> dict[str, int]:
    return {name: number for name, number in report["counts"].items() if number}


def test_a_dry_run_tells_what_would_change_and_writes_nothing(table: Table) -> None:
    report = dry_run(given=table(GOOD, "r1,gpqa,1.5,,,vendor,b,", "gpt-9,gpqa,0.5,,,vendor,c,"), now=NOW)
    assert counts(report) == {"rows": 3, "new": 1, "unknown": 1, "rejected": 1}
    assert report["new"] == [{"line": 2, "model": "deepseek-r1", "benchmark": "gpqa", "value": 0.715}]
    assert report["rejected"] == [{"line": 3, "reason": "the value is 1.5, over the ceiling of 1"}]
    assert report["unknown"]["model"][0]["name"] == "gpt-9"
    assert not Score.objects.exists()
    assert not Import.objects.exists()
    assert not Alias.objects.exists()


@pytest.mark.parametrize(
    ("value", "chance", "ceiling", "reason"),
    [
        ("0.2", 0.25, 1.0, ""),  # bad luck is possible
        ("-0.1", 0.25, 1.0, "the value is -0.1, under the lowest possible score of 0"),
        ("-0.1", -0.25, 1.0, ""),  # wrong answers cost
        ("-30", 0.0, None, "the value is -30, under the lowest possible score of 0"),
        ("-30", None, None, ""),
        ("1.1", None, 1.0, "the value is 1.1, over the ceiling of 1"),
    ],
)
def test_a_score_under_chance_is_possible_and_one_out_of_the_scale_is_not(
    table: Table, value: str, chance: float | None, ceiling: float | None, reason: str
) -> None:
    make_benchmark("other", chance=chance, ceiling=ceiling, unit="points")
    report = dry_run(given=table(f"r1,other,{value},,,vendor,b,"), now=NOW)
    assert [row["reason"] for row in report["rejected"]] == ([reason] if reason else [])
    assert counts(report)["new" if not reason else "rejected"] == 1


def test_good_rows_go_in_and_twice_is_once(table: Table) -> None:
    given = table(GOOD, "r1,gpqa,nan,,,vendor,b,")
    first = apply_import(given=given, now=NOW)
    score = Score.objects.get()
    assert (score.value, score.stderr, score.n, score.source) == (0.715, 0.03, 198, "a paper")
    assert (score.imported_in, score.reported_by, score.observed_on) == (first, "vendor", date(2025, 1, 20))
    assert (score.known_at, score.recorded_at) == (NOW, NOW)
    again = apply_import(given=given, now=LATER)
    assert again == first
    assert (counts(again.report), again.applied_at) == ({"rows": 2, "same": 1, "rejected": 1}, NOW)
    assert (Score.objects.count(), Import.objects.count(), Correction.objects.count()) == (1, 1, 0)


def test_the_command_says_what_it_did_and_what_it_found_done(table: Table) -> None:
    path = str(table(*(GOOD.replace("DeepSeek R1", f"gpt-{number}") for number in range(22)), GOOD).path)

    def output(*options: str) -> list[str]:
        out = StringIO()
        call_command("import_scores", path, *options, stdout=out)
        return out.getvalue().strip().splitlines()

    first = output()
    assert first[0] == "lagline-csv: 23 rows, 1 new, 22 unknown"
    assert first[1] == "unknown model 'gpt-0' (1 rows): nothing on record is like it"
    assert first[-2:] == [
        "... and 2 more of these: --json has all",
        "Nothing is written yet: --apply writes the good rows, --strict all or none.",
    ]
    assert output("--apply")[-1] == "Written."
    again = output("--apply")
    assert again[0] == "lagline-csv: 23 rows, 1 same, 22 unknown"
    assert again[-1].startswith("Nothing to write: this file is on record since 2")
    assert Score.objects.count() == 1


def test_the_command_does_not_say_that_it_wrote_where_no_row_could_go_in(table: Table) -> None:
    out = StringIO()
    path = str(table(GOOD.replace("DeepSeek R1", "gpt-0")).path)
    call_command("import_scores", path, "--apply", stdout=out)
    assert out.getvalue().strip().endswith("Nothing was written: no row that can go in is new.")


@pytest.mark.parametrize(
    ("spelling", "meant"),
    [
        ("gpt-5.2-2025-12-11_xhigh", "gpt-5-2"),
        ("openai/gpt-5.5 (high)", "gpt-5-5"),
        ("gpt-5-2025-08-07_high", "gpt-5"),
        ("claude-sonnet-4-5-20250929_59K", "claude-sonnet-4-5"),
    ],
)
def test_the_model_that_a_spelling_names_in_full_is_suggested_first(spelling: str, meant: str) -> None:
    for slug in ("gpt-5", "gpt-5-2", "gpt-5-5", "claude-sonnet-4-5", "claude-sonnet-5-5", "claude-sonnet-5"):
        make_model(slug)
    assert KnownSpellings("model").suggestions(spelling)[0].slug == meant


def test_strict_is_all_or_none(table: Table) -> None:
    with pytest.raises(
        ImportRefused, match=r"1 of 2 rows cannot go in; nothing was written.\nline 3: value is"
    ):
        apply_import(given=table(GOOD, "r1,gpqa,nan,,,vendor,b,", strict=True), now=NOW)
    assert not Score.objects.exists()
    apply_import(given=table(GOOD, strict=True), now=NOW)
    assert Score.objects.count() == 1


def test_a_known_value_is_corrected_and_what_it_was_is_kept(table: Table) -> None:
    apply_import(given=table(GOOD), now=NOW)
    report = apply_import(given=table(GOOD.replace("0.715", "0.72")), now=LATER).report
    assert report["changed"][0] | {"line": 0} == {
        "line": 0,
        "model": "deepseek-r1",
        "benchmark": "gpqa",
        "was": 0.715,
        "becomes": 0.72,
    }
    kept = Correction.objects.get()
    assert kept.changes["value"] == [0.715, 0.72]
    assert (kept.reason, kept.corrected_at) == ("ours.csv says so.", LATER)
    assert Score.objects.get().value == 0.72


def test_a_form_that_a_file_tells_is_kept_and_one_that_it_leaves_out_is_not_taken_back(table: Table) -> None:
    apply_import(given=table(GOOD), now=NOW)
    assert Score.objects.get().form == ""
    content = table(GOOD)
    content.path.write_text(f"{HEADER.strip()},form\n{GOOD},likelihood\n")
    apply_import(given=content, now=LATER)
    assert Score.objects.get().form == "likelihood"
    assert Correction.objects.get().changes["form"] == ["", "likelihood"]
    assert counts(dry_run(given=table(GOOD), now=LATER)) == {"rows": 1, "same": 1}


def test_an_older_figure_of_the_same_publication_changes_nothing(table: Table) -> None:
    apply_import(given=table(GOOD), now=NOW)
    old = GOOD.replace("0.715", "0.6").replace("2025-01-20", "2024-12-31")
    assert counts(dry_run(given=table(old), now=LATER)) == {"rows": 1, "older": 1}


def test_of_several_figures_in_one_file_the_latest_holds(table: Table) -> None:
    earlier = GOOD.replace("0.715", "0.6").replace("2025-01-20", "2025-01-19")
    report = apply_import(given=table(GOOD, earlier), now=NOW).report
    assert counts(report) == {"rows": 2, "new": 1, "repeated": 1}
    assert Score.objects.get().value == 0.715


def test_the_catalogue_keeps_a_figure_that_an_import_has_corrected(table: Table) -> None:
    load_catalogue(folder=CATALOGUE, now=NOW)
    ours = Score.objects.select_related("model", "benchmark").filter(edition__isnull=False).first()
    assert ours is not None
    line = f'{ours.model.slug},{ours.benchmark.slug},{{}},,,{ours.reported_by},"{ours.source}",2026-11-20'
    assert counts(dry_run(given=table(line.format(ours.value)), now=LATER)) == {"rows": 1, "same": 1}
    if ours.benchmark.ceiling is not None:
        changed = (ours.value + ours.benchmark.ceiling) / 2
    else:
        changed = ours.value + 1
    assert counts(apply_import(given=table(line.format(changed)), now=LATER).report)["changed"] == 1
    load_catalogue(folder=CATALOGUE, now=LATER + timedelta(days=1))
    ours.refresh_from_db()
    assert ours.edition is None
    assert ours.value == pytest.approx(changed)
    assert Score.objects.filter(model=ours.model, benchmark=ours.benchmark).count() >= 1


def test_a_spelling_waits_for_a_person_and_then_means_what_was_said(table: Table) -> None:
    line = GOOD.replace("DeepSeek R1", "deepseek-ai/DeepSeek-R1")
    report = apply_import(given=table(line), now=NOW).report
    assert report["unknown"]["model"][0]["suggested"][0]["slug"] == "deepseek-r1"
    assert not Score.objects.exists(), "a likeness of names merges nothing"
    waiting = Alias.objects.get()
    assert (waiting.spelling, waiting.confirmed_at) == ("deepseek-ai/DeepSeek-R1", None)
    alias = confirm_alias(kind="model", spelling=waiting.spelling, target="deepseek-r1", by="ann", now=NOW)
    assert (alias.pk, alias.confirmed_by) == (waiting.pk, "ann")
    assert counts(apply_import(given=table(line), now=LATER).report) == {"rows": 1, "new": 1}
    forget_alias(alias_id=alias.pk)
    assert KnownSpellings("model").meant("deepseek-ai/DeepSeek-R1") is None


def test_a_spelling_that_means_nothing_of_ours_is_passed_over(table: Table) -> None:
    confirm_alias(kind="model", spelling="human baseline", target="", by="ann", now=NOW)
    line = GOOD.replace("DeepSeek R1", "Human  Baseline")
    assert counts(dry_run(given=table(line), now=NOW)) == {"rows": 1, "ignored": 1}
    with pytest.raises(UnknownTarget, match="There is no model 'deepseek-r9'"):
        confirm_alias(kind="model", spelling="x", target="deepseek-r9", by="ann", now=NOW)


def test_a_name_that_two_models_share_means_neither(table: Table) -> None:
    make_model("other", aliases=["r1"])
    assert KnownSpellings("model").meant("R1") is None
    assert KnownSpellings("model").meant("deepseek-r1") is not None


def test_a_measured_score_is_no_reported_one(table: Table) -> None:
    r1, gpqa = make_model("deepseek-r1"), make_benchmark("gpqa")
    make_score(r1, gpqa, 0.6, source="a paper", reported_by="independent")
    report = dry_run(given=table(GOOD), now=NOW)
    assert counts(report) == {"rows": 1, "new": 1}, "another reporter's figure is another figure"


def test_a_proposal_is_kept_and_applied_later(table: Table, settings: Any, tmp_path: Path) -> None:
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "kept")},
        }
    }
    given = table(GOOD)
    proposal = propose_import(given=given, now=NOW)
    assert (proposal.state, Score.objects.count()) == ("proposed", 0)
    assert (tmp_path / "kept" / proposal.stored_as).read_bytes() == given.path.read_bytes()
    done = apply_import(given=given, now=LATER, proposal=proposal)
    assert (done.pk, done.state, done.applied_at) == (proposal.pk, "applied", LATER)
    assert Score.objects.get().imported_in == proposal


def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"results": ')
    with pytest.raises(ImportRefused, match=r"a.json is no JSON: Expecting value: line 1 column 13"):
        dry_run(given=ImportFile(tmp_path / "a.json"), now=NOW)


@pytest.mark.skipif(not DATA.is_dir(), reason="the data folder is not beside the project")
def test_epochs_files_hold_what_the_catalogue_has_and_the_planted_date_is_found() -> None:
    load_catalogue(folder=CATALOGUE, now=NOW)
    for name, rows in (("eci_benchmarks_2026-08-11.csv", 2249), ("eci_scores_2026-08-11.csv", 222)):
        counted = counts(dry_run(given=ImportFile(DATA / "epoch" / name), now=NOW))
        assert (counted["rows"], counted["same"]) == (rows, rows)
    report = dry_run(given=ImportFile(DATA / "epoch" / "epoch_capabilities_index_2026-01-20.csv"), now=NOW)
    assert "changed" not in counts(report), "a file of January changes nothing that is of August"
    doubts = {doubt["model"]: doubt["reason"] for doubt in report["doubts"]}
    assert doubts["Kimi-K2-Instruct-0905"] == "before the model whose name it carries"


def test_the_command_tells_every_row_and_what_is_kept_says_how_many_it_leaves_out(table: Table) -> None:
    lines = [f"r1,gpqa,0.5,,,vendor,paper {n}," for n in range(230)]
    lines += [f"r1,gpqa,x{n},,,vendor,b," for n in range(1010)]
    lines += [f"model {n},gpqa,0.5,,,vendor,b," for n in range(1020)]
    path = str(table(*lines).path)
    for options in ((), ("--apply",)):
        out = StringIO()
        call_command("import_scores", path, "--json", *options, stdout=out)
        report = json.loads(out.getvalue())
        assert len(report["new"]) == 230
        assert [row["line"] for row in report["rejected"]] == list(range(232, 1242))
        assert len(report["unknown"]["model"]) == 1020
        assert not any(report["left_out"].values())
    kept = Import.objects.get().report
    assert (len(kept["new"]), len(kept["rejected"]), len(kept["unknown"]["model"])) == (200, 1000, 1000)
    assert {name: n for name, n in kept["left_out"].items() if n} == {"new": 30, "rejected": 10, "model": 20}
    out = StringIO()
    call_command("import_scores", path, stdout=out)
    assert "... and 990 more of these: --json has all" in out.getvalue()

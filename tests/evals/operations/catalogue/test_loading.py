"""The catalogue's files become the record, all of them or nothing, and every mistake is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from evals.models import (
    Adoption,
    Benchmark,
    CatalogueEdition,
    Claim,
    Correction,
    Developer,
    ListPrice,
    Model,
    Score,
)
from evals.operations.catalogue.registration import (
    CatalogueError,
    ModelConflict,
    UnknownDeveloper,
    load_catalogue,
    register_model,
)
from evals.operations.refusals import Refused
from tests.support.record import NOW, make_endpoint, make_score, make_submission

pytestmark = pytest.mark.django_db

SOURCED = "source,licence,retrieved_on"
FROM = "a paper,CC BY 4.0,2026-08-11"
FILES = {
    "developers.csv": f"""slug,name,country,headquarters,aliases,{SOURCED}
deepseek,DeepSeek,CN,Hangzhou,深度求索;deep seek,{FROM}
openai,OpenAI,US,San Francisco,,{FROM}
""",
    "models.csv": "slug,name,developer,family,base_model,base_source,variant_of,effort,released_on,"
    "release_precision,announced_on,openness,weights_opened_on,weights_licence,parameters_b,host_country,"
    f"""host_source,aliases,{SOURCED}
deepseek-r1,DeepSeek-R1,deepseek,R1,deepseek-v3,,,,2025-01-20,day,,open,2025-01-21,MIT,671,CN,terms,r1,{FROM}
deepseek-v3,DeepSeek-V3,deepseek,V3,,,,,2024-12-26,day,,open,,,,,,,{FROM}
o3-high,o3 (high),openai,o3,,,o3,high,2025-04-16,day,2024-12-20,closed,,,,,,,{FROM}
o3,o3,openai,o3,,,,,2025-04-16,day,2024-12-20,closed,,,,,,,{FROM}
""",
    "benchmarks.csv": "slug,name,kind,domain,language,metric,unit,direction,chance,ceiling,items,visibility,"
    f"""contamination,released_on,aliases,{SOURCED}
gpqa,GPQA diamond,test,science,en,accuracy,fraction,higher,0.25,1,198,public,medium,2023-11-20,,{FROM}
eci,Epoch's index,index,index,en,index,points,higher,,,,public,low,,,{FROM}
""",
    "scores.csv": "model,benchmark,value,stderr,n,provenance,reported_by,"
    """source,licence,observed_on,retrieved_on
deepseek-r1,gpqa,0.715,0.03,198,reported,vendor,a paper,CC BY 4.0,2025-01-20,2026-08-11
deepseek-r1,gpqa,0.7,,,reported,independent,a paper,CC BY 4.0,2025-02-01,2026-08-11
o3,eci,147.5,,,reported,independent,a paper,CC BY 4.0,2026-08-11,2026-08-11
""",
    "claims.csv": "slug,claimed_on,precision,about_on,claimant,role,leader,follower,scope,lag_months_low,"
    f"""lag_months_high,direction,statement,{SOURCED}
altman-2025,2025-01-01,year,,Somebody,,US,China,,3,6,behind,"Three to six months, about.",{FROM}
""",
    "prices.csv": "model,provider,in_force_on,input_usd_per_mtok,cached_input_usd_per_mtok,"
    f"""output_usd_per_mtok,{SOURCED}
deepseek-r1,deepseek,2025-01-20,0.55,0.14,2.19,{FROM}
deepseek-r1,deepseek,2025-09-05,0.56,,1.68,{FROM}
""",
    "adoption.csv": f"""observed_on,precision,subject,country,measure,value,unit,statement,{SOURCED}
2025-01-01,month,DeepSeek app,CN,monthly active users,33000000,users,"33 million, it is said.",{FROM}
""",
}
Change = Callable[[str, str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


@pytest.fixture
def change(folder: Path) -> Change:
    """Change a text in one of the files."""

    def replace(name: str, old: str, new: str) -> None:
        content = (folder / name).read_text(encoding="utf-8")
        assert old in content
        (folder / name).write_text(content.replace(old, new), encoding="utf-8")

    return replace


def problems(folder: Path) -> list[str]:
    with pytest.raises(CatalogueError) as refusal:
        load_catalogue(folder=folder, now=NOW)
    assert not Developer.objects.exists(), "a refused catalogue leaves nothing behind"
    return [str(problem) for problem in refusal.value.problems]


def test_every_file_becomes_rows_with_their_relations_and_sources(folder: Path) -> None:
    counts = load_catalogue(folder=folder, now=NOW)
    assert counts == {
        "developers": 2,
        "models": 4,
        "benchmarks": 2,
        "scores": 3,
        "claims": 1,
        "prices": 2,
        "adoption": 1,
    }
    r1 = Model.objects.get(slug="deepseek-r1")
    assert (r1.developer.country, r1.base_model and r1.base_model.slug) == ("CN", "deepseek-v3")
    assert (r1.parameters_b, r1.weights_licence, r1.aliases) == (671.0, "MIT", ["r1"])
    assert (str(r1.weights_opened_on), r1.host_country, r1.host_source) == ("2025-01-21", "CN", "terms")
    prices = r1.list_prices.values_list("in_force_on", "input_usd_per_mtok", "cached_input_usd_per_mtok")
    assert [(str(day), price, cached) for day, price, cached in prices] == [
        ("2025-01-20", Decimal("0.55"), Decimal("0.14")),
        ("2025-09-05", Decimal("0.56"), None),
    ]
    users = Adoption.objects.get()
    assert (users.precision, users.value, users.source) == ("month", 33_000_000, "a paper")
    variant = Model.objects.get(slug="o3-high")
    assert (variant.variant_of and variant.variant_of.slug, variant.effort) == ("o3", "high")
    assert Model.objects.get(slug="deepseek-v3").release_precision == "day"
    score = Score.objects.get(reported_by="vendor")
    assert (score.value, score.stderr, score.n, score.source_licence) == (0.715, 0.03, 198, "CC BY 4.0")
    assert score.recorded_at == NOW
    assert Developer.objects.get(slug="deepseek").aliases == ["深度求索", "deep seek"]
    assert Claim.objects.get().lag_months_high == 6
    assert Benchmark.objects.get(slug="eci").ceiling is None


def test_loading_twice_changes_nothing(folder: Path) -> None:
    load_catalogue(folder=folder, now=NOW)
    before = list(Score.objects.order_by("pk").values())
    assert load_catalogue(folder=folder, now=NOW + timedelta(days=1))["scores"] == 3
    assert list(Score.objects.order_by("pk").values()) == before
    assert (Model.objects.count(), CatalogueEdition.objects.count()) == (4, 1)


def test_a_corrected_file_corrects_the_record(folder: Path, change: Change) -> None:
    load_catalogue(folder=folder, now=NOW)
    change("models.csv", "2025-01-20", "2025-01-19")
    change("models.csv", ",o3,high", ",,high")
    change("scores.csv", "0.715", "0.725")
    change("scores.csv", "o3,eci,147.5,,,reported,independent,a paper,CC BY 4.0,2026-08-11,2026-08-11\n", "")
    load_catalogue(folder=folder, now=NOW + timedelta(days=1))
    assert str(Model.objects.get(slug="deepseek-r1").released_on) == "2025-01-19"
    assert Model.objects.get(slug="o3-high").variant_of is None
    assert sorted(Score.objects.values_list("value", flat=True)) == [0.7, 0.725]
    assert CatalogueEdition.objects.count() == 2


def test_a_changed_line_corrects_the_row_and_keeps_what_it_told(folder: Path, change: Change) -> None:
    load_catalogue(folder=folder, now=NOW)
    pk = Score.objects.get(reported_by="vendor").pk
    change("models.csv", "2024-12-26", "2024-12-27")
    change(
        "scores.csv", "0.715,0.03,198,reported,vendor,a paper", "0.725,0.03,198,reported,vendor,an erratum"
    )
    change("scores.csv", "o3,eci,147.5,,,reported,independent,a paper,CC BY 4.0,2026-08-11,2026-08-11\n", "")
    before, later = Correction.objects.count(), NOW + timedelta(days=9)
    load_catalogue(folder=folder, now=later)
    corrections = {row.subject: row for row in Correction.objects.filter(corrected_at=later)}
    assert set(corrections) == {"deepseek-v3", "deepseek-r1 on gpqa", "o3 on eci"}
    assert corrections["deepseek-v3"].changes == {"released_on": ["2024-12-26", "2024-12-27"]}
    figure = {"value": [0.715, 0.725], "source": ["a paper", "an erratum"]}
    assert corrections["deepseek-r1 on gpqa"].changes == figure
    assert corrections["o3 on eci"].changes == {}
    assert all("The catalogue's edition" in row.reason for row in corrections.values())
    vendor = Score.objects.get(reported_by="vendor")
    assert (vendor.pk, vendor.value, vendor.known_at) == (pk, 0.725, later)
    assert Score.objects.get(reported_by="independent").known_at < NOW
    load_catalogue(folder=folder, now=later + timedelta(days=1))
    assert Correction.objects.count() == before + 3, "loading again corrects nothing"


def test_the_first_facts_are_known_since_they_were_public_and_later_ones_since_they_were_recorded(
    folder: Path, change: Change
) -> None:
    load_catalogue(folder=folder, now=NOW)
    known = dict(Model.objects.values_list("slug", "known_at"))
    assert known["o3"] == datetime(2025, 4, 16, tzinfo=UTC), "the announcement tells of a later release"
    assert Developer.objects.get(slug="deepseek").known_at == datetime(2024, 12, 26, tzinfo=UTC)
    scores = dict(Score.objects.values_list("reported_by", "known_at"))
    assert scores["vendor"] == datetime(2025, 1, 20, tzinfo=UTC)
    assert Score.objects.get(benchmark__slug="eci").known_at == datetime(2026, 8, 11, tzinfo=UTC)
    assert Claim.objects.get().known_at == datetime(2025, 12, 31, tzinfo=UTC), "some day of the year"
    assert Adoption.objects.get().known_at == datetime(2025, 1, 31, tzinfo=UTC)
    line = f"o1,o1,openai,o1,,,,,2024-12-05,day,,closed,,,,,,,{FROM}\n"
    models = (folder / "models.csv").read_text(encoding="utf-8")
    (folder / "models.csv").write_text(models + line, encoding="utf-8")
    later = NOW + timedelta(days=9)
    load_catalogue(folder=folder, now=later)
    assert Model.objects.get(slug="o1").known_at == later


def test_a_model_was_closed_until_its_weights_were_published(folder: Path) -> None:
    load_catalogue(folder=folder, now=NOW)
    (kept,) = Correction.objects.all()
    assert (kept.subject, kept.reason) == ("deepseek-r1", "The weights were published.")
    assert (kept.row["openness"], kept.row["weights_opened_on"]) == ("closed", None)
    assert kept.corrected_at == Model.objects.get(slug="deepseek-r1").known_at
    assert kept.corrected_at == datetime(2025, 1, 21, tzinfo=UTC)
    assert kept.known_at == datetime(2025, 1, 20, tzinfo=UTC)


def test_scores_that_did_not_come_from_the_catalogue_stay(folder: Path, change: Change) -> None:
    load_catalogue(folder=folder, now=NOW)
    submission = make_submission(endpoint=make_endpoint(model=Model.objects.get(slug="deepseek-r1")))
    gpqa = Benchmark.objects.get(slug="gpqa")
    make_score(
        submission.endpoint.model, gpqa, 0.6, provenance="measured", reported_by="", submission=submission
    )
    change("scores.csv", "0.715", "0.725")
    load_catalogue(folder=folder, now=NOW)
    assert Score.objects.get(provenance="measured").value == 0.6
    assert Score.objects.count() == 4


def test_what_left_the_files_leaves_the_record_unless_something_points_to_it(
    folder: Path, change: Change
) -> None:
    load_catalogue(folder=folder, now=NOW)
    make_endpoint(model=Model.objects.get(slug="o3-high"))
    for name in ("scores.csv", "claims.csv", "prices.csv", "adoption.csv"):
        header = (folder / name).read_text(encoding="utf-8").splitlines()[0]
        (folder / name).write_text(f"{header}\n", encoding="utf-8")
    models = (folder / "models.csv").read_text(encoding="utf-8").splitlines()
    (folder / "models.csv").write_text("\n".join([models[0], models[2]]) + "\n", encoding="utf-8")
    load_catalogue(folder=folder, now=NOW)
    assert not any(t.objects.exists() for t in (Score, Claim, ListPrice, Adoption))
    assert set(Model.objects.values_list("slug", flat=True)) == {"deepseek-v3", "o3", "o3-high"}


def test_a_figure_that_was_imported_before_the_catalogue_had_it_stays_and_stops_nothing(folder: Path) -> None:
    load_catalogue(folder=folder, now=NOW)
    ours = Score.objects.get(reported_by="vendor")
    Score.objects.filter(pk=ours.pk).update(
        edition=None, value=0.72, source="a paper (2nd edition), https://a"
    )
    assert load_catalogue(folder=folder, now=NOW)["scores"] == 3
    assert Score.objects.get(reported_by="vendor").value == 0.72
    Score.objects.filter(pk=ours.pk).update(source="a paper")
    assert load_catalogue(folder=folder, now=NOW)["scores"] == 3
    assert Score.objects.get(reported_by="vendor").value == 0.72


def test_every_bad_cell_of_every_file_is_told_at_once(folder: Path, change: Change) -> None:
    change("developers.csv", "OpenAI,US", "OpenAI,USA")
    change("models.csv", "2024-12-26", "2024-13-26")
    change("models.csv", "closed", "secret")
    change("benchmarks.csv", "higher,0.25", "upwards,0.25")
    change("scores.csv", "0.715", "nan")
    assert problems(folder) == [
        "developers.csv:3: country: is 'USA', which is no ISO 3166 code of a country, such as CN",
        "models.csv:3: released_on: is '2024-13-26'; a date is written 2025-01-20",
        "models.csv:4: openness: is 'secret'; allowed: open, closed",
        "models.csv:5: openness: is 'secret'; allowed: open, closed",
        "benchmarks.csv:2: direction: is 'upwards'; allowed: higher, lower",
        "scores.csv:2: value: is 'nan'; it must be a finite number",
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        (
            "models.csv",
            "DeepSeek-R1,deepseek",
            "DeepSeek-R1,deepsek",
            "models.csv:2: developer: 'deepsek' is no slug of developers.csv; the nearest is 'deepseek'",
        ),
        ("scores.csv", "0.7,,,reported,independent", "0.7,,,reported,vendor", "repeats line 2"),
        ("models.csv", ",MIT,671,CN,terms", ",MIT,671,CN,", "host_source: is empty, and host_country is not"),
        ("models.csv", ",MIT,671,CN,terms", ",MIT,671,XX,terms", "host_country: is 'XX', which is no ISO"),
        ("models.csv", "open,2025-01-21", "open,2025-01-20", "only where the weights came after the release"),
        ("developers.csv", "aliases,source", "alias,source", "developers.csv:1: the header: must be slug,"),
        ("developers.csv", "US,San Francisco,,", "US,", "developers.csv:3: the line: must have 8 cells"),
        (
            "developers.csv",
            "San Francisco",
            "x" * 161,
            "headquarters: has 161 characters; at most 160 are kept",
        ),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_what_is_allowed(
    folder: Path, change: Change, file: str, old: str, new: str, sentence: str
) -> None:
    change(file, old, new)
    assert sentence in "\n".join(problems(folder))


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "models.csv").unlink()
    assert f"models.csv:0: the file: is not in {folder}" in problems(folder)


def test_a_file_that_is_not_utf8_is_named(folder: Path) -> None:
    (folder / "models.csv").write_bytes(b"slug\xff")
    assert problems(folder)[0] == "models.csv:0: the file: must be UTF-8 text; its byte 4 is not"


def test_many_problems_are_counted_and_the_first_are_shown(folder: Path) -> None:
    with (folder / "developers.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"d{number},D{number},x,,,a,b,2026-01-01\n" for number in range(80))
    with pytest.raises(CatalogueError, match=r"has 80 problems; nothing was loaded") as refusal:
        load_catalogue(folder=folder, now=NOW)
    assert refusal.value.message.endswith("... and 30 more.")


def test_a_model_of_ones_own_is_registered_once(folder: Path) -> None:
    load_catalogue(folder=folder, now=NOW)
    facts: dict[str, Any] = {"slug": "mine", "name": "Mine", "developer": "deepseek", "openness": "open"}
    assert register_model(**facts).pk == register_model(**facts).pk
    with pytest.raises(ModelConflict, match="'mine' is on record with another openness"):
        register_model(**facts | {"openness": "closed"})
    with pytest.raises(UnknownDeveloper, match="Nearest on record: deepseek"):
        register_model(**facts | {"developer": "deepseeek"})
    with pytest.raises(Refused, match="'half' is not a valid choice"):
        register_model(**facts | {"slug": "other", "openness": "half"})
    assert not Model.objects.filter(slug="other").exists()

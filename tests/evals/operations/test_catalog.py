"""The catalogue's files become the record, all of them or nothing, and every mistake is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from evals.models import Benchmark, CatalogueEdition, Claim, Correction, Developer, Model, Score
from evals.operations.catalog import (
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
    "models.csv": "slug,name,developer,family,base_model,variant_of,effort,released_on,release_precision,"
    f"""announced_on,openness,weights_licence,parameters_b,aliases,{SOURCED}
deepseek-r1,DeepSeek-R1,deepseek,R1,deepseek-v3,,,2025-01-20,day,,open,MIT,671,r1,{FROM}
deepseek-v3,DeepSeek-V3,deepseek,V3,,,,2024-12-26,,,open,,,,{FROM}
o3-high,o3 (high),openai,o3,,o3,high,2025-04-16,day,2024-12-20,closed,,,,{FROM}
o3,o3,openai,o3,,,,2025-04-16,day,2024-12-20,closed,,,,{FROM}
""",
    "benchmarks.csv": "slug,name,kind,domain,language,metric,unit,direction,chance,ceiling,items,visibility,"
    f"""contamination,released_on,aliases,{SOURCED}
gpqa,GPQA diamond,test,science,en,accuracy,fraction,higher,0.25,1,198,public,medium,2023-11-20,,{FROM}
eci,Epoch's index,index,general,en,index,points,higher,,,,public,low,,,{FROM}
""",
    "scores.csv": "model,benchmark,value,stderr,n,provenance,reported_by,"
    """source,licence,observed_on,retrieved_on
deepseek-r1,gpqa,0.715,0.03,198,reported,vendor,a paper,CC BY 4.0,2025-01-20,2026-08-11
deepseek-r1,gpqa,0.7,,,reported,independent,a paper,CC BY 4.0,,2026-08-11
o3,eci,147.5,,,reported,independent,a paper,CC BY 4.0,,2026-08-11
""",
    "claims.csv": "slug,claimed_on,precision,claimant,role,leader,follower,scope,lag_months_low,"
    f"""lag_months_high,direction,statement,{SOURCED}
altman-2025,2025-01-01,year,Somebody,,US,China,,3,6,behind,"Three to six months, about.",{FROM}
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
    assert counts == {"developers": 2, "models": 4, "benchmarks": 2, "scores": 3, "claims": 1}
    r1 = Model.objects.get(slug="deepseek-r1")
    assert (r1.developer.country, r1.base_model and r1.base_model.slug) == ("CN", "deepseek-v3")
    assert (r1.parameters_b, r1.weights_licence, r1.aliases) == (671.0, "MIT", ["r1"])
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
    change("models.csv", "2025-01-20", "2025-01-21")
    change("models.csv", ",o3,high", ",,high")
    change("scores.csv", "0.715", "0.725")
    change("scores.csv", "o3,eci,147.5,,,reported,independent,a paper,CC BY 4.0,,2026-08-11\n", "")
    load_catalogue(folder=folder, now=NOW + timedelta(days=1))
    assert str(Model.objects.get(slug="deepseek-r1").released_on) == "2025-01-21"
    assert Model.objects.get(slug="o3-high").variant_of is None
    assert sorted(Score.objects.values_list("value", flat=True)) == [0.7, 0.725]
    assert CatalogueEdition.objects.count() == 2


def test_a_changed_line_corrects_the_row_and_keeps_what_it_told(folder: Path, change: Change) -> None:
    load_catalogue(folder=folder, now=NOW)
    before = {score.reported_by: score.pk for score in Score.objects.filter(benchmark__slug="gpqa")}
    change("models.csv", "2024-12-26,,,open", "2024-12-27,,,open")
    change(
        "scores.csv", "0.715,0.03,198,reported,vendor,a paper", "0.725,0.03,198,reported,vendor,an erratum"
    )
    change("scores.csv", "o3,eci,147.5,,,reported,independent,a paper,CC BY 4.0,,2026-08-11\n", "")
    later = NOW + timedelta(days=9)
    load_catalogue(folder=folder, now=later)
    told = {row.subject: row for row in Correction.objects.all()}
    assert set(told) == {"deepseek-v3", "deepseek-r1 on gpqa", "o3 on eci"}
    assert told["deepseek-v3"].changes == {"released_on": ["2024-12-26", "2024-12-27"]}
    assert told["deepseek-r1 on gpqa"].changes == {
        "value": [0.715, 0.725],
        "source": ["a paper", "an erratum"],
    }
    assert told["o3 on eci"].changes == {}
    assert all("The catalogue of edition" in row.reason for row in told.values())
    vendor = Score.objects.get(reported_by="vendor")
    assert (vendor.pk, vendor.value, vendor.known_at) == (before["vendor"], 0.725, later)
    assert Score.objects.get(reported_by="independent").known_at < NOW
    load_catalogue(folder=folder, now=later + timedelta(days=1))
    assert Correction.objects.count() == 3, "loading again corrects nothing"


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
    change("models.csv", "o3,o3,openai", f"o1,o1,openai,o1,,,,2024-12-05,day,,closed,,,,{FROM}\no3,o3,openai")
    later = NOW + timedelta(days=9)
    load_catalogue(folder=folder, now=later)
    assert Model.objects.get(slug="o1").known_at == later


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


def test_every_bad_cell_of_every_file_is_told_at_once(folder: Path, change: Change) -> None:
    change("developers.csv", "OpenAI,US", "OpenAI,USA")
    change("models.csv", "2024-12-26", "2024-13-26")
    change("models.csv", "closed", "secret")
    change("benchmarks.csv", "higher,0.25", "upwards,0.25")
    change("scores.csv", "0.715", "nan")
    assert problems(folder) == [
        "developers.csv:3: country is 'USA'; it must be an ISO 3166 code of two capitals, such as CN.",
        "models.csv:3: released_on is '2024-13-26'; it must be a date such as 2025-01-20.",
        "models.csv:4: openness is 'secret'; it must be one of open, closed.",
        "models.csv:5: openness is 'secret'; it must be one of open, closed.",
        "benchmarks.csv:2: direction is 'upwards'; it must be one of higher, lower.",
        "scores.csv:2: value is 'nan'; it must be a finite number.",
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        (
            "models.csv",
            "DeepSeek-R1,deepseek",
            "DeepSeek-R1,deepsek",
            "models.csv:2: developer is 'deepsek'; it must be a slug of developers.csv; nearest: deepseek.",
        ),
        ("scores.csv", "o3,eci", "o4,eci", "scores.csv:4: model is 'o4'; it must be a slug of models.csv; "),
        (
            "models.csv",
            "o3-high,o3 (high)",
            "o3,o3 (high)",
            "models.csv:5: slug is 'o3'; it must be new: line 4",
        ),
        ("models.csv", ",,o3,high", ",,o3-high,high", "variant_of is 'o3-high'; it must be another model"),
        (
            "benchmarks.csv",
            "0.25,1,",
            "1,1,",
            "benchmarks.csv:2: chance is '1.0'; it must be below the ceiling of 1.",
        ),
        (
            "scores.csv",
            "0.715",
            "71.5",
            "value is '71.5'; it must be from 0 to the benchmark's ceiling of 1.",
        ),
        (
            "scores.csv",
            "0.7,,,reported,ind",
            "0.7,,,measured,ind",
            "provenance is 'measured'; it must be one of rep",
        ),
        (
            "scores.csv",
            "0.7,,,reported,independent",
            "0.7,,,reported,vendor",
            "scores.csv:3: model is 'deepseek-r1'",
        ),
        (
            "scores.csv",
            "0.03,198",
            "-0.03,198",
            "stderr is '-0.03'; it must be a number that is not negative.",
        ),
        ("scores.csv", "0.03,198", "0.03,198.5", "n is '198.5'; it must be a whole number, at least 1."),
        ("claims.csv", ",3,6,", ",9,6,", "lag_months_low is '9.0'; it must be at most lag_months_high, 6."),
        (
            "developers.csv",
            "aliases,source",
            "alias,source",
            "developers.csv:1: the header is 'without aliases and w",
        ),
        (
            "developers.csv",
            "US,San Francisco,,",
            "US,",
            "developers.csv:3: the line is ''; it must be 8 cells",
        ),
        (
            "models.csv",
            "deepseek-v3,DeepSeek-V3",
            "Deepseek.V3,DeepSeek-V3",
            "slug is 'Deepseek.V3'; it must be a slug",
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
    assert f"models.csv:0: the file is 'missing'; it must be in {folder}." in problems(folder)


def test_a_file_that_is_not_utf8_is_named(folder: Path) -> None:
    (folder / "models.csv").write_bytes(b"slug\xff")
    assert problems(folder) == ["models.csv:0: the file is 'byte 4'; it must be UTF-8 text."]


def test_many_problems_are_counted_and_the_first_are_shown(folder: Path) -> None:
    with (folder / "developers.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"d{number},D,x,,,a,b,\n" for number in range(80))
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

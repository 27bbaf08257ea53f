"""A file is read whole, or refused with everything that is wrong in it."""

import json
from datetime import date

import pytest

from leaderboard.lag.data import Precision, Provenance
from leaderboard.lag.io.fields import FileRefusedError
from leaderboard.lag.io.files import read_lag_file

GOOD = {
    "models": [
        {"id": "k", "group": "CN", "date": "2024-05", "effort": "High", "base": "kk", "price": 1.5},
        {"id": "g", "group": "United States", "date": "2024-01-02", "country": "US"},
    ],
    "benchmarks": [{"id": "b", "chance": 0.25, "ceiling": 1, "n": 400}],
    "scores": [{"model": "k", "benchmark": "b", "score": 0.5, "se": 0.01, "n": 3, "source": "vendor: page"}],
}
HEADER = "model,group,date,benchmark,score"


def write(tmp_path, content, name="in.json"):
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def refused(tmp_path, content, name="in.json"):
    with pytest.raises(FileRefusedError) as caught:
        read_lag_file(write(tmp_path, content, name))
    return str(caught.value).splitlines()


def changed(key, at=0, **values):
    document = json.loads(json.dumps(GOOD))
    document[key][at] |= values
    return document


def test_json_is_read_with_its_defaults(tmp_path):
    lag_file = read_lag_file(write(tmp_path, GOOD))
    k, g = lag_file.data.models
    assert (k.cohort, k.released_on, k.precision, k.effort, k.price) == (
        "China",
        date(2024, 5, 16),
        Precision.MONTH,
        "high",
        1.5,
    )
    assert (g.cohort, g.precision, g.facts) == ("US", Precision.DAY, {"country": "US"})
    assert lag_file.data.scores[0].provenance is Provenance.VENDOR
    assert lag_file.as_of == date(2024, 5, 16)
    assert read_lag_file(write(tmp_path, GOOD | {"as_of": "2024-08-01"})).as_of == date(2024, 8, 1)


def test_benchmarks_that_are_not_listed_are_made_from_the_scores(tmp_path):
    for listed in ({}, {"benchmarks": []}):
        document = {"models": GOOD["models"], "scores": GOOD["scores"]} | listed
        (benchmarks,) = read_lag_file(write(tmp_path, document)).data.benchmarks
        assert (benchmarks.id, benchmarks.chance, benchmarks.ceiling, benchmarks.n) == ("b", 0.0, None, None)


def test_later_prices_are_read_with_their_first_day(tmp_path):
    lag_file = read_lag_file(
        write(tmp_path, changed("models", price_cuts=[{"from": "2024-09-01", "price": 0.5}]))
    )
    assert lag_file.data.models[0].price_cuts == ((date(2024, 9, 1), 0.5),)


def test_csv_is_read_and_a_model_may_have_many_lines(tmp_path):
    text = f"\ufeff{HEADER},se,n\nk,China,2024-05-01,b,0.5,,\nk,China,2024-05-01,c,60,1.5,20\n"
    lag_file = read_lag_file(write(tmp_path, text, "in.csv"))
    assert [m.id for m in lag_file.data.models] == ["k"]
    assert [(s.benchmark, s.value, s.se, s.n) for s in lag_file.data.scores] == [
        ("b", 0.5, None, None),
        ("c", 60.0, 1.5, 20),
    ]


def test_a_blank_group_puts_a_model_into_no_cohort(tmp_path):
    data = read_lag_file(write(tmp_path, f"{HEADER}\nk,,2024-05-01,b,0.5\n", "in.csv")).data
    assert (data.models[0].cohort, data.cohorts()) == ("", ())


def test_fields_that_are_not_used_are_noted(tmp_path):
    lag_file = read_lag_file(write(tmp_path, changed("scores", std=0.1)))
    assert lag_file.notes == ("scores: std not used; used are: model, benchmark, score, se, n, source, unit",)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (changed("models", date="May 2024"), "models[0]: date is 'May 2024'; allowed: a date as YYYY-MM-DD,"),
        (changed("models", date="2024-02-30"), "models[0]: date is '2024-02-30'; allowed:"),
        (changed("models", date=None), "models[0]: date is missing; allowed:"),
        (changed("models", id=" "), "models[0]: id is ' '; allowed: a text that is not blank"),
        (changed("models", id="g"), "models: id is 'g'; allowed: each id once"),
        (changed("models", group=7), "models[0]: group is 7; allowed: a text"),
        (changed("models", effort="ultra"), "models[0]: effort is 'ultra'; allowed: none, minimal, low,"),
        (changed("models", price=-1), "models[0]: price is -1; allowed: a number of USD per million tokens"),
        (
            changed("models", at=1, base="kk"),
            "variants of 'kk': group is ['China', 'US']; allowed: one group",
        ),
        (changed("benchmarks", ceiling=0.2), "benchmarks[0]: ceiling is 0.2; allowed: a number above the"),
        (changed("benchmarks", n=0), "benchmarks[0]: n is 0; allowed: a whole number of at least 1"),
        (changed("scores", score="0.5"), "scores[0]: score is '0.5'; allowed: a finite number"),
        (changed("scores", score=float("nan")), "scores[0]: score is nan; allowed: a finite number"),
        (changed("scores", score=True), "scores[0]: score is True; allowed: a finite number"),
        (changed("scores", score=1.5), "scores[0]: score is 1.5; allowed: at most the ceiling of 'b', 1"),
        (changed("scores", se=-0.1), "scores[0]: se is -0.1; allowed: a standard error of 0 or more"),
        (changed("scores", n=2.5), "scores[0]: n is 2.5; allowed: a whole number of at least 1"),
        (changed("scores", model="x"), "scores[0]: model is 'x'; allowed: an id of models: g, k"),
        (changed("scores", benchmark="x"), "scores[0]: benchmark is 'x'; allowed: an id of benchmarks: b"),
        (GOOD | {"as_of": "2024-08"}, "file: as_of is '2024-08'; allowed: a date as YYYY-MM-DD"),
        (GOOD | {"scores": {}}, "file: scores is {}; allowed: a list of objects"),
        (GOOD | {"models": ["k"]}, "models[0]: row is 'k'; allowed: an object"),
        ({"models": [], "scores": []}, "file: models is []; allowed: at least one model"),
        ([], "file: top level is []; allowed: an object"),
        ("{", "line 1: JSON is"),
    ],
)
def test_a_broken_json_is_refused_with_place_field_value_and_what_is_allowed(tmp_path, document, sentence):
    assert any(sentence in line for line in refused(tmp_path, document))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "line 1: column 'model' is missing; allowed: model, group, date, benchmark, score, and if"),
        ("model,group,date,benchmark\n", "line 1: column 'score' is missing"),
        (f"{HEADER},score\n", "line 1: column is 'score'; allowed: each column once"),
        (f"{HEADER}\nk,China,2024-05-01,b\n", "line 2: number of cells is 4; allowed: 5, as the header"),
        (f"{HEADER}\nk,China,2024-05-01,b,\n", "line 2: score is ''; allowed: a finite number"),
        (f"{HEADER}\nk,China,2024-05-01,b,nan\n", "line 2: score is 'nan'; allowed: a finite number"),
        (f"{HEADER}\nk,China,2024-05-01,b,1_0\n", "line 2: score is '1_0'; allowed: a finite number"),
        (
            f"{HEADER}\nk,China,2024-05-01,b,0.5\nk,US,2024-05-01,c,0.5\n",
            "line 3: group is 'US'; allowed: what the first line of 'k' says: China, 2024-05-01",
        ),
        (
            f"{HEADER}\nk,China,2024-05-01,b,0.5\nk,China,2024-05-02,c,0.5\n",
            "line 3: date is '2024-05-02'; allowed: what the first line of 'k' says: China, 2024-05-01",
        ),
        (f'{HEADER}\nk,China,"2024', "CSV is"),
        (f"{HEADER}\n", "file: models is []; allowed: at least one model"),
    ],
)
def test_a_broken_csv_is_refused_with_line_field_value_and_what_is_allowed(tmp_path, text, sentence):
    assert any(sentence in line for line in refused(tmp_path, text, "in.csv"))


def test_every_problem_of_a_file_is_told_at_once(tmp_path):
    document = changed("models", date="soon")
    document["scores"].append({"model": "nobody", "benchmark": "b", "score": "high"})
    document["scores"].append({"model": "nobody", "benchmark": "b", "score": 0.5})
    lines = refused(tmp_path, document)
    assert len(lines) == 3
    assert all(line.startswith(str(tmp_path / "in.json")) for line in lines)


def test_scores_in_per_cent_are_those_in_fractions(tmp_path):
    fractions = write(tmp_path, f"{HEADER},se\na,US,2024-01-02,b,0.1854,0.01\n", "fractions.csv")
    percent = write(tmp_path, f"{HEADER},se,unit\na,US,2024-01-02,b,18.54,1,percent\n", "percent.csv")
    document = changed("scores", score=50, se=1, unit="Percent")
    assert read_lag_file(percent).data == read_lag_file(fractions).data
    assert read_lag_file(write(tmp_path, document)).data == read_lag_file(write(tmp_path, GOOD)).data


def test_the_scores_of_a_benchmark_are_in_one_unit(tmp_path):
    rows = "a,US,2024-01-02,b,18.54,percent\na,US,2024-01-02,c,0.5,\nd,US,2024-01-02,b,0.2,\n"
    assert refused(tmp_path, f"{HEADER},unit\n{rows}", "in.csv") == [
        f"{tmp_path / 'in.csv'}: line 4: unit is ''; allowed: percent, as in the first row of the benchmark"
    ]
    (sentence,) = refused(tmp_path, f"{HEADER},unit\na,US,2024-01-02,b,18.54,points\n", "in.csv")
    assert "unit is 'points'; allowed: fraction, percent" in sentence


def test_benchmarks_without_a_highest_score_are_noted_with_what_to_add(tmp_path):
    rows = "a,US,2024-01-02,b,18.54\na,US,2024-01-02,c,0.5\n"
    (note,) = read_lag_file(write(tmp_path, f"{HEADER}\n{rows}", "in.csv")).notes
    assert note.startswith("no highest possible score is known of b, which have scores over 1")
    assert 'add the column "unit" with "percent"' in note


@pytest.mark.parametrize(
    "text",
    [
        "model; group; date; benchmark; score\na;US;2024-01-02;b;0,5\n",
        "model\tgroup\tdate\tbenchmark\tscore\na\tUS\t2024-01-02\tb\t0.5\n",
        "model, group, date, benchmark, score,,\na, US, 2024-01-02, b, 0.5,,\n,,,,,,\n",
    ],
)
def test_tables_of_spreadsheets_are_read(tmp_path, text):
    (score,) = read_lag_file(write(tmp_path, text, "in.csv")).data.scores
    assert score.value == 0.5


def test_dates_and_numbers_that_are_typing_errors_are_refused(tmp_path):
    rows = "a,US,0202-01-02,b,0.5\nc,US,2024-01-02,b,1e16\n"
    sentences = refused(tmp_path, f"{HEADER}\n{rows}", "in.csv")
    assert ["date is '0202-01-02'" in sentences[0], "score is '1e16'" in sentences[1]] == [True, True]
    assert "JSON is" in refused(tmp_path, '{"models": ' + "9" * 5000 + "}")[0]


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(FileRefusedError, match="No such file"):
        read_lag_file(tmp_path / "absent.json")
    (tmp_path / "latin.csv").write_bytes(b"model\xe9")
    with pytest.raises(FileRefusedError, match="UTF-8"):
        read_lag_file(tmp_path / "latin.csv")

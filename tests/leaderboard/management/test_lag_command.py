"""`manage.py lag` prints the lag of a file, or refuses it."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from leaderboard.lag import METHOD_VERSION
from leaderboard.management.commands.lag import Command
from tests.study.worlds import BASE, simulate_world

FACTS = Path(__file__).parents[1] / "lag/facts.json"


def run(*arguments):
    out, err = StringIO(), StringIO()
    call_command(Command(stdout=out, stderr=err), *map(str, arguments), skip_checks=True)
    return out.getvalue(), err.getvalue()


def test_json_names_the_pair_the_date_and_every_benchmark():
    output = json.loads(run(FACTS, "--json", "--follower", "cn", "--leader", "United States")[0])
    assert (output["method_version"], output["as_of"], output["follower"], output["leader"]) == (
        METHOD_VERSION,
        "2025-02-20",
        "China",
        "US",
    )
    assert [event["match"] for event in output["benchmarks"]["mmlu"]["event_lags"]][-1] == "o1"


def test_an_earlier_date_sees_less():
    output = json.loads(run(FACTS, "--json", "--as-of", "2025-01-01")[0])
    assert [e["model"] for e in output["benchmarks"]["mmlu"]["event_lags"]] == ["Yi-34B", "DeepSeek-V3"]


def test_without_json_it_speaks_in_sentences():
    assert f"China against US, as of 2025-02-20, method {METHOD_VERSION}." in run(FACTS)[0]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--follower", "XX"], "no model is in group 'XX'; there are: China, US"),
        (["--follower", "usa"], "follower and leader are both 'US'; allowed: two different groups"),
        (["--as-of", "yesterday"], "'yesterday' is not allowed; allowed: a date as YYYY-MM-DD"),
    ],
)
def test_a_wrong_option_is_refused_with_what_is_allowed(arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        run(FACTS, *arguments)


def test_a_broken_file_is_refused_and_an_unused_field_is_noted(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("model,group,date,benchmark,score,std\nk,China,soon,b,0.5,1\n")
    with pytest.raises(CommandError, match="line 2: date is 'soon'; allowed: a date as YYYY-MM-DD"):
        run(path)
    path.write_text("model,group,date,benchmark,score,std\nk,CN,2024-01-01,b,1,1\ng,US,2024-01-01,b,1,1\n")
    assert "note: columns: std not used" in run(path)[1]


def written(tmp_path):
    simulated = simulate_world(replace(BASE, name="file", n_models=60), 1).data
    path = tmp_path / "world.json"
    models = [
        {
            "id": m.id,
            "group": m.cohort,
            "date": m.released_on.isoformat(),
            "openness": "open" if i % 2 else "closed",
            "price": i % 5,
        }
        for i, m in enumerate(simulated.models)
    ]
    benchmarks = [{"id": b.id, "chance": b.chance, "ceiling": 1, "n": b.n} for b in simulated.benchmarks]
    scores = [{"model": s.model, "benchmark": s.benchmark, "score": s.value} for s in simulated.scores]
    path.write_text(json.dumps({"models": models, "benchmarks": benchmarks, "scores": scores}))
    return path


def test_options_choose_cohorts_prices_readings_and_draws(tmp_path):
    path = written(tmp_path)
    plain = json.loads(run(path, "--json", "--draws", 200, "--seed", 3, "--reading", "standing")[0])
    assert (plain["composite"]["draws"], plain["composite"]["seed"]) == (200, 3)
    assert list(plain["readings"]) == ["standing"]
    grouped = run(path, "--group-by", "openness", "--follower", "open", "--leader", "closed", "--draws", 200)
    assert "open against closed" in grouped[0]
    cheap = json.loads(run(path, "--json", "--draws", 200, "--price-under", 2.5)[0])
    assert sum(cheap["composite"]["n_models"]) < sum(plain["composite"]["n_models"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--group-by", "colour"], "invalid choice: 'colour'"),
        (["--group-by", "size"], "no model states its size"),
        (["--price-under", "cheap"], "'cheap' is not allowed; allowed: USD per million tokens"),
        (["--reading", "tea"], "invalid choice: 'tea'"),
        (["--draws", "3"], "'3' is not allowed; allowed: 100 to 100000"),
        (["--seed", "-1"], "'-1' is not allowed|expected one argument"),
    ],
)
def test_a_wrong_choice_is_refused(arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        run(FACTS, *arguments)


def test_every_benchmark_with_an_event_is_drawn_into_a_folder(tmp_path):
    message = run(FACTS, "--draw", tmp_path / "pictures")[1]
    drawn = sorted(path.name for path in (tmp_path / "pictures").iterdir())
    assert {"mmlu-frontiers.svg", "mmlu-lag.svg"} <= set(drawn)
    assert message.count("drawn: ") == len(drawn)
    assert "DeepSeek-V3" in (tmp_path / "pictures/mmlu-frontiers.svg").read_text(encoding="utf-8")


def test_per_cent_without_a_unit_gives_the_true_reason_and_with_it_the_lag_of_fractions(tmp_path):
    rows = [
        (
            f"{group}-{place}",
            group,
            f"2024-{place:02}-{day}",
            name,
            10 * place + number - 4 * (group == "China"),
        )
        for place in range(1, 9)
        for day, group in (("01", "US"), ("20", "China"))
        for number, name in enumerate(("alpha", "beta", "gamma"))
    ]
    header = "model,group,date,benchmark,score"
    per_cent = [f"{','.join(row[:4])},{row[4]}" for row in rows]
    texts = {
        "bare.csv": [header, *per_cent],
        "unit.csv": [f"{header},unit", *(f"{row},percent" for row in per_cent)],
        "fractions.csv": [header, *(f"{','.join(row[:4])},{row[4] / 100:.2f}" for row in rows)],
    }
    for name, lines in texts.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    out, err = run(tmp_path / "bare.csv", "--draws", "100")
    assert "fewer than three benchmarks with a highest possible score have scores of both" in out
    assert 'add the column "unit" with "percent"' in out
    assert "note: no highest possible score is known of alpha, beta, gamma" in err
    with_unit, _ = run(tmp_path / "unit.csv", "--draws", "100", "--json")
    assert with_unit == run(tmp_path / "fractions.csv", "--draws", "100", "--json")[0]
    assert json.loads(with_unit)["composite"]["status"] == "ok"

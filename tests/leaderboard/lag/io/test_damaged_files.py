"""However a lag file is damaged, it is read, or refused with what is wrong in it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leaderboard.lag.data import Pair
from leaderboard.lag.io.fields import FileRefusedError
from leaderboard.lag.io.files import read_lag_file
from leaderboard.lag.summary import summarise_lags
from tests.support.damage import damaged

CSV = b"model,group,date,benchmark,score,se,n,unit,effort,price\n" + b"".join(
    f"{group}-{number},{group},2024-0{number}-15,{test},{number}0.5,1.5,900,percent,high,1.5\n".encode()
    for number in range(1, 5)
    for group in ("US", "China")
    for test in ("alpha", "beta")
)
JSON = json.dumps(
    {
        "as_of": "2024-12-01",
        "models": [
            {"id": "k", "group": "CN", "date": "2024-05", "effort": "high", "price": 1.5},
            {
                "id": "g",
                "group": "US",
                "date": "2024-01-02",
                "price_cuts": [{"from": "2024-02-01", "price": 1}],
            },
        ],
        "benchmarks": [{"id": "b", "chance": 0.25, "ceiling": 1, "n": 400}],
        "scores": [
            {"model": "k", "benchmark": "b", "score": 0.5, "se": 0.01, "n": 3, "source": "vendor: page"},
            {"model": "g", "benchmark": "b", "score": 0.6},
        ],
    }
).encode()


@pytest.mark.parametrize(("name", "content"), [("a.csv", CSV), ("a.json", JSON)])
@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_is_read_or_refused_in_sentences(
    name: str, content: bytes, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data.draw(damaged(content)))
        try:
            lag_file = read_lag_file(path)
        except FileRefusedError as error:
            sentences = str(error).encode().splitlines()
        else:
            sentences = "\n".join(["summarised", *lag_file.notes]).encode().splitlines()
            pair = Pair()
            if {pair.follower, pair.leader} <= set(lag_file.data.cohorts()):  # a cut file may lose one
                summarise_lags(lag_file.data, pair, lag_file.as_of)
    assert sentences


def test_a_benchmark_that_is_no_text_is_refused_by_its_row(tmp_path: Path) -> None:
    content = json.loads(JSON)
    content["scores"][1]["benchmark"] = []
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content))
    with pytest.raises(FileRefusedError, match=r"scores\[1\]"):
        read_lag_file(path)

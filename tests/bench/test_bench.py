"""The benchmark's programs in short: every client asks everything, and the table says what holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.house import house
from tests.bench.provider import provider
from tests.bench.rows import merge, row

ITEMS = 60


@pytest.mark.timeout(300)
@pytest.mark.parametrize("client", ["bare", "ours", "lm_eval_cached"])
def test_a_client_asks_every_item_once_and_says_what_it_took(client: str, redis_url: str) -> None:
    with provider(0.01) as served, house(items=ITEMS, redis_url=redis_url) as place:
        place.prepare(served, at_once=8)
        took = place.measure(client, served, at_once=8)
        counts = served.counts()
    assert (counts["calls"], counts["distinct"]) == (ITEMS, ITEMS)
    assert counts["most"] <= 8
    assert took["wall_s"] > 0.01 * ITEMS / 8
    assert 0 < took["cpu_s"] < 10
    assert took["peak_mib"] > 10


def test_a_row_holds_where_its_ratio_is_within_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    merge([row("a", ours=1.0, peer=2.0, limit=0.5), row("b", ours=1.1, peer=2.0, limit=0.5)], path)
    merge([row("b", ours=0.9, peer=2.0, limit=0.5)], path)
    rows = {entry["name"]: entry for entry in json.loads(path.read_text())}
    assert {name: (entry["ratio"], entry["ok"]) for name, entry in rows.items()} == {
        "a": (0.5, True),
        "b": (0.45, True),
    }
    assert not row("c", ours=1.1, peer=2.0, limit=0.5).ok

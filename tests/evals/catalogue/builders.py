"""A small catalogue without a fault, in which a test plants one."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from evals.catalogue.files import COLUMNS

SOURCED = {"source": "a page", "licence": "fact", "retrieved_on": "2026-01-02"}
SOUND: Mapping[str, list[dict[str, str]]] = {
    "developers.csv": [
        {"slug": "moonshot", "name": "Moonshot AI", "country": "CN", "aliases": "kimi"},
        {"slug": "openai", "name": "OpenAI", "country": "US"},
    ],
    "models.csv": [
        {
            "slug": "kimi-k2",
            "name": "Kimi K2",
            "developer": "moonshot",
            "released_on": "2025-07-11",
            "release_precision": "day",
            "openness": "open",
            "aliases": "kimi-k2-instruct",
        },
        {
            "slug": "kimi-k2-0905",
            "name": "Kimi K2 (Sep 2025)",
            "developer": "moonshot",
            "base_model": "kimi-k2",
            "released_on": "2025-09-05",
            "release_precision": "day",
            "openness": "open",
            "aliases": "kimi-k2-instruct-0905",
        },
        {
            "slug": "gpt-4-1",
            "name": "GPT-4.1",
            "developer": "openai",
            "released_on": "2025-04-14",
            "release_precision": "day",
            "openness": "closed",
            "aliases": "gpt-4.1-2025-04-14",
        },
    ],
    "benchmarks.csv": [
        {
            "slug": "gpqa-diamond",
            "name": "GPQA Diamond",
            "kind": "test",
            "domain": "science",
            "metric": "accuracy",
            "unit": "fraction",
            "direction": "higher",
            "chance": "0.25",
            "ceiling": "1",
        }
    ],
    "scores.csv": [
        {
            "model": "kimi-k2",
            "benchmark": "gpqa-diamond",
            "value": "0.751",
            "provenance": "reported",
            "reported_by": "vendor",
            "observed_on": "2025-07-11",
        }
    ],
    "claims.csv": [
        {
            "slug": "somebody-2025",
            "claimed_on": "2025-12-20",
            "precision": "day",
            "claimant": "Somebody",
            "leader": "US",
            "follower": "China",
            "lag_months_low": "3",
            "lag_months_high": "6",
            "direction": "behind",
            "statement": "Three to six months.",
        }
    ],
    "prices.csv": [
        {
            "model": "kimi-k2",
            "provider": "moonshot",
            "in_force_on": "2025-07-11",
            "input_usd_per_mtok": "0.6",
            "cached_input_usd_per_mtok": "0.15",
            "output_usd_per_mtok": "2.5",
        }
    ],
    "adoption.csv": [
        {
            "observed_on": "2025-11-01",
            "precision": "month",
            "subject": "Chinese models",
            "measure": "share of use",
            "value": "0.3",
            "unit": "fraction",
            "statement": "Thirty per cent.",
        }
    ],
}


def sound_rows() -> dict[str, list[dict[str, str]]]:
    """Return rows of every file that no check objects to."""
    return {file: [SOURCED | row for row in rows] for file, rows in SOUND.items()}


def write_catalogue(folder: Path, rows: Mapping[str, list[dict[str, str]]]) -> Path:
    """Write rows as a catalogue."""
    for file, columns in COLUMNS.items():
        with (folder / file).open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows[file])
    return folder

"""An import of 100,000 scores beside `bulk_create` of the same rows alone. `python -m tests.bench.imports`.

Each side runs in a process of its own, on an SQLite file of its own; what is compared is the processor time,
and the peak of memory is told beside it.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.rows import Row, merge, print_row, row

MODELS, BENCHMARKS, SOURCES = 500, 40, 5
SCORES = MODELS * BENCHMARKS * SOURCES
ROUNDS = 3
LIMIT_RATIO, LIMIT_S, LIMIT_MIB = 0.6, 60.0, 320.0


def rows() -> list[Row]:
    """Run both sides in turns; each round begins with an empty database."""
    ours, peer = [], []
    for _ in range(ROUNDS):
        ours.append(_side("ours"))
        peer.append(_side("peer"))
    cpu = {
        name: median(measured["cpu_s"] for measured in side)
        for name, side in (("ours", ours), ("peer", peer))
    }
    return [
        row("imports_cpu_of_bulk_create", ours=cpu["ours"], peer=cpu["peer"], limit=LIMIT_RATIO),
        row("imports_100000_cpu_s", ours=cpu["ours"], peer=LIMIT_S, limit=1.0),
        row("imports_100000_mib", ours=max(measured["mib"] for measured in ours), peer=LIMIT_MIB, limit=1.0),
    ]


def _side(name: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | {
            "DATA_DIR": folder,
            "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
            "DJANGO_SETTINGS_MODULE": "leaderboard.settings",
        }
        command = [sys.executable, "-m", "tests.bench.imports", name, folder]
        process = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
        figures: dict[str, float] = json.loads(process.stdout.splitlines()[-1])
        return figures


def _one_side(name: str, folder: Path) -> None:
    """Lay the record out, and write the scores by one of the two ways."""
    import django

    django.setup()
    from django.core.management import call_command

    from evals.models import Score

    call_command("migrate", verbosity=0)
    _names()
    path = folder / "scores.csv"
    _write(path)
    began = time.process_time()
    if name == "ours":
        call_command("import_scores", str(path), "--apply", "--strict", "--json", stdout=sys.stderr)
    else:
        _bulk_create(path)
    cpu_s = time.process_time() - began
    assert Score.objects.count() == SCORES
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"cpu_s": cpu_s, "mib": mib}) + "\n")


def _names() -> None:
    from evals.models import Benchmark, Developer, Model

    maker = Developer.objects.create(slug="maker", name="Maker", country="CN")
    Model.objects.bulk_create(
        Model(slug=f"model-{i:03}", name=f"Model {i:03}", developer=maker, openness="open")
        for i in range(MODELS)
    )
    Benchmark.objects.bulk_create(
        Benchmark(slug=f"benchmark-{i:02}", name=f"Benchmark {i:02}", chance=0, ceiling=1)
        for i in range(BENCHMARKS)
    )


def _cells() -> Any:
    for place, (source, benchmark, model) in enumerate(
        product(range(SOURCES), range(BENCHMARKS), range(MODELS))
    ):
        yield {
            "model": f"Model {model:03}",
            "benchmark": f"Benchmark {benchmark:02}",
            "value": round(place / SCORES, 6),
            "reported_by": "independent",
            "source": f"A list of results, part {source} (of 2026-11-01), https://example.org/{source}",
            "stderr": 0.0125,
            "n": 500,
            "observed_on": "2026-11-01",
            "licence": "CC BY 4.0",
        }


def _write(path: Path) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(next(_cells())))
        writer.writeheader()
        writer.writerows(_cells())


def _bulk_create(path: Path) -> None:
    """Write the file's rows with no look at what they hold: `bulk_create` alone."""
    from datetime import UTC, date, datetime

    from django.db import transaction

    from evals.models import Benchmark, Model, Score

    now = datetime.now(UTC)
    models = dict(Model.objects.values_list("name", "id"))
    benchmarks = dict(Benchmark.objects.values_list("name", "id"))
    with path.open(newline="") as file, transaction.atomic():
        Score.objects.bulk_create(
            (
                Score(
                    model_id=models[cells["model"]],
                    benchmark_id=benchmarks[cells["benchmark"]],
                    value=float(cells["value"]),
                    stderr=float(cells["stderr"]),
                    n=int(cells["n"]),
                    provenance="reported",
                    reported_by=cells["reported_by"],
                    source=cells["source"],
                    source_licence=cells["licence"],
                    observed_on=date.fromisoformat(cells["observed_on"]),
                    retrieved_on=now.date(),
                    recorded_at=now,
                    known_at=now,
                )
                for cells in csv.DictReader(file)
            ),
            batch_size=500,
        )


def main() -> int:
    """Print the rows, keep them, and return 1 where one does not hold."""
    measured = rows()
    for measured_row in measured:
        print_row(measured_row)
    merge(measured)
    return 0 if all(measured_row.ok for measured_row in measured) else 1


if __name__ == "__main__":
    if len(sys.argv) == 3:
        _one_side(sys.argv[1], Path(sys.argv[2]))
    else:
        sys.exit(main())

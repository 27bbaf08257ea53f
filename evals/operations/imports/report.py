"""The report of an import as plain data, and its sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from evals.models import Benchmark, Model
from evals.operations.imports.aliases import KnownSpellings
from evals.operations.imports.plan import ImportPlan

MOST_SUGGESTED = 200
MOST_KEPT, MOST_CHANGES_KEPT = 1000, 200
COUNTED = (
    *("rows", "new", "changed", "same", "older", "disproved", "repeated", "empty"),
    *("ignored", "unknown", "rejected", "doubts"),
)
CHANGED = "line {line}: {model} on {benchmark}: {was:g} becomes {becomes:g}"
REJECTED = "line {line}: {reason}"
DOUBT = "{model}, {released_on}: {reason} ({against})"


def import_report(plan: ImportPlan, *, whole: bool = False) -> dict[str, Any]:
    """Report a plan as plain data; the stored report has the first entries of each list.

    `left_out` counts the other entries of each.
    """
    changes, others = (None, None) if whole else (MOST_CHANGES_KEPT, MOST_KEPT)
    models = dict(Model.objects.values_list("id", "slug"))
    benchmarks = dict(Benchmark.objects.values_list("id", "slug"))
    lists: dict[str, list[dict[str, Any]]] = {
        "new": [
            {"line": f.line, "model": models[m], "benchmark": benchmarks[b], "value": f.value}
            for (m, b, *_), f in islice(plan.new.items(), changes)
        ],
        "changed": [
            {
                "line": f.line,
                "model": models[m],
                "benchmark": benchmarks[b],
                "was": k.value,
                "becomes": f.value,
            }
            for (m, b, *_), (k, f) in islice(plan.changed.items(), changes)
        ],
        "rejected": [{"line": line, "reason": reason} for line, reason in plan.rejected[:others]],
        "doubts": [
            {
                "model": doubt.release.name,
                "released_on": str(doubt.release.released_on),
                "reason": str(doubt.reason),
                "against": str(doubt.against),
            }
            for doubt in plan.doubts[:others]
        ],
    }
    names = {kind: _unknown(kind, entries, others) for kind, entries in plan.unknown.items()}
    left_out = {name: plan.counts[name] - len(entries) for name, entries in lists.items()}
    left_out |= {kind: len(plan.unknown[kind]) - len(entries) for kind, entries in names.items()}
    counts = {name: plan.counts[name] for name in COUNTED}
    return {"format": plan.format.name, "counts": counts, **lists, "unknown": names, "left_out": left_out}


def _unknown(kind: str, spellings: Counter[str], most: int | None) -> list[dict[str, Any]]:
    names = KnownSpellings(kind) if spellings else None
    return [
        {
            "name": spelling,
            "rows": rows,
            "suggested": [
                {"slug": suggestion.slug, "likeness": suggestion.likeness}
                for suggestion in names.suggestions(spelling)
            ]
            if names and place < MOST_SUGGESTED
            else [],
        }
        for place, (spelling, rows) in enumerate(spellings.most_common(most))
    ]


def counts_text(report: Mapping[str, Any]) -> str:
    """Return the counts as text; a database's JSON does not keep the order of its names."""
    counts = report.get("counts", {})
    return ", ".join(f"{counts[name]} {name}" for name in COUNTED if counts.get(name))


def suggestions_text(suggested: Iterable[Mapping[str, Any]]) -> str:
    """Return the suggestions for a spelling as text."""
    return ", ".join(suggestion["slug"] for suggestion in suggested) or "nothing on record is like it"

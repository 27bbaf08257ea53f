"""What an import would change or did, as plain data that is kept with it, and the sentences that tell it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from evals.models import Alias, Benchmark, Model
from evals.operations.identity import Names
from evals.operations.import_plan import SHOWN, SHOWN_CHANGES, Plan

MOST_SUGGESTED = 200
COUNTED = (
    *("rows", "new", "changed", "same", "older", "disproved", "repeated", "empty"),
    *("ignored", "unknown", "rejected", "doubts"),
)
CHANGED = "line {line}: {model} on {benchmark}: {was:g} becomes {becomes:g}"
REJECTED = "line {line}: {reason}"
DOUBT = "{model}, {released_on}: {reason} ({against})"


def report_of(plan: Plan) -> dict[str, Any]:
    """Return what a person wants to see of a plan, as plain data of a bounded size."""
    models = dict(Model.objects.values_list("id", "slug"))
    benchmarks = dict(Benchmark.objects.values_list("id", "slug"))
    return {
        "format": plan.format.name,
        "counts": {name: plan.counts[name] for name in COUNTED},
        "new": [
            {"line": f.line, "model": models[m], "benchmark": benchmarks[b], "value": f.value}
            for (m, b, *_), f in list(plan.new.items())[:SHOWN_CHANGES]
        ],
        "changed": [
            {
                "line": f.line,
                "model": models[m],
                "benchmark": benchmarks[b],
                "was": k.value,
                "becomes": f.value,
            }
            for (m, b, *_), (k, f) in list(plan.changed.items())[:SHOWN_CHANGES]
        ],
        "rejected": [{"line": line, "reason": reason} for line, reason in plan.rejected[:SHOWN]],
        "unknown": {
            kind: _unknown(kind, plan) for kind in (Alias.Kind.MODEL.value, Alias.Kind.BENCHMARK.value)
        },
        "doubts": [
            {
                "model": doubt.release.name,
                "released_on": str(doubt.release.released_on),
                "reason": str(doubt.reason),
                "against": str(doubt.against),
            }
            for doubt in plan.doubts[:SHOWN]
        ],
    }


def _unknown(kind: str, plan: Plan) -> list[dict[str, Any]]:
    found = plan.unknown[kind].most_common(SHOWN)
    names = Names(kind) if found else None
    return [
        {
            "name": spelling,
            "rows": rows,
            "suggested": [{"slug": one.slug, "likeness": one.likeness} for one in names.suggestions(spelling)]
            if names and place < MOST_SUGGESTED
            else [],
        }
        for place, (spelling, rows) in enumerate(found)
    ]


def counts_told(report: Mapping[str, Any]) -> str:
    """Return what was counted, in words; a database's JSON does not keep the order of its names."""
    counts = report.get("counts", {})
    return ", ".join(f"{counts[name]} {name}" for name in COUNTED if counts.get(name))


def near(suggested: Iterable[Mapping[str, Any]]) -> str:
    """Return what a spelling may mean."""
    return ", ".join(one["slug"] for one in suggested) or "nothing on record is like it"

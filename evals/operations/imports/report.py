"""The report of an import as plain data, and its sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from evals.imports.rows import RejectedRow, SkippedRow, printable
from evals.models import Alias, Benchmark, Model
from evals.operations.imports.aliases import TABLES, KnownSpellings
from evals.operations.imports.figures import ImportedFigure, Key
from evals.operations.imports.plan import ImportPlan

MOST_SUGGESTED = 200
MOST_KEPT, MOST_CHANGES_KEPT = 1000, 200
COUNTED = (
    *("rows", "new", "changed", "same", "older", "disproved", "repeated", "empty", "skipped", "partial"),
    *("ignored", "unknown", "rejected", "doubts"),
)
CHANGED = "{place}: {model} on {benchmark}: {was:g} becomes {becomes:g}"
REJECTED = "{place}: {reason}"
SKIPPED = "not a score: {place}: {reason}"
PARTIAL = "partial, held back: {place}: {model} on {benchmark}: {value:g} over {n} of {of} items"
DOUBT = "{model}, {released_on}: {reason} ({against})"


def import_report(plan: ImportPlan, *, whole: bool = False) -> dict[str, Any]:
    """Report a plan as plain data; the stored report has the first entries of each list.

    `left_out` counts the other entries of each.
    """
    changes, others = (None, None) if whole else (MOST_CHANGES_KEPT, MOST_KEPT)
    models = dict(Model.objects.values_list("id", "slug"))
    benchmarks = dict(Benchmark.objects.values_list("id", "slug"))

    def entry(key: Key, figure: ImportedFigure) -> dict[str, Any]:
        names = {"model": models[key[0]], "benchmark": benchmarks[key[1]]}
        items = {"n": figure.n, "of": figure.partial_of} if figure.partial_of else {}
        return _location(figure) | names | items

    lists: dict[str, list[dict[str, Any]]] = {
        "new": [entry(key, f) | {"value": f.value} for key, f in islice(plan.new.items(), changes)],
        "changed": [
            entry(key, f) | {"was": k.value, "becomes": f.value}
            for key, (k, f) in islice(plan.changed.items(), changes)
        ],
        "partial": [entry(key, f) | {"value": f.value} for key, f in islice(plan.partial.items(), others)],
        "skipped": [_location(row) | {"reason": row.reason} for row in plan.skipped[:others]],
        "rejected": [_location(row) | {"reason": row.reason} for row in plan.rejected[:others]],
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


def _location(row: ImportedFigure | RejectedRow | SkippedRow) -> dict[str, Any]:
    """Return where a row is: its line, and its file if there are several."""
    return {"line": row.line} | ({"file": printable(row.file)} if row.file else {})


def place(line: int, file: str = "") -> str:
    """Return where a row is as text; line 0 is the whole file."""
    if not line:
        return file or "the file"
    return f"{file}, line {line}" if file else f"line {line}"


def entry_text(sentence: str, entry: Mapping[str, Any]) -> str:
    """Return an entry of a report as text."""
    where = place(entry["line"], entry.get("file", "")) if "line" in entry else ""
    return sentence.format(**(dict(entry) | {"place": where}))


def _unknown(kind: str, spellings: Counter[str], most: int | None) -> list[dict[str, Any]]:
    names = KnownSpellings(kind) if spellings and kind in TABLES else None
    units = [{"slug": unit, "likeness": 0.0} for unit in Alias.Unit.values]
    return [
        {
            "name": spelling,
            "rows": rows,
            "suggested": [
                {"slug": suggestion.slug, "likeness": suggestion.likeness}
                for suggestion in names.suggestions(spelling)
            ]
            if names and number < MOST_SUGGESTED
            else ([] if names else units),
        }
        for number, (spelling, rows) in enumerate(spellings.most_common(most))
    ]


def counts_text(report: Mapping[str, Any]) -> str:
    """Return the counts as text; a database's JSON does not keep the order of its names."""
    counts = report.get("counts", {})
    return ", ".join(f"{counts[name]} {name}" for name in COUNTED if counts.get(name))


def suggestions_text(suggested: Iterable[Mapping[str, Any]]) -> str:
    """Return the suggestions for a spelling as text."""
    return ", ".join(suggestion["slug"] for suggestion in suggested) or "nothing on record is like it"

"""Read METR's time horizons: minutes of human work that a model does half of the time, with its interval."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from evals.imports.bundle import Bundle, Part, constructed
from evals.imports.entries import rows_of, rows_of_parts, yaml_fields
from evals.imports.rows import (
    EmptyRow,
    Row,
    Rows,
    day_or_none,
    half_width,
    mapping,
    number,
    number_or_none,
    text,
)

METRICS = {"p50_horizon_length": "METR 50% time horizon", "average_score": "METR task suite, average score"}
ENDINGS = (".yaml", ".yml")


def matches(bundle: Bundle) -> bool:
    """Return whether this is METR's file."""
    parts = bundle.named(*ENDINGS)
    return len(parts) == 1 and "p50_horizon_length" in bundle.text(parts[0])


def read(bundle: Bundle) -> Rows:
    """Yield each model's horizon and average score."""
    return rows_of_parts(bundle.named(*ENDINGS), lambda part: _models(bundle, part))


def _models(bundle: Bundle, part: Part) -> Rows:
    models = yaml_fields(yaml_fields(bundle.yaml(part)).get("results"))
    for model, node in models.items():
        line = node.start_mark.line
        entries = ((line, (model, name, node)) for name in _metrics(node) or [""])
        yield from rows_of(entries, _row)


def _metrics(node: yaml.Node) -> list[str]:
    metrics = yaml_fields(yaml_fields(node).get("metrics"))
    return [name for name in METRICS if name in metrics]


def _row(line: int, entry: tuple[str, str, yaml.Node]) -> Iterator[Row | EmptyRow]:
    model, name, node = entry
    fields = yaml_fields(node)
    if not name:
        yield EmptyRow(line, f"{model} has no horizon")
        return
    figure = mapping(constructed(yaml_fields(fields["metrics"])[name]))
    released = constructed(fields["release_date"]) if "release_date" in fields else None
    low = number_or_none(figure.get("ci_low"), f"{name}.ci_low")
    high = number_or_none(figure.get("ci_high"), f"{name}.ci_high")
    yield Row(
        line=line,
        model=text(model, "the model"),
        benchmark=METRICS[name],
        value=number(figure.get("estimate"), f"{name}.estimate"),
        stderr=half_width(low, high),
        released_on=day_or_none(released, "release_date"),
    )

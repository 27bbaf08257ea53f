"""Commands that read the record: lag, scores, models, compare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

import typer

from lagline.command.options import AsOf, Json, Limit, Url, open_client
from lagline.command.output import (
    cell,
    elements,
    member,
    sparkline,
    write_citation,
    write_line,
    write_note,
    write_result,
    write_table,
)
from lagline.filters import ModelFilters, ScoreFilters
from lagline.rows import Row, Rows

MODEL_COLUMNS = ("slug", "name", "developer", "country", "openness", "released_on")
SCORE_COLUMNS = ("model", "benchmark", "value", "stderr", "n", "provenance", "reported_by", "observed_on")
COMPARE_COLUMNS = ("benchmark", "model", "score", "stderr", "difference", "low", "high")


def lag(
    follower: Annotated[str, typer.Option(help="The cohort behind, such as CN or CN,open.")] = "CN",
    leader: Annotated[str, typer.Option(help="The cohort in front.")] = "US",
    domain: Annotated[str, typer.Option(help="Only benchmarks of a domain, such as maths.")] = "",
    as_of: AsOf = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Print how many months one cohort is behind the other, with 95% intervals and the history."""
    with open_client(url) as client:
        estimate = client.headline(follower, leader, domain=domain, as_of=as_of)
    if as_json:
        write_result(estimate, estimate.meta)
        return
    for line in headline_lines(estimate):
        write_line(line)
    write_citation(estimate.meta)


def headline_lines(estimate: Row) -> list[str]:
    """Return the lags of an estimate and their history as lines."""
    composite = member(estimate, "values", "composite")
    follower, leader, day, method = (
        cell(estimate[name]) for name in ("follower", "leader", "as_of", "method_version")
    )
    lines = [f"{follower} behind {leader}, as of {day}, method {method}:"]
    lines += [f"  {name} lag  {figure(member(composite, part))}" for name, part in LAGS]
    path = elements(estimate["values"].get("path"))
    if history := sparkline([member(month, "median") for month in path]):
        first, last = (cell(member(month, "date"))[:7] for month in (path[0], path[-1]))
        lines.append(f"  standing lag by month, {first} to {last}:  {history}")
    if composite.get("too_little_data"):
        lines.append("  There is too little data for this to be reliable.")
    return lines


LAGS = (("catch-up", "catchup"), ("standing", "standing"))


def figure(interval: object) -> str:
    """Return an interval as text; an end may be open, and the whole undefined."""
    median, low, high = (member(interval, name) for name in ("median", "lo", "hi"))
    if median is None and low is None and high is None:
        return f"not defined ({cell(member(interval, 'status'))})"
    centre = "open" if median is None else f"{months(median)} months"
    return f"{centre} (95% interval {months(low)} to {months(high)})"


def months(value: object) -> str:
    """Return a number of months, to a tenth; without one, the end is open."""
    return f"{value:.1f}" if isinstance(value, int | float) else "open"


def scores(
    benchmark: Annotated[str | None, typer.Option(help="Slug of a benchmark.")] = None,
    model: Annotated[str | None, typer.Option(help="Slug of a model.")] = None,
    country: Annotated[str | None, typer.Option(help="Country of the developer, such as CN.")] = None,
    provenance: Annotated[str | None, typer.Option(help="measured, imported or reported.")] = None,
    ordering: Annotated[str | None, typer.Option(help="Fields to sort by, such as -value.")] = None,
    limit: Limit = 50,
    as_of: AsOf = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List scores."""
    filters = {"benchmark": benchmark, "model": model, "country": country, "provenance": provenance}
    filters |= {"ordering": ordering, "as_of": as_of}
    with open_client(url) as client:
        rows = client.scores(**cast("ScoreFilters", filters | {"limit": limit}))
    write_rows(rows, SCORE_COLUMNS, limit, as_json)


def models(
    search: Annotated[str | None, typer.Argument(help="Part of a name.")] = None,
    country: Annotated[str | None, typer.Option(help="Country of the developer, such as CN.")] = None,
    developer: Annotated[str | None, typer.Option(help="Slug of a developer.")] = None,
    openness: Annotated[str | None, typer.Option(help="open or closed.")] = None,
    ordering: Annotated[str, typer.Option(help="Fields to sort by.")] = "-released_on",
    limit: Limit = 50,
    as_of: AsOf = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List models, the newest first."""
    filters = {"search": search, "country": country, "developer": developer, "openness": openness}
    filters |= {"ordering": ordering, "as_of": as_of}
    with open_client(url) as client:
        rows = client.models(**cast("ModelFilters", filters | {"limit": limit}))
    write_rows(rows, MODEL_COLUMNS, limit, as_json)


def compare(
    models: Annotated[list[str], typer.Argument(help="Slugs of two to six models.")],
    as_of: AsOf = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Compare models on every shared benchmark: differences from the first with 95% intervals."""
    with open_client(url) as client:
        rows = client.rows("compare", models=models, as_of=as_of)
    if as_json:
        write_result(rows, rows.meta)
        return
    write_table([row | _difference(row) for row in rows], COMPARE_COLUMNS, rows.meta)


def _difference(row: Mapping[str, Any]) -> dict[str, Any]:
    difference = row.get("difference")
    if not isinstance(difference, Mapping):
        return dict.fromkeys(("difference", "low", "high"))
    return {
        "difference": difference.get("value"),
        "low": difference.get("low"),
        "high": difference.get("high"),
    }


def write_rows(rows: Rows, columns: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Write rows of a list, as a table or as JSON."""
    if as_json:
        write_result(rows, rows.meta)
        return
    write_table(rows, columns, rows.meta)
    if len(rows) == limit:
        write_note(f"The first {limit} rows; --limit shows more.")
